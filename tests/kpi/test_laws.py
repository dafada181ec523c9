"""Identities and laws of the KPIs on random conversations (KPIS.md section 5)."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.audit import labels
from cxscore.audit.waterfall import waterfall
from cxscore.kpi import durability, ladder, operations, quality
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.registry import KPIS, Known

DAY = 86_400
UNTIL = 30 * DAY


@st.composite
def contact(draw, number):
    start = draw(st.integers(0, 25 * DAY))
    stream = draw(st.sampled_from(["ai", "hybrid", "human"]))
    ai = stream != "human"
    claimed = draw(st.booleans()) if ai else None
    bad = draw(st.integers(0, 2)) if ai else 0
    material = draw(st.integers(0, bad))
    csat = draw(st.one_of(st.none(), st.integers(1, 5)))
    return Contact(
        id=f"c{number:03d}",
        customer=draw(st.sampled_from(["a", "b", "c", "d", None])),
        issue=draw(st.sampled_from(["x", "y"])),
        started=float(start),
        ended=float(start + draw(st.integers(0, DAY))),
        exclusion=draw(st.sampled_from([None] * 6 + ["spam", "test"])),
        stream=stream,
        involved=ai,
        human=stream != "ai",
        answers=draw(st.integers(0, 3)) if ai else 0,
        claimed=claimed,
        billed=claimed,
        asked_human=draw(st.booleans()),
        escalated=ai and draw(st.booleans()),
        confirmed=draw(st.booleans()),
        negative_last=draw(st.booleans()),
        action_needed=draw(st.booleans()),
        actions_claimed=draw(st.integers(0, 1)),
        actions_missing=0,
        resolution=float(draw(st.integers(1, 5))),
        sentiment_start=float(draw(st.integers(1, 5))),
        sentiment_end=float(draw(st.integers(1, 5))),
        service={"relevance": float(draw(st.integers(1, 5)))},
        composite=float(draw(st.integers(1, 5))),
        bad_answers=bad,
        bad_material=material,
        critical=material > 0 and draw(st.booleans()),
        answers_checked=3 if ai else None,
        csat=csat,
        human_minutes=0.0,
        kind=draw(st.sampled_from(["action", "informational"])),
    )


@st.composite
def days(draw):
    n = draw(st.integers(1, 25))
    return [draw(contact(i)) for i in range(n)]


def known(rows, until=UNTIL):
    facts = facts_of(rows)
    return Known(facts=facts, after=followup(facts, until))


def figures(rows, until=UNTIL):
    k = known(rows, until)
    return {kpi.id: kpi.of(k) for kpi in KPIS}


def ids(figure):
    return set(figure.numerator.fetch())


def share(figure):
    return None if figure.k is None or not figure.n else figure.k / figure.n


@settings(deadline=None, max_examples=60)
@given(days())
def test_subsets_by_id(rows):
    f = figures(rows)
    assert ids(f["D11"]) <= ids(f["D11p"]) <= ids(f["D10"]) <= ids(f["D1"])
    assert ids(f["D5"]) <= ids(f["D10"])
    assert ids(f["D7"]) <= ids(f["D1"])
    assert ids(f["D8"]) <= ids(f["D1"])
    assert ids(f["D9"]) <= ids(f["V1"])
    assert ids(f["fcr"]) <= ids(f["fcr_transfer"])
    assert ids(f["repeat_same"]) <= ids(f["repeat_any"])
    material = ids(f["hallucination_conversation_material"])
    assert material <= ids(f["hallucination_conversation_any"])


@settings(deadline=None, max_examples=60)
@given(days())
def test_identities(rows):
    f, k = figures(rows), known(rows)
    facts = k.facts
    if f["V1"].n and f["involvement"].n:
        # I1: automation = involvement × resolution.
        product = share(f["involvement"]) * share(f["V1"])
        assert abs(share(f["automation_claimed"]) - product) < 1e-12
        # I2: containment + escalation = 1 + P(escalated, nobody) − P(person, not escalated).
        base = ladder.involved(facts)
        nobody = (base & (facts.escalated == 1) & (facts.human == 0)).sum() / base.sum()
        unasked = (base & (facts.escalated != 1) & (facts.human == 1)).sum() / base.sum()
        left = share(f["D1"]) + share(f["escalation"])
        assert abs(left - (1 + nobody - unasked)) < 1e-12
    # I3: true = claimed × precision / recall.
    precision, recall = labels.precision(facts, k.after), labels.recall(facts, k.after)
    if precision.n and precision.k and recall.n:
        true = len(ids(f["D11p"]))
        assert abs(f["V1"].k * share(precision) / share(recall) - true) < 1e-9
    # I6: coverage = surveyed × response.
    if facts.eligible.any() and f["surveyed"].k:
        told = int((~np.isnan(facts.csat) & facts.eligible).sum())
        assert told == f["response_all"].k


@settings(deadline=None, max_examples=60)
@given(days())
def test_every_claimed_conversation_stands_in_one_bar(rows):
    k = known(rows)
    fall = waterfall(k.facts, k.after)
    parts = [*fall.losses, fall.undecided, fall.confirmed]
    assert sum(p.n for p in parts) == fall.claimed
    every = [name for p in parts for name in p.ids]
    assert len(every) == len(set(every))


@settings(deadline=None, max_examples=40)
@given(days(), st.randoms())
def test_order_and_the_time_of_day_do_not_matter(rows, chance):
    one = figures(rows)
    mixed = list(rows)
    chance.shuffle(mixed)
    moved = [replace(r, started=r.started + 7_000, ended=r.ended + 7_000) for r in mixed]
    two = figures(moved, UNTIL + 7_000)
    for name, figure in one.items():
        assert (figure.k, figure.n) == (two[name].k, two[name].n)
        assert ids(figure) == ids(two[name])


@settings(deadline=None, max_examples=40)
@given(days())
def test_excluded_rows_change_nothing_but_the_raw_rate(rows):
    extra = Contact(
        id="zz", customer="a", issue="x", started=5.0, ended=6.0, exclusion="spam", involved=True,
        human=False, answers=1, claimed=True, billed=False, stream="ai",
    )  # fmt: skip
    one, two = figures(rows), figures([*rows, extra])
    for name, figure in one.items():
        if name != "V0":
            assert (figure.k, figure.n) == (two[name].k, two[name].n)


@settings(deadline=None, max_examples=40)
@given(days())
def test_twice_as_many_customers_double_the_counts(rows):
    again = [
        replace(r, id=f"{r.id}-2", customer=None if r.customer is None else f"{r.customer}2")
        for r in rows
    ]
    one, two = figures(rows), figures([*rows, *again])
    for name, figure in one.items():
        if figure.k is not None and name != "deflection":
            assert (2 * figure.k, 2 * figure.n) == (two[name].k, two[name].n)


@settings(deadline=None, max_examples=40)
@given(days())
def test_watching_longer_settles(rows):
    now, later = known(rows), known(rows, UNTIL + 40 * DAY)
    soon = ladder.d11(now.facts, now.after)
    full = ladder.d11(later.facts, later.after)
    assert full.n + full.unknown >= soon.n + soon.unknown
    so_far = ladder.d11_provisional(now.facts, now.after)
    assert ids(so_far) == ids(ladder.d11_provisional(later.facts, later.after)) == ids(full)
    assert full.n + full.unknown == int(ladder.involved(later.facts).sum())


@settings(deadline=None, max_examples=40)
@given(days())
def test_returns_rise_with_the_window(rows):
    k = known(rows)
    naive = [durability.reopen_naive(k.facts, k.after, w) for w in ("24h", "48h", "7d")]
    counts = [f.k for f in naive if f.k is not None]
    assert counts == sorted(counts)
    km = [durability.reopen_survival(k.facts, k.after, w).number for w in ("24h", "48h", "7d")]
    values = [n.value for n in km if hasattr(n, "value")]
    assert all(b >= a - 1e-12 for a, b in pairwise(values))


@settings(deadline=None, max_examples=40)
@given(days())
def test_what_is_not_known_is_never_a_no(rows):
    """Levels taken away move no conversation out of the denominator and its unknown."""
    blank = [replace(r, resolution=None, composite=None) for r in rows]
    one, two = figures(rows), figures(blank)
    d10 = two["D10"]
    assert d10.n + d10.unknown == one["D10"].n + one["D10"].unknown
    assert not d10.numerator.fetch()
    positive = quality.positive(known(blank).facts)
    assert positive.k in (None, 0)


def test_one_conversation_and_none_of_a_kind():
    lone = [Contact(id="c", started=1.0, ended=2.0, exclusion="spam", involved=False)]
    for figure in figures(lone).values():
        assert hasattr(figure.number, "missing")
    one = [Contact(id="c", started=1.0, ended=2.0, involved=True, human=False, stream="ai")]
    found = operations.involvement(known(one).facts)
    assert (found.k, found.n) == (1, 1)
