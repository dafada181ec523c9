import json

import pytest

from cxscore.readers import detect
from cxscore.transcript import Role, blind

TASK = {"instruction": "You want a refund SENTINEL", "actions": [{"name": "refund"}]}


def _call(name, call_id="k1", **arguments):
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }


def _trial(*traj, reward=1.0, trial=0):
    system = {"role": "system", "content": "# Airline Agent Policy\nSENTINEL"}
    return {
        "task_id": 3,
        "trial": trial,
        "reward": reward,
        "info": {"task": TASK, "user_cost": 0.5},
        "traj": [system, *traj] if traj else [],
    }


def _shown(record):
    return str(blind(record.conversation))


def test_tau_bench_calls_results_and_answer_key(write, one):
    path = write(
        "runs.json",
        [
            _trial(
                {"role": "user", "content": "I want my money back, please"},
                {"role": "assistant", "content": None, "tool_calls": [_call("get_user", id="u1")]},
                {"role": "tool", "tool_call_id": "k1", "name": "get_user", "content": '{"x": 1}'},
                {"role": "assistant", "content": "Done."},
                {"role": "user", "content": "###STOP###"},
            )
        ],
    )
    assert detect(path) == "tau_bench"
    record = one(path)
    conversation = record.conversation
    assert conversation.id == "runs:task-3:trial-0"
    assert (conversation.topic, conversation.tool_log) == ("airline", True)
    assert [t.role for t in conversation.turns] == [Role.CUSTOMER, Role.AI_AGENT, Role.AI_AGENT]
    (call,) = conversation.turns[1].tool_calls
    assert (call.name, call.arguments, call.result, call.ok) == (
        "get_user",
        {"id": "u1"},
        '{"x": 1}',
        True,
    )
    assert record.sealed.answer_key["task"] == TASK
    assert record.sealed.answer_key["reward"] == 1.0
    assert {e.kind for e in record.sealed.events} == {"system", "control_token"}
    assert "SENTINEL" not in _shown(record)
    assert "STOP" not in _shown(record)


def test_tau_bench_react_runs(write, one):
    thought = "Thought:\nlook it up\nAction:\n"
    record = one(
        write(
            "runs.json",
            [
                _trial(
                    {"role": "user", "content": "Cancel my flight please"},
                    {
                        "role": "assistant",
                        "content": thought + '{"name": "find", "arguments": {"id": "F1"}}',
                    },
                    {"role": "user", "content": "API output: Error: no flight"},
                    {
                        "role": "assistant",
                        "content": "Action:\n"
                        '{"name": "respond", "arguments": {"content": "Sorry."}}',
                    },
                    {"role": "user", "content": "API output: is what I typed myself"},
                    {"role": "assistant", "content": "Thought:\nhm\nAction:\nnot json"},
                )
            ],
        )
    )
    turns = record.conversation.turns
    assert [(t.role.value, t.text) for t in turns] == [
        ("customer", "Cancel my flight please"),
        ("ai_agent", ""),
        ("ai_agent", "Sorry."),
        ("customer", "API output: is what I typed myself"),
        ("ai_agent", "not json"),
    ]
    (call,) = turns[1].tool_calls
    assert (call.name, call.arguments, call.ok) == ("find", {"id": "F1"}, False)
    assert call.result == "Error: no flight"
    assert "look it up" not in _shown(record)


def test_tau_bench_empty_trajectory_and_partial_reward(write, records):
    path = write("runs.json", [_trial(reward=0.65), _trial({"role": "user", "content": "Hello"})])
    empty, said = records(path)
    assert empty.conversation.turns == ()
    assert empty.sealed.answer_key["reward"] == 0.65
    assert len(said.conversation.turns) == 1


def test_wrapped_replies_are_unwrapped(write, one):
    wrapped = {"role": "assistant", "content": '{"content": "Your seat is booked."}'}
    plain = {"role": "assistant", "content": '{"content": 7}'}
    record = one(write("runs.json", [_trial(wrapped, plain)]))
    assert [t.text for t in record.conversation.turns] == [
        "Your seat is booked.",
        '{"content": 7}',
    ]


