"""It loads alone, its migrations say what its models say, and it is silent where it is off."""

from jemeti_platform.db import migrate

SETS = "/v1/tyre-hotel/tyre-sets"


def test_it_is_loaded_and_migrated(platform, database):
    assert list(platform.manifests) == ["tyre_hotel"]
    assert migrate.is_current(platform.manifests, platform.engines["platform"])
    migrate.check(platform.manifests, database.migrate_url)


def test_off_for_one_workspace_it_is_402_there_and_200_elsewhere(tenant, api, other_tenant, api_of):
    tenant.set_feature("tyre_hotel.tyre_sets", "off")
    refused = api.get(SETS, expect=402)
    assert refused.error["details"]["feature"] == "tyre_hotel.tyre_sets"
    assert api.get("/v1/dashboard").data["figures"] == []
    api_of(other_tenant).get(SETS, expect=200)


def test_read_only_it_is_shown_and_not_changed(tenant, api):
    tenant.set_feature("tyre_hotel.tyre_sets", "read_only")
    api.get(SETS, expect=200)
    api.post(SETS, {"plate": "GA-12-3456", "owner_name": "Noor", "season": "winter"}, expect=402)


def test_a_mechanic_stores_and_only_a_manager_disposes(api, add_set):
    where = add_set()
    viewer = api.as_role("viewer").post(SETS, {"plate": "X"}, expect=403)
    assert viewer.error["details"]["permission"] == "tyre_hotel.tyre_sets:write"
    wish = {"action": "dispose", "note": "Nobody came for years"}
    refused = api.as_role("mechanic").post(f"{where}/transitions", wish, expect=403)
    assert refused.error["details"]["permission"] == "tyre_hotel.tyre_sets:dispose"
    assert api.as_role("manager").post(f"{where}/transitions", wish, expect=200).data["status"] == "disposed"
