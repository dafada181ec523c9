"""Draws conversations for people to label, and hands them out."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Literal

from cxscore.calibration.drawing import (
    Drawn,
    Unit,
    draw_random,
    draw_risky,
    draw_stratified,
    rated_twice,
)
from cxscore.calibration.planning import Plan, plan_share
from cxscore.desk.kb import articles_in
from cxscore.desk.report import rubric_held
from cxscore.desk.shown import shown_by
from cxscore.desk.whole_files import whole_file
from cxscore.errors import ConfigError, InputError
from cxscore.knowledge import Article
from cxscore.label import Design
from cxscore.report.packet import Case, render
from cxscore.rubric import Rubric
from cxscore.store import Draw, FrameUnit, Ledger
from cxscore.verdict import Graded, Judged

Picking = Literal["random", "stratified", "risk", "survey"]
_NAME = re.compile(r"\w[\w.-]*")
BY = ("stream", "band", "topic", "channel", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What to draw."""

    store: Path
    n: int
    picking: Picking = "random"
    by: tuple[str, ...] = ("stream", "band")
    """What strata are made of, for ``stratified``."""
    criterion: str = "resolution"
    """Whose level makes the band and the risk."""
    floor: int = 8
    double: int = 0
    """How many two people rate."""
    seed: int = 1
    split: str = "calibrate"
    name: str | None = None
    """Of the draw; None: made of day and seed."""
    raters: tuple[str, ...] = ()
    packet: Path | None = None
    knowledge: Path | None = None
    """Folder of help articles for the packets; None: the newest snapshot of the store."""
    out: Path | None = None
    rubric: str | None = None
    config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What was drawn and written."""

    name: str
    design: Design
    population: int
    drawn: tuple[Drawn, ...]
    strata: Mapping[str, tuple[int, int]]
    """Stratum to (drawn, population)."""
    files: tuple[Path, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "design": self.design.value,
            "population": self.population,
            "strata": {k: {"drawn": d, "population": n} for k, (d, n) in self.strata.items()},
            "drawn": [
                {
                    "conversation_id": d.id,
                    "stratum": d.stratum,
                    "inclusion_probability": d.inclusion_probability,
                    "twice": d.twice,
                }
                for d in self.drawn
            ],
            "files": [str(f) for f in self.files],
        }


def sample(given: Sampling, *, now: datetime) -> Sampled:
    """Draw, keep the chances in the store, and write packets.

    Raises:
        InputError: the store holds nothing to draw from, or a draw of that name.
        ConfigError: an option does not fit, or a file cannot be written.
        StoreError: there is no store, or another run is writing.
    """
    _checked(given)
    name = given.name or f"{now:%Y-%m-%d}-{given.picking}-{given.seed}"
    with Ledger.open(given.store, create=False) as ledger:
        rubric = rubric_held(ledger, given.rubric)
        if given.criterion not in {c.id for c in rubric.criteria}:
            known = ", ".join(c.id for c in rubric.criteria)
            raise ConfigError(
                f"{given.criterion!r} is no criterion of {rubric.id}; allowed: {known}"
            )
        units = [_unit(one, given, rubric) for one in ledger.judged() if one.exclusion is None]
        if not units:
            raise InputError("holds no eligible conversation", path=str(given.store))
        rng = Random(given.seed)  # noqa: S311 - chance that can be repeated, no secret
        drawn = rated_twice(_drawn(given, units, rng), given.double, rng)
        chances = _chances(given, units, drawn)
        chosen = {d.id: d for d in drawn}
        design = drawn[0].design
        kept = ledger.add_draw(
            Draw(
                name=name,
                design=design,
                seed=given.seed,
                split=given.split,
                at=now.isoformat(timespec="seconds"),
            ),
            (
                FrameUnit(
                    conversation_id=u.id,
                    stratum=u.stratum,
                    inclusion_probability=chances[u.id],
                    drawn=u.id in chosen,
                    twice=u.id in chosen and chosen[u.id].twice,
                )
                for u in units
            ),
        )
        if not kept:
            raise InputError(
                f"a draw {name!r} is there already; name another with --name", path=str(given.store)
            )
        files = _files(given, drawn, ledger, rubric)
    sizes, taken = Counter(u.stratum for u in units), Counter(d.stratum for d in drawn)
    return Sampled(
        name=name,
        design=design,
        population=len(units),
        drawn=drawn,
        strata={s: (taken[s], sizes[s]) for s in sorted(sizes)},
        files=files,
    )


def plan(store: Path, *, half_width: float, share: float, rho: float) -> Plan:
    """How many labels an interval of that half-width needs in this store.

    Raises:
        ConfigError: a number is out of range.
    """
    with Ledger.open(store, create=False) as ledger:
        eligible = sum(one.exclusion is None for one in ledger.judged())
    try:
        return plan_share(share, half_width=half_width, rho=rho, population=max(1, eligible))
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _checked(given: Sampling) -> None:
    if wrong := [b for b in given.by if b not in BY]:
        raise ConfigError(f"{wrong[0]!r} makes no strata; allowed: {', '.join(BY)}")
    for rater in given.raters:
        if not _NAME.fullmatch(rater):
            raise ConfigError(
                f"the rater {rater!r} cannot name a file; use letters, digits, dot and dash"
            )
    if len(set(given.raters)) < len(given.raters):
        raise ConfigError("a rater is named twice")
    if given.packet is not None and not given.raters:
        raise ConfigError("a packet is for somebody: name the raters with --rater")
    if given.double and len(given.raters) == 1:
        raise ConfigError("two people rate a conversation twice: name a second --rater")


def _unit(one: Judged, given: Sampling, rubric: Rubric) -> Unit:
    conversation = one.record.conversation
    outcome = None if one.verdict is None else one.verdict.journey.get(given.criterion)
    credit = None
    if isinstance(outcome, Graded) and outcome.level is not None:
        credit = rubric.criterion(given.criterion).scale.credit(outcome.level)
    band = "open" if credit is None else "low" if credit < 0.5 else "high"
    values = {
        "stream": conversation.stream or "no agent",
        "band": band,
        "topic": conversation.topic or "no topic",
        "channel": conversation.channel or "no channel",
        "language": conversation.language or "no language",
    }
    if given.picking == "survey":
        answered = any(s.value is not None for s in one.record.sealed.surveys)
        stratum = f"{values['stream']} | {'answered' if answered else 'silent'}"
    elif given.picking == "stratified":
        stratum = " | ".join(values[b] for b in given.by)
    else:
        stratum = "all"
    risk = 1.0 if credit is None else 1.25 - credit
    return Unit(id=conversation.id, stratum=stratum, risk=risk)


def _drawn(given: Sampling, units: Sequence[Unit], rng: Random) -> tuple[Drawn, ...]:
    if given.picking == "random":
        return draw_random(units, given.n, rng)
    if given.picking == "risk":
        return draw_risky(units, given.n, rng, least=0.25 * min(1.0, given.n / len(units)))
    return draw_stratified(units, given.n, rng, floor=given.floor)


def _chances(given: Sampling, units: Sequence[Unit], drawn: Sequence[Drawn]) -> Mapping[str, float]:
    """Everybody's chance, those not drawn too."""
    if given.picking == "risk":
        from cxscore.calibration.drawing import inclusion_chances

        ordered = sorted(units, key=lambda u: u.id)
        least = 0.25 * min(1.0, given.n / len(units))
        found = inclusion_chances([u.risk for u in ordered], given.n, least=least)
        return dict(zip((u.id for u in ordered), found, strict=True))
    sizes, taken = Counter(u.stratum for u in units), Counter(d.stratum for d in drawn)
    return {u.id: max(taken[u.stratum], 1e-9) / sizes[u.stratum] for u in units}


