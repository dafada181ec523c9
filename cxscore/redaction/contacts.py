"""Finds mails, IBANs, cards, IP addresses and phone numbers, and what only looks like them.

Every finder gets text in which earlier finds are masked, character for character, so spans hold
and no two overlap. The masks are the same however long a placeholder is: redacting twice finds
nothing new.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from cxscore.redaction.rules import Kind, contact_key

MASK = "\x00"
_SEPARATOR = " \u00a0\u202f."

EMAIL = re.compile(
    r"(?<![\w.+%&'-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
    r"(?:@|\s?[\[(](?:at|AT|ät|arroba)[\])]\s?)"
    r"(?:\w(?:[\w-]{0,61}\w)?\.){1,8}(?:xn--[\w-]{2,40}|[^\W\d_]{2,24})(?![\w@])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \u00a0\-.]?[A-Za-z0-9])")
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL", "SD", "FK"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST", "LY"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM", "MR", "BI", "DJ"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL", "SV", "NI"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
_CARD = re.compile(rf"(?<![\w#{MASK}])(?<![\w{MASK}][-/])\d(?:[ \u00a0\-.]?\d){{12,}}")
_CARD_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:5[06-9]|6[37])\d{10,17}"
)
_IPV4 = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\w|\.\d)"
)
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d+){0,3}(?![\w:])")
_GAP = r"[ \u00a0\-./]"
_PHONE = re.compile(
    # A plus may follow a word at once; a mask (somebody's name, to come) stops what a word stops.
    rf"(?:(?<![\d+])\(?\+\(?[1-9](?:{_GAP}{{0,3}}(?:\(\d{{1,5}}\)|\)?\d)){{6,14}}(?!\d)"
    rf"|(?<![\w#@+{MASK}])(?<!\d[.\-/])(?<![\w{MASK}][\-/])"
    rf"(?:00[1-9](?:{_GAP}{{0,3}}(?:\(\d{{1,5}}\)|\d)){{7,13}}"
    rf"|\(\d{{2,5}}\){_GAP}{{0,3}}\d(?:{_GAP}?\d){{4,9}}"
    rf"|0[1-9]\d{{7,10}}|0[1-9]\d{{0,4}}(?:{_GAP}{{1,3}}\d{{2,8}}){{1,5}}"
    rf"|(?:1[ \-.])?[2-9]\d\d[ \-.][2-9]\d\d[ \-.]\d{{4}}"
    rf"|(?:[6-9]\d\d|2[1-9]\d)(?:[ .\-]\d{{3}}){{2}}|[6-9]\d\d(?:[ .\-]\d\d){{3}}"
    rf"|(?:\d\d 9?|9)\d{{4}}-\d{{4}})(?!{_GAP}?\d))(?!\w)"
)
_PHONE_WORD = re.compile(
    r"(?i)(?:phone|mobile|cell|call|text|reach|contact|whats\s?app|sms|fax|tel|handy|mobil|ruf\w*"
    r"|telefon\w*|tel[eé]fono|m[oó]vil|celular|telem[oó]vel|portable|t[eé]l[eé]phone|num[eé]ro"
    r"|my number|meine nummer|mi n[uú]mero|meu n[uú]mero|llam\w+|appel\w+|ligar?\w*|ligue)\b"
    rf"[^\d\n{MASK}]{{0,24}}?(\+?\d(?:[ \u00a0\-./()]{{0,2}}\d){{6,14}})(?![\w@])(?!{_GAP}?\d)"
)
_PHONE_STEMS = (
    *("phone", "mobil", "cell", "call", "text", "reach", "contact", "whats", "sms", "fax", "tel"),
    *("handy", "ruf", "movil", "móvil", "celular", "portable", "phone", "téléphone", "num", "núm"),
    *("nummer", "llam", "appel", "lig"),
)
_LONG_RUN = re.compile(r"\d(?:[ \u00a0\-./()]{0,3}\d){6}")
_RUN = re.compile(
    rf"(?<![\w#{MASK}])(?<![\w{MASK}][-/])\+?\(?\d(?:[ \u00a0\-./()]{{0,3}}\d){{6,16}}(?!\w)"
)
_CURRENCY = r"(?:€|\$|£|¥|R\$|EUR|USD|GBP|CHF|BRL|euros?|dollars?|reais|Euro)"
_ORDINARY = re.compile(
    r"(?<![\w.])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?(?![-/.]?\d)"
    r"|(?<!\d[-./])(?<!\d)\d{1,2}(?P<sep>[-/.])\d{1,2}(?P=sep)(?:\d{4}|\d{2})(?![-/. ]?\d\d(?!:))"
    rf"|{_CURRENCY}\s?\d[\d.,]*(?: \d{{3}})*|(?<![\w.,])\d[\d.,]*(?: \d{{3}})*\s?{_CURRENCY}(?!\w)"
    r"|(?i:(?<!\w)(?:version|firmware|release|build|ver|v|ios|android|driver)\.?[: ]{0,2}(?:is )?)"
    r"\d+(?:\.\d+)+"
)
_NUMBERED = re.compile(
    r"(?i)(?<!\w)(?:order|booking|reservation|tracking|invoice|ticket|case|ref(?:erence)?|item"
    r"|product|article|sku|serial|parcel|shipment|return|flight|contract|policy|confirmation"
    r"|(?:bestell|auftrag|rechnung|sendung|vorgang|kunden|vertrag|paket|buchung|artikel)\w*"
    r"|pedido|encomenda|factura|fatura|rastreio|seguimiento|reserva|commande|facture|suivi|colis"
    r"|r[eé]servation|ordine|spedizione|env[ií]o|vol|vuelo|flug|voo|id|code|pin)s?"
    r"(?:[\s:#.\-–]{0,3}(?:numbers?|no|nr|num|nummer|n[uú]mero|num[eé]ro|n[º°]|ids?|code|is|was|ist"
    r"|lautet|es|est|é|de|du|do|der)(?!\w)){0,4}[\s:#.\-–(]{0,4}"
    r"(?=[\w\-]*\d)\w[\w\-]*(?:/\d+)?"
)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a payment card number.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return bool(digits) and total % 10 == 0


def is_iban(compact: str) -> bool:
    """Whether letters and digits without gaps are an IBAN: the country's length, and mod 97 is 1.

    >>> is_iban("DE89370400440532013000"), is_iban("DE88370400440532013000")
    (True, False)
    """
    compact = compact.upper()
    if not compact.isascii() or not compact.isalnum():
        return False
    if len(compact) != _IBAN_LENGTHS.get(compact[:2]) or not compact[2:4].isdigit():
        return False
    number = "".join(str(int(c, 36)) for c in compact[4:] + compact[:4])
    return int(number) % 97 == 1


def emails(text: str) -> Iterator[tuple[int, int, Kind, str]]:
    """Spans of mail addresses, with their kind and a key that is one for all spellings."""
    if "@" not in text and "[" not in text and "(" not in text:
        return
    for found in EMAIL.finditer(text):
        # A sentence's punctuation may stand before an address, never as part of it.
        start = found.start() + len(found[0]) - len(found[0].lstrip(".!#$%&'*/=?^`{|}~-"))
        yield start, found.end(), Kind.EMAIL, text[start : found.end()].casefold()


def ibans(text: str) -> Iterator[tuple[int, int, Kind, str]]:
    """Spans of account numbers whose country, length and check digits are right."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2].upper())
        end = None if length is None else _walk(text, found.start(), length)
        if end is None:
            continue
        compact = "".join(c for c in text[found.start() : end] if c.isalnum()).upper()
        if is_iban(compact):
            yield found.start(), end, Kind.IBAN, compact


