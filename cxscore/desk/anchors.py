"""Judges the frozen anchors afresh, so that a judge that moved is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cxscore.desk.judge_names import asks_model
from cxscore.desk.judging import MODEL_OPTIONS, Judging, ModelOptions, judged_by
from cxscore.desk.kb import articles_in
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import kept_history, tool_rules
from cxscore.desk.spending import spending_lines
from cxscore.errors import ConfigError, InputError
from cxscore.label import Split
from cxscore.rubric import Rubric
from cxscore.run import Progress, Tally
from cxscore.store import AnchorMean, Ledger
from cxscore.verdict import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorJob:
    """Which store's anchors, and who judges them."""

    store: Path
    judge: str
    times: int = 1
    rubric: str = "cx"
    knowledge: Path | None = None
    knowledge_as_of: datetime | None = None
    config: Path | None = None
    model: ModelOptions = MODEL_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorsJudged:
    """What came of it."""

    judge: str
    """Fingerprint; empty: stopped before the first judging was done."""
    anchors: int
    judgings: int
    """Whole judgings stored now."""
    means: tuple[AnchorMean, ...]
    tallies: tuple[Tally, ...]

    @property
    def stopped(self) -> str | None:
        """Why not all judgings were done; None: they were."""
        last = self.tallies[-1].stopped
        return None if last is None else last.sentence

    def lines(self) -> list[str]:
        """For people."""
        lines = [f"{self.anchors} anchors judged {self.judgings} times by {self.judge}"]
        lines += [f"  {m.criterion:<18} mean {m.mean:.3f} of {m.n}" for m in self.means]
        for tally in self.tallies:
            lines += spending_lines(tally)
        if self.stopped is not None:
            lines.append(f"stopped: {self.stopped}; a judging that is not whole is not kept")
        return lines


def judge_anchors(
    job: AnchorJob,
    *,
    now: Callable[[], datetime],
    on_progress: Callable[[Progress, int | None], None] | None = None,
) -> AnchorsJudged:
    """Judge every anchor afresh, ``times`` times, and keep the means.

    No reply of the store answers: each judging has a ledger of its own that is thrown away. What it
    cost is told, and is not in the store's ledger.

    Raises:
        ConfigError: the judge asks no model.
        InputError: there are no anchors, or what was handed in cannot be used.
        StoreError: there is no store, it cannot be used, or another run is writing.
    """
    if not asks_model(job.judge):
        raise ConfigError(
            f"the judge {job.judge!r} asks no model: fixed rules say the same every night and move"
            " with their version only; cxscore compare shows by how much"
        )
    rubric = open_rubric(job.rubric)
    articles = None if job.knowledge is None else articles_in(job.knowledge)
    with Ledger.open(job.store, create=False) as ledger:
        ids = {one.conversation_id for one in ledger.labels() if one.split is Split.ANCHOR}
        records = [j.record for j in ledger.judged(sorted(ids))] if ids else []
        if not records:
            raise InputError(
                "holds no anchors; cxscore sample --split anchor draws some, and labels import"
                " brings their labels",
                path=str(job.store),
            )
        history = kept_history(ledger, articles, job.knowledge_as_of)
    found: list[AnchorMean] = []
    tallies: list[Tally] = []
    for _ in range(job.times):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            fresh = stack.enter_context(Ledger.open(folder / "anchors.db"))
            judging = Judging(
                records=records,
                ledger=fresh,
                rubric=rubric,
                history=history,
                tools=tool_rules(job.config),
                model=job.model,
                config=job.config,
                on_progress=None if on_progress is None else _told(on_progress, len(records)),
            )
            tally = judged_by(job.judge, judging)
            tallies.append(tally)
            if tally.stopped is not None:
                break
            means = _means(fresh.judged(), rubric, tally.judge, now().isoformat())
        with Ledger.open(job.store, create=False) as ledger:
            ledger.add_anchor_means(means)
        found = means
    return AnchorsJudged(
        judge=tallies[0].judge,
        anchors=len(records),
        judgings=len(tallies) - (tallies[-1].stopped is not None),
        means=tuple(found),
        tallies=tuple(tallies),
    )


def _told(
    on_progress: Callable[[Progress, int | None], None], total: int
) -> Callable[[Progress], None]:
    return lambda progress: on_progress(progress, total)


def _means(judged: Iterable[Judged], rubric: Rubric, judge: str, at: str) -> list[AnchorMean]:
    from cxscore.calibration.trust import level_numbers

    held: defaultdict[str, list[float]] = defaultdict(list)
    for one in judged:
        for criterion in rubric.criteria:
            outcome = None if one.verdict is None else one.verdict.journey.get(criterion.id)
            number = level_numbers(criterion).get(getattr(outcome, "level", None))
            if number is not None:
                held[criterion.id].append(number)
    return [
        AnchorMean(
            at=at,
            judge=judge,
            rubric=rubric.ref,
            criterion=name,
            mean=sum(levels) / len(levels),
            n=len(levels),
        )
        for name, levels in held.items()
    ]
