"""Words in a transcript that speak to the judge instead of to the other party.

A detector of fixed patterns. It flags; it never changes a score: a customer who quotes an attack
has not made the answer worse, and a judge that holds out needs no help.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cxscore.transcript import Role, Transcript
from cxscore.verdict import LogLine, Quote


class SuspicionKind(StrEnum):
    """How somebody tries to reach the judge."""

    INSTRUCTION = "instruction"
    """Speaks to a judge or grader, or tells it to set its rules aside."""
    SCORE = "score"
    """Asks for or dictates a level."""
    FENCE = "fence"
    """Pretends that the transcript ends, or uses a chat template's control words."""
    FAKE_TURN = "fake_turn"
    """A line inside a message that pretends to be another party's turn."""
    FAKE_RESULT = "fake_result"
    """Words of a person or bot that pretend to be a tool's result."""
    HIDDEN = "hidden"
    """HTML that hides words from the reader of the chat."""
    INVISIBLE = "invisible"
    """Characters nobody sees that spell something, or break words up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One place where a transcript may speak to the judge."""

    kind: SuspicionKind
    quote: Quote | None = None
    """The words, invisible ones included; None when they stand in the tool log."""
    log: LogLine | None = None
    """The line of the tool log whose result holds them."""


_JUDGE = (
    r"(?:judges?|graders?|evaluators?|evaluation (?:model|system|ai)|scorers?|raters?|assessors?"
    r"|auditors?|reviewer (?:model|ai|bot)|automated review(?:er)?|(?:scoring|grading|rating)"
    r" (?:model|system|ai|bot|assistant)|ai (?:judge|grader|evaluator|reviewer|rater)|quality (?:ai"
    r"|model|bot))"
)
_RULES = (
    r"(?:(?:previous|prior|above|earlier|preceding|system|scoring|grading|evaluation|your|bisherigen"
    r"|vorherigen|anterior\w*|previas|précédent\w*|precedent\w*)\s+)?(?:instructions?|prompts?"
    r"|rubric|guidelines|criteria|anweisungen|vorgaben|rubrik|regeln|kriterien|instrucciones|reglas"
    r"|criterios|consignes|règles|critères|grille|instruções|regras|critérios|istruzioni|regole"
    r"|criteri|instructies|regels)"
)
_OBJECT = (
    r"(?:conversations?|chats?|transcripts?|interactions?|dialog(?:ue)?s?|exchanges?|criteri\w+"
    r"|agent|resolution|grounding|gespräch\w*|unterhaltung|dialoge?|kriteri\w+|conversación|diálogo"
    r"|échange|critères?|conversa|conversazione|dialogo|gesprek|response|answer)"
)
_TOP = (
    r"(?:5|five|10|100|1|top|highest|maximum|max|perfect|full|lowest|worst|best|fünf|höchst\w*"
    r"|best\w*|voll\w*|cinco|máxim\w+|perfect\w*|cinq|maxim\w+|parfait\w*|perfeit\w*|cinque|vijf"
    r"|hoogste)"
)
_GRADE = (
    r"(?:rate|score|grade|mark|evaluate|give|assign|award|scored|rated|graded|bewerten?|bewerte|gib"
    r"|vergib|vergeben|califica\w*|puntúa\w*|evalúa\w*|asigna\w*|otorga\w*|note[rz]?|attribue[rz]?"
    r"|donne[rz]?|évalue[rz]?|avali[ea]\w*|atribu[ai]\w*|dê|pontue|valuta\w*|assegna\w*|beoordeel"
    r"|geef)"
)
_LEVEL = r"(?:score|grade|level|rating|marks?|note|nota|punkte|bewertung|voto)"

