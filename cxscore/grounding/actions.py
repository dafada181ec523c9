"""Actions an agent says it has done, held against the tool log.

Precision comes first: a claim is called MISSING only when the log was delivered and neither a
write that fits the words nor any call of unknown effect could explain them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache

from cxscore.grounding.claimed_objects import Speaks, claimed_object, speaks
from cxscore.grounding.completion_claims import CompletionClaim, completion_claims
from cxscore.transcript import AGENT_ROLES, Role, ToolCall, Transcript
from cxscore.verdict import ActionCheck, ActionVerdict, LogLine, Quote, Severity

ACTION_RULES_VERSION = "2"

WRITE_PATTERNS: tuple[str, ...] = tuple(
    f"{verb}*"
    for verb in (
        *("cancel", "update_", "refund", "book_", "modify_", "exchange_", "return_", "send_"),
        *("create_", "set_", "toggle_", "enable_", "disable_", "resume_", "suspend_", "pay"),
        *("transfer_", "add_", "remove_", "delete_", "apply_", "issue_", "change_", "make_"),
        *("reset_", "refuel_", "grant_", "submit_", "place_", "reschedule_", "schedule_"),
        *("activate_", "deactivate_", "block_", "unblock_", "lock_", "unlock_", "upgrade_"),
        *("downgrade_", "close_", "open_", "edit_", "waive_", "escalate", "reboot_", "charge_"),
        *("credit_", "register_", "replace_", "reserve_", "purchase_", "file_", "handoff"),
    )
)
"""Tools that change something, as fnmatch patterns over the snake_case name."""
READ_PATTERNS: tuple[str, ...] = tuple(
    f"{verb}*"
    for verb in (
        *("get_", "find_", "list_", "search_", "check_", "calculate", "think", "lookup", "look_up"),
        *("read_", "fetch_", "retrieve_", "query_", "show_", "view_", "verify_", "can_", "is_"),
        *("kb_", "knowledge_", "count_", "estimate_", "run_speed_test", "describe_", "validate_"),
    )
)
"""Tools that only look something up."""


class Effect(StrEnum):
    """What a tool does to the world."""

    WRITE = "write"
    READ = "read"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRules:
    """Which tools write and which only read; everything else is of unknown effect.

    Patterns are fnmatch patterns, matched without case against the name in snake_case and against
    its last dotted part. A pattern without wildcard goes before one with; write goes before read.
    """

    write: tuple[str, ...] = WRITE_PATTERNS
    read: tuple[str, ...] = READ_PATTERNS

    def effect(self, name: str) -> Effect:
        """What the tool of this name does.

        >>> rules = ToolRules()
        >>> rules.effect("cancelOrder").value, rules.effect("get_order").value
        ('write', 'read')
        >>> rules.effect("frobnicate").value
        'unknown'
        """
        return _effect(self.write, self.read, name)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the patterns: part of the judge's fingerprint."""
        body = json.dumps([self.write, self.read], ensure_ascii=False)
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=4096)
def _effect(write: tuple[str, ...], read: tuple[str, ...], name: str) -> Effect:
    snake = _snake(name)
    names = {snake, snake.rsplit(".", 1)[-1]}
    for exact in (True, False):
        for effect, patterns in ((Effect.WRITE, write), (Effect.READ, read)):
            for pattern in patterns:
                if exact == (not any(c in pattern for c in "*?[")) and any(
                    fnmatchcase(n, _snake(pattern)) for n in names
                ):
                    return effect
    return Effect.UNKNOWN


