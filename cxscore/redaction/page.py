"""One conversation's placeholders: who and what was met so far, and under which number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cxscore.redaction.finding import Finder
from cxscore.redaction.known import names_person, snake
from cxscore.redaction.name_words import AMBIGUOUS, TITLES
from cxscore.redaction.people import lines_of_names, parts, spoken_names
from cxscore.redaction.rules import PLACEHOLDER, Kind
from cxscore.transcript import Json


class Span(NamedTuple):
    """One replacement in a text."""

    start: int
    """In the original, in characters."""
    end: int
    placeholder: str
    shown_start: int
    """In the redacted text."""
    shown_end: int


class _Form(NamedTuple):
    """One way a known name may stand in a text."""

    lower: str
    given: str
    person: str
    alone: bool
    """A single word of a longer name, or a name of one word: its capital letter must stand."""


@dataclass(slots=True, kw_only=True)
class Page:
    """Replaces consistently: one mail, phone or person has one placeholder all over."""

    finder: Finder
    phones: frozenset[str]
    """Keys of the phone numbers the record knows."""
    literals: tuple[str, ...]
    """Mail addresses the record knows, whatever their shape."""
    never: frozenset[str]
    _names: dict[str, str] = field(default_factory=dict)
    _forms: list[_Form] = field(default_factory=list)
    _placeholders: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _masked: dict[str, tuple[str, list[tuple[int, int, Kind, str]]]] = field(default_factory=dict)
    _spoken: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    _done: dict[str, tuple[str, tuple[Span, ...]]] = field(default_factory=dict)

    def reserve(self, text: str) -> None:
        """Numbers of placeholders that stand in a text already are not given again."""
        if "[" in text:
            for found in PLACEHOLDER.finditer(text):
                self._counts[found[1]] = max(self._counts.get(found[1], 0), int(found[2]))

    def meet(self, names: Iterable[str]) -> None:
        """Learn the people's names: the longest first, so that a first name finds its owner."""
        wanted = dict.fromkeys(_whole(n) for n in names)
        for name in sorted(wanted, key=lambda n: -len(n.split())):
            words = parts(name)
            if words and name.casefold() not in self.never:
                self._learn(name, words)
        # The longest first: "Ana Lima Souza" is not "Ana Lima" and a rest.
        self._forms.sort(key=lambda f: -len(f.lower))
        self._done.clear()

    def _learn(self, name: str, words: tuple[str, ...]) -> None:
        key = name.casefold()
        if key in self._names:
            return
        person = self._names[key] = self._owner(words) or key
        self._forms.append(_Form(name.lower(), name, person, alone=len(words) < 2))
        if len(words) > 2:
            self._add(f"{words[0]} {words[-1]}", person, alone=False)
        if len(words) > 1:
            # Desks make user ids of names: ana_lima_42.
            self._add(f"{words[0]}_{words[-1]}", person, alone=False)
            self._add(f"{words[0]}.{words[-1]}", person, alone=False)
        if len(words) > 1:
            for word in (words[0], words[-1], *words[1:-1]):
                self._add(word, person, alone=True)

    def _owner(self, words: tuple[str, ...]) -> str | None:
        """Whose name it is already: the person it is a part of, or who was met by a part of it."""
        if len(words) == 1:
            return self._names.get(words[0].casefold())
        single = (w.casefold() for w in words)
        return next((w for w in single if self._names.get(w) == w), None)

    def _add(self, form: str, person: str, *, alone: bool) -> None:
        if form.casefold() not in self._names:
            self._names[form.casefold()] = person
            self._forms.append(_Form(form.lower(), form, person, alone))

    def full_names(self, text: str) -> Iterator[str]:
        """Lines of a text that are a person met before with more of the name."""
        if Kind.NAME in self.finder.kinds and self._names:
            for line in lines_of_names(self._contacts(text)[0]):
                words = [w for w in parts(line) if w.casefold() not in self.never]
                if any(w.casefold() in self._names and w.lower() not in AMBIGUOUS for w in words):
                    yield line

    def introduced(self, text: str) -> Iterator[str]:
        """Names people say of themselves or each other in a text."""
        for start, end in self._spoken_in(text):
            yield text[start:end]

    def words(self, text: str) -> tuple[str, tuple[Span, ...]]:
        """A message redacted, and where."""
        if text not in self._done:
            self._done[text] = self._replace(text, self._found(text, self._spoken_in(text)))
        return self._done[text]

    def text(self, text: str) -> str:
        """Any other text redacted with the same placeholders."""
        return self.words(text)[0] if text else text

    def value(self, value: Json, key: str = "") -> Json:
        """A JSON value redacted: strings, keys, and numbers that are a card's or a phone's."""
        if isinstance(value, str):
            return self._field(value, key)
        if isinstance(value, bool) or value is None or isinstance(value, float):
            return value
        if isinstance(value, int):
            return self._number(str(value), value)
        if isinstance(value, Mapping):
            return {self._key(k, value): self.value(v, snake(k)) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(v, key) for v in value]
        return value

    def json_text(self, text: str) -> str:
        """JSON redacted inside its strings and long numbers; every other byte stays."""
        if self._is_clean(text):
            return text
        key = ""

        def literal(found: re.Match[str]) -> str:
            nonlocal key
            raw = found[0]
            if raw[0] != '"':
                changed = self._number(raw, raw)
                return raw if changed == raw else json.dumps(changed)
            value = json.loads(raw, strict=False) if "\\" in raw else raw[1:-1]
            if found["colon"]:
                key = snake(value)
            elif value and value[0] in "{[" and _is_json(value):
                return _encoded(self.json_text(value), raw)
            changed = self._contacts_out(value) if found["colon"] else self._field(value, key)
            return raw if changed == value else _encoded(changed, raw)

        return _LITERAL.sub(literal, text)

    def _is_clean(self, text: str) -> bool:
        """A quick look over all of a JSON text: product lists are long and hold nobody."""
        if "\\" in text or self._contacts(text)[1]:
            return False
        lower = text.lower()
        return not any(form.lower in lower for form in self._forms)

    def _field(self, text: str, key: str) -> str:
        if key and (key == "name" or names_person(key)):
            person = self._names.get(text.strip().casefold())
            if person is not None and Kind.NAME in self.finder.kinds:
                return text.replace(text.strip(), self._placeholder(Kind.NAME, person))
        return self._replace(text, self._found(text, ()))[0]

    def _contacts_out(self, text: str) -> str:
        """A key without mails and numbers; a person called Phone does not rename a field."""
        return self._replace(text, self._contacts(text)[1])[0]

    def _key(self, key: str, siblings: Mapping[str, Json]) -> str:
        changed = self._contacts_out(str(key))
        return key if changed in siblings else changed

    def _number(self, digits: str, value: Json) -> Json:
        if len(digits) < 7:
            return value
        found = self._found(digits, ())
        whole = found and found[0][:2] == (0, len(digits))
        return self._placeholder(*found[0][2:]) if whole else value

    def _found(
        self, text: str, spoken: Iterable[tuple[int, int]]
    ) -> list[tuple[int, int, Kind, str]]:
        masked, found = self._contacts(text)
        if Kind.NAME not in self.finder.kinds or (not self._forms and not spoken):
            return found
        people = list(self._people(masked, text, spoken))
        return sorted([*found, *people]) if people else found

    def _contacts(self, text: str) -> tuple[str, list[tuple[int, int, Kind, str]]]:
        if text not in self._masked:
            self._masked[text] = self.finder.contacts(text, self.phones, self.literals)
        return self._masked[text]

    def _spoken_in(self, text: str) -> tuple[tuple[int, int], ...]:
        if Kind.NAME not in self.finder.kinds:
            return ()
        if text not in self._spoken:
            self._spoken[text] = tuple(spoken_names(self._contacts(text)[0], self.never))
        return self._spoken[text]

    def _people(
        self, masked: str, text: str, spoken: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[int, int, Kind, str]]:
        taken: list[tuple[int, int]] = []
        for start, end in spoken:
            if _is_free(start, end, taken):
                taken.append((start, end))
                key = _whole(text[start:end]).casefold()
                yield start, end, Kind.NAME, self._names.get(key, key)
        lower = masked.lower()
        if len(lower) != len(masked):  # a few capital letters have a longer small form
            lower = "".join(low if len(low := c.lower()) == 1 else c for c in masked)
        for form in self._forms:
            at = lower.find(form.lower)
            while at >= 0:
                end = at + len(form.lower)
                if _stands(masked, at, end, form) and _is_free(at, end, taken):
                    taken.append((at, end))
                    yield at, end, Kind.NAME, form.person
                at = lower.find(form.lower, end)

    def _replace(
        self, text: str, found: list[tuple[int, int, Kind, str]]
    ) -> tuple[str, tuple[Span, ...]]:
        if not found:
            return text, ()
        pieces: list[str] = []
        spans: list[Span] = []
        at = shown = 0
        for start, end, kind, key in found:
            placeholder = self._placeholder(kind, key)
            pieces += (text[at:start], placeholder)
            shown += start - at
            spans.append(Span(start, end, placeholder, shown, shown + len(placeholder)))
            shown, at = shown + len(placeholder), end
        pieces.append(text[at:])
        return "".join(pieces), tuple(spans)

    def _placeholder(self, kind: Kind, key: str) -> str:
        known = self._placeholders.get((kind, key))
        if known is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._placeholders[kind, key] = f"[{kind}_{number}]"
        return known