_INSTRUCTION = re.compile(
    rf"(?:notes?|messages?|attention|instructions?|reminder|hint|hinweis|nota|aviso|attenzione)"
    rf"\s+(?:to|for|of|an den|an die|para (?:el|la|o|a)|ao|à|al|per il)\s+(?:\w+\s+){{0,2}}?"
    rf"(?:{_JUDGE}|bewerter\w*|gutachter\w*|evaluador\w*|évaluateur\w*|avaliador\w*|valutatore)"
    rf"|à l[’']attention (?:de l[’']|du |des )(?:évaluat|juge|correct)\w*"
    rf"|(?:^|[\n.!(>])\s*(?:dear\s+)?{_JUDGE}\s*[:,]\s"
    rf"|\b{_JUDGE}\s+(?:should|must|has to|have to|shall|is to|are to|reading)\b"
    rf"|\byou are (?:now |only )?(?:the |an? )?(?:\w+ )?{_JUDGE}\b"
    rf"|\bfor (?:the )?(?:ai |automated |llm ){{0,2}}(?:review|evaluation|grading|scoring)\s*:"
    rf"|\b(?:ignore[rz]?|disregard|forget|override|bypass|ignoriere?\w*|missachte\w*|vergiss"
    rf"|ignora\w*|olvid[ae]\w*|omit[ae]\w*|oublie[rz]?|desconsidere|esque[cç]a|negeer)\s+"
    rf"(?:(?:all|any|every|the|of|your|my|these|those|alle?|die|deine|ihre|las?|los|tus|sus|todas"
    rf"|todos|les?|toutes|tous|vos|as|os|suas|tutte|le|gli|de)\s+){{0,3}}{_RULES}\b"
    rf"|\b(?:system (?:override|prompt)|prompt injection|developer message)\b"
    rf"|(?:忽略|无视|無視|忘记).{{0,12}}(?:指令|指示|说明|规则|規則|提示)"
    rf"|игнорируй\w*.{{0,40}}(?:инструкц|правил)",
    re.IGNORECASE,
)
_SCORE = re.compile(
    rf"\b{_GRADE}\b[^.\n]{{0,40}}?\b{_OBJECT}\b[^.\n]{{0,40}}?\b{_TOP}\b"
    rf"(?!\s*(?:days?|€|eur|minutes?|moment))"
    rf"|\b{_GRADE}\b[^.\n]{{0,30}}?\b{_TOP}\b[^.\n]{{0,20}}?\b(?:for|on|to|in|para|à|a|per)\b"
    rf"[^.\n]{{0,20}}?\b(?:{_OBJECT}|tone)\b"
    rf"|\b{_GRADE}\b[^.\n]{{0,30}}?\b{_TOP}\s+{_LEVEL}\b[^.\n]{{0,20}}?\b(?:to|for|à|a)\b"
    rf"[^.\n]{{0,14}}\b{_OBJECT}\b"
    rf"|\b(?:gives?|return|output|respond with|answer with)\b[^.\n]{{0,30}}?\b(?:highest|top"
    rf"|maximum|lowest)\s+{_LEVEL}\b|\b(?:return|output|assign)\s+(?:level|score|grade)\s+\d\b"
    rf"|[\"']?\b(?:resolution|grounding|professionalism|clarity|relevance|tone|efficiency"
    rf"|escalation|false_action|verdict)[\"']?\s*[:=]\s*[\"']?(?:5|1|pass|top|perfect|yes|resolved)\b(?![.,]?\d)"
    rf"|\b(?:mark|set)\s+(?:the\s+)?(?:resolution|grounding|tone|verdict)\s+(?:as|to)\s+\w+"
    rf"|(?:^|[\n.!;:(])\s*score\s*[:=]?\s*[15](?:\s*/\s*5)?\s*(?:$|[.!\n;,)]|on\b)"
    rf"|(?:评分|打分|评为|给出|給出|给予).{{0,10}}(?:5|五|满分|滿分|最高)"
    rf"|поставь\w*.{{0,30}}(?:5|пять|высш)",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?i)\b(?:from|on a scale|1|one)\s*(?:of\s*)?(?:to|-|–|bis|à|a|até)\s*\d+\b|scale|\bfrom 1\b"
    r"|survey|feedback"
)
_FENCE = re.compile(
    r"</?(?:transcript|conversation|rubric|instructions?|system|prompt|log|documents?|user|assistant"
    r"|tool_call|function_results?)\s*>|<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>"
    r"|[-=#*_<>\[]{2,}\s*(?:end|begin|start)(?: of)?(?: the)? (?:transcript|conversation|rubric"
    r"|data|input|chat log|context)\b|\bend of (?:the )?(?:transcript|input|prompt|rubric)\b",
    re.IGNORECASE,
)
_FAKE_TURN = re.compile(
    r"(?im)^[ \t>*_#\[(\"{]*(?:system|developer|assistant|agent|customer|user|human agent|ai agent"
    r"|bot|judge)[\])*_\"]*\s*:\s*[\"“*]?\S"
    r"|\"role\"\s*:\s*\"(?:system|developer|assistant|customer|user|tool)\""
)
_FAKE_RESULT = re.compile(
    r"(?im)^[ \t>*_\[(]*(?:tool|function|api)[ _](?:result|output|response|call)s?[\])*_]*\s*:"
    r"|</?(?:tool|function)_(?:result|output|response)s?>"
)
_UNSEEN = re.compile(
    r"(?is)<!--(?P<comment>.*?)(?:-->|\Z)"
    r"|<(?P<name>[a-z][a-z0-9]*)\b(?P<style>[^<>]*?(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|opacity\s*:\s*0(?:\.0+)?\s*[;\"']|font-size\s*:\s*0|mso-hide\s*:\s*all|\shidden\b"
    r"|color\s*:\s*(?:white|transparent|#fff(?:fff)?\b))[^<>]*)>(?P<words>.*?)(?:</(?P=name)\s*>|\Z)"
)
_TAGS = re.compile("(?<![\U000e0000-\U000e007f\U0001f3f4])[\U000e0001-\U000e007f]{4,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_BROKEN_UP = re.compile("(?:[^\\W\\d_][\u200b\u2060\ufeff\u00ad\u200c\u200d]+){4,}[^\\W\\d_]")
_BLANKS = re.compile("[\u200b\u2060-\u2064\ufeff]{4,}")
_BIDI = re.compile("[\u202d\u202e][^\n]{0,200}")
_MARK = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e01ef]"
)
# Cheap looks before the long patterns.
_MAY_INSTRUCT = re.compile(
    r"(?i)judge|grade|grading|evaluat|scor|rater|rating|assess|audit|review|ignor|disregard|forget"
    r"|overrid|bypass|prompt|developer|bewerte|missacht|vergiss|gutacht|olvid|omit|évalu|juge"
    r"|correct|oubli|avaliad|valutat|desconsid|esque|negeer|忽略|无视|無視|忘记|игнор"
)
_MAY_DICTATE = re.compile(
    r"(?i)rate|score|grad|mark|evaluat|give|assign|award|bewert|gib|vergeb|vergib|califi|punt|evalú"
    r"|asign|otorg|note|attribu|donne|évalu|avali|atribu|dê|valuta|assegna|beoordeel|geef|return"
    r"|output|with|set |resolution|grounding|clarity|relevance|tone|professionalism|efficiency"
    r"|escalation|false_action|verdict|评|打分|给|給|поставь"
)


