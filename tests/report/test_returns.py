"""Customers who came back: windows, censoring, bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.kpi.returns import ReturnLinker
from cxscore.transcript import Conversation, Role, Turn

START = datetime(2026, 9, 1, tzinfo=UTC)


def contact(id, hours, *, customer="c", issue=None, channel="chat", lasts=0.0):
    began = START + timedelta(hours=hours)
    return Conversation(
        id=id,
        turns=(Turn(role=Role.CUSTOMER, text="Hello", time=began),),
        started_at=began,
        ended_at=began + timedelta(hours=lasts),
        customer_id=customer,
        issue_id=issue,
        channel=channel,
    )


def link(*contacts, until_h=2000.0, claimed=()):
    linker = ReturnLinker()
    for one in contacts:
        linker.add(one, claimed_resolved=one.id in claimed)
    return linker.returns(START + timedelta(hours=until_h))


def windows(returns):
    return {w.hours: w for w in returns.windows}


def test_a_return_at_the_last_second_counts_and_one_later_does_not():
    on_time = windows(link(contact("a", 0, lasts=1), contact("b", 25)))
    too_late = windows(link(contact("a", 0, lasts=1), contact("b", 25 + 1 / 3600)))
    assert on_time[24].any_issue.ids == ("a",)
    assert too_late[24].any_issue.n == 0
    assert too_late[48].any_issue.ids == ("a",)


def test_only_whole_windows_are_counted():
    found = windows(link(contact("a", 0), contact("b", 10), until_h=30))
    assert found[24].observed.ids == ("a",)
    assert found[24].any_issue.ids == ("a",)
    # "a" came back, but its 48 h were not observed whole: counting it would favour returns.
    assert found[48].observed.n == found[48].any_issue.n == 0


def test_same_matter_and_other_channel():
    found = windows(
        link(
            contact("a", 0, issue="x"),
            contact("b", 5, issue="y", channel="phone"),
            contact("c", 9, issue="x"),
        )
    )
    assert found[24].any_issue.ids == ("a", "b")
    assert found[24].same_issue.ids == ("a",)
    assert found[24].other_channel.ids == ("a", "b")


def test_no_issue_ids_means_no_figure_not_zero():
    assert windows(link(contact("a", 0), contact("b", 5)))[24].same_issue is None


def test_other_customers_and_parallel_conversations_are_not_returns():
    found = windows(
        link(contact("a", 0, lasts=3), contact("b", 1), contact("c", 5, customer="other"))
    )
    assert found[168].any_issue.n == 0


def test_without_customer_or_time_nothing_is_linked():
    nameless = replace(contact("a", 0), customer_id=None)
    timeless = Conversation(id="b", turns=(), customer_id="c")
    returns = link(nameless, timeless)
    assert returns.linked.n == 0
    assert returns.unlinked.ids == ("a", "b")


def test_a_comeback_after_the_vendors_claim_is_named():
    (back,) = link(contact("a", 0), contact("b", 30), claimed={"a"}).after_claim
    assert (back.conversation_id, back.next_id, back.hours) == ("a", "b", pytest.approx(30))


def test_stamps_with_and_without_zone_mix():
    naive = replace(contact("b", 5), turns=(), ended_at=None, started_at=datetime(2026, 9, 1, 5))
    assert windows(link(contact("a", 0), naive))[24].any_issue.ids == ("a",)


HOURS = st.lists(st.floats(0, 400), min_size=1, max_size=12)


@given(HOURS, st.floats(-1000, 1000))
def test_shifting_everything_changes_nothing(hours, shift):
    contacts = [contact(f"c{n:02}", round(h, 2)) for n, h in enumerate(hours)]
    moved = [
        replace(
            c,
            turns=(),
            started_at=c.started_at + timedelta(hours=round(shift)),
            ended_at=c.ended_at + timedelta(hours=round(shift)),
        )
        for c in contacts
    ]
    straight, later = link(*contacts, until_h=500), link(*moved, until_h=500 + round(shift))
    assert straight.windows == later.windows


@given(HOURS)
def test_same_matter_is_within_any_matter_and_both_within_observed(hours):
    contacts = [contact(f"c{n:02}", h, issue=str(n % 2)) for n, h in enumerate(hours)]
    for w in link(*contacts, until_h=300).windows:
        assert set(w.same_issue.ids) <= set(w.any_issue.ids) <= set(w.observed.ids)
