"""The contract's own rule for what may be billed, applied by code: breaches need no judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cxscore.kpi.facts import Facts, Mask, yes
from cxscore.kpi.followup import HOUR, Followup


class Breach(StrEnum):
    """Why a billed conversation breaks the contract's own rule, first that holds."""

    EXCLUDED = "excluded"
    LABEL = "label"
    HUMAN = "human"
    ASKED_HUMAN = "asked_human"
    NEGATIVE_END = "negative_end"
    NOT_ANSWERED = "not_answered"
    RETURNED_THREAD = "returned_thread"
    RETURNED = "returned"


SENTENCES = {
    Breach.EXCLUDED: "spam, test, merged or empty: the contract does not bill it",
    Breach.LABEL: "its label is none the contract bills",
    Breach.HUMAN: "a person took part",
    Breach.ASKED_HUMAN: "the customer asked for a person",
    Breach.NEGATIVE_END: "the customer's last word is negative",
    Breach.NOT_ANSWERED: "the AI gave no answer",
    Breach.RETURNED_THREAD: "the customer came back in the thread within the window",
    Breach.RETURNED: "the customer came back about it within the window",
}


READ = frozenset({Breach.ASKED_HUMAN, Breach.NEGATIVE_END, Breach.NOT_ANSWERED, Breach.RETURNED})
"""Reasons a judge read, or that rest on which conversations were linked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a vendor may bill."""

    vendor: str
    price: float
    currency: str
    labels: tuple[str, ...]
    """Labels that are billed."""
    not_when: tuple[Breach, ...] = ()
    """What forbids billing, of those that code can see."""
    exclusions: tuple[str, ...] = ("test", "merged", "spam", "empty", "no_request")
    """Steps of the exclusion ladder that are not billed."""
    window_hours: float | None = None
    """A return within it forbids billing, where ``not_when`` names returns."""
    definition: str | None = None
    """Only labels of this definition; None: of any."""


def of_contract(facts: Facts, contract: Contract) -> Mask:
    """Billed conversations of the contract's vendor and definition."""
    return under(facts, contract) & yes(facts.billed)


def under(facts: Facts, contract: Contract) -> Mask:
    """Conversations of the contract's vendor and definition, billed or not."""
    none = np.array([""] * len(facts), dtype=object)
    mine = facts.attributes.get("vendor", none) == contract.vendor
    if contract.definition is not None:
        mine &= facts.attributes.get("definition", none) == contract.definition
    return np.asarray(mine)


def breaches(facts: Facts, after: Followup, contract: Contract) -> dict[str, Breach]:
    """Every billed conversation that breaks the rule, with the first reason.

    Only what the records show counts: words read by a judge (asked for a person, a negative end)
    are in here only where ``not_when`` names them, and the page says that they were read.
    """
    billed = of_contract(facts, contract)
    none = np.array([""] * len(facts), dtype=object)
    label = facts.attributes.get("label", none)
    window = (contract.window_hours or 0.0) * HOUR
    thread = np.floor(facts.reopened) - np.floor(facts.ended)
    masks: dict[Breach, Mask] = {
        Breach.EXCLUDED: np.isin(facts.exclusion.astype(str), contract.exclusions),
        Breach.LABEL: ~np.isin(label.astype(str), contract.labels),
        Breach.HUMAN: yes(facts.human),
        Breach.ASKED_HUMAN: yes(facts.asked_human),
        Breach.NEGATIVE_END: yes(facts.negative_last),
        Breach.NOT_ANSWERED: facts.answers == 0,
        Breach.RETURNED_THREAD: thread <= window,
        Breach.RETURNED: after.same <= window,
    }
    always = {Breach.EXCLUDED, Breach.LABEL}
    found: dict[str, Breach] = {}
    left = billed.copy()
    for breach, mask in masks.items():
        if breach in always or breach in contract.not_when:
            found |= dict.fromkeys(facts.id[left & mask].tolist(), breach)
            left &= ~mask
    return dict(sorted(found.items()))
