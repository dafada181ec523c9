"""Names: who introduces himself, who is greeted, who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxscore.redaction.name_words import NO_NAME, OFFICE, PARTICLES

_WORD = re.compile(r"[ \t\u00a0]*((?:[^\W\d_]\.)+|[^\W\d_]+(?:['’‐\-][^\W\d_]+)*(?!\w))")

_NAME = r"(?:name|nombre|nom|nome|naam)"
_INTRODUCED = re.compile(
    r"(?i)(?<!\w)(?:my (?:full |first |last )?name(?: is|['’]s)|(?:the )?name['’]s|the name is"
    r"|mein (?:voller |ganzer )?name (?:ist|lautet)|ich hei(?:ß|ss)e|hier spricht|me llamo"
    r"|mi nombre (?:completo )?es|je m['’ ]appelle|mon nom (?:complet )?est"
    r"|meu nome (?:completo )?é"
    r"|me chamo|chamo-me|mi chiamo|il mio nome è|mijn naam is|ik heet"
    rf"|{_NAME} on (?:the|my) (?:account|order|booking|reservation|card) is)\s*:?(?=\s)"
    rf"|(?im:^\W{{0,3}}(?:full |first |last |customer )?{_NAME}(?: completo| complet)?\s?:)"
    r"|(?im:^\W{0,3}(?:vor|nach)?name\s?:)"
)
_I_AM = re.compile(
    r"(?i)(?<!\w)(?:i am|i['’]m|ich bin|hier ist|soy|je suis|sou(?: [oa])?|sono|ik ben|this is"
    r"|c['’]est|it['’]s|aqui é [oa]?)(?=[ \t])"
)
_RELATIVE = re.compile(
    r"(?i)(?<!\w)(?:my (?:husband|wife|partner|son|daughter|sister|brother|mother|father|mum|mom"
    r"|dad|friend|colleague|boss|boyfriend|girlfriend|neighbou?r)"
    r"|meine?n? (?:mann|frau|partner(?:in)?|sohn|tochter|schwester|bruder|mutter|vater"
    r"|freund(?:in)?)"
    r"|mi (?:marido|esposa|esposo|mujer|hij[oa]|herman[oa]|madre|padre|amig[oa])"
    r"|m(?:on|a) (?:mari|femme|fils|fille|sœur|soeur|frère|mère|père|amie?|conjointe?)"
    r"|minha? (?:marido|esposa|mulher|filh[oa]|irmã|mãe)|meu (?:marido|filho|irmão|pai)),?(?=[ ])"
)
_IS_MY_NAME = re.compile(r"[ \t]+is my name(?!\w)")
_AFTER_I_AM = re.compile(
    r"\s*(?:[,.!;:)\n–-]|$|(?:and|und|y|e|et|from|aus|de|von|speaking|calling|here|again|hier)(?!\w))"
)
_SPEAKING = re.compile(r"[ ,]*(?:speaking|calling|here|again|hier)(?!\w)")
_TITLED = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Señor(?:a|ita)?|Sra?|Srta|Signora?|Monsieur|Madame"
    r"|señor(?:a|ita)?|senhora?|signora?|Mme|Mlle|Senhora?|Do[nñ]a|Mevrouw|Meneer)\.?"
    r"(?=[ \u00a0])(?: (?:Dr|Prof)\.)?"
)
_GREETED = re.compile(
    r"(?i)[ \t]*(?:hi(?:ya)?(?: there)?|hello|hey|dear|hallo|moin|hola|lieber?"
    r"|estimad[oa]|querid[oa]|bonjour|bonsoir|salut|ch(?:er|ère)|olá|ola|oi|prezad[oa]|car[oa]|ciao"
    r"|good (?:morning|afternoon|evening)|guten (?:tag|morgen|abend)|buen(?:os|as) (?:días|tardes)"
    r"|bo[am] (?:dia|tarde|noite)|thank you(?: so much| very much)?|thanks(?: a lot| so much)?"
    r"|gracias|merci|danke|vielen dank|obrigad[oa]|grazie|sorry|welcome(?: back)?|goodbye|bye),?"
    r"(?=[ ])"
)
_AFTER_GREETED = re.compile(r"\s*(?:[,!.;:\n–—-]|$)")
_SIGNED = re.compile(
    r"(?im)(?:(?<!\w)(?:regards|rgds|cheers|greetings|sincerely|faithfully|best(?: wishes)?|saludos"
    r"|(?:un )?(?:cordial )?saludo|atentamente|cordialement|bien à vous|atenciosamente|abraços?"
    r"|cumprimentos|gr(?:ü|ue)(?:ß|ss)en?|gruß|gruss|lg|vg|mfg|thanks|thank you|thx|danke|gracias"
    r"|merci|obrigad[oa]|saluti|grazie|groeten|groetjes|love|xx?)[ ]*(?:[,.!]+\s*|\s*\n\s*)[-–—]*"
    r"|\n[ \t]*(?:--|[–—]|-(?=\S))[ \t]?(?=[^\n]*\s*\Z))"
)
_AFTER_SIGNED = re.compile(r"[ \t]*\.?[ \t]*(?:\n|$)")

_LOWER_END = re.compile(r"[ \t]*(?:[,.!;:)\n]|$)|[ \t]+(?:and|und|y|et|e|i|but|aber)(?!\w)")
# Cheap looks before the patterns: most messages hold none of these.
_MAY_INTRODUCE = (
    *("nam", "naam", "nom", "nachn", "vorn", "hei", "spricht", "llamo", "appelle", "cham", "chiam"),
    "heet",
)
_MAY_BE = (
    *("i am", "i'm", "i’m", "ich bin", "hier ist", "soy", "je suis", "sou", "sono", "ik ben"),
    *("this is", "'est", "’est", "it's", "it’s", "aqui é"),
)
_MAY_RELATE = ("my ", "mein", "mi ", "mon ", "ma ", "minha ", "meu ")
_MAY_TITLE = (
    *(
        "Mr",
        "Ms",
        "Dr",
        "Prof",
        "Herr",
        "Frau",
        "Señor",
        "Sr",
        "señor",
        "senhor",
        "signor",
        "Signor",
        "Monsieur",
        "Madame",
    ),
    *("Mme", "Mlle", "Senhor", "Don", "Mevrouw", "Meneer"),
)
_MAY_SIGN = (
    *(
        "gard",
        "rgds",
        "cheers",
        "greeting",
        "sincer",
        "faithf",
        "best",
        "salud",
        "atent",
        "cordial",
    ),
    *("bien à", "atencios", "abraço", "cumprim", "gruß", "grüß", "grues", "gruss", "grüs", "lg"),
    *("vg", "mfg", "thank", "thx", "danke", "gracias", "merci", "obrigad", "salut", "grazie"),
    *("groet", "love", "xx", "\n--", "\n-", "\n—", "\n–"),
)
_SENTENCE = re.compile(r"\n|[.!?] ")
_SIGNATURE = 90
"""In a message of one line, the signature stands in its last so many characters."""


def spoken_names(text: str, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Spans of names as their owner says them, or as they are greeted or signed.

    Conservative: a bare capitalised word is nobody's name. "I'm …" needs two capitalised words.

    Args:
        text: one message, contacts masked.
        never: casefolded words that are no name here.
    """
    lower = text.lower()
    if _holds(lower, _MAY_INTRODUCE):
        for found in _INTRODUCED.finditer(text):
            yield from _name(text, found.end(), never, lower=True)
    if _holds(lower, _MAY_BE):
        yield from _stated(text, never)
    if _holds(lower, _MAY_RELATE):
        for found in _RELATIVE.finditer(text):
            yield from _name(text, found.end(), never, most=3)
    if _holds(text, _MAY_TITLE):
        for found in _TITLED.finditer(text):
            yield from _name(text, found.end(), never)
    yield from _greeted(text, never)
    tail = 0 if "\n" in text else max(0, len(text) - _SIGNATURE)
    if _holds(lower[tail:], _MAY_SIGN):
        yield from _signed(text, tail, never)


