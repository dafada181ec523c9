"""What a record itself knows of its people: fields of the customer, authors, and the tool log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from cxscore.redaction.people import is_name
from cxscore.redaction.rules import PLACEHOLDER, Kind, Known
from cxscore.transcript import Conversation, Json, Role, ToolCall

_NAME_KEYS = re.compile(
    r"(?:first|last|full|given|family|middle|customer|contact|recipient|passenger|guest|requester"
    r"|client|member|patient|subscriber|tenant|user_full|card_?holder|account_?holder|holder"
    r"|billing|shipping|sender|traveler|traveller|caller|display|real)_?names?"
    r"|sur_?name|vor_?name|nach_?name|(?:account|card)_?holder|recipient|caller"
    r"|nombres?|apellidos?|pr[eé]nom|nom_complet|nome_completo|sobrenome|nombre_completo"
)
_PHONE_KEYS = re.compile(
    r"(?:.*_)?(?:tele)?phone(?:_?(?:number|no))?|(?:.*_)?mobile(?:_?(?:number|phone|no))?|msisdn"
    r"|(?:.*_)?cell(?:_?(?:number|phone))?|tel|fax|whats_?app|contact_?number|telefon(?:nummer|o)?"
    r"|tel[eé]fono|telefone|celular|m[oó]vil|handy(?:nummer)?"
)
_EMAIL_KEYS = re.compile(r"(?:.*_)?e?_?mail(?:_?address)?|correo(?:_electr[oó]nico)?")
_PERSON_KEYS = re.compile(
    r"(?:.*_)?(?:customer|user|contact|requester|person|profile|passengers?|guests?|recipient|client"
    r"|member|patient|caller|traveler|holder|subscriber|owner|account_owner|employee|assignee|agent)"
)
_PERSON_FIELDS = re.compile(
    r"(?:first_?name|last_?name|surname|dob|date_of_birth|birth_?(?:day|date)|e?_?mail"
    r"|email_address|phone|phone_number|mobile)"
)
_PEOPLE = re.compile(
    r"(?i)nam|e-?mail|phone|mobile|cell|fax|tel|msisdn|whats|holder|recipient|caller|nombre"
    r"|apellido|nom|contact_?number|correo|m[oó]vil|handy"
)
_FIRST = frozenset({"first_name", "firstname", "given_name", "vorname", "nombre", "prenom"})
_LAST = frozenset(
    {"last_name", "lastname", "family_name", "surname", "nachname", "apellido", "nom"}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_AT = re.compile(r"[\s.-]+")
_DEEPEST = 60

Field = tuple[Kind, str]
"""What a field holds of a person: NAME, EMAIL or PHONE, and its value."""


def known(conversation: Conversation) -> Known:
    """What a conversation's fields tell about its people.

    Read are: ``attributes`` at any depth, where the key names a person's name, mail or phone (a
    bare ``name`` only inside a person, such as ``customer`` or beside an ``email``); ``author`` of
    customers' and human agents' turns and ``human_agent``, where they read as a name or a mail.
    ``customer_id`` and ``issue_id`` are the desk's own keys: they count as a mail or phone only.
    Brand, vendor and product are nobody's name.
    """
    found = list(fields(dict(conversation.attributes)))
    people = {Role.CUSTOMER, Role.HUMAN_AGENT}
    authors = [t.author for t in conversation.turns if t.author and t.role in people]
    for author in dict.fromkeys([*authors, conversation.human_agent or ""]):
        if "@" in author:
            found.append((Kind.EMAIL, author.strip()))
        elif is_name(author):
            found.append((Kind.NAME, author))
    if conversation.customer_id and "@" in conversation.customer_id:
        found.append((Kind.EMAIL, conversation.customer_id.strip()))
    return Known(
        names=_of(found, Kind.NAME),
        emails=_of(found, Kind.EMAIL),
        phones=_of(found, Kind.PHONE),
        never=_brands(conversation),
    )


def _of(found: Iterable[Field], kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for k, value in found if k is kind))


def _brands(conversation: Conversation) -> tuple[str, ...]:
    agent = conversation.agent
    named = (conversation.brand, agent and agent.vendor, agent and agent.product)
    return tuple(dict.fromkeys(n for n in named if n))


def logged(calls: Iterable[ToolCall]) -> Iterator[Field]:
    """What the tool log tells of people, in its order."""
    for call in calls:
        if call.arguments:
            yield from fields(call.arguments)
        value = as_json(call.result)
        if value is not None and call.result is not None and _PEOPLE.search(call.result):
            yield from fields(value)


def as_json(text: str | None) -> Json:
    """The JSON object or list a text is; None for any other text."""
    if text is None or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def fields(value: Json, *, person: bool = False, depth: int = _DEEPEST) -> Iterator[Field]:
    """Names, mails and phones held by fields whose key says so, at any depth."""
    if depth == 0:
        return
    if isinstance(value, Mapping):
        keys = {key: snake(key) for key in value}
        person = person or any(_PERSON_FIELDS.fullmatch(k) for k in keys.values())
        yield from _whole_name(value, keys)
        for key, held in value.items():
            if isinstance(held, Mapping | list):
                inside = _PERSON_KEYS.fullmatch(keys[key]) is not None
                yield from fields(held, person=inside, depth=depth - 1)
            else:
                yield from _field(keys[key], held, person=person)
    elif isinstance(value, list):
        for held in value:
            if isinstance(held, Mapping | list):
                yield from fields(held, person=person, depth=depth - 1)


def _whole_name(value: Mapping[str, Json], keys: Mapping[str, str]) -> Iterator[Field]:
    """First and last name beside each other are one person's."""
    first = [v for k, v in value.items() if keys[k] in _FIRST and isinstance(v, str)]
    last = [v for k, v in value.items() if keys[k] in _LAST and isinstance(v, str)]
    if len(first) == 1 and len(last) == 1 and first[0].strip() and last[0].strip():
        whole = f"{first[0].strip()} {last[0].strip()}"
        if is_name(whole):
            yield Kind.NAME, whole


def _field(key: str, value: Json, *, person: bool) -> Iterator[Field]:
    if isinstance(value, bool) or not isinstance(value, str | int) or not value:
        return
    text = str(value).strip()
    if PLACEHOLDER.search(text):
        return
    if names_person(key) or (person and key == "name"):
        if is_name(text):
            yield Kind.NAME, text
    elif _EMAIL_KEYS.fullmatch(key):
        if "@" in text:
            yield Kind.EMAIL, text
    elif _PHONE_KEYS.fullmatch(key) and 7 <= sum(c.isdigit() for c in text) <= 15:
        yield Kind.PHONE, text


def names_person(key: str) -> bool:
    """Whether a field of this name (snake case) holds a person's name by itself."""
    return _NAME_KEYS.fullmatch(key) is not None


@lru_cache(maxsize=4096)
def snake(key: str) -> str:
    """A key's one spelling: ``firstName``, ``First name`` and ``first-name`` are ``first_name``."""
    return _AT.sub("_", _CAMEL.sub("_", str(key).strip())).lower()
