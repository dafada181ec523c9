"""What was read, and how far each conversation came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cxscore.kpi.counting import Count, Tallies, Tally
from cxscore.kpi.returns import seconds, span
from cxscore.rubric import Criterion, Rubric
from cxscore.transcript import Conversation, Exclusion, Role, Stream
from cxscore.verdict import Graded, Judged, Knowledge, Level, Verdict, state


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionCount:
    """What became of one criterion over the eligible conversations it was asked of."""

    id: str
    name: str
    levels: tuple[tuple[Level, Count], ...]
    """Every level of the scale, worst first, with the conversations graded so."""
    na: Count
    abstained: Count
    failed: Count

    @property
    def graded(self) -> int:
        """Conversations with a level."""
        return sum(count.n for _, count in self.levels)

    @property
    def asked(self) -> int:
        """Conversations with any outcome."""
        return self.graded + self.na.n + self.abstained.n + self.failed.n


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeUse:
    """One snapshot of the knowledge base, and where it was used."""

    digest: str
    as_of: datetime | None
    articles: int | None
    """None when the caller did not say."""
    conversations: Count
    gap_days: tuple[float, float] | None
    """Least and greatest (conversation start − snapshot date); negative: the snapshot is newer."""
    newer: Count
    """Conversations older than the snapshot they were held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeUse:
    """One judge, and how many verdicts are its."""

    fingerprint: str
    heuristic: bool
    conversations: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was read, and how far each conversation came."""

    read: Count
    excluded: tuple[tuple[str, Count], ...]
    """By reason of the exclusion ladder, most first."""
    eligible: Count
    judged: Count
    """Eligible with a verdict."""
    graded: Count
    """Judged with at least one level."""
    failed: Count
    """Eligible whose judgement failed as a whole."""
    not_judged: Count
    """Eligible and not judged yet."""
    first: datetime | None
    """Earliest and latest time in the eligible conversations; None when they carry none."""
    last: datetime | None
    without_time: Count
    languages: tuple[tuple[str | None, Count], ...]
    """Of the eligible, most first; None is not known. Likewise below."""
    channels: tuple[tuple[str | None, Count], ...]
    streams: tuple[tuple[Stream | None, Count], ...]
    roles: tuple[tuple[Role, Count], ...]
    """Conversations in which the role has a turn."""
    weeks: tuple[tuple[str, tuple[tuple[Stream | None, Count], ...]], ...]
    """ISO date of the Monday, in order, weeks without conversations included, then by stream."""
    knowledge: tuple[KnowledgeUse, ...]
    judges: tuple[JudgeUse, ...]
    rubrics: tuple[tuple[str, Count], ...]
    criteria: tuple[CriterionCount, ...]
    """In the rubric's order."""
    sentiment: tuple[tuple[Level, Level, Count], ...]
    """(start, end) where both are graded; empty when the rubric has neither."""


