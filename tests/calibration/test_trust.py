"""One verdict for each criterion, and it is the one the numbers bear."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from click.testing import CliRunner

from cxscore.calibration.bias import bias_by_group
from cxscore.calibration.trust import Scored, trust
from cxscore.cli.main import group
from cxscore.desk.calibrate import calibrate, write_page
from cxscore.desk.demo import demo
from cxscore.desk.labels import import_labels
from cxscore.desk.rubrics import open_rubric
from cxscore.errors import InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design, Label, Sampling, Split
from cxscore.resources import data_dir

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TONE = open_rubric("cx").criterion("tone")


def world(judge_of, *, n=600, labels=120, seed=4, **label):
    """n conversations with levels of people, and a judge's by a rule."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n)
    judged = [judge_of(rng, int(t)) for t in truth]
    sampling = Sampling(design=Design.RANDOM, inclusion_probability=labels / n)
    scored = [
        Scored(
            id=f"c{i}",
            state="abstained" if j is None else "graded",
            level=j,
            groups={"stream": "ai" if i % 2 else "human"},
        )
        for i, j in enumerate(judged)
    ]
    given = [
        Label(
            **{
                "conversation_id": f"c{i}",
                "criterion": "tone",
                "level": int(truth[i]),
                "rater": rater,
                "split": Split.CALIBRATE,
                "sampling": sampling,
                "saw_judge": False,
            }
            | label
        )
        for i in rng.choice(n, labels, replace=False)
        for rater in ("ada", "bob")
    ]
    return scored, given, float(truth.mean())


def verdict(judge_of, **more):
    scored, labels, truth = world(judge_of, **more)
    return trust(TONE, scored, labels, np.random.default_rng(1)), truth


def test_a_judge_that_agrees_is_used_as_is():
    found, truth = verdict(lambda rng, t: t if rng.random() < 0.9 else min(5, t + 1))
    assert found.use == "use as is"
    assert found.answer.result.low <= truth <= found.answer.result.high
    assert found.people.ceiling == pytest.approx(1)


def test_a_lenient_judge_is_corrected():
    found, truth = verdict(lambda rng, t: min(5, t + 1))
    assert found.use == "corrected only"
    assert "off by +0.7" in found.because or "off by +0.8" in found.because
    assert found.answer.result.low <= truth <= found.answer.result.high


def test_noise_is_not_used():
    found, truth = verdict(lambda rng, t: int(rng.integers(1, 6)))
    assert found.use == "do not use"
    assert "may be 0" in found.because
    assert found.answer.result.low <= truth <= found.answer.result.high, "people still know"


def test_too_few_labels_say_how_many_more():
    found, _ = verdict(lambda rng, t: t, labels=12)
    assert found.use == "do not use"
    assert "cxscore sample -n 18 more" in found.because


def test_what_the_judge_left_open_stays_in_the_population():
    found, truth = verdict(lambda rng, t: None if t <= 2 else t, labels=200)
    assert found.answer.unjudged > 100
    assert found.answer.result.low <= truth <= found.answer.result.high


@pytest.mark.parametrize(
    ("label", "left"),
    [({"saw_judge": True}, 0), ({"split": Split.TUNE}, 0), ({"split": Split.ANCHOR}, 0)],
)
def test_labels_that_prove_nothing_are_left_out(label, left):
    found, _ = verdict(lambda rng, t: t, **label)
    assert found.labels == left
    assert found.use == "do not use"


def test_targeted_labels_without_chances_have_no_true_mean():
    sampling = Sampling(design=Design.TARGETED)
    found, _ = verdict(lambda rng, t: min(5, t + 1), sampling=sampling)
    assert isinstance(found.answer.result, Unavailable)
    assert "chances were not recorded" in found.because
    assert found.agreement.in_sample


def test_stratified_labels_alone_still_make_a_mean():
    """Which stratum the unlabelled are in is not known: people alone count, by stratum."""
    rng = np.random.default_rng(2)
    n = 900
    bad = np.arange(n) < 300
    truth = np.where(bad, 2, 4) + np.arange(n) % 2
    scored = [Scored(id=f"c{i}", state="graded", level=4) for i in range(n)]
    labels = []
    for stratum, inside, m in (("bad", bad, 60), ("good", ~bad, 40)):
        chance = m / inside.sum()
        sampling = Sampling(design=Design.STRATIFIED, inclusion_probability=chance, stratum=stratum)
        labels += [
            Label(
                conversation_id=f"c{i}",
                criterion="tone",
                level=int(truth[i]),
                rater="ada",
                split=Split.CALIBRATE,
                sampling=sampling,
            )
            for i in rng.choice(np.flatnonzero(inside), m, replace=False)
        ]
    found = trust(TONE, scored, labels, rng)
    assert found.answer.labels_alone == pytest.approx(3.3, abs=0.15)
    assert found.answer.result.value == pytest.approx(truth.mean(), abs=0.15)
    assert found.answer.result.low <= truth.mean() <= found.answer.result.high


