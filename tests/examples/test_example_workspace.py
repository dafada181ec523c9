"""The invented workspace holds what its README says, and gives nothing away."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from cxscore.knowledge import Article
from cxscore.label import Design, Split
from cxscore.readers import read, settings
from cxscore.readers.knowledge import read_articles
from cxscore.resources import data_dir
from cxscore.transcript import AGENT_ROLES, Record, Role, exclusion

FOLDER = data_dir("examples")
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 8, 31, tzinfo=BERLIN)
END = datetime(2026, 10, 26, tzinfo=BERLIN)

PLANTED = {
    "clean_ai": 13,
    "true_action": 7,
    "silent_but_true": 7,
    "silent_failure": 6,
    "satisfied_but_wrong": 11,
    "false_action": 7,
    "false_action_by_human": 1,
    "fabricated_policy": 2,
    "contradicted": 2,
    "wrong_number": 4,
    "stale_source": 2,
    "invented_contact": 1,
    "wrong_entity": 1,
    "wrong_article": 2,
    "corrected": 1,
    "return_24h": 2,
    "return_48h": 4,
    "return_7d": 2,
    "return_late": 1,
    "return_other_issue": 1,
    "other_channel": 4,
    "reopen_in_thread": 1,
    "clean_handoff": 8,
    "poor_handoff": 4,
    "resisted_handoff": 1,
    "needless_handoff": 1,
    "asked_none_came": 3,
    "none_came": 1,
    "transfer_back": 1,
    "ai_drafted": 2,
    "multi_issue": 3,
    "clarifying_unanswered": 1,
    "other_language": 7,
    "survey_in_chat": 5,
    "vendor_misses": 1,
    "no_tool_log": 1,
    "tool_failed": 2,
    "sarcasm": 1,
    "clock_change": 1,
}


def _rows(name: str) -> list[dict]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(name: str) -> list[dict]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


RAW = {row["id"]: row for row in _lines("conversations.jsonl")}
TRUTH = {row["id"]: row for row in _lines("truth.jsonl")}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    found = list(read([FOLDER / "conversations.jsonl"]))
    assert not [error for error in found if not isinstance(error, Record)]
    return {record.conversation.id: record for record in found if isinstance(record, Record)}


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_articles(FOLDER / "kb")}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ids(plant: str) -> set[str]:
    return {case for case, truth in TRUTH.items() if plant in truth["plants"]}


def test_every_line_reads_and_no_id_comes_twice(records: dict[str, Record]) -> None:
    rows = _lines("conversations.jsonl")
    assert len(records) == len(rows) == len(_lines("truth.jsonl")) == 97
    assert set(records) == set(TRUTH)


def test_nothing_derived_stands_in_the_input() -> None:
    asked = {
        "id", "channel", "language", "started_at", "ended_at", "customer_id", "issue_id", "topic",
        "team", "human_agent", "agent", "tags", "brand", "flags", "handoffs", "tool_log", "turns",
        "vendor_claim", "surveys", "costs",
    }  # fmt: skip
    assert {key for row in RAW.values() for key in row} <= asked
    assert all(row["customer_id"] for row in RAW.values())
    assert sum("issue_id" in row for row in RAW.values()) == 4
    without_topic = sum("topic" not in row for row in RAW.values())
    assert 0 < without_topic < len(RAW) / 4


def test_times_run_forward_inside_the_eight_weeks() -> None:
    for case, row in RAW.items():
        times = [_time(turn["time"]) for turn in row["turns"]]
        assert times == sorted(times), case
        assert START <= times[0] < END, case
        assert _time(row["started_at"]) == times[0], case
        for turn in row["turns"]:
            for call in turn.get("tool_calls", []):
                assert times[0] <= _time(call["time"]) <= _time(turn["time"]), case


def test_people_work_in_the_hours_the_policy_names() -> None:
    for case, row in RAW.items():
        for turn in row["turns"]:
            if turn["role"] == "human_agent":
                local = _time(turn["time"]).astimezone(BERLIN)
                opens, closes = (8, 18) if local.weekday() < 5 else (9, 13)
                assert local.weekday() < 6, case
                assert opens <= local.hour + local.minute / 60 <= closes, case


def test_streams_exclusions_and_assistance_as_the_truth_says(records: dict[str, Record]) -> None:
    for case, record in records.items():
        conversation, truth = record.conversation, TRUTH[case]
        assert exclusion(conversation) == truth["exclusion"], case
        assert conversation.stream == truth["stream"], case
        assert bool(conversation.assisted) == truth["assisted"], case
    eligible = [t for t in TRUTH.values() if t["exclusion"] is None]
    assert Counter(t["stream"] for t in eligible) == {"ai": 59, "human": 15, "hybrid": 13}
    assert Counter(t["exclusion"] for t in TRUTH.values() if t["exclusion"]) == {
        "spam": 3, "test": 2, "merged": 2, "no_request": 1, "empty": 1, "outbound_unanswered": 1,
    }  # fmt: skip


def test_every_kind_is_planted_as_often_as_said() -> None:
    found = Counter(plant for truth in TRUTH.values() for plant in truth["plants"])
    assert {plant: found[plant] for plant in PLANTED} == PLANTED


def test_truth_of_eligible_conversations_is_complete() -> None:
    for case, truth in TRUTH.items():
        if truth["exclusion"]:
            assert truth["resolution"] is None, case
            continue
        assert truth["kind"] in {"informational", "action"}, case
        assert truth["issues"], case
        assert truth["resolution"] in range(1, 6), case
        assert truth["sentiment_start"] in {None, 1, 2, 3, 4, 5}, case
        assert truth["sentiment_end"] in {None, 1, 2, 3, 4, 5}, case
        open_issues = [i for i in truth["issues"] if not i["resolved"]]
        # One issue: solved means 4 or 5. Several: the level is their mean, so both ways are open.
        if len(truth["issues"]) == 1:
            assert (truth["resolution"] >= 4) == (not open_issues), case


def test_quotes_of_the_truth_are_an_agents_own_words() -> None:
    for case, truth in TRUTH.items():
        agents = {"ai_agent", "human_agent"}
        said = [turn["text"] for turn in RAW[case]["turns"] if turn["role"] in agents]
        false_action = [truth["false_action"]] if truth["false_action"] else []
        for found in truth["bad_claims"] + false_action:
            assert any(found["quote"] in text for text in said), (case, found)


def test_articles_named_exist_and_were_valid_but_where_planted(
    articles: dict[str, Article],
) -> None:
    stale = set()
    for case, row in RAW.items():
        for turn in row["turns"]:
            for source in turn.get("sources", []):
                article = articles[source["article_id"]]
                assert source["url"] == article.url
                if not article.valid_at(_time(turn["time"])):
                    stale.add(case)
    assert stale == _ids("stale_source")
    for truth in TRUTH.values():
        for claim in truth["bad_claims"]:
            assert claim["article_id"] is None or claim["article_id"] in articles
    assert 20 <= len(articles) <= 26
    assert [a.id for a in articles.values() if a.always] == ["service-promises"]
    replaced = {a.url for a in articles.values() if a.valid_until}
    assert len(replaced) == 2
    assert replaced <= {a.url for a in articles.values() if not a.valid_until}


def _figures(text: str) -> set[float]:
    text = text.replace("1,240", "1240")
    return {float(f.replace(",", ".")) for f in re.findall(r"\d+(?:[.,]\d+)?", text)}


def test_right_answers_quote_figures_that_stand_somewhere(articles: dict[str, Article]) -> None:
    computed = {
        ("PW-0301", 4.0),  # working days since 8 September
        ("PW-0301", 22.0),  # 10 working days after 8 September
        ("PW-0412", 84.0),  # six months of Sprout
        ("PW-0412", 216.0),  # six months of Forest
        ("PW-0507", 6.0),  # 5 working days after 29 September
    }
    for case, row in RAW.items():
        if TRUTH[case]["bad_claims"] or TRUTH[case]["exclusion"]:
            continue
        known = articles["service-promises"].text
        for turn in row["turns"]:
            if turn["role"] == "ai_agent":
                known += "".join(articles[s["article_id"]].text for s in turn.get("sources", []))
                known += json.dumps(turn.get("tool_calls", []))
                missing = _figures(turn["text"]) - _figures(known)
                assert {(case, figure) for figure in missing} <= computed, turn["text"]
            known += " " + turn["text"]


def test_wrong_figures_differ_from_the_article(articles: dict[str, Article]) -> None:
    checked = 0
    for truth in TRUTH.values():
        for claim in truth["bad_claims"]:
            if claim["error"] in {"wrong_number", "stale_source"}:
                wrong = _figures(claim["quote"]) - _figures(articles[claim["article_id"]].text)
                assert wrong, claim
                checked += 1
    assert checked == 4


def test_false_actions_have_no_successful_call_that_did_them() -> None:
    tools = settings.load(FOLDER / "cxscore.toml").tools
    assert tools.write is not None
    writes = [pattern.rstrip("*") for pattern in tools.write]
    for case in _ids("false_action"):
        calls = [c for turn in RAW[case]["turns"] for c in turn.get("tool_calls", [])]
        done = [c for c in calls if c.get("ok") and c["name"].startswith(tuple(writes))]
        assert TRUTH[case]["false_action"], case
        # The one write that succeeded changed another customer's order.
        assert bool(done) == (case in _ids("wrong_entity")), case


def test_returns_name_the_same_customer_and_their_hours_fit_the_times() -> None:
    windows = {"return_24h": (0, 24), "return_48h": (24, 48), "return_7d": (48, 168)}
    for case, truth in TRUTH.items():
        back = truth["returns_of"]
        if back is None:
            continue
        now, earlier = RAW[case], RAW[back["id"]]
        assert now["customer_id"] == earlier["customer_id"], case
        gap = _time(now["started_at"]) - _time(earlier["ended_at"])
        assert back["hours"] == pytest.approx(gap / timedelta(hours=1), abs=1e-3), case
        assert back["other_channel"] == (now["channel"] != earlier["channel"]), case
        assert back["other_channel"] == ("other_channel" in truth["plants"]), case
        for plant, (low, high) in windows.items():
            if plant in truth["plants"]:
                assert low < back["hours"] <= high, case
    assert TRUTH["PW-0507"]["returns_of"]["hours"] == 48
    assert TRUTH["PW-0511"]["returns_of"]["hours"] > 168
    assert TRUTH["PW-0403"]["reopened_in_thread"]["hours"] == 30


def test_customers_who_write_twice_are_linked_or_merged() -> None:
    known = {"cust-0000"}  # the testers
    by_customer = defaultdict(list)
    for case, row in RAW.items():
        by_customer[row["customer_id"]].append(case)
    for customer, ids in by_customer.items():
        followers = [
            i for i in ids
            if TRUTH[i]["returns_of"] or "merged" in TRUTH[i]["plants"]
        ]  # fmt: skip
        assert customer in known or len(followers) == len(ids) - 1, ids


def test_exactly_the_planted_surveys_are_sealed(records: dict[str, Record]) -> None:
    sealed = {
        case: [event.text for event in record.sealed.events if event.kind == "survey"]
        for case, record in records.items()
    }
    asked = {case for case, texts in sealed.items() if texts}
    assert asked == _ids("survey_in_chat")
    assert all(len(sealed[case]) == 2 and sealed[case][1] == "5" for case in asked)
    for case, record in records.items():
        spoken = [t for t in record.conversation.turns if t.role in AGENT_ROLES]
        raw = [t for t in RAW[case]["turns"] if t["role"] in {"ai_agent", "human_agent"}]
        assert len(spoken) == len(raw), case


def test_people_asked_for_and_joined(records: dict[str, Record]) -> None:
    for case, record in records.items():
        truth = TRUTH[case]
        people = [t for t in record.conversation.turns if t.role is Role.HUMAN_AGENT]
        moved = any(h.to is Role.HUMAN_AGENT for h in record.conversation.handoffs)
        assert not (truth["human_joined"] and not people), case
        if moved:
            assert truth["human_joined"] == bool(people), case
            assert truth["handoff"] is not None, case
    for case in _ids("asked_none_came"):
        assert TRUTH[case]["asked_for_human"], case
        assert not TRUTH[case]["human_joined"], case


def test_languages_and_channels(records: dict[str, Record]) -> None:
    languages = Counter(r.conversation.language for r in records.values())
    assert {"de", "es", "fr", "pt", "it"} <= set(languages)
    assert sum("language" not in row for row in RAW.values()) >= 5
    assert {row["channel"] for row in RAW.values()} == {"chat", "email", "phone"}
    assert max(len(row["turns"]) for row in RAW.values()) == 25


def test_vendor_definitions_change_inside_the_period() -> None:
    claims = [(row["started_at"][:10], row["vendor_claim"]) for row in RAW.values()
              if "vendor_claim" in row]  # fmt: skip
    definitions = {c["definition"] for _, c in claims}
    assert definitions == {
        "grumblethorpe-resolution/2026-03",
        "grumblethorpe-outcome/2026-10",
        "zorblatt-automated-resolution/7",
    }
    for day, claim in claims:
        if claim["definition"].startswith("grumblethorpe"):
            assert claim["definition"].endswith("2026-10") == (day >= "2026-10-01")
    billed = [c for _, c in claims if c["value"] == "procedure_handoff" and c["billed"]]
    assert len(billed) == 3


def test_surveys_are_sparse() -> None:
    surveys = [s for row in RAW.values() for s in row.get("surveys", [])]
    answered = [s for s in surveys if s["value"] is not None]
    assert len(answered) == 15
    assert len(surveys) == 52
    assert all("answered_at" in s for s in answered)


def test_invoice_anomalies_are_there_and_only_there() -> None:
    lines = _rows("invoice.csv")
    assert [int(line["line"]) for line in lines] == list(range(1, len(lines) + 1))
    found = set()
    billed = Counter()
    for line in lines:
        for anomaly in _anomalies(line, billed):
            found.add((line["line"], anomaly))
    for case, row in RAW.items():
        if row.get("vendor_claim", {}).get("billed") and case not in billed:
            found.add(("", "claimed_not_invoiced"))
    assert found == {(row["line"], row["anomaly"]) for row in _rows("truth_invoice.csv")}


def _anomalies(line: dict, billed: Counter) -> list[str]:
    """What is odd about one line, worked out from the conversations."""
    case, amount = line["conversation_id"], float(line["amount"])
    if amount < 0:
        return ["credit"]
    if not case:
        return ["no_conversation_id"]
    if case not in RAW:
        return ["no_such_conversation"]
    odd = []
    billed[case] += 1
    if billed[case] > 1:
        odd.append("duplicate")
    if TRUTH[case]["exclusion"]:
        odd.append(f"billed_{TRUTH[case]['exclusion']}")
    if not RAW[case]["vendor_claim"]["billed"]:
        odd.append("not_claimed")
    if amount != {"Grumblethorpe": 0.95, "Zorblatt": 0.80}[line["vendor"]]:
        odd.append("wrong_price")
    if (line["date"] >= "2026-10-01") != line["invoice"].endswith("10"):
        odd.append("out_of_period")
    return odd


def test_labels_of_two_raters_with_disagreement() -> None:
    rows = _rows("labels.csv")
    assert {row["rater"] for row in rows} == {"rater-agathe", "rater-bruno"}
    assert len({row["conversation_id"] for row in rows}) == 30
    levels = defaultdict(dict)
    for row in rows:
        Design(row["design"])
        Split(row["split"])
        assert TRUTH[row["conversation_id"]]["exclusion"] is None
        assert row["saw_judge"] in {"true", "false"}
        drawn = row["inclusion_probability"]
        assert (row["design"] == "stratified") == bool(drawn)
        assert not drawn or 0 < float(drawn) <= 1
        key = row["conversation_id"], row["criterion"]
        assert row["rater"] not in levels[key]
        levels[key][row["rater"]] = row["level"]
        allowed = (
            {"yes", "no", "na"} if row["criterion"] == "false_action" else set("12345") | {"na"}
        )
        assert row["level"] in allowed
    both = [tuple(pair.values()) for pair in levels.values() if len(pair) == 2]
    agreed = sum(a == b for a, b in both) / len(both)
    assert 0.6 < agreed < 0.95


def test_side_tables(articles: dict[str, Article]) -> None:
    sessions = _rows("self_service.csv")
    assert len({s["session_id"] for s in sessions}) == len(sessions) == 72
    assert all(not s["article_id"] or s["article_id"] in articles for s in sessions)
    day = timedelta(hours=24)
    followed = [
        s for s in sessions
        if any(
            row["customer_id"] == s["customer_id"]
            and timedelta(0) <= _time(row["started_at"]) - _time(s["started_at"]) <= day
            for row in RAW.values()
        )
    ]  # fmt: skip
    assert len(followed) == 10
    dates = [row["date"] for row in _rows("changes.csv")]
    assert dates == sorted(dates)
    baseline = yaml.safe_load((FOLDER / "baseline.yaml").read_text(encoding="utf-8"))
    assert baseline["csat"]["top2"] <= baseline["csat"]["answered"] <= baseline["csat"]["asked"]
    workspace = settings.load(FOLDER / "cxscore.toml").workspace
    assert workspace["time_zone"] == "Europe/Berlin"


def test_no_address_outside_the_reserved_domains() -> None:
    reserved = re.compile(r"[\w.-]+\.(?:com|net|org|io|de|eu|ai)\b")
    for path in sorted(Path(FOLDER).rglob("*")):
        if path.is_file() and "mappings" not in path.parts:
            assert not reserved.search(path.read_text(encoding="utf-8")), path.name
    first = (FOLDER / "README.md").read_text(encoding="utf-8")[:200].lower()
    assert "invented" in first


def test_period_is_whole_weeks() -> None:
    starts = [_time(row["started_at"]) for row in RAW.values()]
    assert {(s - START.astimezone(UTC)).days // 7 for s in starts} == set(range(8))


def test_the_readme_lists_every_planted_case() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d, ]+) \|$", text, re.MULTILINE)
    listed = {plant: {f"PW-{number}" for number in ids.split(", ")} for plant, ids in rows}
    assert listed == {plant: _ids(plant) for t in TRUTH.values() for plant in t["plants"]}