COLUMNS = (
    "conversation_id", "criterion", "level", "rater", "saw_judge", "split", "comment",
)  # fmt: skip
"""Of a form. Stratum and chance would tell a rater the judge's band: the import adds them."""


def _files(
    given: Sampling, drawn: Sequence[Drawn], ledger: Ledger, rubric: Rubric
) -> tuple[Path, ...]:
    files: list[Path] = []
    if given.out is not None:
        with whole_file(given.out) as file:
            file.write(_table(drawn, rubric, "", given.split))
        files.append(given.out)
    if given.packet is None:
        return tuple(files)
    try:
        given.packet.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made: {error.strerror}"
        raise ConfigError(reason, path=str(given.packet)) from None
    shown = shown_by(ledger, given.config)
    held = {
        one.record.conversation.id: shown.judged(one)
        for one in ledger.judged([d.id for d in drawn])
    }
    articles = _articles(given, ledger)
    for rater, mine in _handed_out(drawn, given.raters).items():
        page, sheet = (given.packet / f"{rater}{suffix}" for suffix in (".html", ".xlsx"))
        cases = [Case(drawn=d, record=held[d.id].record) for d in mine if d.id in held]
        with whole_file(page) as file:
            file.write(render(cases, rubric, rater=rater, split=given.split, articles=articles))
        ledger.register_export(page)
        files += [page, _sheet(sheet, mine, rubric, rater, given.split)]
    return tuple(files)


def _articles(given: Sampling, ledger: Ledger) -> Sequence[Article]:
    if given.knowledge is not None:
        return tuple(articles_in(given.knowledge))
    history = ledger.knowledge_history()
    return history[-1].articles if history else ()


def _handed_out(drawn: Sequence[Drawn], raters: Sequence[str]) -> dict[str, list[Drawn]]:
    """Whose each is: in turns; what is rated twice goes to the next one too."""
    found: dict[str, list[Drawn]] = {rater: [] for rater in raters}
    for i, one in enumerate(drawn):
        found[raters[i % len(raters)]].append(one)
        if one.twice and len(raters) > 1:
            found[raters[(i + 1) % len(raters)]].append(one)
    return found


def _rows(drawn: Sequence[Drawn], rubric: Rubric, rater: str, split: str) -> list[list[Any]]:
    return [
        [d.id, c.id, None, rater or None, "false", split, None]
        for d in drawn
        for c in rubric.criteria
    ]


def _table(drawn: Sequence[Drawn], rubric: Rubric, rater: str, split: str) -> str:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(drawn, rubric, rater, split))
    return held.getvalue()


def _sheet(path: Path, drawn: Sequence[Drawn], rubric: Rubric, rater: str, split: str) -> Path:
    """The form as a workbook; as CSV where openpyxl is not installed."""
    try:
        import openpyxl
    except ImportError:
        path = path.with_suffix(".csv")
        with whole_file(path) as file:
            file.write(_table(drawn, rubric, rater, split))
        return path
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "labels"
    sheet.append(list(COLUMNS))
    for row in _rows(drawn, rubric, rater, split):
        sheet.append(row)
    sheet.freeze_panes = "A2"
    guide = book.create_sheet("levels")
    guide.append(["criterion", "question", "level", "what it takes"])
    for c in rubric.criteria:
        for d in c.scale.levels:
            guide.append([c.id, c.question, str(d.level), d.anchor])
    try:
        book.save(path)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path=str(path)) from None
    return path
