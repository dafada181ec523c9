"""tau-bench result files: a list of records ``{task_id, reward, info, traj, trial}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from cxscore.readers import tau
from cxscore.readers.assembly import assemble, given
from cxscore.transcript import Conversation, Json, Record, Sealed, SealedEvent

_DOMAIN = re.compile(r"(?i)^\W*(\w+) agent policy")


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One trial of one task. Reward, task and the policy prompt are sealed.

    The file names no conversations: an id is made of file, task and trial.

    Raises:
        ValueError: the trajectory is no list of messages.
    """
    if not isinstance(trajectory := value.get("traj"), list):
        raise ValueError("traj is missing; a tau-bench record holds its messages there")
    turns, events = tau.turns(trajectory)
    info = value.get("info")
    info = info if isinstance(info, dict) else {}
    domain = _domain(events)
    stem = PurePath(path).name.partition(".json")[0] if path else "tau-bench"
    conversation = Conversation(
        id=f"{stem}:task-{value.get('task_id')}:trial-{value.get('trial', 0)}",
        turns=turns,
        topic=domain,
        attributes=given(
            {"domain": domain, "task_id": value.get("task_id"), "trial": value.get("trial")}
        ),
        tool_log=True,
    )
    sealed = Sealed(
        answer_key={"reward": value.get("reward"), **info},
        costs=given({"customer_simulator_usd": info.get("user_cost")}),
        events=events,
    )
    return assemble(conversation, sealed, path=path, line=line)


def _domain(events: tuple[SealedEvent, ...]) -> str | None:
    for event in events:
        if event.kind == "system" and (match := _DOMAIN.match(event.text)):
            return match[1].lower()
    return None