_LITERAL = re.compile(
    r'"(?:[^"\\]|\\.)*"(?=(?P<colon>\s*:)?)|(?<![\w.+-])\d{7,19}(?![\w.])', re.DOTALL
)


def _encoded(value: str, raw: str) -> str:
    return json.dumps(value, ensure_ascii="\\u" in raw)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _whole(name: str) -> str:
    """One spelling of a name: single spaces, no title, "Lima, Ana" turned round."""
    last, comma, first = name.partition(",")
    words = f"{first} {last}".split() if comma else name.split()
    while len(words) > 1 and words[0].strip(".").lower() in TITLES:
        del words[0]
    return " ".join(words)


def _stands(text: str, start: int, end: int, form: _Form) -> bool:
    """Whether a found form is a name here: whole words; a single word with its capital letter."""
    joined = "" if "_" in form.lower else "_"
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() or after.isalnum() or (joined and joined in (before, after)):
        return False
    if not form.alone:
        return True
    if form.lower in AMBIGUOUS:
        return False
    as_written = text[start:end]
    if as_written == form.given and as_written[0].isupper():
        return True
    # Capitals only may be a code: MIA is an airport.
    return as_written[0].isupper() and (len(as_written) > 4 or not as_written.isupper())


def _is_free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= s or start >= e for s, e in taken)
