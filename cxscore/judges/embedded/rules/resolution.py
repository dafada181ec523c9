"""Resolution on direct evidence only; everything else is an abstention."""

from __future__ import annotations

import re

from cxscore.grounding.actions import Effect, is_failed
from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.reading import Reading
from cxscore.transcript import AGENT_ROLES, Role
from cxscore.verdict import Abstained, ActionVerdict, LogLine, Quote

_PROBE = re.compile(r"(?i)^(?:check|can|run|test|verify|get)_|test|status|speed")
_PROBE_GOOD = re.compile(
    r"(?i)\b(?:excellent|can\s+(?:send|connect|reach)|success(?:ful(?:ly)?)?|passed)\b"
)
_PROBE_BAD = re.compile(
    r"(?i)(?<!\bno\s)(?<!\bzero\s)(?<!\bwithout\s)(?<!\bwithout\sany\s)(?<!\bnot\s)(?<!\b0\s)"
    r"\b(?:cannot|can['’]t|fail(?:ed|s|ures?)?|no\s+connection|unable|errors?)\b"
    r"(?![\"']?\s*[:=]\s*\"?(?:0|no|none|null|false)\b)"
)
GIVES_UP_AFTER = 3
"""So many failed changes in one conversation show that it went wrong."""


def resolution(reading: Reading) -> Finding | Abstained:
    """False action 1, failed or complained about 2, seen working 4–5; else no direct evidence."""
    if not reading.said:
        return not_applicable("no request made")
    for rule in (_false_action, _probe, _failed_changes, _left_alone, _complaint, _seen_working):
        found = rule(reading)
        if found is not None:
            return found
    return Abstained(
        reason="neither log nor customer shows directly whether it was solved",
        code="no_direct_evidence",
    )


def _false_action(reading: Reading) -> Finding | None:
    wrong = reading.false_actions
    if not wrong:
        return None
    return Finding(
        credit=0.0,
        reason=f"said to be done, but {wrong[0].reason}",
        evidence=tuple(a.quote for a in wrong),
        log=tuple(line for a in wrong for line in a.log),
        causes=("action_not_done",),
    )


def _probe(reading: Reading) -> Finding | None:
    """The last test the customer ran on their own device: trusted over what either side says."""
    for t in range(len(reading.transcript.turns) - 1, -1, -1):
        for c, call in reversed(list(enumerate(reading.transcript.turns[t].tool_calls))):
            if call.requester is not Role.CUSTOMER:
                continue
            if not call.result or not _PROBE.search(call.name):
                return None
            return _probed(reading, call.result, LogLine(turn=t, call=c))
    return None


def _probed(reading: Reading, result: str, line: LogLine) -> Finding | None:
    told = next((i for i in reading.said if i >= line.turn), None)
    quotes = () if told is None else (reading.quote(told),)
    if _PROBE_BAD.search(result):
        reason = f"the customer's last test failed: {result[:60]}"
        return Finding(credit=0.25, reason=reason, evidence=quotes, log=(line,))
    if _PROBE_GOOD.search(result) and not reading.handovers and not reading.denials_at_end:
        reason = f"the customer's last test passed: {result[:60]}"
        return Finding(credit=1.0, reason=reason, evidence=quotes, log=(line,))
    return None


def _failed_changes(reading: Reading) -> Finding | None:
    """Three changing calls failed, or the last one did after others had worked."""
    writes = [
        (LogLine(turn=t, call=c), call.name, is_failed(call))
        for t, turn in enumerate(reading.transcript.turns)
        if turn.role in AGENT_ROLES
        for c, call in enumerate(turn.tool_calls)
        if reading.tools.effect(call.name) is Effect.WRITE
        and all(h.turn != t for h in reading.handovers)
    ]
    failed = [line for line, _, bad in writes if bad]
    half_done = bool(writes) and writes[-1][2] and not all(bad for _, _, bad in writes)
    if not failed or not (len(failed) >= GIVES_UP_AFTER or half_done):
        return None
    quote = _after(reading, failed[-1].turn)
    if half_done:
        reason = f"the last change, {writes[-1][1]}, ended in an error and was not made good"
    else:
        reason = f"{len(failed)} changes ended in an error"
    return Finding(
        credit=0.25,
        reason=reason,
        evidence=() if quote is None else (quote,),
        log=tuple(failed),
        causes=("action_not_done",),
    )


def _after(reading: Reading, turn: int) -> Quote | None:
    """What the agent said next."""
    told = next((i for i in reading.answered if i >= turn), None)
    return None if told is None else reading.quote(told)


def _left_alone(reading: Reading) -> Finding | None:
    """The customer's last question got no reply, or a person was asked for and refused."""
    last = reading.said[-1]
    if reading.handovers or reading.ends_with_accepted_offer:
        return None
    asks = reading.asks_for_human
    replied = any(i > last for i in reading.answered)
    if not replied and reading.text(last).rstrip().endswith("?"):
        # Asking for a person is escalation's matter; who reads on is unknown here.
        if asks and asks[-1].turn == last:
            return None
        return Finding(
            credit=0.0,
            reason="the customer's last question was left unanswered",
            evidence=(reading.quote(last),),
            causes=("incomplete",),
        )
    if not asks or reading.replies_after(asks[0].turn, Role.HUMAN_AGENT):
        return None
    refused = any(asks[-1].turn < i for i in reading.answered)
    if refused and reading.mood(last).step <= 2:
        return Finding(
            credit=0.25,
            reason="asked for a person, none came, and the last words are not content",
            evidence=(*asks, reading.quote(last)),
            causes=("blocked_human",),
        )
    return None


def _complaint(reading: Reading) -> Finding | None:
    """The customer says at the end that it is not solved."""
    denied = reading.denials_at_end
    if not denied or reading.handovers:
        return None
    return Finding(
        credit=0.25,
        reason="the customer says at the end that it is not solved",
        evidence=denied,
        causes=("wrong_answer",),
    )


def _seen_working(reading: Reading) -> Finding | None:
    """The customer saw it work near the end, and nothing in the log speaks against it."""
    sure = [c for c in reading.sightings if c.turn in reading.said[-3:]]
    if not sure or reading.handovers or reading.denials_at_end:
        return None
    logged = [a for a in reading.actions if a.verdict is ActionVerdict.LOGGED]
    return Finding(
        credit=1.0 if logged else 0.75,
        reason="the customer says that it works or is solved",
        evidence=(sure[-1], *(a.quote for a in logged[:2])),
        log=tuple(line for a in logged for line in a.log),
    )
