"""The words of a report in the languages that we have. What was typed in the workshop stands as it was typed."""

from __future__ import annotations

__all__ = ["WORDS", "words_of"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "report": "Inspection report", "odometer": "Odometer", "km": "km", "vin": "VIN", "date": "Date",
        "attention": "Needs attention", "all_good": "Nothing needs attention.", "everything": "Everything we looked at",
        "good": "Good", "fair": "Soon", "poor": "Poor", "critical": "Urgent", "not_applicable": "Not applicable",
        "open": "Not graded", "limit": "limit", "remarks": "Remarks", "no_damage": "No damage",
        "unfinished": "This inspection is not completed yet.", "damage_map": "The vehicle from above",
        "scratch": "Scratch", "dent": "Dent", "crack": "Crack", "rust": "Rust", "chip": "Chip", "missing": "Missing",
        "broken": "Broken",
        "marks": "Marks: {count}",
        "recommended": "We recommend",
        "expected": "At this rate the limit of {limit} is reached at about {odometer} km, in about {remaining} km.",
        "call": "Call us",
        "trend": "How it has worn",
    },
    "bn": {
        "report": "গাড়ি পরীক্ষার প্রতিবেদন", "odometer": "ওডোমিটার", "km": "কিমি", "vin": "চেসিস নম্বর",
        "date": "তারিখ", "attention": "যা দেখা দরকার", "all_good": "সব ঠিক আছে।",
        "everything": "যা যা পরীক্ষা করা হয়েছে", "good": "ভালো", "fair": "শিগগিরই", "poor": "খারাপ",
        "critical": "জরুরি", "not_applicable": "প্রযোজ্য নয়", "open": "মান দেওয়া হয়নি", "limit": "সীমা",
        "remarks": "মন্তব্য", "no_damage": "কোনো ক্ষতি নেই", "unfinished": "পরীক্ষা এখনো শেষ হয়নি।",
        "damage_map": "ওপর থেকে গাড়ি", "scratch": "আঁচড়", "dent": "টোল", "crack": "ফাটল",
        "rust": "মরিচা", "chip": "চটা", "missing": "নেই", "broken": "ভাঙা",
        "marks": "দাগ: {count}টি",
        "recommended": "আমাদের পরামর্শ",
        "expected": "এই হারে প্রায় {odometer} কিমিতে, অর্থাৎ আর প্রায় {remaining} কিমি পরে সীমা {limit} ছোঁবে।",
        "call": "ফোন করুন",
        "trend": "ক্ষয়ের ধারা",
    },
    "de": {
        "report": "Prüfbericht", "odometer": "Kilometerstand", "km": "km", "vin": "FIN", "date": "Datum",
        "attention": "Handlungsbedarf", "all_good": "Alles in Ordnung.", "everything": "Alles, was geprüft wurde",
        "good": "Gut", "fair": "Bald", "poor": "Schlecht", "critical": "Dringend",
        "not_applicable": "Nicht zutreffend", "open": "Nicht bewertet", "limit": "Grenze", "remarks": "Bemerkungen",
        "no_damage": "Keine Schäden", "unfinished": "Diese Prüfung ist noch nicht abgeschlossen.",
        "damage_map": "Das Fahrzeug von oben", "scratch": "Kratzer",
        "dent": "Delle", "crack": "Riss", "rust": "Rost", "chip": "Steinschlag", "missing": "Fehlt",
        "broken": "Gebrochen",
        "marks": "Stellen: {count}",
        "recommended": "Wir empfehlen",
        "expected": "Bei diesem Verschleiß ist die Grenze von {limit} bei etwa {odometer} km erreicht, in etwa"
        " {remaining} km.",
        "call": "Anrufen",
        "trend": "Verschleiß",
    },
    "ar": {
        "report": "تقرير فحص المركبة", "odometer": "عداد المسافة", "km": "كم", "vin": "رقم الهيكل",
        "date": "التاريخ", "attention": "يحتاج إلى عناية", "all_good": "كل شيء على ما يرام.",
        "everything": "كل ما تم فحصه", "good": "جيد", "fair": "قريباً", "poor": "سيئ", "critical": "عاجل",
        "not_applicable": "لا ينطبق", "open": "بلا تقييم", "limit": "الحد", "remarks": "ملاحظات",
        "no_damage": "لا أضرار", "unfinished": "لم يكتمل هذا الفحص بعد.", "damage_map": "المركبة من الأعلى",
        "scratch": "خدش", "dent": "انبعاج", "crack": "شرخ", "rust": "صدأ", "chip": "تقشر", "missing": "مفقود",
        "broken": "مكسور",
        "marks": "مواضع: {count}",
        "recommended": "نوصي بما يلي",
        "expected": "بهذا المعدل يُبلغ الحد {limit} عند نحو {odometer} كم، أي بعد نحو {remaining} كم.",
        "call": "اتصل بنا",
        "trend": "مسار التآكل",
    },
}  # fmt: skip


def words_of(locale: str) -> tuple[str, dict[str, str]]:
    """The language of a locale, or else English, and its words."""
    language = locale.partition("-")[0]
    language = language if language in WORDS else "en"
    return language, WORDS[language]