def _holds(text: str, stems: tuple[str, ...]) -> bool:
    for stem in stems:  # noqa: SIM110 - any() with a generator takes thrice the time
        if stem in text:
            return True
    return False


def _stated(text: str, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    for found in _I_AM.finditer(text):
        for start, end in _name(text, found.end(), never):
            two = len(text[start:end].split()) >= 2
            if (two and _AFTER_I_AM.match(text, end)) or _SPEAKING.match(text, end):
                yield start, end


def _greeted(text: str, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    for at in (0, *(sentence.end() for sentence in _SENTENCE.finditer(text))):
        greeted = _GREETED.match(text, at)
        if greeted is None:
            yield from _first_words(text, at, never)
        else:
            for start, end in _name(text, greeted.end(), never, most=3):
                if _AFTER_GREETED.match(text, end):
                    yield start, end


def _first_words(text: str, at: int, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Names like those of "Gareth speaking" and "Ana Lima is my name" at a sentence's beginning."""
    if " speaking" in text or " my name" in text:
        for start, end in _name(text, at, never):
            if text.startswith(" speaking", end) or _IS_MY_NAME.match(text, end):
                yield start, end


def _signed(text: str, tail: int, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    for found in _SIGNED.finditer(text, tail):
        for start, end in _name(text, found.end(), never):
            if _AFTER_SIGNED.match(text, end):
                yield start, end


def _name(
    text: str, at: int, never: frozenset[str], *, most: int = 4, lower: bool = False
) -> Iterator[tuple[int, int]]:
    """The name that begins at a place, if one does."""
    while at < len(text) and text[at] in " \t\u00a0*\"'“„«":
        at += 1
    start, end, words = at, None, 0
    while words < most:
        word = _WORD.match(text, at)
        if word is None or word[1].casefold() in never:
            break
        if word[1].casefold() in NO_NAME and not (words and word[1].lower() in PARTICLES):
            break
        at = word.end()
        if word[1][0].isupper():
            words, end = words + 1, at
        elif not (word[1] in PARTICLES and (words or _capital_follows(text, at))):
            break
    if end is not None:
        yield start, end
    elif lower:
        yield from _lower_name(text, start, never)


def _capital_follows(text: str, at: int) -> bool:
    word = _WORD.match(text, at)
    return word is not None and word[1][0].isupper()


def _lower_name(text: str, start: int, never: frozenset[str]) -> Iterator[tuple[int, int]]:
    """One or two small-letter words that fill the rest of a clause: "my name is ana lima, …"."""
    at = start
    for _ in range(3):
        word = _WORD.match(text, at)
        if word is None or word[1].casefold() in NO_NAME | never or len(word[1]) < 2:
            return
        at = word.end()
        if _LOWER_END.match(text, at):
            yield start, at
            return


def lines_of_names(text: str) -> Iterator[str]:
    """Lines that hold two or three capitalised words and nothing else: a name, or a heading."""
    if "\n" in text:
        for found in _LINE.finditer(text):
            if all(w[0].isupper() for w in found[1].split()):
                yield found[1]


_LINE_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
_LINE = re.compile(
    rf"(?m)^[ \t]*((?:[^\W\d_]\.|{_LINE_WORD})(?: {_LINE_WORD}){{1,2}})[ \t]*\.?[ \t]*$"
)


def is_name(text: str) -> bool:
    """Whether a field's value can be a person's name: one to five words, no digits.

    >>> is_name("Ana María de la Cruz"), is_name("agent-7"), is_name("Support"), is_name("emma_k")
    (True, False, False, False)
    """
    words = text.split()
    if not 1 <= len(words) <= 5 or len(text) > 80 or len(text) < 2:
        return False
    if not all(_PLAIN.fullmatch(w) for w in words):
        return False
    return not any(w.casefold() in OFFICE for w in text.replace("-", " ").split())


_PLAIN = re.compile(r"[^\W\d_]+(?:['’‐\-.][^\W\d_]*)*,?")


def parts(name: str) -> tuple[str, ...]:
    """The words of a name that may stand for it alone; initials and particles may not."""
    words = (w.strip(",.") for w in name.split())
    return tuple(w for w in words if len(w) > 1 and w.lower() not in PARTICLES)
