"""Every KPI in one table: what it means, what it needs, when to distrust it, and its function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from cxscore.kpi import durability, ladder, money, operations, quality
from cxscore.kpi.facts import SERVICE, Facts, Mask
from cxscore.kpi.figure import Figure
from cxscore.kpi.followup import Followup
from cxscore.kpi.money import Costs
from cxscore.kpi.operations import SelfService

Better = Literal["up", "down", "neither"]
TIERS = {1: "Resolution", 2: "Experience", 3: "Business", 4: "Operations"}
Unit = Literal["share", "level", "money", "minutes", "seconds", "times"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything a KPI may look at."""

    facts: Facts
    after: Followup
    costs: Costs = field(default_factory=Costs)
    sessions: SelfService | None = None

    def as_known_at(self, until: float) -> Known:
        """The same as it was known at an earlier moment, in seconds since 1970."""
        return replace(self, after=self.after.as_known_at(self.facts, until))

    def within(self, keep: Mask) -> Known:
        """A group of the conversations, with the returns they had.

        Help-centre sessions and fixed costs belong to all together: a KPI that needs them has no
        number in a group.
        """
        return Known(
            facts=self.facts.select(keep),
            after=self.after.select(keep),
            costs=self.costs.without_fixed(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One row of the table."""

    id: str
    name: str
    tier: int
    """1 resolution, 2 experience, 3 business, 4 operations."""
    better: Better
    unit: Unit
    meaning: str
    caveat: str
    needs: str
    """What has to be delivered or judged for it."""
    tags: tuple[str, ...]
    """Rows of frameworks it answers."""
    of: Callable[[Known], Figure]


def _on_facts(function: Callable[[Facts], Figure]) -> Callable[[Known], Figure]:
    return lambda known: function(known.facts)


def _on_returns(function: Callable[[Facts, Followup], Figure]) -> Callable[[Known], Figure]:
    return lambda known: function(known.facts, known.after)


def _row(
    id: str,
    name: str,
    tier: int,
    better: Better,
    unit: Unit,
    meaning: str,
    caveat: str,
    needs: str,
    tags: str,
    of: Callable[[Known], Figure],
) -> Kpi:
    return Kpi(
        id=id,
        name=name,
        tier=tier,
        better=better,
        unit=unit,
        meaning=meaning,
        caveat=caveat,
        needs=needs,
        tags=tuple(tags.split()),
        of=of,
    )


_G, _M, _W = "google:reliability", "microsoft:respond", "workday:accuracy"
_LABEL, _JUDGE, _BACK = "vendor labels", "a judged resolution", "customer ids and times"

LADDER: tuple[Kpi, ...] = (
    _row("V0", "Vendor, raw", 1, "neither", "share", "the vendor says so, over all it touched",
         "spam, tests and merged ones are in it", _LABEL, _G, _on_facts(ladder.v0)),
    _row("V1", "Vendor, eligible", 1, "neither", "share", "the same after the exclusion ladder",
         "graded by who is paid for it", _LABEL, _G, _on_facts(ladder.v1)),
    _row("D1", "Containment", 1, "neither", "share", "no person took part",
         "a trapped customer is contained", "streams", _G, _on_facts(ladder.d1)),
    _row("D2", "Answered and left", 1, "neither", "share",
         "answered, nothing more asked, no negative last word",
         "silence is not success", "acts of turns", _G, _on_facts(ladder.d2)),
    _row("D3", "Customer confirmed", 1, "up", "share", "the customer says it is solved",
         "most customers say nothing", "words of the customer", _G, _on_facts(ladder.d3)),
    _row("D4", "Silent 72 h, self-checked", 1, "neither", "share",
         "no person, and the vendor's own check of the words passes, watched for 72 h",
         "the vendor grades itself", "vendor_llm grades", _G, _on_returns(ladder.d4)),
    _row("D5", "Relevant, accurate, safe", 1, "up", "share",
         "judged resolved, no hallucination, relevance 4 or more",
         "says nothing of returns", "a judge that grades relevance", _G, _on_facts(ladder.d5)),
    _row("D6", "Engaged sessions", 1, "neither", "share",
         "sessions that end without a wish for more, 30 idle minutes end one",
         "one conversation may count twice", "times, words of the customer", _G, _on_facts(ladder.d6)),
    _row("D7", "Contained, no callback 24 h", 1, "up", "share",
         "no person, and no contact about anything in 24 h", "a day is short",
         f"streams, {_BACK}", _G,
         _on_returns(ladder.d7)),
    _row("D8", "No person, no follow-up 72 h", 1, "up", "share",
         "answered and left, no person, no contact in 72 h", "wrong answers pass",
         f"acts of turns, {_BACK}", _G,
         _on_returns(ladder.d8)),
    _row("D9", "Claimed and durable", 1, "up", "share",
         "claimed, no person, the issue has not come back",
         "recent ones had little time to come back", f"{_LABEL}, {_BACK}", _G,
         _on_returns(ladder.d9)),
    _row("D10", "Judged resolved", 1, "up", "share",
         "the AI alone solved it: resolution 4 or more, no claimed action the log lacks, nothing critical",
         "rests on the judge", _JUDGE, f"{_G} {_W}", _on_facts(ladder.d10)),
    _row("D11p", "True so far", 1, "up", "share", "judged resolved, and not back so far",
         "recent ones had little time to come back", f"{_JUDGE}, {_BACK}", f"{_G} {_W}",
         _on_returns(ladder.d11_provisional)),
    _row("D11", "True resolution", 1, "up", "share",
         "judged resolved, and not back about it in 7 days, of those watched for 7 days",
         "settles seven days later", f"{_JUDGE}, {_BACK}", f"{_G} {_W} seed:1",
         _on_returns(ladder.d11)),
)  # fmt: skip


def _window(
    function: Callable[[Facts, Followup, str], Figure], window: str
) -> Callable[[Known], Figure]:
    return lambda known: function(known.facts, known.after, window)


_DURABILITY = tuple(
    _row(f"reopen_{w}", f"Back within {w}", 1, "down", "share",
         f"claimed resolutions whose issue came back within {w}, of those watched so long",
         "issues are linked: read it beside repeat contact", f"{_LABEL}, {_BACK}", "google:reliability",
         _window(durability.reopen, w))
    for w in ("24h", "48h", "7d")
) + tuple(
    _row(f"reopen_{w}_km", f"Back within {w}, Kaplan–Meier", 1, "down", "share",
         f"the same, with those watched for less than {w} counted while seen",
         "assumes that recent ones come back like earlier ones", f"{_LABEL}, {_BACK}",
         "google:reliability", _window(durability.reopen_survival, w))
    for w in ("24h", "48h", "7d")
) + (
    _row("repeat_same", "Repeat contact, same issue", 1, "down", "share",
         "followed by a contact about the same issue in 7 days", "linking misses some", _BACK,
         "google:reliability", lambda k: durability.repeat_contact(k.facts, k.after, same_issue=True)),
    _row("repeat_any", "Repeat contact, any issue", 1, "down", "share",
         "followed by a contact about anything in 7 days", "counts new questions too", _BACK,
         "google:reliability", lambda k: durability.repeat_contact(k.facts, k.after, same_issue=False)),
    _row("fcr", "First-contact resolution", 1, "up", "share",
         "issues their first contact solved without transfer and without a return in 7 days",
         "unit is the issue", f"{_JUDGE}, {_BACK}", "heart:task_success",
         lambda k: durability.first_contact(k.facts, k.after, transfer=False)),
    _row("fcr_transfer", "First-contact resolution, transfer allowed", 1, "up", "share",
         "the same, a transfer within the first contact allowed", "unit is the issue",
         f"{_JUDGE}, {_BACK}", "heart:task_success",
         lambda k: durability.first_contact(k.facts, k.after, transfer=True)),
)  # fmt: skip

_QUALITY = (
    _row("resolution", "Resolution quality", 2, "up", "level", "mean judged resolution, 1–5",
         "ordinal: look at the distribution", _JUDGE, f"{_M} {_W}",
         _on_facts(quality.resolution_quality)),
    _row("sentiment_end", "Sentiment at the end", 2, "up", "level",
         "mean sentiment of the customer's last words", "one-word replies have none",
         "a judged sentiment", "heart:happiness", _on_facts(quality.sentiment_end)),
    _row("sentiment_change", "Sentiment change", 2, "up", "level", "end less start",
         "unhappy customers can only rise", "a judged sentiment", "heart:happiness",
         _on_facts(quality.sentiment_change)),
    _row("negative_end", "Negative ends", 2, "down", "share", "sentiment 2 or less at the end",
         "policy can make people unhappy", "a judged sentiment", "heart:happiness",
         _on_facts(quality.negative_end)),
    _row("worsened", "Worsened", 2, "down", "share", "sentiment fell", "as above",
         "a judged sentiment", "heart:happiness", _on_facts(quality.worsened)),
    _row("service", "Service quality", 2, "up", "level",
         "mean of relevance, tone, professionalism, efficiency, clarity", "equal weights",
         "service scores", _M, _on_facts(quality.service)),
    *(
        _row(part, part.capitalize(), 2, "up", "level", f"mean {part}", "one of five",
             "service scores", _M, _on_facts(partial(quality.service_part, part=part)))
        for part in SERVICE
    ),
    _row("cx", "Experience composite", 2, "up", "level",
         "half resolution, three tenths service, two tenths sentiment; 2 at most after a critical"
         " error", "weights are ours", "resolution, service or sentiment", _M,
         _on_facts(quality.experience)),
    _row("cx_positive", "Experience 4 or more", 2, "up", "share", "composite of 4 or more",
         "weights are ours", "resolution, service or sentiment", _M, _on_facts(quality.positive)),
    _row("hallucination_any", "Hallucination, answers", 2, "down", "share",
         "answers with a bad claim, of those checked",
         "only what articles can decide", "a knowledge base", _G,
         _on_facts(partial(quality.hallucination_response, material=False))),
    _row("hallucination_material", "Hallucination, answers, material", 2, "down", "share",
         "the same, claims that matter", "only what articles can decide", "a knowledge base", _G,
         _on_facts(partial(quality.hallucination_response, material=True))),
    *(
        _row(f"hallucination_conversation_{level}", f"Hallucination, conversations, {level}", 2,
             "down", "share", f"conversations with a hallucination, {level}",
             "longer conversations have more chances", "a knowledge base", _G,
             _on_facts(partial(quality.hallucination_conversation, level=level)))
        for level in ("any", "material", "critical")
    ),
    _row("false_actions", "False actions", 2, "down", "share",
         "actions claimed that the tool log does not hold, of those claimed",
         "needs a whole log", "a tool log", _G, _on_facts(quality.false_actions)),
    _row("right_source", "Right source", 2, "up", "share", "answers from the right article",
         "a wrong source with a right answer is luck", "a judge that grades source use",
         "microsoft:reason", _on_facts(quality.right_source)),
    _row("self_grade_kappa", "Vendor's own grade, κ with ours", 2, "up", "level",
         "Cohen's κ of the vendor's own grades with the judge's, where both spoke",
         "the judge errs too", "vendor_llm grades", "google:reliability",
         _on_facts(quality.self_grade_kappa)),
    _row("reasoning", "Reasoning holds", 2, "up", "share", "conditions checked, conclusion follows",
         "rests on the judge", "a judge that grades reasoning", "microsoft:reason",
         _on_facts(quality.reasoning)),
    _row("issues_solved", "Issues solved by the AI", 1, "up", "share",
         "issues, where a conversation holds several", "rests on the judge", _JUDGE, _W,
         _on_facts(quality.issues_solved)),
)  # fmt: skip

_BUSINESS = (
    _row("automation_claimed", "Automation, claimed", 3, "neither", "share",
         "claimed resolutions of all eligible", "= involvement × V1", _LABEL, "seed:1",
         _on_facts(operations.automation_claimed)),
    _row("automation_true", "Automation, true so far", 3, "up", "share",
         "true resolutions of all eligible", "= involvement × D11p", f"{_JUDGE}, {_BACK}", "seed:1",
         _on_returns(operations.automation_true)),
    _row("deflection", "Deflection", 3, "neither", "share",
         "demand no person served, self-service included", "never a target", "self-service sessions",
         "seed:1", lambda k: operations.deflection(k.facts, k.sessions)),
    _row("cost_billed", "Cost per billed", 3, "down", "money", "fees over billed",
         "spam is in it", "fees", "google:value", lambda k: money.cost_per_billed(k.facts, k.costs)),
    _row("cost_claimed", "Cost per claimed resolution", 3, "down", "money",
         "all fees over eligible claimed", "claimed is not true", f"fees, {_LABEL}", "google:value",
         lambda k: money.cost_per_claimed(k.facts, k.costs)),
    _row("cost_true", "Cost per true resolution", 3, "down", "money",
         "fees and the people returns took, over true so far", "fixed costs left out",
         f"fees, costs, {_JUDGE}", "google:value seed:3",
         lambda k: money.cost_per_true(k.facts, k.after, k.costs, loaded=False)),
    _row("cost_true_loaded", "Cost per true resolution, fully loaded", 3, "down", "money",
         "platform, management and implementation added", "shares of the period",
         f"fees, costs, {_JUDGE}", "google:value seed:3",
         lambda k: money.cost_per_true(k.facts, k.after, k.costs, loaded=True)),
    *(
        _row(f"csat_{name}", f"CSAT, {name}", 3, "up", "share",
             "answers of 4 and 5, of those who answered", "few answer", "surveys", "heart:happiness",
             _on_facts(partial(operations.satisfied, stream=stream)))
        for name, stream in (("all", None), ("ai", "ai"), ("hybrid", "hybrid"), ("human", "human"))
    ),
    *(
        _row(f"response_{name}", f"Survey response, {name}", 3, "neither", "share",
             "customers who answered", "coverage = surveyed × response", "surveys", "",
             _on_facts(partial(operations.response_rate, stream=stream)))
        for name, stream in (("all", None), ("ai", "ai"), ("hybrid", "hybrid"), ("human", "human"))
    ),
    _row("surveyed", "Surveyed", 3, "neither", "share", "customers who were asked", "", "surveys", "",
         _on_facts(operations.surveyed)),
    _row("coverage", "Scored per survey answer", 3, "neither", "times",
         "conversations scored for each survey answered", "scored is not understood",
         "surveys, scores", "",
         _on_facts(operations.coverage_against_surveys)),
)  # fmt: skip

_OPERATIONS = (
    _row("involvement", "Involvement", 4, "neither", "share", "the AI did more than greet",
         "a greeting is none", "streams", "google:adoption", _on_facts(operations.involvement)),
    _row("answer_rate", "Answer rate", 4, "up", "share", "the AI answered, of those involved",
         "asking back is no answer", "acts of turns", "google:adoption",
         _on_facts(operations.answer_rate)),
    _row("escalation", "Escalation", 4, "neither", "share", "handed to a person",
         "low may mean trapped", "handovers", "", _on_facts(operations.escalation)),
    _row("asked_human", "Asked for a person", 4, "down", "share", "the customer asked for a person",
         "rests on the judge", "words of the customer", "google:adoption",
         _on_facts(operations.asked_for_human)),
    _row("asked_in_vain", "Asked in vain", 4, "down", "share", "asked for a person, none came",
         "what happens after the handover may be out of sight", "words of the customer", "",
         _on_facts(operations.asked_in_vain)),
    _row("reached_human", "Handover reached a person", 4, "up", "share", "a person came",
         "handovers out of sight are left out and counted", "handovers", _G,
         _on_facts(operations.reached_human)),
    _row("blind_handoff", "Blind after handover", 4, "down", "share",
         "handed over, and no export shows what a person did", "ask for the help desk's export",
         "handovers", _G, _on_facts(operations.blind_handoff)),
    _row("handoff_quality", "Handover quality", 4, "up", "share",
         "mean share of five checks that apply", "only what the export shows", "handovers", _G,
         _on_facts(operations.handoff_quality)),
    _row("clean_handoff", "Clean handover", 4, "up", "share", "all checks, and a person came",
         "only what the export shows", "handovers", _G, _on_facts(operations.clean_handoff)),
    _row("handle_time", "Minutes of a person", 4, "neither", "minutes",
         "mean minutes where a person took part", "context, no target", "human minutes", "",
         _on_facts(operations.handle_time)),
    _row("first_response", "First response", 4, "down", "seconds", "mean seconds to the first word",
         "context, no target", "times", "microsoft:respond", _on_facts(operations.first_response)),
    _row("time_to_human", "Time to a person", 4, "down", "seconds",
         "mean seconds from the handover to the person", "context, no target", "times", "",
         _on_facts(operations.time_to_human)),
)  # fmt: skip

KPIS: tuple[Kpi, ...] = (*LADDER, *_DURABILITY, *_QUALITY, *_BUSINESS, *_OPERATIONS)
BY_ID = {kpi.id: kpi for kpi in KPIS}
SO_FAR = frozenset({"D9", "D11p", "automation_true", "cost_true", "cost_true_loaded"})
"""KPIs that count returns as far as they were seen: two periods must be watched equally long."""


def figures(known: Known, kpis: Sequence[Kpi] = KPIS) -> dict[str, Figure]:
    """Each KPI's figure by id."""
    return {kpi.id: kpi.of(known) for kpi in kpis}
