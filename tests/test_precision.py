"""How well components are known: on planted spectra, where the truth is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ganspace_tf.cache import Folder
from ganspace_tf.decomposition import checkpoint, decompose, known, load_components, precision, spectrum
from ganspace_tf.decomposition.first_rows import LEAST_GROUPS, MOST_GROUPS, ROWS
from ganspace_tf.decomposition.precision import measure, rows_for
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.decomposition.spectrum import Spectrum
from ganspace_tf.errors import FileError, UsageError
from tests.framed_layer import FramedLayer
from tests.linear_generator import LinearGenerator

FALLING = np.geomspace(1, 1e-2, 16)  # of variances; neighbours differ by a third
PAIR = np.array([4.0, 2.0, 1.98, 1.0, 0.5, 0.25])  # v1 and v2 are nearly one


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))


def rows(seed, n, variances, tails=False):
    random = np.random.RandomState(seed)
    y = random.standard_normal((n, len(variances)))
    if tails:  # Student's t of 10 degrees: fourth moments of 4 rather than 3
        y *= np.sqrt(8 / random.chisquare(10, (n, 1)))
    return (y * np.sqrt(variances)).astype(np.float32)


def said_of(state, x, k):
    return measure(state, Spectrum.of(state, k), x)


def stated_and_true(seed, n, variances, k, tails=False):
    """Degrees stated, and those between the space found and that of the first k axes."""
    x = rows(seed, n, variances, tails)
    state = Scatter.of(x)
    found = np.linalg.eigh(state.scatter)[1][:, ::-1][:, :k]
    sine = np.linalg.norm(found[k:], 2)
    return said_of(state, x[:ROWS], k).angle, np.degrees(np.arcsin(sine))


@pytest.mark.parametrize("tails", [False, True])
def test_the_angle_stated_holds_as_often_as_said(tails, monkeypatch):
    monkeypatch.setattr(precision, "REPLICATES", 100)  # the quantile is a little noisier, that is all
    found = np.array([stated_and_true(seed, 6000, FALLING, 4, tails) for seed in range(60)])
    inside = np.mean(found[:, 1] <= found[:, 0])
    # 60 draws of 0.95 ± 0.03: the limit is more than three standard deviations away. And no idle statement:
    # were it one pair of axes that turns, the median of a normal number would be 0.31 of its 97 % quantile
    assert inside >= 0.85 and np.median(found[:, 1] / found[:, 0]) > 0.31


def framed(seed, n, variances):
    """Rows of a layer of orthogonal frames, and how many of them are drawn as one."""
    rows_of = FramedLayer(seed, len(variances))
    return (rows_of(0, n) * np.sqrt(variances)).astype(np.float32), rows_of.together


def test_the_angle_stated_holds_for_rows_in_frames_too(monkeypatch):
    monkeypatch.setattr(precision, "REPLICATES", 100)
    found = []
    for seed in range(60):
        x, together = framed(seed, 6000, FALLING)
        state = Scatter.of(x)
        axes = np.linalg.eigh(state.scatter)[1][:, ::-1][:, :4]
        said = measure(state, Spectrum.of(state, 4), x[: MOST_GROUPS * together], together)
        found.append((said.angle, np.degrees(np.arcsin(np.linalg.norm(axes[4:], 2)))))
    stated, true = np.array(found).T
    # limits as above; and as if rows were independent it would be two fifths more
    assert np.mean(true <= stated) >= 0.85 and np.median(true / stated) > 0.31
    x, together = framed(0, 6000, FALLING)
    state = Scatter.of(x)
    assert said_of(state, x[:ROWS], 4).angle > 1.25 * np.median(stated)


def test_the_angle_is_that_of_theory_for_normal_rows():
    k, n = 4, 20_000
    stated, _ = stated_and_true(0, n, FALLING, k)
    random = np.random.RandomState(1)
    factor = np.sqrt(FALLING[:k] * FALLING[k:, None]) / (FALLING[:k] - FALLING[k:, None])
    norms = [np.linalg.norm(random.standard_normal(factor.shape) * factor, 2) for _ in range(2000)]
    theory = np.degrees(np.arctan(np.quantile(norms, precision.QUANTILE) / np.sqrt(n)))
    # the gap of a third is known to 5 %, the quantile of 200 draws to 5 %
    assert 0.85 * theory <= stated <= 1.2 * theory


def test_it_falls_with_the_root_of_the_rows():
    few, many = (stated_and_true(0, n, FALLING, 4)[0] for n in (4000, 64_000))
    assert 3.2 <= np.tan(np.radians(few)) / np.tan(np.radians(many)) <= 4.8
    said = said_of(Scatter.of(rows(0, 4000, FALLING)), rows(0, 2048, FALLING), 4)
    assert 0.6 <= rows_for(said, many) / 64_000 <= 1.6


def test_what_cannot_be_told_apart_is_named():
    x = rows(0, 5000, PAIR)
    said = said_of(Scatter.of(x), x[:2048], 4)
    assert said.groups == [[1, 2]]
    assert said.angles[1] > 30 and said.angles[2] > 30 and said.angles[0] < 5 and said.angle < 5
    apart = rows(0, 5000, FALLING)
    assert said_of(Scatter.of(apart), apart[:2048], 4).groups == []


def test_equal_eigenvalues_have_no_components_of_their_own():
    x = rows(0, 5000, np.ones(6))
    said = said_of(Scatter.of(x), x[:2048], 3)
    assert said.angle > 30 and said.groups == [[0, 1, 2]]


def test_fewer_directions_than_components_are_not_known():
    x = rows(0, 500, np.array([1.0, 0.5, 0, 0, 0]))
    said = said_of(Scatter.of(x), x, 3)
    assert said.angle == 90.0


def test_what_so_few_rows_cannot_show_is_not_known():
    x = rows(0, 9, FALLING)
    state = Scatter.of(x)
    said = [said_of(state, x, k) for k in (8, 7)]
    assert said[0].angle == 90.0  # nine rows have no ninth direction that could be turned into
    assert said[1].angle > 0
    every = rows(0, 17, FALLING)
    assert said_of(Scatter.of(every), every, 16).angle == 0.0  # all directions of the space there are


@pytest.mark.parametrize("variances", [FALLING, np.arange(1, 41) ** -1.5], ids=["geometric", "power law"])
def test_directions_that_are_not_looked_at_are_bounded_by_their_sum(variances, monkeypatch):
    x = rows(0, 20_000, variances)
    state, k = Scatter.of(x), 3
    whole = said_of(state, x[:2048], k)
    monkeypatch.setattr(spectrum, "OUTSIDE", 4)
    few = Spectrum.of(state, k)
    assert few.vectors.shape == (7, len(variances))
    np.testing.assert_allclose(few.rest, np.linalg.eigvalsh(np.cov(x.T))[:-7].sum(), rtol=1e-5)
    bounded = measure(state, few, x[:2048])
    # never less than with each of them looked at, but for the noise of other draws of ξ; and no idle bound
    assert 0.97 * whole.angle <= bounded.angle <= 1.15 * whole.angle
    ratios = np.array(bounded.angles) / whole.angles
    assert ratios.min() >= 0.97 and ratios.max() <= 1.15


def test_one_decomposition_gives_the_components_and_what_is_said_of_them(monkeypatch):
    calls, eigh = [], spectrum.linalg.eigh
    monkeypatch.setattr(spectrum.linalg, "eigh", lambda *a, **k: calls.append(len(a[0])) or eigh(*a, **k))
    comp = decompose(LinearGenerator(), n=4000, components=3, batch=256, cache=False)
    assert len(calls) == 1 and comp.settings["precision"]["rows"] == 4000


def found(gen, **options):
    return decompose(gen, **dict({"n": "auto", "precision": 3.0, "components": 3, "batch": 256}, **options))


def test_auto_stops_where_it_is_known_well_enough():
    gen = LinearGenerator()
    comp = found(gen)
    said = comp.settings["precision"]
    assert said["angle"] <= 3.0 and said["rows"] == comp.settings["n"] and said["asked"] == 3.0
    found_space = comp.directions @ gen.axes.T  # in the true axes
    assert np.degrees(np.arcsin(np.linalg.norm(found_space[:, 3:], 2))) <= 3.0
    assert gen.mapped == comp.settings["n"] + ROWS  # no row twice but those looked at
    finer = found(gen, precision=1.5)
    assert 2.5 <= finer.settings["n"] / comp.settings["n"] <= 6.5  # (3 / 1.5)², give or take gaps


def test_auto_is_a_plain_n_that_need_not_be_guessed():
    gen = LinearGenerator()
    comp = found(gen)
    n = comp.settings["n"]
    assert decompose(LinearGenerator(), n=n, components=3, batch=256, cache=False).digest == comp.digest
    gen.mapped = 0
    longer = decompose(gen, n=2 * n, components=3, batch=256)
    assert gen.mapped == n + ROWS  # goes on from the same rows
    assert longer.digest == decompose(LinearGenerator(), n=2 * n, components=3, batch=256, cache=False).digest


def test_rows_in_frames_that_are_looked_at_are_not_read_again():
    gen = LinearGenerator()
    together = 2 * gen.latent_size
    n = 4000 + together // 2  # the last group is not complete
    options = {"n": n, "precision": None, "cache": False, "sampling": "orthogonal"}
    comp = found(gen, **options)
    assert gen.mapped == n and comp.settings["precision"]["rows"] == n
    gen.mapped = 0
    found(gen, **dict(options, n=together))  # says little, but from more than one group
    assert gen.mapped == LEAST_GROUPS * together


def test_auto_takes_fewer_rows_in_frames_and_goes_on_from_them():
    gen = LinearGenerator()
    alone, framed = found(gen), found(gen, sampling="orthogonal")
    n = framed.settings["n"]
    assert n < alone.settings["n"] / 2 and framed.settings["precision"]["angle"] <= 3.0
    space = framed.directions @ gen.axes.T
    assert np.degrees(np.arcsin(np.linalg.norm(space[:, 3:], 2))) <= 3.0
    gen.mapped = 0
    options = {"n": 10 * n, "precision": None, "sampling": "orthogonal"}
    longer = found(gen, **options)
    assert gen.mapped <= 9 * n + MOST_GROUPS * 2 * gen.latent_size  # from the same rows
    assert longer.digest == found(LinearGenerator(), cache=False, **options).digest


def test_auto_again_comes_from_the_cache():
    gen = LinearGenerator()
    first, gen.mapped = found(gen), 0
    assert found(gen).digest == first.digest and gen.mapped == 0


@pytest.mark.parametrize("space", ["w", "z", "wide"])
def test_auto_in_every_space(space):
    comp = found(LinearGenerator(), space=space)
    assert comp.settings["precision"]["angle"] <= 3.0


def test_at_most_so_many_rows_and_says_so():
    comp = found(LinearGenerator(), precision=0.1, most=5000)
    assert comp.settings["n"] == 5000 and comp.settings["precision"]["angle"] > 0.1
    assert "stopped at --most 5,000" in known.in_words(comp)[0]
    gen = LinearGenerator()
    longer = decompose(gen, n=20_000, components=3, batch=256)  # goes on from the whole blocks of 5,000
    assert gen.mapped <= 15_000 + 256 + 2_048
    assert (
        longer.digest == decompose(LinearGenerator(), n=20_000, components=3, batch=256, cache=False).digest
    )


@pytest.mark.parametrize("sampling", ["independent", "orthogonal"])
def test_auto_stopped_again_and_again_gives_the_same_bits(sampling, monkeypatch):
    undisturbed = found(LinearGenerator(), cache=False, precision=1.5, sampling=sampling)
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    monkeypatch.setattr(checkpoint, "COST", np.inf)
    stops = 0

    class Stop(Exception):  # noqa: N818
        pass

    for _ in range(200):
        calls = []

        def progress(done, total, calls=calls, limit=3 + stops % 5):
            calls.append(done)
            if len(calls) > limit:
                raise Stop

        try:
            comp = found(LinearGenerator(), progress=progress, precision=1.5, sampling=sampling)
            break
        except Stop:
            stops += 1
    assert stops >= 3
    assert comp.digest == undisturbed.digest and comp.settings == undisturbed.settings
    assert len(Folder("states").names()) == 1  # for a longer n


def test_what_a_sample_did_before_does_not_matter():
    """A longer run in the cache gives no other number of rows."""
    alone = found(LinearGenerator(), cache=False)
    decompose(LinearGenerator(), n=100_000, components=3, batch=256)
    assert found(LinearGenerator()).digest == alone.digest


WRONG = [
    ({"n": 1000, "precision": 3.0}, "belong to n='auto'"),
    ({"n": 1000, "most": 3}, "belong to n='auto'"),
    ({"precision": 0.0}, "allowed are 0.01 … 30 degrees"),
    ({"precision": 31}, "allowed are 0.01 … 30 degrees"),
    ({"most": 1}, "most"),
    ({"estimator": "ipca"}, "needs estimator pca"),
    ({"compat": "ganspace"}, "needs estimator pca"),
    ({"space": "huge"}, "needs estimator pca"),
    ({"n": "many"}, "n"),
    ({"precision": "3deg"}, "a number of degrees"),
    ({"components": LinearGenerator().dlatent_size}, "known together from any sample"),
]


@pytest.mark.parametrize("options, said", WRONG)
def test_refusals_are_one_line(options, said):
    with pytest.raises(UsageError) as error:
        found(LinearGenerator(), **options)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_the_file_keeps_it(tmp_path):
    comp = decompose(LinearGenerator(), n=3000, components=3)
    read = load_components(comp.save(tmp_path / "c.npz"))
    assert known.known_of(read) == known.known_of(comp) is not None
    assert json.loads(json.dumps(comp.settings))["precision"]["rows"] == 3000
    assert known.in_words(read)[0].startswith("all 3 together within")


def test_older_files_and_other_estimators_say_nothing(tmp_path):
    comp = decompose(LinearGenerator(), n=3000, components=3)
    comp.settings.pop("precision")
    read = load_components(comp.save(tmp_path / "c.npz"))
    assert known.known_of(read) is None and known.in_words(read) == []
    assert known.note_on(read, 0) == "" and known.warnings_on(read, [0]) == []
    assert "precision" not in decompose(LinearGenerator(), n=3000, components=3, estimator="ipca").settings
    assert "precision" not in decompose(LinearGenerator(), n=3000, components=3, compat="ganspace").settings


@pytest.mark.parametrize(
    "change",
    [
        {"angle": "3"},
        {"angle": 91.0},
        {"angles": ["3"]},
        {"groups": [[7, 8]]},
        {"groups": 3},
        {"groups": [[]]},
        {"groups": [[0]]},
        {"angles": []},
        {"angles": [1.0]},
        {"rows": -5},
        {"x": 1},
    ],
)
def test_a_file_that_says_nonsense_is_refused(change, tmp_path):
    comp = decompose(LinearGenerator(), n=3000, components=3)
    comp.settings["precision"] = dict(comp.settings["precision"], **change)
    with pytest.raises(FileError, match="the precision of the components"):
        load_components(comp.save(tmp_path / "c.npz"))


def test_what_is_stated_of_rows_is_not_said_of_directions_made_of_them():
    comp = found(LinearGenerator(), space="z")
    (line,) = known.in_words(comp)[:1]
    assert line.startswith("components of the rows: all 3") and line.endswith(
        "of z made of them are known less well"
    )
    assert known.note_on(comp, 0) == ""


def test_words():
    comp = decompose(
        LinearGenerator(sigma=np.sqrt([*PAIR, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01])), n=5000, components=4
    )
    assert known.in_words(comp)[1] == "cannot be told apart: v1 and v2"
    assert known.note_on(comp, 1) == "≈ v2" and known.note_on(comp, 0).startswith("±")
    assert known.warnings_on(comp, [0, 1]) == ["v1: a sample of 5,000 cannot tell apart v1 and v2"]
