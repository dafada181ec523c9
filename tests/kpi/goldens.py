"""The 24 golden conversations as contacts, and their expected figures."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np

from cxscore.kpi.facts import SERVICE, Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.money import Costs
from cxscore.kpi.operations import SelfService
from cxscore.kpi.quality import composite

HELD = json.loads((Path(__file__).parent / "golden" / "kpi_golden.json").read_text("utf-8"))
CONFIG, EXPECTED = HELD["config"], HELD["expected"]
CLAIMS = {"confirmed", "assumed"}
HARMLESS = {"unsupported_harmless"}


def seconds(text):
    return None if text is None else datetime.fromisoformat(text).timestamp()


UNTIL = seconds(CONFIG["observed_until"])
COSTS = Costs(
    human_minute=CONFIG["human_cost_per_minute"],
    human_contact=CONFIG["human_baseline_cost_per_contact"],
    fee=CONFIG["ai_fee_per_billed_resolution"],
    platform=CONFIG["fixed_costs"]["platform"],
    management=CONFIG["fixed_costs"]["management"],
    implementation=CONFIG["fixed_costs"]["implementation_amortised"],
)
SESSIONS = SelfService(
    sessions=CONFIG["self_service"]["sessions"],
    without_contact=CONFIG["self_service"]["no_contact_within_24h"],
)


def contact(c):
    judge, derived = c["judge"] or {}, c["derived"]
    bad = c["hallucinations"]
    material = [h for h in bad if h["type"] not in HARMLESS]
    service = {k: v for k, v in judge.get("service", {}).items() if v is not None}
    claim = c["vendor_state"]
    return Contact(
        id=c["id"],
        customer=c["customer"],
        issue=c["issue"],
        started=seconds(c["started_at"]),
        ended=seconds(c["resolved_at"]),
        reopened=seconds(c["reopened_at"]),
        exclusion=derived["exclusion"],
        stream={"ai_only": "ai", "human_only": "human", "hybrid": "hybrid", None: None}[
            derived["stream"]
        ],
        involved=derived["involved"],
        human=derived["human"],
        answers=derived["answers"],
        # A human's later words make no session; c22 alone comes back to the AI in its thread.
        sessions=2 if c["reopened_at"] else 1,
        kind=c["kind"],
        claimed=claim in CLAIMS if claim else None,
        billed=claim in CLAIMS,
        self_grade=c["self_grade"],
        asked_human=c["asked_human"],
        escalated=c["escalated"],
        confirmed=c["customer_confirmed"],
        negative_last=c["customer_negative_last"],
        action_needed=c["action_needed"],
        actions_claimed=int(c["action_claimed"]),
        actions_missing=int(c["action_claimed"] and not c["action_logged"]),
        issues=c["n_issues"],
        issues_resolved=c["n_issues_resolved_by_ai"],
        resolution=judge.get("resolution"),
        sentiment_start=judge.get("sentiment_start"),
        sentiment_end=judge.get("sentiment_end"),
        service=service,
        bad_answers=len(bad),
        bad_material=len(material),
        critical=any(h["critical"] for h in bad),
        answers_checked=derived["answers"],
        source_right=None if c["kb"] is None else c["kb"] == "right",
        reasoning_ok=c["reasoning_ok"],
        csat=c["csat"],
        handoff=c["handoff"],
        human_minutes=c["human_minutes"],
        attributes={"channel": c["channel"], "kind": c["kind"]},
    )


def with_composite(contacts):
    """Composites by the package's own function, as the pipeline's verdicts bring them."""
    from dataclasses import replace

    rows = sorted(contacts, key=lambda c: c.id)
    nan = float("nan")
    service = [np.mean(list(c.service.values())) if c.service else nan for c in rows]
    value, capped = composite(
        np.array([nan if c.resolution is None else c.resolution for c in rows], float),
        np.array(service, float),
        np.array([nan if c.sentiment_end is None else c.sentiment_end for c in rows], float),
        np.array([bool(c.critical) for c in rows]),
    )
    return [
        replace(c, composite=None if np.isnan(v) else float(v), capped=bool(k))
        for c, v, k in zip(rows, value, capped, strict=True)
    ]


CONTACTS = with_composite(contact(c) for c in HELD["conversations"])
FACTS = facts_of(CONTACTS)
AFTER = followup(FACTS, UNTIL)
assert set(SERVICE) == set(FACTS.service)