def _walk(text: str, start: int, length: int) -> int | None:
    """Where ``length`` letters and digits end, single gaps passed over."""
    taken, at, gap = 0, start, False
    while at < len(text) and taken < length:
        if text[at].isascii() and text[at].isalnum():
            taken, gap = taken + 1, False
        elif gap or text[at] not in " \u00a0-.":
            return None
        else:
            gap = True
        at += 1
    if taken < length or (at < len(text) and text[at].isalnum()):
        return None
    return at


def cards(text: str) -> Iterator[tuple[int, int, Kind, str]]:
    """Spans of card numbers: a brand's first digits and length, and the check digit."""
    for found in _CARD.finditer(text):
        groups = [(g.start() + found.start(), g.end() + found.start()) for g in _groups(found[0])]
        at = 0
        while at < len(groups):
            window = _card(text, groups, at)
            if window is None:
                at += 1
                continue
            start, end = groups[at][0], groups[window - 1][1]
            yield start, end, Kind.CARD, "".join(c for c in text[start:end] if c.isdigit())
            at = window


def _groups(run: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"\d+", run)


def _card(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Index after the last group of a card number that begins with a group; the longest wins."""
    for last in range(min(len(groups), first + 19), first, -1):
        digits = "".join(text[s:e] for s, e in groups[first:last])
        if 12 <= len(digits) <= 19 and _CARD_BRANDS.fullmatch(digits) and luhn(digits):
            return last
    return None


def ordinary(text: str) -> Iterator[tuple[int, int]]:
    """Spans of dates, prices, versions and numbers introduced as an order's or a flight's."""
    for pattern in (_ORDINARY, _NUMBERED):
        for found in pattern.finditer(text):
            yield found.span()


def addresses(text: str) -> Iterator[tuple[int, int, Kind, str]]:
    """Spans of IP addresses, versions 4 and 6."""
    if text.count(".") >= 3:
        for found in _IPV4.finditer(text):
            yield *found.span(), Kind.IP, found[0]
    if text.count(":") >= 2:
        for found in _IPV6.finditer(text):
            if _is_ipv6(found[0]):
                yield *found.span(), Kind.IP, found[0].lower()


def _is_ipv6(text: str) -> bool:
    if not any(c.isdigit() for c in text) or len(text) < 6:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def phones(text: str, known: frozenset[str]) -> Iterator[tuple[int, int, Kind, str]]:
    """Spans of phone numbers, by their shape, by a word before them, or because they are known.

    A bare run of digits is a phone number only when a word says so or the record knows it: in a
    support chat it is more often an order, an article or a parcel.
    """
    for found in _PHONE.finditer(text):
        digits = sum(c.isdigit() for c in found[0])
        if (8 if found[0][0] != "(" else 7) <= digits <= 15 and not _is_zeros(found[0]):
            yield *found.span(), Kind.PHONE, contact_key(found[0])
    lower = text.lower()
    if any(stem in lower for stem in _PHONE_STEMS):
        for found in _PHONE_WORD.finditer(text):
            yield *found.span(1), Kind.PHONE, contact_key(found[1])
    if known:
        for found in _RUN.finditer(text):
            if contact_key(found[0]) in known:
                yield *found.span(), Kind.PHONE, contact_key(found[0])


def _is_zeros(text: str) -> bool:
    return len({c for c in text if c.isdigit()}) < 2


def may_hold_address(text: str) -> bool:
    """A cheap look for an IP address: three dots or two colons among digits."""
    return _DOTTED.search(text) is not None or (text.count(":") > 1 and bool(_COLONS.search(text)))


_DOTTED = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_COLONS = re.compile(r"[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:")


def may_hold_phone(text: str) -> bool:
    """A cheap look for a phone number: seven digits with little between them."""
    return _LONG_RUN.search(text) is not None


def has_number(text: str) -> bool:
    """A cheap look: could any number here be longer than a price or a date?"""
    return _NUMBER.search(text) is not None


_NUMBER = re.compile(r"\d[^\n]{0,3}?\d[^\n]{0,3}?\d[^\n]{0,3}?\d|:[0-9A-Fa-f]*:")
