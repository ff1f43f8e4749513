"""Names, cars and places for ``customers_file``: what stands in customers' files of workshops in Dhaka."""

from __future__ import annotations

__all__ = ["CARS", "CITIES", "COMPANIES", "COUNTRIES", "EMPTY", "FUELS", "LATIN", "NAMES", "NOTES"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# first names, last names; how the country's people write themselves
NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "BD": (
        _words(
            "Rahim Karim Nusrat Farhana Tanvir Shahidul Mahbub Ayesha Sadia Rubina Imran Kamal Anika Zahid Farid "
            "Lutfun Sumaiya Rafiqul Tasnim Arif Nasrin Habib Jahangir Moushumi Sohel Parveen Selim Taslima Anwar Shirin"
        ),
        _words(
            "Uddin Hossain Rahman Islam Akter Begum Chowdhury Ahmed Khan Sarkar Haque Siddique Mia Talukdar Sultana "
            "Bhuiyan Mollah Sikder Howlader Biswas"
        ),
    ),
    "BD-bn": (
        _words("রহিম করিম নুসরাত ফারহানা তানভীর শহীদুল মাহবুব আয়েশা সাদিয়া রুবিনা ইমরান কামাল আনিকা জাহিদ ফরিদ সুমাইয়া"),
        _words("উদ্দিন হোসেন রহমান ইসলাম আক্তার বেগম চৌধুরী আহমেদ খান সরকার হক সিদ্দিক মিয়া তালুকদার"),
    ),
    "AE": (
        _words("محمد أحمد عبد الله فاطمة خالد سعيد مريم يوسف عائشة علي حسن نورة سلطان راشد هند"),
        _words("الفارسي المنصوري الهاشمي الزعابي الكعبي النعيمي الشامسي البلوشي المهيري الظاهري"),
    ),
    "DE": (
        _words("Jürgen Käthe Björn Sören Günther Änne Lars Ulrike Matthias Heike Jörg Renate Uwe Birgit Klaus"),
        _words("Müller Schröder Groß Weiß Köhler Jäger Böhm Krüger Schäfer Möller Lehmann Öztürk Strauß Voß"),
    ),
    "ES": (
        _words("José María Íñigo Begoña Ángel Núria Martín Sofía Ramón Lucía Andrés Inés Óscar Zoë"),
        _words("Fernández Muñoz Ibáñez Peña Gutiérrez Núñez Castañeda Sánchez Güell Otxoa O'Farrill"),
    ),
    "PL": (
        _words("Łukasz Małgorzata Wojciech Zbigniew Agnieszka Świętosław Jadwiga Grzegorz Żaneta Józef"),
        _words("Wiśniewski Kowalczyk Dąbrowski Zieliński Woźniak Łuczak Żółkiewski Błaszczyk Ćwik"),
    ),
    "IN": (
        _words("Arjun Priya Sanjay Lakshmi Rohan Deepika Vikram Anjali Suresh Kavita Amit Neha"),
        _words("Sharma Patel Iyer Banerjee Mukherjee Reddy Das Nair Gupta Chatterjee Ghosh"),
    ),
}

LATIN = frozenset(["BD", "DE", "ES", "PL", "IN"])
COMPANIES = ("{} Traders", "{} & Sons", "{} Enterprise", "M/S {} Motors", "{} Logistics Ltd.", "{} Tours & Travels")

# calling code, first digits of mobile numbers, digits that follow, what stands before a number inside the country
COUNTRIES: dict[str, tuple[str, tuple[str, ...], int, str]] = {
    "BD": ("880", ("13", "14", "15", "16", "17", "18", "19"), 8, "0"),
    "AE": ("971", ("50", "52", "54", "55", "56"), 7, "0"),
    "DE": ("49", ("151", "160", "170", "171", "175"), 8, "0"),
    "ES": ("34", ("61", "62", "64", "65"), 7, ""),
    "PL": ("48", ("50", "60", "69", "78"), 7, ""),
    "IN": ("91", ("98", "97", "94", "88"), 8, "0"),
}

CITIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "BD": (
        ("House 12, Road 7, Dhanmondi", "Dhaka", "1209"),
        ("২৩/এ, লেক সার্কাস, কলাবাগান", "ঢাকা", "১২০৫"),
        ("Agrabad C/A, 4th floor", "Chattogram", "4100"),
        ("Zindabazar, Sylhet Sadar", "Sylhet", "3100"),
        ("45 K.D.A. Avenue", "Khulna", ""),
    ),
    "AE": (("Villa 8, Al Wasl Road", "Dubai", ""), ("شارع الكورنيش ١٢", "أبوظبي", "")),
    "DE": (("Große Straße 4a", "Köln", "50667"), ("Am Mühlgraben 17", "Görlitz", "02826")),
    "ES": (("C/ Alcalá, 112, 3º izda.", "Madrid", "28009"), ("Carrer d'Aragó 250", "Barcelona", "08007")),
    "PL": (("ul. Świętokrzyska 20/3", "Łódź", "90-001"),),
    "IN": (("14B Park Street", "Kolkata", "700016"),),
}

CARS: tuple[tuple[str, str, str], ...] = (
    ("Toyota", "Corolla Axio", "petrol"),
    ("Toyota", "Premio", "petrol"),
    ("Toyota", "Noah", "hybrid"),
    ("Toyota", "Land Cruiser Prado", "diesel"),
    ("Honda", "Vezel", "hybrid"),
    ("Nissan", "X-Trail", "petrol"),
    ("Mitsubishi", "Pajero", "diesel"),
    ("Suzuki", "Swift", "cng"),
    ("Škoda", "Octavia", "diesel"),
    ("Citroën", "C3", "petrol"),
    ("Mercedes-Benz", "E 200", "petrol"),
    ("BMW", "i4", "electric"),
    ("Tata", "Ace", "diesel"),
    ("Yamaha", "FZ-S", "petrol"),
)

FUELS: dict[str, tuple[str, ...]] = {
    "petrol": ("petrol", "Petrol", "PETROL", "Octane", "Benzin", "পেট্রোল", "بنزين", "gasoline"),
    "diesel": ("diesel", "Diesel", "DIESEL", "ডিজেল", "ديزل"),
    "hybrid": ("hybrid", "Hybrid", "HEV"),
    "electric": ("electric", "EV"),
    "cng": ("CNG", "cng", "সিএনজি"),
}

NOTES = (
    "",
    "",
    "",
    "",
    "prefers calls after 6 pm",
    'says "no parts without asking"',
    "pays by bKash;\nfleet of her brother's",
    "নিয়মিত গ্রাহক, সময়মতো টাকা দেন",
    "=SUM(A1:A3)",
    "Kommt immer samstags, Schlüssel im Briefkasten",
)

EMPTY = ("", "", "", "", "-", "N/A", "n/a", "NULL", "  ", "—")
"""What people write where nothing is to be written."""