def test_na_against_a_level_is_a_table_of_its_own():
    scored = [Scored(id="a", state="na", level=None), Scored(id="b", state="graded", level=3)]
    labels = [
        Label(conversation_id=c, criterion="tone", level=v, rater="ada", split=Split.CALIBRATE)
        for c, v in (("a", None), ("b", None))
    ]
    assert trust(TONE, scored, labels, np.random.default_rng(1)).applies == ((1, 1), (0, 0))


# Bias


def test_a_group_that_is_favoured_is_found_and_others_are_not():
    rng = np.random.default_rng(6)
    groups = {"stream": ["ai"] * 150 + ["human"] * 150, "channel": ["chat", "mail"] * 150}
    difference = rng.normal(0, 0.9, 300)
    difference[:150] += 0.6
    found = {row.group: row for row in bias_by_group(difference, groups)}
    assert found["ai"].differs
    assert not found["chat"].differs
    assert found["ai"].bias.low > 0.3


def test_one_in_twenty_is_not_found_twenty_times():
    """BH over 24 slices without any bias: a false discovery in at most about one run in twenty."""
    rng = np.random.default_rng(9)
    runs = 0
    for _ in range(100):
        groups = {"topic": [f"t{i % 24}" for i in range(24 * 40)]}
        runs += any(row.differs for row in bias_by_group(rng.normal(0, 0.8, 24 * 40), groups))
    assert runs <= 14


def test_small_groups_have_no_interval_and_say_what_could_be_found():
    (row,) = bias_by_group([0.5] * 5 + [-0.5] * 5, {"stream": ["ai"] * 10})
    assert isinstance(row.bias, Unavailable)
    assert "at least 23" in row.bias.missing
    assert row.detectable > 0


# On a store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = demo(tmp_path_factory.mktemp("trust"), now=NOW).store
    with pytest.raises(InputError, match="holds no labels"):
        calibrate(path)
    import_labels(data_dir("examples") / "labels.csv", store=path)
    return path


def test_the_examples(store, tmp_path):
    found = calibrate(store)
    assert {one.criterion for one in found.criteria} == {
        "resolution",
        "sentiment_end",
        "grounding",
        "false_action",
        "escalation",
    }
    assert {one.use for one in found.criteria} == {"do not use"}
    resolution = found.criteria[0]
    assert isinstance(resolution.answer.result, Estimate), "people alone know it"
    text = write_page(found, tmp_path / "trust.html", now=NOW).read_text()
    assert "<title>Can we trust this judge?</title>" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert "nan" not in text


def test_the_command(store, tmp_path):
    result = CliRunner().invoke(group, ["calibrate", "--store", str(store), "--json"])
    told = json.loads(result.output)
    looks = told["looks"]
    assert told["criteria"][0]["true_mean"]["labels"] == 19
    again = CliRunner().invoke(
        group, ["calibrate", "--store", str(store), "--out", str(tmp_path / "t.html")]
    )
    assert "Can we trust this judge?" in again.output
    assert f"look {looks + 1} at the calibrate split" in again.output
    assert (tmp_path / "t.html").exists()


def test_a_leg_is_compared_with_its_own_labels(tmp_path):
    store = demo(tmp_path, now=NOW).store
    import_labels(data_dir("examples") / "labels.csv", store=store)
    with pytest.raises(InputError, match="no labels of the human leg; it has some of: journey"):
        calibrate(store, leg="human")
    rows = ["conversation_id,criterion,level,rater,leg,split"]
    rows += [f"PW-{n:04d},sentiment_end,4,ada,ai,calibrate" for n in range(101, 113)]
    path = tmp_path / "legs.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    import_labels(path, store=store)
    result = CliRunner().invoke(
        group, ["calibrate", "--leg", "ai", "--store", str(store), "--json"]
    )
    told = json.loads(result.output)
    assert (told["leg"], told["raters"]) == ("ai", 1)
    assert [c["criterion"] for c in told["criteria"]] == ["sentiment_end"]