@pytest.fixture
def tau2_file(write):
    def _write(*messages, **simulation):
        told = {
            "id": "s-1",
            "task_id": "t-1",
            "start_time": "2025-08-01T10:00:00",
            "agent_cost": 0.1,
            "termination_reason": "user_stop",
            "reward_info": {"reward": 0.0, "db_check": {"db_match": False}},
            "messages": list(messages),
            **simulation,
        }
        criteria = {"actions": ["SENTINEL"]}
        return write(
            "run.json",
            {
                "timestamp": "x",
                "info": {
                    "agent_info": {"implementation": "llm_agent", "llm": "model-1"},
                    "environment_info": {"domain_name": "telecom", "policy": "SENTINEL"},
                },
                "tasks": [{"id": "t-1", "evaluation_criteria": criteria}],
                "simulations": [told],
            },
        )

    return _write


def test_tau2_customer_tools_and_answer_key(tau2_file, one):
    path = tau2_file(
        {"role": "assistant", "content": "Hi! How can I help you today?"},
        {
            "role": "user",
            "content": None,
            "tool_calls": [
                {"id": "a", "name": "check_status", "arguments": {}, "requestor": "user"},
                {"id": "b", "name": "reboot", "arguments": {}, "requestor": "user"},
            ],
        },
        {"role": "tool", "id": "b", "content": "rebooted", "requestor": "user", "error": False},
        {"role": "tool", "id": "a", "content": "Error: no", "requestor": "user", "error": True},
        {"role": "tool", "id": "zz", "content": "stray", "requestor": "user", "error": False},
        {"role": "user", "content": "It works ###TRANSFER###"},
        {"role": "assistant", "content": None, "errors": ["SENTINEL"]},
    )
    assert detect(path) == "tau2"
    record = one(path)
    conversation = record.conversation
    calls = conversation.turns[1].tool_calls
    assert [(c.requester, c.result, c.ok) for c in calls] == [
        (Role.CUSTOMER, "Error: no", False),
        (Role.CUSTOMER, "rebooted", True),
    ]
    assert [t.role for t in conversation.turns] == [
        Role.AI_AGENT,
        Role.CUSTOMER,
        Role.TOOL,
        Role.CUSTOMER,
    ]
    assert conversation.agent.model == "model-1"
    assert conversation.topic == "telecom"
    assert conversation.started_at.isoformat() == "2025-08-01T10:00:00+00:00"
    assert record.sealed.answer_key["reward"] == 0.0
    assert record.sealed.answer_key["task"]["evaluation_criteria"]
    assert record.sealed.costs == {"agent_usd": 0.1}
    assert "SENTINEL" not in _shown(record)
    assert "TRANSFER" not in _shown(record)


def test_tau2_without_messages_or_reward(tau2_file, one):
    record = one(tau2_file(reward_info=None))
    assert record.conversation.turns == ()
    assert "reward" not in record.sealed.answer_key


def test_judged_tau2_lines(write, one):
    line = {
        "simulation_id": "s-9",
        "domain": "retail",
        "task_id": "4",
        "agent_model": "m",
        "tau2_reward": 0.0,
        "messages": [
            {"role": "user", "content": "Return my shirt, please"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"name": "find", "arguments": {"z": 1}}],
            },
            {"role": "tool", "content": "Error: nothing found"},
        ],
        "judges": [{"judge_verdict": "SENTINEL"}],
    }
    path = write("judged.jsonl", line)
    assert detect(path) == "tau2_judges"
    record = one(path)
    assert record.conversation.turns[1].tool_calls[0].result == "Error: nothing found"
    assert record.conversation.turns[1].tool_calls[0].ok is False
    assert record.sealed.answer_key == {"reward": 0.0, "judges": line["judges"]}
    assert "SENTINEL" not in _shown(record)
