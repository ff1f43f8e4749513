"""The words of the page in the languages that we have. What was typed in the workshop stands as it was typed."""

from __future__ import annotations

__all__ = ["words_of"]

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "quotation": "Quotation", "amendment": "Amendment", "number": "Number", "amends": "Adds to",
        "valid_until": "Valid until", "date": "Date", "for": "For", "total": "Total", "lines": "What we offer",
        "remarks": "Remarks", "subtotal": "Subtotal", "discount": "Discount", "tax": "Tax",
        "with_tax": "Prices include tax.", "approved": "Approved", "declined": "Declined", "open": "Not decided yet",
        "approved_sum": "Approved of it", "before": "Offered once more: it was declined before.",
        "insurance": "The insurance pays", "pdf": "Open as PDF", "sent": "Waiting for your decision",
        "partially_approved": "Partly approved", "rejected": "Declined",
        "how": "Tell us what we should do: call us, write to us, or come by.",
        "expired": "This quotation has expired", "superseded": "There is a newer quotation",
        "expired_words": "Its prices held until {day}. Call us: we will gladly make you a new one.",
        "closed_words": "What you have approved holds. The rest could be approved until {day}; call us for it.",
        "successor_words": "We have made a new version of this quotation, which replaces it.",
        "successor": "See the newer quotation",
        "coming": "This quotation is being revised",
        "coming_words": "We are working on a new version of this quotation. You will hear from us once it is done.",
        "call": "Call us", "over": "No longer open",
    },
    "bn": {
        "quotation": "দরপত্র", "amendment": "সংযোজনী দরপত্র", "number": "নম্বর", "amends": "যে দরপত্রের সংযোজন",
        "valid_until": "মেয়াদ", "date": "তারিখ", "for": "গ্রাহক", "total": "সর্বমোট", "lines": "যা যা প্রস্তাব করছি",
        "remarks": "মন্তব্য", "subtotal": "উপমোট", "discount": "ছাড়", "tax": "কর",
        "with_tax": "মূল্যে কর অন্তর্ভুক্ত।", "approved": "অনুমোদিত", "declined": "প্রত্যাখ্যাত",
        "open": "সিদ্ধান্ত বাকি", "approved_sum": "এর মধ্যে অনুমোদিত",
        "before": "আগে প্রত্যাখ্যাত, আবার প্রস্তাব করা হলো।", "insurance": "বিমা পরিশোধ করে",
        "pdf": "পিডিএফ খুলুন", "sent": "আপনার সিদ্ধান্তের অপেক্ষায়", "partially_approved": "আংশিক অনুমোদিত",
        "rejected": "প্রত্যাখ্যাত", "how": "কী করব আমাদের জানান: ফোন করুন, লিখুন বা চলে আসুন।",
        "expired": "এই দরপত্রের মেয়াদ শেষ", "superseded": "নতুন একটি দরপত্র আছে",
        "expired_words": "মূল্য {day} পর্যন্ত প্রযোজ্য ছিল। আমাদের ফোন করুন, আমরা নতুন দরপত্র করে দেব।",
        "closed_words": "আপনি যা অনুমোদন করেছেন তা বহাল আছে। বাকিটা {day} পর্যন্ত অনুমোদন করা যেত; আমাদের ফোন করুন।",
        "successor_words": "আমরা এই দরপত্রের নতুন একটি সংস্করণ করেছি, যা এর পরিবর্তে প্রযোজ্য।",
        "successor": "নতুন দরপত্র দেখুন",
        "coming": "দরপত্রটি সংশোধন করা হচ্ছে",
        "coming_words": "আমরা এই দরপত্রের নতুন সংস্করণ তৈরি করছি। তৈরি হলেই আপনাকে জানাব।", "call": "ফোন করুন",
        "over": "আর খোলা নেই",
    },
    "de": {
        "quotation": "Angebot", "amendment": "Nachtrag", "number": "Nummer", "amends": "Nachtrag zu",
        "valid_until": "Gültig bis", "date": "Datum", "for": "Für", "total": "Summe", "lines": "Was wir anbieten",
        "remarks": "Bemerkungen", "subtotal": "Zwischensumme", "discount": "Nachlass", "tax": "Steuer",
        "with_tax": "Die Preise enthalten die Steuer.", "approved": "Freigegeben", "declined": "Abgelehnt",
        "open": "Noch nicht entschieden", "approved_sum": "Davon freigegeben",
        "before": "Noch einmal angeboten: schon einmal abgelehnt.", "insurance": "Die Versicherung zahlt",
        "pdf": "Als PDF öffnen", "sent": "Wartet auf Ihre Entscheidung", "partially_approved": "Teilweise freigegeben",
        "rejected": "Abgelehnt",
        "how": "Sagen Sie uns, was wir tun sollen: rufen Sie an, schreiben Sie, kommen Sie vorbei.",
        "expired": "Dieses Angebot ist abgelaufen", "superseded": "Es gibt ein neueres Angebot",
        "expired_words": "Seine Preise galten bis {day}. Rufen Sie uns an: wir machen Ihnen gern ein neues.",
        "closed_words": "Was Sie freigegeben haben, gilt. Der Rest galt bis {day}; rufen Sie uns dafür an.",
        "successor_words": "Wir haben eine neue Fassung dieses Angebots gemacht, die es ersetzt.",
        "successor": "Zum neueren Angebot",
        "coming": "Dieses Angebot wird überarbeitet",
        "coming_words": "Wir arbeiten an einer neuen Fassung dieses Angebots. Sie hören von uns, wenn sie fertig ist.",
        "call": "Anrufen", "over": "Nicht mehr offen",
    },
    "ar": {
        "quotation": "عرض سعر", "amendment": "ملحق عرض السعر", "number": "الرقم", "amends": "إضافة إلى",
        "valid_until": "صالح حتى", "date": "التاريخ", "for": "العميل", "total": "الإجمالي", "lines": "ما نعرضه",
        "remarks": "ملاحظات", "subtotal": "المجموع الفرعي", "discount": "الخصم", "tax": "الضريبة",
        "with_tax": "الأسعار شاملة الضريبة.", "approved": "تمت الموافقة", "declined": "مرفوض",
        "open": "لم يتقرر بعد", "approved_sum": "الموافق عليه", "before": "معروض مرة أخرى: رُفض سابقاً.",
        "insurance": "يدفع التأمين", "pdf": "فتح كملف PDF", "sent": "في انتظار قرارك",
        "partially_approved": "تمت الموافقة جزئياً", "rejected": "مرفوض",
        "how": "أخبرنا بما تريد: اتصل بنا أو راسلنا أو زرنا.",
        "expired": "انتهت صلاحية عرض السعر هذا", "superseded": "يوجد عرض سعر أحدث",
        "expired_words": "كانت أسعاره سارية حتى {day}. اتصل بنا وسنعد لك عرضاً جديداً بكل سرور.",
        "closed_words": "ما وافقت عليه سارٍ. وكان يمكن الموافقة على الباقي حتى {day}؛ اتصل بنا بشأنه.",
        "successor_words": "أعددنا نسخة جديدة من عرض السعر هذا تحل محله.",
        "successor": "عرض السعر الأحدث",
        "coming": "عرض السعر هذا قيد المراجعة",
        "coming_words": "نعمل على نسخة جديدة من عرض السعر هذا، وسنخبرك فور الانتهاء منها.", "call": "اتصل بنا",
        "over": "لم يعد مفتوحاً",
    },
}  # fmt: skip


def words_of(locale: str) -> tuple[str, dict[str, str]]:
    """The language of a locale, or else English, and its words."""
    language = locale.partition("-")[0]
    language = language if language in _WORDS else "en"
    return language, _WORDS[language]
