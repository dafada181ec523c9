"""The report as one self-contained HTML file."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from cxscore.kpi.counting import ID_CAP, Count
from cxscore.kpi.overview import Overview
from cxscore.kpi.reading import credit
from cxscore.kpi.understood import CriterionCount, Understood
from cxscore.report import charts, words
from cxscore.report.lines import criterion_name, error_name
from cxscore.report.marks import Piece
from cxscore.report.page import page
from cxscore.rubric import Rubric
from cxscore.transcript import Json, Stream
from cxscore.verdict import Judged

if TYPE_CHECKING:
    from jinja2 import Environment, Template

BUDGET = 2_000_000
"""Characters of whole conversations in one file, so that it can still be mailed."""
TURN_CUT = 4_000
"""Characters shown of one turn."""
IDS_IN_LARGE = 50
"""Ids behind each number where more than ``LARGE`` conversations were read."""
LARGE = 2_000
WEEKS = 26
"""Weeks shown, the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIds:
    """Which conversations stand whole in the file."""

    rendered: Mapping[str, str]
    """Id to its HTML section."""
    left_out: int
    """Conversations read that are not whole in the file."""


def wanted(overview: Overview) -> tuple[str, ...]:
    """Ids of the conversations to show whole, most wanted first: to read, proved, then by lot."""
    proved = overview.proved
    ids = [r.conversation_id for r in overview.to_read]
    ids += [f.conversation_id for f in proved.false_actions.shown]
    ids += [f.conversation_id for f in proved.nobody_came.shown]
    ids += [f.conversation_id for f in proved.contradictions.shown]
    return tuple(dict.fromkeys([*ids, *overview.sample]))


def render(
    overview: Overview,
    conversations: Iterable[Judged],
    rubric: Rubric,
    *,
    title: str = "Conversation report",
    with_transcripts: bool = True,
    everything: bool = False,
    budget: int = BUDGET,
) -> str:
    """The whole page.

    Args:
        overview: what to show.
        conversations: those named by ``wanted``, in any order; read one at a time.
        rubric: gives names, anchors and scales.
        title: heading of the page.
        with_transcripts: False leaves every whole conversation out; the quotes beside articles and
            log lines stay.
        everything: True shows every conversation handed in, whatever the size of the page.
        budget: characters of whole conversations; what does not fit is left out, least wanted
            first, and the page says how many.

    Returns:
        HTML without a single request to anywhere.
    """
    shown = _sections(
        overview,
        conversations if with_transcripts else (),
        rubric,
        None if everything else budget,
    )
    env = environment()
    large = overview.understood.read.n > LARGE
    return env.get_template("report.html.jinja").render(
        title=title,
        o=overview,
        u=overview.understood,
        k=overview.known,
        words=words,
        charts=charts,
        shown=shown,
        with_transcripts=with_transcripts,
        ids_shown=IDS_IN_LARGE if large else None,
        flow=_flow(overview.understood),
        criteria=[_criterion(c, rubric) for c in overview.understood.criteria if c.asked],
        sentiment=_sentiment(overview.understood, rubric),
        weeks=overview.understood.weeks[-WEEKS:],
        most_a_week=_most_a_week(overview.understood),
        week_bar=_week_bar,
        criterion_name=lambda c: criterion_name(c, rubric),
        error_name=lambda e: error_name(e, rubric),
    )


def _sections(
    overview: Overview, conversations: Iterable[Judged], rubric: Rubric, budget: int | None
) -> ShownIds:
    """Render the wanted conversations and drop the least wanted until they fit."""
    rank = {name: n for n, name in enumerate(wanted(overview))}
    template = environment().get_template("conversation.html.jinja")
    kept: list[tuple[int, str, str]] = []
    size = 0
    for judged in conversations:
        name = judged.record.conversation.id
        if budget is not None and name not in rank:
            continue
        section = _section(template, judged, rubric)
        heapq.heappush(kept, (-rank.get(name, len(rank)), name, section))
        size += len(section)
        while budget is not None and size > budget and len(kept) > 1:
            size -= len(heapq.heappop(kept)[2])
    rendered = {name: section for _, name, section in sorted(kept, key=lambda k: k[1])}
    return ShownIds(rendered=rendered, left_out=overview.understood.read.n - len(rendered))


def section(judged: Judged, rubric: Rubric) -> str:
    """One whole conversation with its grades and evidence."""
    return _section(environment().get_template("conversation.html.jinja"), judged, rubric)


def _section(template: Template, judged: Judged, rubric: Rubric) -> str:
    return template.render(p=page(judged, rubric), words=words, cut=TURN_CUT, clip=_clip)


