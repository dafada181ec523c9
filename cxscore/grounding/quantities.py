"""Amounts, shares, durations, dates and clock times, in one spelling each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_UP_TO_20 = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen twenty"""
_WORDS = {w: n for n, w in enumerate(_UP_TO_20.split())}
_WORDS |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_NUM = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|{'|'.join(_WORDS)})"
_QUANTITY = re.compile(
    rf"""(?ix) (?<![\w.,:/#-])
    (?P<between> between\ )?
    (?: (?P<cur>[$€£]|\b(?:us\$|usd|eur|gbp)) \s? )?
    (?P<low>{_NUM})
    (?: \s? (?(between)(?:and|to|-|–)|(?:-|–|—|to|or)) \s? [$€£]? (?P<high>{_NUM}) )?
    (?: [\s-]{{0,2}} (?P<unit>
        % | per\ ?cent\b | € | £
      | (?:us\ )?dollars?\b | usd\b | euros?\b | eur\b | pounds?\b | gbp\b | cents?\b
      | (?:(?:business|working|calendar|full|consecutive)[\ -])?
        (?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\b
    ))?
    (?![\w:]|/\d|[.,]\d)"""
)
_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(_WORDS)})\b")
_MONEY = {"$": "$", "us$": "$", "usd": "$", "dollar": "$", "€": "€", "eur": "€", "euro": "€"}
_MONEY |= {"£": "£", "gbp": "£", "pound": "£"}
_DAYS = {
    "second": (1 / 86400, 1 / 86400),
    "minute": (1 / 1440, 1 / 1440),
    "min": (1 / 1440, 1 / 1440),
    "hour": (1 / 24, 1 / 24),
    "hr": (1 / 24, 1 / 24),
    "day": (1.0, 1.0),
    "week": (7.0, 7.0),
    "month": (28.0, 31.0),
    "year": (360.0, 366.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with its unit, or a range of them."""

    unit: str
    """``$``, ``€``, ``£``, ``%`` or ``days``."""
    low: float
    high: float
    text: str
    start: int
    """Where it stands in the text it was read from."""
    end: int

    @property
    def measure(self) -> str:
        """The unit as written, so that weeks and days can be told apart.

        >>> [q.measure for q in quantities("4 weeks, a 30-day window, $5")]
        ['week', 'day', '$']
        """
        if self.unit != "days":
            return self.unit
        word = re.split(r"[\s-]", self.text.lower())[-1].removesuffix("s")
        return {"min": "minute", "hr": "hour"}.get(word, word)

    def agrees(self, other: Quantity) -> bool:
        """Same unit, and some value both ranges hold."""
        return self.unit == other.unit and self.low <= other.high and other.low <= self.high


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every amount of money, percentage and duration in a text.

    >>> [(q.unit, q.low, q.high) for q in quantities("$1,250 within 5-7 business days, 24 hours")]
    [('$', 1250.0, 1250.0), ('days', 5.0, 7.0), ('days', 1.0, 1.0)]
    """
    if not _NUMBER.search(text):
        return ()
    return tuple(q for m in _QUANTITY.finditer(text) if (q := _quantity(m)) is not None)


def _quantity(match: re.Match[str]) -> Quantity | None:
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] else low
    if high < low:
        return None
    named = match["cur"] or match["unit"]
    if named is None:
        return None
    unit, smallest, largest = _unit(named)
    start = match.start("cur" if match["cur"] else "low")
    return Quantity(
        unit=unit,
        low=round(low * smallest, 6),
        high=round(high * largest, 6),
        text=match[0][start - match.start() :].strip(),
        start=start,
        end=match.end(),
    )


def _unit(named: str) -> tuple[str, float, float]:
    """Unit in one spelling, and the least and most of it that one of the named unit is."""
    word = re.split(r"[ -]", named.lower())[-1]
    singular = word.removesuffix("s")
    if named.lower().startswith("per") or word == "%":
        return "%", 1, 1
    if singular == "cent":
        return "$", 0.01, 0.01
    if singular in _DAYS:
        return "days", *_DAYS[singular]
    return _MONEY.get(word) or _MONEY[singular], 1, 1


def _value(number: str) -> float:
    word = number.lower()
    return float(_WORDS[word]) if word in _WORDS else float(number.replace(",", ""))


# --- Specifics: what can only be right when it stands somewhere ----------------------------------

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {m: n for n, m in enumerate(_MONTH_NAMES.split(), start=1)}
_MONTH = r"(?P<{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = re.compile(
    rf"""(?ix)\b(?:
      (?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?=\b|T)
    | {_MONTH.format("mon")}\ (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\ (?P<year>(?:19|20)\d\d)\b)?
    | (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?{_MONTH.format("mon2")}
      (?:,?\ (?P<year2>(?:19|20)\d\d))?\b
    )"""
)
_CLOCK = re.compile(
    r"(?i)(?<!\d)(\d{1,2})(?::(\d\d))?(?::\d\d)?\s?(am|pm|a\.m|p\.m)\b"
    r"|(?<!\d)(\d{1,2}):(\d\d)(?::\d\d)?\b"
)
_SPECIFIC = re.compile(r"\d+(?:[.,]\d+)*|\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]+\b")


_NAMES = {str(n): w for w, n in _WORDS.items()}


def holds_number(text: str, specific: str) -> bool:
    """Whether a text holds one of ``specifics``, in figures or as a word.

    >>> holds_number("at most three gift cards", "3")
    True
    """
    if specific in specifics(text):
        return True
    name = _NAMES.get(specific)
    return name is not None and re.search(rf"\b{name}\b", text, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def specifics(text: str) -> frozenset[str]:
    """Numbers, codes, dates (``05-20``) and clock times (``15:00``) of a text.

    >>> sorted(specifics("HAT176 on May 20, 2024 at 3:00 PM costs $1,051.00"))
    ['05-20', '1051', '15:00', '2024', 'hat176']
    """
    if not any(c.isdigit() for c in text):
        return frozenset()
    found: set[str] = set()
    rest = _DATES.sub(lambda m: _keep(found, *_date(m)), text)
    rest = _CLOCK.sub(lambda m: _keep(found, _clock(m)), rest)
    for word in _SPECIFIC.findall(rest.lower()):
        found.add(_plain(word))
    return frozenset(found)


def _keep(found: set[str], *values: str) -> str:
    found.update(v for v in values if v)
    return " "


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match[1] or match[4]), match[2] or match[5] or "00"
    half = (match[3] or "")[:1].lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02d}:{minute}"


def _date(match: re.Match[str]) -> tuple[str, str]:
    if match["m"]:
        return f"{match['m']}-{match['d']}", match["y"]
    month = _MONTHS[(match["mon"] or match["mon2"])[:3].lower()]
    return f"{month:02d}-{int(match['day'] or match['day2']):02d}", match["year"] or match[
        "year2"
    ] or ""


def _plain(word: str) -> str:
    if not word[0].isdigit():
        return word
    word = re.sub(r",(?=\d{3}(?:\D|$))", "", word)
    if "." not in word or word.count(".") > 1:
        return word
    return word.rstrip("0").rstrip(".")
