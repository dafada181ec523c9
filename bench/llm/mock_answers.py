"""What the mock model says: a minimal instance of the schema, quoting the prompt; its faults."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

PREFER = (
    *("4", 4, "yes", "pass", "true", "correct", "supported", "faithful", "resolved", "good"),
    *("C", "Y", "A"),
)
"""The first of these an enum holds is the answer."""
QUOTE_KEYS = ("quote", "text", "words", "span", "excerpt", "verbatim")
TURN_KEYS = ("turn", "turn_id", "turns", "where")
"""Keys whose value must come from the prompt: a quote, and the id of the turn it stands in."""
QUOTE, TURN, TURN_NUMBER = "@@QUOTE@@", "@@TURN@@", 987654321
SENTENCE = "The agent answered from the knowledge base."
DEEPEST = 24
CONVERSATION = re.compile(r"CONV-(\d{6})")

_TURN_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.){16,})"')
_TURN_ID = re.compile(r'"(?:turn|id|turn_id|n)"\s*:\s*("[^"]*"|\d+)')
_PLAIN_TURN = re.compile(r"^\s*\[?([\w-]{1,12})?\]?[^:\n]{0,30}:\s*(\S.{20,})$", re.MULTILINE)
_LEVEL = re.compile(r":\s*(?:\d+(?:\.\d+)?|true|\"[1-9]\")")
_counter = itertools.count()
_cache: dict[bytes, str] = {}


def from_schema(schema: Mapping[str, Any]) -> str:
    """JSON text of a minimal instance, with placeholders for quotes and turns."""
    key = orjson.dumps(schema)
    if key not in _cache:
        _cache[key] = orjson.dumps(_instance(schema, schema, 0, "")).decode()
    return _cache[key]


def _instance(schema: Any, root: Mapping[str, Any], depth: int, key: str) -> Any:
    if not isinstance(schema, dict) or depth > DEEPEST:
        return {}
    if "$ref" in schema:
        node: Any = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            node = node.get(part, {})
        return _instance(node, root, depth + 1, key)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return _choice(schema["enum"])
    for either in ("anyOf", "oneOf"):
        if schema.get(either):
            known = [s for s in schema[either] if s.get("type") != "null"] or schema[either]
            return _instance(known[0], root, depth + 1, key)
    return _typed(schema, root, depth, key)


def _choice(values: list[Any]) -> Any:
    for preferred in PREFER:
        if preferred in values:
            return preferred
    return next((v for v in values if str(v).startswith("support")), values[0])


def _typed(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int, key: str) -> Any:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind == "object":
        members = schema.get("properties", {})
        names = schema.get("required") or list(members)
        return {n: _instance(members.get(n, {}), root, depth + 1, n) for n in names}
    if kind == "array":
        count = max(schema.get("minItems") or 1, 1)
        return [_instance(schema.get("items", {}), root, depth + 1, key) for _ in range(count)]
    if kind in {"integer", "number"}:
        return _number(schema, kind, key)
    if kind == "boolean":
        return True
    return None if kind == "null" else _text(schema, key)


def _number(schema: Mapping[str, Any], kind: str, key: str) -> float:
    if key in TURN_KEYS:
        return TURN_NUMBER
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        value = low + (high - low) * 0.75
    elif low is not None:
        value = low + 1
    elif high is not None:
        value = high - 1
    else:
        value = 4 if kind == "integer" or "score" in key else 1.0
    return round(value) if kind == "integer" else value


def _text(schema: Mapping[str, Any], key: str) -> str:
    if key in QUOTE_KEYS:
        return QUOTE
    if key in TURN_KEYS:
        return TURN
    text = {"verdict": "yes", "label": "yes", "grade": "C"}.get(key, SENTENCE)
    return text[: schema["maxLength"]] if "maxLength" in schema else text


def grounded(text: str, prompt: str) -> str:
    """Fill the placeholders with words of the prompt's last long turn, and that turn's id.

    A judge that verifies its evidence then finds it.
    """
    if QUOTE not in text and TURN not in text and str(TURN_NUMBER) not in text:
        return text
    turn, quote = _last_turn(prompt[-24000:])
    text = text.replace(f'"{QUOTE}"', orjson.dumps(quote).decode())
    text = text.replace(f'"{TURN}"', orjson.dumps(turn).decode())
    return text.replace(str(TURN_NUMBER), turn if turn.isdigit() else "0")


def _last_turn(tail: str) -> tuple[str, str]:
    found = None
    for found in _TURN_TEXT.finditer(tail):
        pass
    if found is not None:
        quote = json.loads(f'"{found[1]}"')[:40].strip()
        ids = _TURN_ID.findall(tail[max(0, found.start() - 300) : found.start()])
        ids = ids or _TURN_ID.findall(tail[found.end() : found.end() + 200])
        return (ids[-1].strip('"') if ids else "0"), quote
    for found in _PLAIN_TURN.finditer(tail):
        pass
    return ("0", "nothing") if found is None else (found[1] or "0", found[2][:40].strip())


def contradicted(text: str, prompt: str, share: float) -> str:
    """Let the claims of every k-th conversation be contradicted (share 0.1: every tenth)."""
    found = CONVERSATION.search(prompt)
    if not share or found is None or int(found[1]) % round(1 / share):
        return text
    return text.replace('"supported_by_article"', '"contradicted"')


def spoiled(text: str, fault: str | None) -> str:
    """The answer under a fault."""
    if fault == "malformed":
        cut = text[: max(1, len(text) * 2 // 3)].rstrip('"}]')
        return cut + ' ... sorry, "' if text[:1] in "{[" else "I would say: so-so {"
    if fault == "truncated":
        return text[: max(1, len(text) // 2)]
    if fault == "offschema":
        return _offschema(text)
    return text


def _offschema(text: str) -> str:
    """Parses and breaks the schema: a level off the scale, null, one member missing, one twice."""
    kind = next(_counter) % 4
    if kind == 0:
        quoted = re.search(r':\s*"[1-9]"', text)
        return _LEVEL.sub(': "99"' if quoted else ": 99", text)
    if kind == 1:
        return _LEVEL.sub(": null", text)
    held = orjson.loads(text)
    last = list(held)[-1]
    if kind == 2:
        del held[last]
        return orjson.dumps(held).decode()
    if isinstance(held[last], list):
        held[last] = held[last] * 2
        return orjson.dumps(held).decode()
    return text[:-1] + "," + orjson.dumps({last: held[last]}).decode()[1:]