class UnderstoodBook:
    """Collects what was read."""

    def __init__(self, rubric: Rubric, article_counts: Mapping[str, int]) -> None:
        self._rubric = rubric
        self._read, self._eligible, self._without_time = Tally(), Tally(), Tally()
        self._progress: Tallies[str] = Tallies()
        self._excluded: Tallies[Exclusion] = Tallies()
        self._languages: Tallies[str | None] = Tallies()
        self._channels: Tallies[str | None] = Tallies()
        self._streams: Tallies[Stream | None] = Tallies()
        self._roles: Tallies[Role] = Tallies()
        self._weeks: Tallies[tuple[str, Stream | None]] = Tallies()
        self._judges: Tallies[tuple[str, bool]] = Tallies()
        self._rubrics: Tallies[str] = Tallies()
        self._outcomes: Tallies[tuple[str, str, Level | None]] = Tallies()
        self._sentiment: Tallies[tuple[Level, Level]] = Tallies()
        self._knowledge = _KnowledgeBook(article_counts)
        self._first: datetime | None = None
        self._last: datetime | None = None

    def add(self, judged: Judged) -> None:
        """Take one conversation in, excluded or not."""
        conversation = judged.record.conversation
        ref = conversation.id
        self._read.add(ref)
        if judged.exclusion is not None:
            self._excluded.add(judged.exclusion, ref)
            return
        self._eligible.add(ref)
        self._add_conversation(conversation)
        if judged.verdict is None:
            self._progress.add("failed" if judged.error else "not_judged", ref)
            return
        self._progress.add("judged", ref)
        self._judges.add((judged.verdict.judge, judged.heuristic), ref)
        self._rubrics.add(judged.verdict.rubric, ref)
        self._add_outcomes(judged.verdict, ref)
        if judged.verdict.knowledge is not None:
            self._knowledge.add(judged.verdict.knowledge, ref)

    def _add_conversation(self, conversation: Conversation) -> None:
        ref, stream = conversation.id, conversation.stream
        self._languages.add(conversation.language, ref)
        self._channels.add(conversation.channel, ref)
        self._streams.add(stream, ref)
        for role in {t.role for t in conversation.turns}:
            self._roles.add(role, ref)
        known = span(conversation)
        if known is None:
            self._without_time.add(ref)
            return
        self._first = _earlier(self._first, known[0])
        self._last = _later(self._last, known[1])
        monday = known[0].date() - timedelta(days=known[0].weekday())
        self._weeks.add((monday.isoformat(), stream), ref)

    def _add_outcomes(self, verdict: Verdict, id: str) -> None:
        graded: dict[str, Level] = {}
        for criterion, outcome in verdict.journey.items():
            level = outcome.level if isinstance(outcome, Graded) else None
            self._outcomes.add((criterion, state(outcome), level), id)
            if level is not None:
                graded[criterion] = level
        if graded:
            self._progress.add("graded", id)
        if "sentiment_start" in graded and "sentiment_end" in graded:
            self._sentiment.add((graded["sentiment_start"], graded["sentiment_end"]), id)

    def understood(self) -> Understood:
        """What was collected."""
        return Understood(
            read=self._read.count(),
            excluded=tuple((str(k), n) for k, n in self._excluded.largest_first()),
            eligible=self._eligible.count(),
            judged=self._progress.count("judged"),
            graded=self._progress.count("graded"),
            failed=self._progress.count("failed"),
            not_judged=self._progress.count("not_judged"),
            first=self._first,
            last=self._last,
            without_time=self._without_time.count(),
            languages=self._languages.largest_first(),
            channels=self._channels.largest_first(),
            streams=self._streams.largest_first(),
            roles=self._roles.largest_first(),
            weeks=_weeks(self._weeks.counts()),
            knowledge=self._knowledge.uses(),
            judges=tuple(
                JudgeUse(fingerprint=f, heuristic=h, conversations=n)
                for (f, h), n in self._judges.largest_first()
            ),
            rubrics=self._rubrics.largest_first(),
            criteria=tuple(self._criterion(c) for c in self._rubric.criteria),
            sentiment=tuple(
                (*pair, n)
                for pair, n in sorted(self._sentiment.counts().items(), key=lambda kv: str(kv[0]))
            ),
        )

    def _criterion(self, criterion: Criterion) -> CriterionCount:
        def count(what: str, level: Level | None = None) -> Count:
            return self._outcomes.count((criterion.id, what, level))

        return CriterionCount(
            id=criterion.id,
            name=criterion.name,
            levels=tuple((v, count("graded", v)) for v in criterion.scale.values),
            na=count("na"),
            abstained=count("abstained"),
            failed=count("failed"),
        )


def _earlier(a: datetime | None, b: datetime) -> datetime:
    return b if a is None or seconds(b) < seconds(a) else a


def _later(a: datetime | None, b: datetime) -> datetime:
    return b if a is None or seconds(b) > seconds(a) else a


def _weeks(
    counts: Mapping[tuple[str, Stream | None], Count],
) -> tuple[tuple[str, tuple[tuple[Stream | None, Count], ...]], ...]:
    """Counts by week, weeks without conversations between the first and the last included."""
    if not counts:
        return ()
    mondays = sorted({monday for monday, _ in counts})
    order: tuple[Stream | None, ...] = (*Stream, None)
    return tuple(
        (monday, tuple((s, counts[monday, s]) for s in order if (monday, s) in counts))
        for monday in _every_week(mondays)
    )


def _every_week(mondays: list[str]) -> Iterable[str]:
    first, last = (datetime.fromisoformat(m) for m in (mondays[0], mondays[-1]))
    weeks = (last - first).days // 7 + 1
    if weeks > 520:  # one broken date would draw thousands of empty weeks
        return mondays
    return [(first + timedelta(weeks=w)).date().isoformat() for w in range(weeks)]


class _KnowledgeBook:
    """Collects which snapshots were used."""

    def __init__(self, article_counts: Mapping[str, int]) -> None:
        self._articles = article_counts
        self._used: Tallies[tuple[str, datetime | None]] = Tallies()
        self._newer: Tallies[tuple[str, datetime | None]] = Tallies()
        self._gaps: dict[tuple[str, datetime | None], tuple[float, float]] = {}

    def add(self, knowledge: Knowledge, id: str) -> None:
        key = (knowledge.digest, knowledge.as_of)
        self._used.add(key, id)
        gap = knowledge.gap_days
        if gap is None:
            return
        least, greatest = self._gaps.get(key, (gap, gap))
        self._gaps[key] = (min(least, gap), max(greatest, gap))
        if gap < 0:
            self._newer.add(key, id)

    def uses(self) -> tuple[KnowledgeUse, ...]:
        return tuple(
            KnowledgeUse(
                digest=key[0],
                as_of=key[1],
                articles=self._articles.get(key[0]),
                conversations=count,
                gap_days=self._gaps.get(key),
                newer=self._newer.count(key),
            )
            for key, count in self._used.largest_first()
        )