def _clip(text: tuple[Piece, ...], limit: int) -> tuple[tuple[Piece, ...], int]:
    """The first ``limit`` characters of a turn, and how many are left out."""
    kept, room = [], limit
    for piece in text:
        if room <= 0:
            break
        kept.append(Piece(text=piece.text[:room], labels=piece.labels, bad=piece.bad))
        room -= len(piece.text)
    return tuple(kept), max(0, sum(len(p.text) for p in text) - limit)


def anchor(id: str) -> str:
    """The fragment of a conversation's section: ids hold characters a fragment may not."""
    return "c-" + hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _flow(understood: Understood) -> list[charts.Segment]:
    u = understood
    excluded = u.read.n - u.eligible.n
    without = u.judged.n - u.graded.n
    return [
        charts.Segment(n=u.graded.n, label="graded", tone="done"),
        charts.Segment(n=without, label="judged, nothing graded", tone="abstained"),
        charts.Segment(n=u.failed.n, label="failed", tone="failed"),
        charts.Segment(n=u.not_judged.n, label="not judged yet", tone="na"),
        charts.Segment(n=excluded, label="excluded", tone="excluded"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CriterionRow:
    """One criterion with its drawn bars."""

    count: CriterionCount
    states: tuple[charts.Segment, ...]
    levels: tuple[tuple[charts.Segment, Count], ...]
    anchors: Mapping[str, str]


def _criterion(count: CriterionCount, rubric: Rubric) -> _CriterionRow:
    scale = rubric.criterion(count.id).scale
    levels = tuple(
        (charts.Segment(n=n.n, label=words.level(v), tone=_tone(rubric, count.id, v)), n)
        for v, n in count.levels
    )
    states = (
        charts.Segment(n=count.graded, label="graded", tone="done"),
        charts.Segment(n=count.na.n, label="N/A", tone="na"),
        charts.Segment(n=count.abstained.n, label="abstained", tone="abstained"),
        charts.Segment(n=count.failed.n, label="failed", tone="failed"),
    )
    anchors = {words.level(d.level): d.anchor for d in scale.levels}
    return _CriterionRow(count=count, states=states, levels=levels, anchors=anchors)


def _tone(rubric: Rubric, criterion: str, level: Json) -> str:
    share = credit(rubric, criterion, level)
    return "na" if share is None else f"l{round(4 * share)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentiment:
    """Sentiment from start to end."""

    flows: tuple[charts.Flow, ...]
    labels: tuple[str, ...]
    moves: tuple[tuple[str, str, Count], ...]
    """Tone, name and count of those who improved, stayed and worsened."""
    total: int


def _sentiment(understood: Understood, rubric: Rubric) -> _Sentiment | None:
    if not understood.sentiment:
        return None
    scale = rubric.criterion("sentiment_end").scale.values
    best_first = tuple(reversed(scale))
    place = {level: n for n, level in enumerate(best_first)}
    flows = []
    moved: dict[str, list[Count]] = {"better": [], "same": [], "worse": []}
    for start, end, count in understood.sentiment:
        if start in place and end in place:
            flows.append(charts.Flow(left=place[start], right=place[end], n=count.n))
            moved[_move(place[start], place[end])].append(count)
    named = {"better": "improved", "same": "stayed the same", "worse": "worsened"}
    return _Sentiment(
        flows=tuple(flows),
        labels=tuple(words.level(v) for v in best_first),
        moves=tuple((tone, named[tone], _joined(counts)) for tone, counts in moved.items()),
        total=sum(f.n for f in flows),
    )


def _joined(counts: list[Count]) -> Count:
    ids = sorted(chain.from_iterable(count.ids for count in counts))[:ID_CAP]
    return Count(n=sum(count.n for count in counts), ids=tuple(ids))


def _move(start: int, end: int) -> str:
    return "better" if end < start else "worse" if end > start else "same"


def _week_bar(streams: Iterable[tuple[Stream | None, Count]]) -> list[charts.Segment]:
    return [
        charts.Segment(n=count.n, label=words.STREAM[stream], tone=stream or "none")
        for stream, count in streams
    ]


def _most_a_week(understood: Understood) -> int:
    weeks = understood.weeks[-WEEKS:]
    return max((sum(n.n for _, n in streams) for _, streams in weeks), default=0)


@cache
def environment() -> Environment:
    """The templates of the pages; what is shown is escaped and printable."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Json) -> Json:
        if isinstance(value, str) and not isinstance(value, Markup):
            return words.printable(value)
        return value

    env = Environment(
        loader=PackageLoader("cxscore.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["anchor"] = anchor
    return env
