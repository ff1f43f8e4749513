"""The people of the demo workspace: a workshop in Dhaka with the customers such a workshop has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from . import customers, odometer, vehicles

__all__ = ["fill"]

_ANY = Statement("SELECT true AS there FROM crm_customers LIMIT 1")

# Each: name, kind, telephone, e-mail, city, tags, and the vehicles with what their odometers show.
# ruff: noqa: E501  # one line a customer reads best
_PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("Rahim Uddin", "person", "01711000101", "rahim.uddin", "Dhaka", (), [("DHAKA METRO GA-12-3456", "Toyota", "Corolla Axio", 2015, "petrol", "automatic", "silver", 84_210)]),
    ("Nasrin Akter", "person", "01812000102", "nasrin.akter", "Dhaka", ("regular",), [("DHAKA METRO KHA-14-2207", "Honda", "Vezel", 2017, "hybrid", "automatic", "pearl white", 61_350)]),
    ("মোঃ আব্দুল করিম", "person", "01913000103", None, "ঢাকা", (), [("ঢাকা মেট্রো গ-২১-৪৪১০", "Toyota", "Premio", 2012, "petrol", "automatic", "black", 132_800)]),
    ("ফারহানা ইসলাম", "person", "01614000104", "farhana.islam", "নারায়ণগঞ্জ", ("regular",), [("DHAKA METRO GA-33-1182", "Nissan", "X-Trail", 2018, "hybrid", "automatic", "red", 48_900)]),
    ("Green Delta Courier Ltd", "company", "09612000105", "fleet@greendelta-courier", "Dhaka", ("fleet",), [("DHAKA METRO NA-15-7701", "Tata", "Ace", 2019, "diesel", "manual", "white", 118_420), ("DHAKA METRO NA-15-7702", "Tata", "Ace", 2019, "diesel", "manual", "white", 121_077), ("DHAKA METRO NA-17-0093", "Mahindra", "Bolero Pickup", 2021, "diesel", "manual", "white", 74_300)]),
    ("Shahidul Islam", "person", "01715000106", "shahidul", "Gazipur", (), [("DHAKA METRO GHA-11-9087", "Mitsubishi", "Pajero", 2010, "diesel", "automatic", "green", 201_560)]),
    ("Sadia Rahman", "person", "01816000107", "sadia.rahman", "Dhaka", (), [("DHAKA METRO GA-42-5519", "Suzuki", "Swift", 2020, "petrol", "manual", "blue", 22_140)]),
    ("তানভীর হাসান", "person", "01517000108", None, "ঢাকা", (), [("ঢাকা মেট্রো ল-১২-৮৮৪০", "Yamaha", "FZ-S", 2021, "petrol", "manual", "grey", 15_800)]),
    ("Mahbub Alam", "person", "01718000109", "mahbub.alam", "Dhaka", ("regular",), [("DHAKA METRO GA-19-6620", "Toyota", "Allion", 2014, "petrol", "automatic", "pearl", 97_040)]),
    ("José Fernández", "person", "+34612345110", "jose.fernandez", "Dhaka", ("embassy",), [("DIPLOMATIC 21-015", "Volvo", "XC60", 2019, "diesel", "automatic", "grey", 39_210)]),
    ("Dr. Ayesha Siddiqua", "person", "01819000111", "ayesha.siddiqua", "Dhaka", ("regular",), [("DHAKA METRO GHA-17-3321", "Toyota", "Harrier", 2018, "hybrid", "automatic", "black", 55_675)]),
    ("Kamal Hossain", "person", "01911000112", "kamal.hossain", "Savar", (), [("DHAKA METRO CHA-15-9004", "Toyota", "HiAce", 2013, "diesel", "manual", "white", 243_900)]),
    ("Padma Tours & Travels", "company", "09610000113", "garage@padma-tours", "Dhaka", ("fleet", "monthly invoice"), [("DHAKA METRO BA-11-4410", "Hino", "AK1J", 2016, "diesel", "manual", "yellow", 388_215), ("DHAKA METRO CHA-19-2216", "Toyota", "Coaster", 2017, "diesel", "manual", "white", 176_330)]),
    ("রুবিনা খাতুন", "person", "01613000114", None, "টঙ্গী", (), [("ঢাকা মেট্রো গ-৩৫-০৯১২", "Toyota", "Vitz", 2011, "petrol", "automatic", "pink", 109_480)]),
    ("Imran Chowdhury", "person", "01714000115", "imran.chowdhury", "Chattogram", (), [("CHATTA METRO GA-11-7788", "BMW", "320i", 2016, "petrol", "automatic", "blue", 68_030)]),
    ("Anika Tabassum", "person", "01815000116", "anika.t", "Dhaka", (), [("DHAKA METRO GA-45-1029", "MG", "ZS EV", 2022, "electric", "automatic", "white", 18_460)]),
    ("Zahid Hasan", "person", "01516000117", "zahid.hasan", "Dhaka", (), []),
    ("Farid Ahmed", "person", "01717000118", "farid.ahmed", "Narsingdi", ("slow payer",), [("DHAKA METRO THA-13-5540", "Isuzu", "NPR", 2009, "diesel", "manual", "blue", 412_700)]),
    ("Lutfun Nahar", "person", "01818000119", "lutfun.nahar", "Dhaka", (), [("DHAKA METRO GA-28-8093", "Toyota", "Aqua", 2016, "hybrid", "automatic", "orange", 72_215)]),
    ("Al-Amin Builders", "company", "09611000120", "transport@alamin-builders", "Dhaka", ("fleet",), [("DHAKA METRO TA-22-6107", "Ashok Leyland", "1616", 2015, "diesel", "manual", "yellow", 299_150), ("DHAKA METRO TA-22-6108", "Ashok Leyland", "1616", 2015, "diesel", "manual", "yellow", 301_990)]),
    ("محمد الفارسي", "person", "+971501234121", "m.alfarsi", "Dhaka", (), [("DHAKA METRO GHA-19-7045", "Toyota", "Land Cruiser Prado", 2020, "diesel", "automatic", "white", 33_870)]),
    ("Sumaiya Jahan", "person", "01812000122", "sumaiya.jahan", "Dhaka", (), [("DHAKA METRO GA-39-6671", "Honda", "Grace", 2017, "hybrid", "automatic", "bronze", 58_930)]),
    ("Rafiqul Islam", "person", "01913000123", None, "Manikganj", (), [("MANIKGANJ HA-11-2093", "Bajaj", "Discover 125", 2018, "petrol", "manual", "red", 41_600)]),
    ("Tasnim Haque", "person", "01614000124", "tasnim.haque", "Dhaka", ("regular",), [("DHAKA METRO GA-37-4402", "Mazda", "CX-5", 2018, "petrol", "automatic", "red", 51_120)]),
    ("Moushumi Sarker", "person", "01711000125", "moushumi.s", "Dhaka", (), [("DHAKA METRO GA-31-7710", "Toyota", "Passo", 2014, "petrol", "automatic", "lime", 66_905)]),
    ("জহিরুল ইসলাম", "person", "01812000126", None, "সিলেট", (), [("সিলেট মেট্রো চ-১১-২০৪৫", "Toyota", "Noah", 2013, "cng", "automatic", "white", 187_340)]),
    ("Nordic Apparel Bangladesh Ltd", "company", "09613000127", "admin@nordic-apparel", "Gazipur", ("fleet", "monthly invoice"), [("DHAKA METRO CHA-20-1118", "Toyota", "HiAce", 2019, "diesel", "manual", "silver", 92_660), ("DHAKA METRO CHA-20-1119", "Toyota", "HiAce", 2019, "diesel", "manual", "silver", 90_215)]),
    ("Mst. Halima Begum", "person", "01913000128", None, "Narayanganj", (), [("DHAKA METRO GA-15-4872", "Suzuki", "Maruti 800", 2006, "cng", "manual", "red", 158_720)]),
    ("Arif Mahmud", "person", "01614000129", "arif.mahmud", "Dhaka", (), [("DHAKA METRO LA-41-5520", "Honda", "CB Hornet", 2020, "petrol", "manual", "black", 24_310)]),
    ("Jürgen Köhler", "person", "+491711234130", "j.koehler", "Dhaka", ("embassy",), [("DIPLOMATIC 33-041", "Volkswagen", "Tiguan", 2018, "petrol", "automatic", "grey", 51_480)]),
    ("Shaila Parveen", "person", "01715000131", "shaila.p", "Dhaka", ("regular",), [("DHAKA METRO GA-36-9034", "Toyota", "Fielder", 2016, "hybrid", "automatic", "white", 79_155)]),
    ("আবুল কালাম", "person", "01816000132", None, "কুমিল্লা", (), [("কুমিল্লা ট-১১-৩০২১", "Tata", "LPT 1615", 2012, "diesel", "manual", "orange", 356_200)]),
    ("Rezaul Karim", "person", "01517000133", "rezaul.karim", "Rajshahi", (), [("RAJSHAHI GA-11-6127", "Toyota", "Probox", 2011, "petrol", "automatic", "silver", 141_930)]),
    ("City Ambulance Service", "company", "09614000134", "duty@city-ambulance", "Dhaka", ("fleet", "priority"), [("DHAKA METRO CHHA-71-2240", "Toyota", "HiAce", 2017, "diesel", "automatic", "white", 168_445), ("DHAKA METRO CHHA-71-2241", "Nissan", "Caravan", 2015, "diesel", "automatic", "white", 203_710)]),
    ("Nadia Islam", "person", "01718000135", "nadia.islam", "Dhaka", (), [("DHAKA METRO GA-47-3306", "Hyundai", "Creta", 2022, "petrol", "automatic", "blue", 14_205)]),
    ("Selim Reza", "person", "01819000136", None, "Bogura", (), [("BOGURA THA-11-1187", "Mahindra", "Bolero", 2014, "diesel", "manual", "white", 221_080)]),
    ("Prof. Anwar Hossain", "person", "01911000137", "anwar.hossain", "Dhaka", ("regular",), [("DHAKA METRO KA-03-1971", "Toyota", "Corolla KE70", 1983, "petrol", "manual", "beige", 298_600)]),
    ("তাসলিমা সুলতানা", "person", "01612000138", "taslima.sultana", "ঢাকা", (), [("ঢাকা মেট্রো গ-৪৩-৭৭১৫", "Honda", "Fit", 2018, "hybrid", "automatic", "violet", 43_860)]),
    ("Habib & Sons", "company", "01713000139", "habib.sons", "Chattogram", (), [("CHATTA METRO NA-12-5003", "Isuzu", "D-Max", 2016, "diesel", "manual", "grey", 133_275)]),
    ("Faisal Karim", "person", "01814000140", None, "Dhaka", (), []),
)  # fmt: skip


def fill(work: Work) -> None:
    """Add the people with their vehicles and a history of odometer readings, unless the workspace has customers."""
    (rows,) = work.write(_ANY())
    if rows:
        return
    for name, kind, phone, email, city, tags, cars in _PEOPLE:
        owner = customers.create(
            work,
            {
                "name": name,
                "kind": kind,
                "phone": phone if phone.startswith("+") else f"+880{phone[1:]}",
                "email": f"{email if '@' in email else email + '@mail'}.example" if email else None,
                "address": {"city": city, "country": "BD"},
                "tags": list(tags),
            },
        )
        for plate, make, model, year, fuel, gearbox, colour, kilometres in cars:
            values = {"customer_id": owner, "plate": plate, "make": make, "model": model, "year": year}
            vehicle = vehicles.register(work, {**values, "fuel": fuel, "gearbox": gearbox, "colour": colour})
            for months in (18, 12, 6, 0):
                at = work.now() - timedelta(days=30 * months + 5)
                shown = kilometres - months * kilometres // 60
                odometer.record(work, vehicle, shown, source="manual", at=at)