def suspicions(transcript: Transcript) -> tuple[Suspicion, ...]:
    """Places where a transcript may speak to the judge, in order; nothing is rescored.

    Every party's words are read, and the results in the tool log. At most one suspicion of a kind a
    turn: the first. What a survey asks ("rate us from 1 to 5") is none.
    """
    found: list[Suspicion] = []
    for index, turn in enumerate(transcript.turns):
        if turn.text:
            for kind, start, end in _in_text(turn.text, spoken=turn.role is not Role.TOOL):
                quote = Quote(turn=index, start=start, end=end, text=turn.text[start:end])
                found.append(Suspicion(kind=kind, quote=quote))
        for number, call in enumerate(turn.tool_calls):
            if call.result:
                line = LogLine(turn=index, call=number)
                kinds = dict.fromkeys(kind for kind, _, _ in _in_text(call.result, spoken=False))
                found += [Suspicion(kind=kind, log=line) for kind in kinds]
    return tuple(found)


_Found = tuple[SuspicionKind, int, int]


def _in_text(text: str, *, spoken: bool) -> Iterator[_Found]:
    """First suspicion of each kind in a text."""
    if not text.isascii():
        yield from _invisible(text)
    yield from _hidden(text)
    plain, origin = _plain(text)
    patterns = [(SuspicionKind.FENCE, _FENCE)]
    if spoken and ":" in plain:
        patterns.append((SuspicionKind.FAKE_TURN, _FAKE_TURN))
    if spoken and (":" in plain or "<" in plain):
        patterns.append((SuspicionKind.FAKE_RESULT, _FAKE_RESULT))
    if _MAY_INSTRUCT.search(plain):
        patterns.append((SuspicionKind.INSTRUCTION, _INSTRUCTION))
    if spoken and _MAY_DICTATE.search(plain):
        patterns.append((SuspicionKind.SCORE, _SCORE))
    for kind, pattern in patterns:
        match = next((m for m in pattern.finditer(plain) if not _is_survey(kind, m, plain)), None)
        if match is not None:
            yield kind, *_span(match, origin)


def _is_survey(kind: SuspicionKind, match: re.Match[str], plain: str) -> bool:
    """Whether a demand for a level is only a survey's question."""
    if kind is not SuspicionKind.SCORE:
        return False
    around = plain[max(0, match.start() - 60) : match.end() + 40]
    return _RANGE.search(around) is not None


def _span(match: re.Match[str], origin: Sequence[int] | None) -> tuple[int, int]:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    end = max(start + 1, match.end())
    return (start, end) if origin is None else (origin[start], origin[end - 1] + 1)


def _invisible(text: str) -> Iterator[_Found]:
    for pattern in (_TAGS, _SELECTORS, _BROKEN_UP, _BLANKS, _BIDI):
        match = pattern.search(text)
        if match is not None:
            yield SuspicionKind.INVISIBLE, *match.span()
            return


def _hidden(text: str) -> Iterator[_Found]:
    if "<" not in text:
        return
    for match in _UNSEEN.finditer(text):
        words = match["comment"] if match["comment"] is not None else match["words"]
        if sum(c.isalpha() for c in words or "") >= 4:
            yield SuspicionKind.HIDDEN, *match.span()
            return


def _plain(text: str) -> tuple[str, list[int] | None]:
    """The text as its letters read: tags spelt out, invisible marks gone, wide letters narrow."""
    if text.isascii():
        return text, None
    if not _MARK.search(text) and unicodedata.is_normalized("NFKC", text):
        return text, None
    letters: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        shown = _letter(char)
        letters.append(shown)
        origin += [at] * len(shown)
    return "".join(letters), origin


def _letter(char: str) -> str:
    code = ord(char)
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)
    if 0xE0100 <= code <= 0xE01EF:  # bytes carried by variation selectors
        return chr(code - 0xE0100 + 16)
    return "" if _MARK.match(char) else unicodedata.normalize("NFKC", char)
