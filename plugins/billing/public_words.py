"""The words of the public page in the languages that we have. What was typed in the workshop stands as it was typed."""

from __future__ import annotations

__all__ = ["words_of"]

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "invoice": "Invoice", "credit_note": "Credit note", "payment": "Receipt", "to_pay": "To pay", "total": "Total",
        "due": "Due", "open": "Not paid yet", "partial": "Partly paid", "overdue": "Overdue", "paid": "Paid",
        "cancelled": "Cancelled", "date": "Date", "job": "Job", "order": "Order", "reference": "Reference",
        "vehicle": "Vehicle", "model": "Model", "odometer": "Odometer", "km": "km", "lines": "What for",
        "subtotal": "Subtotal", "discount": "Discount", "taxable": "Taxable", "tax": "Tax", "minus_paid": "Paid",
        "minus_credited": "Credited", "settled_by": "Paid and credited", "settles": "Pays for", "notes": "Notes",
        "credited": "Credited to you", "of_invoice": "To invoice", "received": "Received", "thanks": "Thank you",
        "method": "Method", "credit": "Your credit", "refunded": "Given back", "pdf": "Open as PDF",
    },
    "bn": {
        "invoice": "চালানপত্র", "credit_note": "ক্রেডিট নোট", "payment": "রসিদ", "to_pay": "বাকি", "total": "সর্বমোট",
        "due": "পরিশোধের শেষ তারিখ", "open": "এখনো পরিশোধ হয়নি", "partial": "আংশিক পরিশোধিত",
        "overdue": "মেয়াদোত্তীর্ণ",
        "paid": "পরিশোধিত", "cancelled": "বাতিল", "date": "তারিখ", "job": "জব নং", "order": "অর্ডার নং",
        "reference": "সূত্র", "vehicle": "গাড়ি", "model": "মডেল", "odometer": "ওডোমিটার", "km": "কিমি",
        "lines": "যে বাবদ", "subtotal": "উপমোট", "discount": "ছাড়", "taxable": "করযোগ্য", "tax": "কর",
        "minus_paid": "পরিশোধিত", "minus_credited": "ক্রেডিট", "settled_by": "পরিশোধ ও ক্রেডিট",
        "settles": "যে বাবদ পরিশোধ", "notes": "মন্তব্য", "credited": "আপনার অনুকূলে ক্রেডিট",
        "of_invoice": "যে চালানপত্রের",
        "received": "গৃহীত", "thanks": "ধন্যবাদ", "method": "মাধ্যম", "credit": "আপনার জমা", "refunded": "ফেরত",
        "pdf": "পিডিএফ খুলুন",
    },
    "de": {
        "invoice": "Rechnung", "credit_note": "Gutschrift", "payment": "Quittung", "to_pay": "Zu zahlen",
        "total": "Gesamtbetrag", "due": "Fällig", "open": "Noch offen", "partial": "Teilweise bezahlt",
        "overdue": "Überfällig", "paid": "Bezahlt", "cancelled": "Storniert", "date": "Datum", "job": "Auftrag",
        "order": "Bestellung", "reference": "Referenz", "vehicle": "Fahrzeug", "model": "Modell",
        "odometer": "Kilometerstand", "km": "km", "lines": "Wofür", "subtotal": "Zwischensumme",
        "discount": "Rabatt", "taxable": "Netto", "tax": "Steuer", "minus_paid": "Bezahlt",
        "minus_credited": "Gutgeschrieben",
        "settled_by": "Bezahlt und gutgeschrieben", "settles": "Bezahlt wird", "notes": "Bemerkungen",
        "credited": "Ihnen gutgeschrieben", "of_invoice": "Zur Rechnung", "received": "Erhalten",
        "thanks": "Vielen Dank", "method": "Zahlungsart", "credit": "Ihr Guthaben", "refunded": "Zurückgezahlt",
        "pdf": "Als PDF öffnen",
    },
    "ar": {
        "invoice": "فاتورة", "credit_note": "إشعار دائن", "payment": "إيصال", "to_pay": "المبلغ المستحق",
        "total": "الإجمالي", "due": "تاريخ الاستحقاق", "open": "لم تُدفع بعد", "partial": "مدفوعة جزئياً",
        "overdue": "متأخرة", "paid": "مدفوعة", "cancelled": "ملغاة", "date": "التاريخ", "job": "أمر العمل",
        "order": "الطلب", "reference": "المرجع", "vehicle": "المركبة", "model": "الطراز", "odometer": "عداد المسافة",
        "km": "كم", "lines": "البيان", "subtotal": "المجموع الفرعي", "discount": "الخصم",
        "taxable": "الخاضع للضريبة", "tax": "الضريبة", "minus_paid": "المدفوع", "minus_credited": "المخصوم",
        "settled_by": "المدفوعات والإشعارات", "settles": "سداد", "notes": "ملاحظات", "credited": "لصالحكم",
        "of_invoice": "عن الفاتورة", "received": "المبلغ المستلم", "thanks": "شكراً لكم", "method": "طريقة الدفع",
        "credit": "رصيدكم", "refunded": "المبلغ المعاد", "pdf": "فتح بصيغة PDF",
    },
}  # fmt: skip


def words_of(locale: str) -> tuple[str, dict[str, str]]:
    """The language of a locale, or else English, and its words."""
    language = locale.partition("-")[0]
    language = language if language in _WORDS else "en"
    return language, _WORDS[language]