@lru_cache(maxsize=4096)
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", name).lower()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MONEY = _words(
    """refund reimburse credit cancel return exchange modify update change void
certificate compensate issue downgrade upgrade voucher pay payment charge adjust
waive book"""
)
_FITS: dict[str, frozenset[str]] = {
    "cancel": _words("cancel void terminate unsubscribe delete remove stop close refund"),
    "book": _words("book rebook reserve create purchase order place buy schedule make add update"),
    "change": _words(
        """update modify change set edit upgrade downgrade switch reschedule move correct
adjust replace exchange book rebook toggle extend swap refuel add remove"""
    ),
    "refund": _MONEY,
    "return": _words("return rma refund"),
    "exchange": _words("exchange swap replace modify reship change"),
    "add": _words(
        """add update modify refuel set apply book enable change attach insert credit
redeem top exchange send issue refund cancel return create"""
    ),
    "remove": _words("remove delete update modify clear disable cancel change edit"),
    "issue": _words(
        "send issue certificate voucher credit compensate refund give grant add create"
    ),
    "switch_on": _words(
        """enable activate turn toggle set resume unlock unblock reactivate restore start
update grant change register enroll create add"""
    ),
    "switch_off": _words(
        """disable deactivate turn toggle set suspend block lock freeze pause stop update
change cancel close"""
    ),
    "reset": _words("reset reboot restart set update send clear"),
    "transfer": _words(
        "transfer escalate handoff forward assign route ticket case human create submit"
    ),
    "waive": _words("waive refund credit adjust remove apply update discount"),
    "submit": _words(
        "submit create file open log request raise register report dispute ticket case"
    ),
}
"""Family of a claim to the words in a tool's name that can explain it. Families not listed here
(``generic``, ``send``, ``pay``) are explained by any write: confirmations and charges follow from
every kind."""
_ANY_WRITE_BUT = frozenset({"transfer", "human", "escalate", "handoff"})
_CREATES = frozenset({"book", "create", "reserve", "place", "order", "purchase"})
"""What creates a record may put the claimed thing in with it."""
_DEVICE = frozenset({"switch_on", "switch_off", "reset", "change", "add", "remove", "generic"})
_ERROR = re.compile(
    r"(?i)^\s*(?:\W*(?:error|failed|failure|exception|traceback)\b"
    r"|\{[^{}]{0,80}\"(?:error|errors)\"\s*:\s*(?!null|\"\"|\[\]|false)"
    r"|\{[^{}]{0,80}\"(?:success|ok)\"\s*:\s*false|\{[^{}]{0,80}\"status\"\s*:\s*\"(?:error|failed)\")"
)
_RECORD_KEY = re.compile(r"(?i)(?:reservation|order|booking|line|case|ticket|subscription)_?id$")
_STATUS = re.compile(r"\"[a-z_]*status\"\s*:\s*\"([^\"]{1,40})\"")


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of the log with its place and what is known of it."""

    line: LogLine
    call: ToolCall
    effect: Effect
    failed: bool
    words: frozenset[str]


def check_actions(transcript: Transcript, tools: ToolRules) -> tuple[ActionCheck, ...]:
    """Hold every claim of completion by an agent against the tool log.

    Args:
        transcript: with the log as delivered; without one every claim is NO_LOG.
        tools: which tools write.

    Returns:
        One check per claim in turn order; MISSING and FAILED are critical.
    """
    log = _agent_log(transcript, tools)
    delivered = transcript.tool_log is True or (
        transcript.tool_log is None and _has_calls(transcript)
    )
    by_customer = _customer_turns_with_calls(transcript)
    checks = []
    for index, turn in enumerate(transcript.turns):
        if turn.role not in AGENT_ROLES or not turn.text:
            continue
        horizon = -1
        for claim in completion_claims(turn.text):
            quote = Quote(
                turn=index,
                start=claim.start,
                end=claim.end,
                text=turn.text[claim.start : claim.end],
            )
            if not delivered:
                checks.append(
                    _check(quote, claim, ActionVerdict.NO_LOG, "no tool log was delivered")
                )
                continue
            if horizon < 0:
                horizon = _horizon(transcript, index)
            near = [c for c in log if c.line.turn <= horizon]
            check = _against_log(claim, quote, near, transcript, by_customer)
            if check is not None:
                checks.append(check)
    return tuple(checks)


def is_failed(call: ToolCall) -> bool:
    """Whether the log says that a call did not succeed.

    >>> is_failed(ToolCall(name="pay", result="Error: card declined"))
    True
    """
    return call.ok is False or (call.result is not None and _ERROR.match(call.result) is not None)


def _agent_log(transcript: Transcript, tools: ToolRules) -> list[_Call]:
    return [
        _Call(
            LogLine(turn=t, call=c),
            call,
            tools.effect(call.name),
            is_failed(call),
            frozenset(re.split(r"[_.]+", _snake(call.name))),
        )
        for t, turn in enumerate(transcript.turns)
        for c, call in enumerate(turn.tool_calls)
        if call.requester is not Role.CUSTOMER
    ]


def _has_calls(transcript: Transcript) -> bool:
    return any(turn.tool_calls for turn in transcript.turns)


def _customer_turns_with_calls(transcript: Transcript) -> frozenset[int]:
    return frozenset(
        t
        for t, turn in enumerate(transcript.turns)
        if any(c.requester is Role.CUSTOMER for c in turn.tool_calls)
    )


def _horizon(transcript: Transcript, index: int) -> int:
    """Last turn whose calls may stand behind a claim: up to the second customer text after."""
    seen = 0
    for later in range(index + 1, len(transcript.turns)):
        turn = transcript.turns[later]
        if turn.role is Role.CUSTOMER and turn.text:
            seen += 1
            if seen == 2:
                return later
    return len(transcript.turns) - 1


def _against_log(
    claim: CompletionClaim,
    quote: Quote,
    log: list[_Call],
    transcript: Transcript,
    by_customer: frozenset[int],
) -> ActionCheck | None:
    fitting, silent = _explaining(claim, log)
    good = [c for c in fitting if not c.failed]
    on_device = claim.passive and claim.family in _DEVICE
    if on_device and not good and any(t <= quote.turn for t in by_customer):
        # What the customer did on a device of their own is not the agent's claim.
        return None
    if good:
        return _with_record(claim, quote, log, fitting, good)
    if claim.family == "transfer" and any(h.before_turn >= quote.turn for h in transcript.handoffs):
        return _check(quote, claim, ActionVerdict.LOGGED, "the conversation was handed over")
    unknown = [c for c in log if c.effect is Effect.UNKNOWN and not c.failed]
    if silent and not unknown:
        reason = f"{silent[-1].call.name} was called, but does not say on what"
        return _check(quote, claim, ActionVerdict.UNKNOWN, reason, silent)
    if unknown:
        reason = f"{unknown[-1].call.name} is of unknown effect and could explain it"
        return _check(quote, claim, ActionVerdict.UNKNOWN, reason, unknown)
    told = claim.passive and not fitting and claim.family == "pay"
    if told or (claim.passive and _record_says_so(claim, quote.turn, log)):
        # Read from a record, as how a booking was paid: not an action of this chat.
        return None
    if fitting:
        reason = f"{fitting[-1].call.name} stands in the log with an error as its result"
        return _check(quote, claim, ActionVerdict.FAILED, reason, fitting)
    thing = claimed_object(claim)
    what = claim.verb if thing is None else f"{claim.verb}” and “{thing}"
    reason = f"no call in the tool log changes anything that fits “{what}”"
    return _check(quote, claim, ActionVerdict.MISSING, reason)


def _explaining(claim: CompletionClaim, log: list[_Call]) -> tuple[list[_Call], list[_Call]]:
    """Writes that fit the words, and good ones whose verb fits but which name no thing at all.

    Where a claim names its thing ("one bag has been added"), a write that names another one
    (``update_reservation_flights``) does not explain it.
    """
    writes = [c for c in log if c.effect is Effect.WRITE]
    thing = claimed_object(claim)
    if thing is None:
        return [c for c in writes if _fits(c, claim.family)], []
    fits = [c for c in writes if _fits(c, claim.family) or c.words & _CREATES]
    said = {c.line: speaks(c.call, thing) for c in fits}
    silent = [c for c in fits if said[c.line] is Speaks.OF_NONE and not c.failed]
    return [c for c in fits if said[c.line] is Speaks.OF_IT], silent


def _fits(call: _Call, family: str) -> bool:
    wanted = _FITS.get(family)
    if wanted is None:
        return not call.words & _ANY_WRITE_BUT
    return bool(call.words & wanted)


def _with_record(
    claim: CompletionClaim,
    quote: Quote,
    log: list[_Call],
    fitting: list[_Call],
    good: list[_Call],
) -> ActionCheck:
    """LOGGED, unless the clause names a record no fitting call was made on."""
    named = [i for i in _record_ids(log) if i in claim.clause]
    takes_record = all(_record_of(c) for c in good)
    for record in named if takes_record else ():
        if any(record in _record_of(c) or record in (c.call.result or "") for c in good):
            continue
        tried = [c for c in fitting if record in _record_of(c)]
        if tried:
            reason = f"{tried[-1].call.name} on {record} stands in the log with an error"
            return _check(quote, claim, ActionVerdict.FAILED, reason, tried)
        reason = f"{good[-1].call.name} was called, but not on {record}"
        return _check(quote, claim, ActionVerdict.MISSING, reason, good)
    reason = f"{good[-1].call.name} in the tool log"
    return _check(quote, claim, ActionVerdict.LOGGED, reason, good[-1:])


def _record_ids(log: list[_Call]) -> list[str]:
    return sorted({i for c in log for i in _record_of(c) if len(i) >= 4})


def _record_of(call: _Call) -> tuple[str, ...]:
    return tuple(
        value
        for key, value in call.call.arguments.items()
        if isinstance(value, str) and _RECORD_KEY.search(key)
    )


def _record_says_so(claim: CompletionClaim, turn: int, log: list[_Call]) -> bool:
    """Whether a record read before shows this state already: then the agent only reports it."""
    stem = claim.verb[:5]
    return any(
        stem in status.lower()
        for c in log
        if c.line.turn <= turn and c.call.result
        for status in _STATUS.findall(c.call.result)
    )


def _check(
    quote: Quote,
    claim: CompletionClaim,
    verdict: ActionVerdict,
    reason: str,
    calls: list[_Call] | None = None,
) -> ActionCheck:
    wrong = verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED}
    return ActionCheck(
        quote=quote,
        action=claim.family if claim.family != "generic" else claim.verb,
        verdict=verdict,
        reason=reason,
        log=tuple(c.line for c in calls or ()),
        severity=Severity.CRITICAL if wrong else None,
    )
