"""The HTML page: complete, self-contained, safe, and honest about small numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from cxscore.kpi.overview import overview
from cxscore.report import html
from cxscore.transcript import Role, Turn

NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
ORDER = ["understood", "known", "proved", "unknown", "read", "graded", "conversations"]


def render(cases, rubric, **more):
    return html.render(overview(cases, rubric, now=NOW), cases, rubric, **more)


def soup(cases, rubric, **more):
    return BeautifulSoup(render(cases, rubric, **more), "html.parser")


def test_parts_stand_in_their_order(ledger, rubric):
    page = soup(ledger, rubric)
    assert [s["id"] for s in page.find_all("section")] == ORDER
    assert page.find("html")["lang"] == "en"
    assert len(page.find_all("h1")) == 1


def test_nothing_is_loaded_from_anywhere(ledger, rubric):
    page = soup(ledger, rubric)
    for tag in page.find_all(True):
        assert not {"src", "srcset", "data", "poster", "background", "action"} & set(tag.attrs)
        assert tag.name not in {"link", "iframe", "object", "embed", "img", "base"}
        href = tag.get("href", "#")
        assert href.startswith("#") or (tag.name == "a" and href == "https://help.example/returns")
    css = "".join(s.get_text() for s in page.find_all("style"))
    assert "url(" not in css
    assert "@import" not in css
    assert "fetch" not in "".join(s.get_text() for s in page.find_all("script"))


HOSTILE = (
    "<script>alert(1)</script> \"quoted\" 'single' & <img src=x onerror=1> \x1b[31m \u202eevil"
)


def test_hostile_text_stays_text(make, rubric):
    case = make.plain("<b>id</b> \"'")
    turns = (Turn(role=Role.CUSTOMER, text=HOSTILE), Turn(role=Role.AI_AGENT, text="שלום \ud800"))
    case = replace(
        case,
        verdict=None,
        record=replace(
            case.record,
            conversation=replace(case.record.conversation, turns=turns, channel="<i>x</i>"),
        ),
    )
    text = render([case], rubric, title="<u>title</u>", everything=True)
    text.encode("utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert len(page.find_all("script")) == 1
    assert not page.find_all(["img", "b", "i", "u"])
    assert "alert(1)" in page.find(id="conversations").get_text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert all(b.get("dir") == "auto" for b in page.find_all(class_="bubble"))


def test_hostile_article_addresses_are_not_linked(make, rubric):
    case = make.contradiction()
    claim = case.verdict.claims[0]
    bad = replace(claim, passage=replace(claim.passage, url="javascript:alert(1)"))
    case = replace(case, verdict=replace(case.verdict, claims=(bad,)))
    assert "javascript:" not in render([case], rubric)


def _told(page):
    for useless in page.find_all(["style", "script"]):
        useless.decompose()
    return page.get_text(" ")


def test_no_percent_under_thirty(make, rubric):
    few = [make.plain(f"p{n:02}", customer=f"c{n}") for n in range(29)]
    assert "%" not in _told(soup(few, rubric))
    assert "0 of 30 (0 %)" in _told(soup([*few, make.plain("p29", customer="c")], rubric))


def test_every_link_leads_somewhere_and_every_id_exists(ledger, rubric):
    page = soup(ledger, rubric)
    here = [tag["id"] for tag in page.find_all(id=True)]
    assert len(here) == len(set(here))
    for a in page.find_all("a", href=re.compile("^#")):
        assert a["href"][1:] in here
    known = {case.record.conversation.id for case in ledger}
    listed = {li.get_text() for li in page.select(".ids li")}
    assert listed <= known
    assert "spam-1" in listed


def test_every_number_opens_to_as_many_ids_as_it_says(ledger, rubric):
    for details in soup(ledger, rubric).select("details.n"):
        said = int(details.summary.get_text().replace(",", ""))
        assert len(details.select(".ids li")) == said > 0


def test_evidence_is_marked_and_stands_beside_its_source(ledger, rubric):
    page = soup(ledger, rubric)
    bad = {m.get_text() for m in page.select("mark.bad")}
    assert {"I have refunded order 7", "within 90 days"} <= bad
    proved = page.find(id="proved").get_text(" ")
    assert "Shoes can be returned within 30 days." in proved
    assert "get_order" in proved


def test_sealed_facts_come_after_the_verdict_and_are_called_unseen(ledger, rubric):
    article = soup(ledger, rubric).find("article", {"aria-label": "Conversation false-1"})
    text = article.get_text(" ")
    assert text.index("Verdict") < text.index("not seen by the judge")
    assert text.index("not seen by the judge") < text.index("confirmed_resolution")


def test_a_heuristic_judge_introduces_itself(ledger, rubric):
    assert "fixed rules, no language model" in _told(soup(ledger, rubric))
    quiet = [replace(case, heuristic=False) for case in ledger]
    assert "fixed rules" not in _told(soup(quiet, rubric))


def test_the_same_ledger_gives_the_same_bytes(ledger, rubric):
    assert render(ledger, rubric) == render(list(reversed(ledger)), rubric)


def test_without_transcripts_no_turn_is_shown_whole(ledger, rubric):
    page = soup(ledger, rubric, with_transcripts=False)
    assert not page.select("article")
    assert "Where is my parcel?" not in page.get_text()
    assert "I have refunded order 7" in page.find(id="proved").get_text()


def test_a_small_budget_keeps_the_most_wanted_and_says_what_is_left_out(ledger, rubric):
    page = soup(ledger, rubric, budget=1)
    (kept,) = page.select("article")
    first = overview(ledger, rubric, now=NOW).to_read[0].conversation_id
    assert kept["aria-label"] == f"Conversation {first}"
    assert "9 conversations of those read left out" in page.find(id="conversations").get_text()


def test_a_huge_turn_is_cut(make, rubric):
    case = make.plain("big")
    turns = (Turn(role=Role.CUSTOMER, text="word " * 200_000),)
    conversation = replace(case.record.conversation, turns=turns)
    case = replace(case, verdict=None, record=replace(case.record, conversation=conversation))
    text = render([case], rubric, everything=True)
    assert len(text) < 100_000
    assert "996,000 characters left out" in text


@pytest.mark.parametrize("kind", ["empty", "excluded", "failed", "waiting"])
def test_ledgers_with_nothing_to_show(make, rubric, kind):
    cases = {
        "empty": [],
        "excluded": [make.spam(f"s{n}") for n in range(3)],
        "failed": [replace(make.plain(f"f{n}"), verdict=None, error="broke") for n in range(3)],
        "waiting": [replace(make.plain(f"w{n}"), verdict=None) for n in range(3)],
    }[kind]
    page = soup(cases, rubric)
    assert [s["id"] for s in page.find_all("section")][:6] == ORDER[:6]
    if kind == "failed":
        assert "The judgement failed: broke" in page.get_text()


def _luminance(colour):
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a, b):
    dark, light = sorted((_luminance(a), _luminance(b)))
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    ("ink", "bg"), ("ink", "card"), ("ink", "faint"), ("ink", "mark"), ("ink", "mark-bad"),
    ("ink", "customer"), ("ink", "agent"), ("ink", "person"), ("ink", "accent-soft"),
    ("soft", "bg"), ("soft", "card"), ("accent", "bg"), ("accent", "card"),
    ("accent", "accent-soft"), ("bad", "bad-soft"), ("bad", "card"), ("bg", "accent"),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_colour_stands_out_as_wcag_aa_asks(ledger, rubric, mode):
    css = soup(ledger, rubric).find("style").get_text()
    blocks = re.findall(r":root\{(.*?)\}", css, re.DOTALL)
    named = {}
    for block in blocks[: 1 if mode == "light" else 2]:
        named.update(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", block))
    full = {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:]) for k, v in named.items()}
    for text, ground in PAIRS:
        assert _contrast(full[text], full[ground]) >= 4.5, (mode, text, ground)
