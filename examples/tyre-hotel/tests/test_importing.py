"""Sets come in from a spreadsheet, and twice is once."""

FILE = """Kennzeichen;Kunde;Telefon;Saison;Dimension
GA-12-3456;Shirin Akhter;;Winterreifen;205/55 R16
KHA-14-2207;Nasrin Akter;;summer;
KHA-14-2207;Nasrin Akter;;Sommer;
NA-15-7701;Green Delta Courier;;sometimes;
"""


def test_each_set_once_and_what_cannot_be_read_is_told(api, run_jobs):
    file = api.upload("/v1/files", FILE.encode(), "sets.csv").data["id"]
    for created in (2, 0):
        ordered = api.post("/v1/imports", {"importer": "tyre_sets", "file_id": file}, anything=True)
        run_jobs()
        done = api.get(ordered.location).data
        results = done["results"]
        assert (done["status"], results["created"], results["refused"]) == ("completed", created, 1)
    sets = api.get("/v1/tyre-hotel/tyre-sets", params={"sort": "number"}).data
    assert [(row["plate"], row["season"], row["size"]) for row in sets] == [
        ("GA-12-3456", "winter", "205/55 R16"),
        ("KHA-14-2207", "summer", None),
    ]
