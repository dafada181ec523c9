"""The keys of a mapping file, and the check that finds a slip before any record is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError
from cxscore.readers.yaml_file import read_yaml

Expression = str
"""A JMESPath expression, e.g. ``parts[].body`` or a constant, e.g. ``'chat'``."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tool(_Strict):
    """How a turn whose role is ``tool`` becomes a line of the tool log."""

    name: Expression
    arguments: Expression | None = None
    result: Expression | None = None
    ok: Expression | None = None
    id: Expression | None = None
    requester: Literal["ai_agent", "human_agent", "customer"] = "ai_agent"


class SurveyPart(_Strict):
    """One survey of the conversation."""

    kind: str
    value: Expression
    scale: str | None = None
    target: str | None = None
    comment: Expression | None = None


class ConversationPart(_Strict):
    """What the record tells of the whole conversation; every member an expression."""

    channel: Expression | None = None
    language: Expression | None = None
    started_at: Expression | None = None
    ended_at: Expression | None = None
    updated_at: Expression | None = None
    customer_id: Expression | None = None
    issue_id: Expression | None = None
    kind: Expression | None = None
    topic: Expression | None = None
    human_agent: Expression | None = None
    team: Expression | None = None
    brand: Expression | None = None
    tags: Expression | None = None


class AgentPart(_Strict):
    """The AI agent that served; every member an expression."""

    vendor: Expression | None = None
    product: Expression | None = None
    model: Expression | None = None
    version: Expression | None = None
    procedure: Expression | None = None


class SourcesPart(_Strict):
    """The articles a turn cites: ``each`` gives a list, the others are read from its members."""

    each: Expression
    title: Expression | None = None
    url: Expression | None = None
    article_id: Expression | None = None


class ClaimPart(_Strict):
    """What the vendor says of its own work; sealed."""

    value: Expression
    definition: str | None = None
    window: str | None = None
    billed: Expression | None = None
    graded_by: str | None = None


class MappingFile(_Strict):
    """The keys of a mapping file."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: str
    records: Expression | None = None
    """The list of records in a JSON document; left out, each line or list member is one."""
    id: Expression
    id_prefix: str = ""
    turns: Expression | dict[str, Expression]
    """A list of turns, or several lists by name that are walked side by side."""
    role: Expression
    roles: dict[str, Literal["customer", "ai_agent", "human_agent", "system", "tool", "drop"]]
    text: Expression
    html: bool = False
    time: Expression | None = None
    author: Expression | None = None
    internal: Expression | None = None
    ai_drafted: Expression | None = None
    tool: Tool | None = None
    sources: SourcesPart | None = None
    tool_log: bool | None = None
    conversation: ConversationPart = ConversationPart()
    agent: AgentPart | None = None
    attributes: dict[str, Expression] = Field(default_factory=dict)
    answer_key: dict[str, Expression] = Field(default_factory=dict)
    costs: dict[str, Expression] = Field(default_factory=dict)
    vendor_claim: ClaimPart | None = None
    surveys: tuple[SurveyPart, ...] = ()


_NO_EXPRESSIONS = frozenset(
    {"schema", "name", "id_prefix", "roles", "html", "tool_log"}
    | {"requester", "scale", "target", "definition", "window", "graded_by"}
)
"""Keys whose value is taken as it stands. A survey's ``kind`` is one more."""


def load(path: Path) -> MappingFile:
    """A mapping file, every expression of it checked.

    Raises:
        ConfigError: it is missing, no YAML, or a key or an expression is not valid.
    """
    told = read_yaml(path)
    try:
        mapping = MappingFile.model_validate(told)
    except ValidationError as error:
        raise ConfigError(_key_complaint(error), path=str(path)) from None
    _compile_all(mapping.model_dump(by_alias=True, exclude_none=True), "", str(path))
    if "tool" in mapping.roles.values() and mapping.tool is None:
        raise ConfigError(
            "roles maps to tool, and there is no key tool that says how its calls are named",
            path=str(path),
        )
    return mapping


def _key_complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(p) for p in first["loc"]) or "the file"
    if first["type"] == "missing":
        return f"{key} is missing; a mapping file needs name, id, turns, role, roles and text"
    if first["type"] == "extra_forbidden":
        return f"{key} is no key of a mapping file; see the documentation of formats"
    return f"{key} is {str(first['input'])[:60]!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _compile_all(value: Any, key: str, path: str) -> None:
    """Every expression is compiled once, so that a slip is found before any record is read."""
    if isinstance(value, dict):
        for name, member in value.items():
            constant = name in _NO_EXPRESSIONS and not key.startswith(("attributes", "answer_key"))
            if not constant and not (name == "kind" and key.startswith("surveys")):
                _compile_all(member, f"{key}.{name}".lstrip("."), path)
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            _compile_all(member, f"{key}[{index}]", path)
    elif isinstance(value, str):
        try:
            jmespath.compile(value)
        except (JMESPathError, RecursionError) as error:
            said = str(error).strip().split("\n")[0]
            raise ConfigError(f"{key}: {value[:80]!r} is no JMESPath: {said}", path=path) from None
