"""tau2-bench result files: one object ``{info, tasks, simulations}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cxscore.errors import TranscriptError
from cxscore.readers import chat, tau, times
from cxscore.readers.assembly import assemble, given
from cxscore.transcript import Agent, Conversation, Json, Record, Sealed, SealedEvent, Turn


def records(document: Json, *, path: str | None) -> Iterator[Record | TranscriptError]:
    """The conversations of one result file, in order; a broken one is yielded as its error.

    Raises:
        TranscriptError: the file holds no list of simulations.
    """
    simulations = document.get("simulations") if isinstance(document, dict) else None
    if not isinstance(simulations, list):
        raise TranscriptError("simulations is missing; a tau2 file holds them as a list", path=path)
    info = document.get("info")
    tasks = _tasks(document.get("tasks"))
    for index in range(len(simulations)):
        # Taken out as they are read: the file is large and only one simulation is needed.
        simulation, simulations[index] = simulations[index], None
        try:
            yield _record(
                simulation, info if isinstance(info, dict) else {}, tasks, path, index + 1
            )
        except TranscriptError as error:
            yield error
        except ValueError as error:
            yield TranscriptError(str(error), path=path, line=index + 1)


def judged_record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One tau2 conversation with the verdicts of several LLM judges; those are sealed.

    Raises:
        ValueError: the messages are no list.
    """
    if not isinstance(messages := value.get("messages"), list):
        raise ValueError("messages is missing; a judged tau2 line holds them as a list")
    turns, events = tau.turns(messages)
    domain = _text(value.get("domain"))
    conversation = Conversation(
        id=_text(value.get("simulation_id")) or "",
        turns=turns,
        topic=domain,
        agent=Agent(model=_text(value.get("agent_model"))),
        attributes=given({"domain": domain, "task_id": value.get("task_id")}),
        tool_log=True,
    )
    sealed = Sealed(
        answer_key=given({"reward": value.get("tau2_reward"), "judges": value.get("judges")}),
        events=events,
    )
    return assemble(conversation, sealed, path=path, line=line)


def _record(
    simulation: Json,
    info: Mapping[str, Json],
    tasks: Mapping[str, Json],
    path: str | None,
    line: int,
) -> Record:
    if not isinstance(simulation, dict):
        raise ValueError(f"simulation {line} is {chat.kind(simulation)}, not an object")
    turns, events = _turns(simulation.get("messages"))
    task_id = _text(simulation.get("task_id"))
    task = tasks.get(task_id or "")
    domain = _domain(info, task)
    conversation = Conversation(
        id=_text(simulation.get("id")) or "",
        turns=turns,
        topic=domain,
        started_at=times.parse(simulation.get("start_time")),
        ended_at=times.parse(simulation.get("end_time")),
        agent=_agent(info),
        attributes=given({"domain": domain, "task_id": task_id, "trial": simulation.get("trial")}),
        tool_log=True,
    )
    sealed = Sealed(
        answer_key=_answer_key(simulation, task),
        costs=given(
            {
                "agent_usd": simulation.get("agent_cost"),
                "customer_simulator_usd": simulation.get("user_cost"),
            }
        ),
        events=events,
    )
    return assemble(conversation, sealed, path=path, line=line)


def _turns(messages: Json) -> tuple[tuple[Turn, ...], tuple[SealedEvent, ...]]:
    if not isinstance(messages, list | None):
        raise ValueError(f"messages is {chat.kind(messages)}, not a list")
    return tau.turns(messages or ())


def _answer_key(simulation: Mapping[str, Json], task: Json) -> Mapping[str, Json]:
    told = simulation.get("reward_info")
    return given(
        {
            "reward": told.get("reward") if isinstance(told, dict) else None,
            "reward_info": told,
            "task": task,
            "termination_reason": simulation.get("termination_reason"),
        }
    )


def _tasks(tasks: Json) -> Mapping[str, Json]:
    listed = tasks if isinstance(tasks, list) else ()
    return {str(task.get("id")): task for task in listed if isinstance(task, dict)}


def _agent(info: Mapping[str, Json]) -> Agent | None:
    told = info.get("agent_info")
    if not isinstance(told, dict):
        return None
    return Agent(product=_text(told.get("implementation")), model=_text(told.get("llm")))


def _domain(info: Mapping[str, Json], task: Json) -> str | None:
    environment = info.get("environment_info")
    if isinstance(environment, dict) and environment.get("domain_name"):
        return _text(environment["domain_name"])
    try:
        return _text(task["user_scenario"]["instructions"]["domain"])
    except (TypeError, KeyError, IndexError):
        return None


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
