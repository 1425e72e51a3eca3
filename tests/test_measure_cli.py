"""rank, teach and compare-methods: what they find where it is planted, and what they write."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from ganspace_tf import load_components
from ganspace_tf.cli import main, work
from ganspace_tf.decomposition import decompose
from ganspace_tf.directions import load_direction
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.measure import methods, page, rank
from ganspace_tf.measure.asking import previewed
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.truncation import Ordinary
from ganspace_tf.render.frames import Look
from tests.coded_generator import FACTORS, GEOMETRY, CodedGenerator, UnmappedGenerator, decode

MEASURE = ["--scorer", "tests.coded_generator:decode", "--latents", "8", "--unit", "300"]


@pytest.fixture
def planted(monkeypatch, tmp_path):
    """Every NETWORK on the command line is the planted generator; returns its components in a file."""
    gen = CodedGenerator()
    monkeypatch.setattr(work, "open_generator", lambda *_: gen)
    path = str(tmp_path / "c.npz")
    decompose(gen, n=6000, components=8, cache=False).save(path)
    return gen, path


@pytest.fixture(scope="module")
def meter():
    gen = CodedGenerator()
    return Meter(gen, decode, gen.w(n=600, seed=5))


def run(capsys, *words):
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


# ------------------------------------------------------------------ rank


def test_rank_names_the_factor_and_its_layers_and_puts_idle_components_last(planted, capsys):
    gen, path = planted
    words = ["rank", "coded", "--components", path, "--show", "0-7", "--json", *MEASURE]
    code, out, _ = run(capsys, *words)
    rows = json.loads(out)["components"]
    assert code == 0 and len(rows) == 8
    comp = load_components(path)
    for row in rows[:6]:
        name = FACTORS[int(np.abs(gen.axes[:6] @ comp.directions[row["component"]]).argmax())]
        assert row["factor"] == name and row["effect"] == pytest.approx(1, abs=0.15) and row["share"] > 0.9
        own = {0, 1} if name in GEOMETRY else {2, 3}
        assert set(range(row["layers"][0], row["layers"][1] + 1)) & own
    assert max(row["effect"] for row in rows[6:]) < 0.2


def test_strengths_end_where_pictures_are_no_longer_ordinary(meter):
    gen = meter.gen
    w, truth = gen.w(n=60, seed=1), gen.basis(gen.axes[[0, -1]])
    ordinary = Ordinary(meter.features(meter.pictures(gen.w(n=600, seed=6))))
    low, high = rank.usable_range(meter, w, truth, Edit(0), ordinary)
    assert -4 <= low <= -1 and 1 <= high <= 4  # 99 % of normal factors are within some four sigma
    assert rank.usable_range(meter, w, truth, Edit(1), ordinary) == (-20, 20)  # changes nothing


def test_strengths_are_tried_both_ways_at_once_and_no_further_than_each_goes(meter, monkeypatch):
    gen, drawn, pictures = meter.gen, [], meter.pictures
    w, truth = gen.w(n=60, seed=1), gen.basis(gen.axes[:1])
    ordinary = Ordinary(meter.features(meter.pictures(gen.w(n=600, seed=6))))
    before = ordinary.artefacts(meter.features(meter.pictures(w)))
    monkeypatch.setattr(meter, "pictures", lambda w: drawn.append(len(w)) or pictures(w))
    ends = rank.usable_range(meter, w, truth, Edit(0), ordinary, before)
    fewer, more = sorted(1 + sum(strength <= abs(end) for strength in rank.STRENGTHS) for end in ends)
    assert drawn == [2 * 60] * fewer + [60] * (more - fewer)
    assert ends == rank.usable_range(meter, w, truth, Edit(0), ordinary) and len(drawn) == 2 * more + 1


def test_rank_prints_a_table_and_refuses_directions_of_z(planted, capsys, tmp_path):
    _, path = planted
    code, out, _ = run(capsys, "rank", "coded", "--components", path, "--show", "0,1", *MEASURE)
    assert code == 0 and len(out.splitlines()) == 3 and "E(v0, " in out
    comp = load_components(path)
    comp.settings["latent"] = "z"
    comp.save(str(tmp_path / "z.npz"))
    code, _, err = run(capsys, "rank", "coded", "--components", str(tmp_path / "z.npz"), *MEASURE)
    assert code == 2 and "directions of w are needed" in err


def test_only_a_mapping_network_makes_directions_of_z_and_of_w_differ(planted, capsys, tmp_path, monkeypatch):
    _, path = planted
    comp = load_components(path)
    comp.settings["latent"] = "z"
    comp.save(str(tmp_path / "z.npz"))
    words = ["rank", "coded", "--show", "0,1", *MEASURE, "--components"]
    monkeypatch.setattr(work, "open_generator", lambda *_: UnmappedGenerator())
    assert run(capsys, *words, str(tmp_path / "z.npz"))[:2] == run(capsys, *words, path)[:2]


# ------------------------------------------------------------------ save and combine


def test_directions_of_z_are_kept_and_added_but_not_measured(planted, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    comp = load_components(planted[1])
    comp.settings["latent"] = "z"
    comp.save("z.npz")
    words = ["save", "E(v0)", "--components", "z.npz", "--name", "First"]
    assert run(capsys, *words)[0] == 0
    for refused in (
        [*words, "--measure", "coded", "--out", "x.json", *MEASURE],
        ["combine", "coded", "first.json", "--name", "x", "--measure", *MEASURE],
    ):
        code, _, err = run(capsys, *refused)
        assert code == 2 and "'First' is a direction of z; directions of w are needed" in err
        assert len(err.splitlines()) == 1 and not (tmp_path / "x.json").exists()
    assert run(capsys, "combine", "coded", "first.json", "--name", "x")[0] == 0


@pytest.mark.parametrize("more", [[], ["--measure", "coded", *MEASURE]])
def test_turned_round_the_given_strengths_are_too(planted, capsys, tmp_path, more):
    words = ["save", "E(v0)", "--components", planted[1], "--name", "First", "--range=-1..3"]
    out = str(tmp_path / "d.json")
    for turn, ends in (([], (-1.0, 3.0)), (["--flip"], (-3.0, 1.0))):
        assert run(capsys, *words, *turn, *more, "--out", out)[0] == 0
        assert load_direction(out).sigma_range == ends


def test_the_preview_that_is_saved_is_drawn_at_the_asked_psi(planted, capsys, tmp_path, monkeypatch):
    gen = UnmappedGenerator()
    monkeypatch.setattr(work, "open_generator", lambda *_: gen)
    out, look = str(tmp_path / "d.json"), Look(psi=0.25, classes=["none"])
    words = ["save", "E(v0)", "--components", planted[1], "--name", "First", "--range=-1..1"]
    assert run(capsys, *words, "--measure", "coded", "--psi", "0.25", "--out", out, *MEASURE)[0] == 0
    one = load_direction(out)
    wanted = previewed(gen, one, look, gen.w(seeds=[0], psi=0.25))
    assert one.preview == wanted.preview != previewed(gen, one, look, gen.w(seeds=[0])).preview


def test_rank_measures_on_latents_of_a_file_and_counts_samples(planted, capsys, tmp_path):
    gen, path = planted
    words = ["rank", "coded", "--components", path, "--show", "0-2", "--json", *MEASURE[:2], "--unit", "300"]
    file = str(tmp_path / "faces.npy")
    np.save(file, gen.w(n=8, seed=1))
    answers = [run(capsys, *words, *more) for more in (["--samples", "8"], ["--latents", "8"])]
    answers.append(run(capsys, *words, "--latents", file))
    assert [code for code, _, _ in answers] == [0, 0, 0]
    assert len({out for _, out, _ in answers}) == 1  # the same eight latents, however they are named
    assert "faces.npy: 8 latents: w+" in answers[2][2]
    code, out, _ = run(capsys, *words, "--latents", file + ":0-3")
    assert code == 0 and out != answers[0][1]
    code, _, err = run(capsys, *words, "--latents", "8", "--samples", "8")
    assert code == 2 and "not allowed with argument" in err
    code, _, err = run(capsys, *words, "--latents", "0")
    assert code == 2 and "whole number from 1" in err


# ------------------------------------------------------------------ teach


def marked(gen, factor, n=6):
    """Seeds whose latents are highest and lowest in a factor, as the command line takes them."""
    f = FACTORS.index(factor)
    score = (gen.w(seeds=list(range(60)))[:, 0] - gen.offset) @ gen.axes[f]
    order = np.argsort(score)
    return [",".join(str(seed) for seed in part) for part in (order[-n:], order[:n])]


def test_a_taught_direction_goes_where_the_examples_are(planted, capsys, tmp_path):
    gen, path = planted
    plus, minus = marked(gen, "hue")
    out, npz = str(tmp_path / "hue.json"), str(tmp_path / "hue.npz")
    words = ["teach", "coded", "--plus", plus, "--minus", minus, "--components", path, "--name", "more hue"]
    code, text, err = run(capsys, *words, "--layers", "2-3", "--npz", npz, "--out", out, *MEASURE)
    assert code == 0, err
    named = load_direction(out)
    assert np.asarray(named.vector) @ gen.axes[FACTORS.index("hue")] > 0.8
    assert named.name == "more hue" and named.fingerprint == gen.fingerprint and named.layers == (2, 3)
    assert named.sigma_range[0] < 0 < named.sigma_range[1] and "usable" in text
    assert base64.b64decode(named.preview).startswith(b"\x89PNG")
    comp = load_components(npz)
    np.testing.assert_array_equal(comp.directions[0], np.asarray(named.vector, np.float32))
    comp.check_model(gen)


def test_latents_of_files_teach_as_their_seeds_would(planted, capsys, tmp_path):
    gen, path = planted
    plus, minus = marked(gen, "hue")
    seeds = [[int(seed) for seed in side.split(",")] for side in (plus, minus)]
    file = str(tmp_path / "faces.npy")
    np.save(file, gen.w(seeds=seeds[0] + seeds[1]))
    found = []
    for sides in ((plus, minus), (file + ":0-5", file + ":6-11"), (plus, file + ":6-11")):
        out = str(tmp_path / "hue{}.json".format(len(found)))
        words = ["teach", "coded", "--plus", sides[0], "--minus", sides[1], "--components", path]
        code, _, err = run(capsys, *words, "--sigma", "-2..2", "--out", out, *MEASURE)
        assert code == 0, err
        found.append(load_direction(out))
    assert found[0].vector == found[1].vector == found[2].vector
    assert found[1].made["plus"] == {"latents": file + ":0-5", "count": 6}
    previews = [base64.b64decode(one.preview) for one in found]
    assert previews[0] == previews[1] == previews[2]  # of the first example of the minus side
    words = ["teach", "coded", "--plus", file + ":0-5", "--minus", file + ":5-9", *MEASURE]
    code, _, err = run(capsys, *words, "--out", str(tmp_path / "d.json"))
    assert code == 2 and "latent faces.npy:5 is on both sides" in err and len(err.splitlines()) == 1


def test_what_cannot_be_taught_is_one_line(planted, capsys, tmp_path):
    base = ["teach", "coded", "--out", str(tmp_path / "d.json"), *MEASURE]
    for words, code, says in (
        (["--plus", "1,2", "--minus", "2,3"], 2, "seed 2 is on both sides"),
        (["--plus", "1", "--minus", "x"], 2, "neither seeds (3,8,20-22) nor a file of latents"),
        (["--plus", "1"], 2, "--minus"),
        (["--plus", "1", "--minus", "2", "--components", "none.npz"], 1, "none.npz"),
        (["--plus", "1", "--minus", "2", "--layers", "9"], 2, "layer 9"),
    ):
        found, _, err = run(capsys, *base, *words)
        assert found == code and says in err and len(err.splitlines()) == 1
    assert not (tmp_path / "d.json").exists()


# ------------------------------------------------------------------ compare-methods


def test_methods_that_find_the_planted_axes_beat_random_ones(meter):
    sizes = methods.Sizes(latents=6, rows=200, ranges=2)
    names = []
    rows = methods.compare_methods(meter, ["pca", "supervised", "random"], 6, 4000, sizes, names.append)
    assert names == ["pca", "supervised", "random"]
    pca, supervised, random = rows
    for found in (pca, supervised):
        assert found.effect.low > random.effect.high and found.explained.low > random.explained.high
        assert found.purity.mean > random.purity.mean and found.leakage.mean < random.leakage.mean
    assert pca.effect.mean == pytest.approx(1, abs=0.1) and pca.explained.mean > 0.97


def test_every_method_of_the_table_runs_and_writes_a_page(planted, capsys, tmp_path):
    out = str(tmp_path / "m.html")
    words = ["compare-methods", "coded", "-k", "4", "-n", "2500", "--json", "--out", out]
    code, text, err = run(capsys, *words, "--scorer", MEASURE[1], "--latents", "3", "--unit", "64")
    assert code == 0, err
    found = json.loads(text)["methods"]
    assert set(found) == set(methods.METHODS)
    for scores in found.values():
        assert scores["effect"]["low"] <= scores["effect"]["mean"] <= scores["effect"]["high"]
    written = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert all("<td>{}</td>".format(name) in written for name in methods.METHODS)


def test_methods_are_compared_on_halves_of_the_latents_of_a_file(planted, capsys, tmp_path):
    gen, _ = planted
    file = str(tmp_path / "faces.npy")
    np.save(file, gen.w(n=6, seed=3))
    words = ["compare-methods", "coded", "--methods", "pca,random", "-k", "3", "-n", "2500", "--json"]
    words += ["--scorer", MEASURE[1], "--unit", "64", "--latents"]
    code, text, err = run(capsys, *words, file)
    assert code == 0, err
    found = json.loads(text)["methods"]
    assert found["pca"]["effect"]["low"] > found["random"]["effect"]["high"]
    code, _, err = run(capsys, *words, file + ":0")
    assert code == 2 and "two latents or more" in err
    sizes = methods.Sizes(given=gen.w(n=7, seed=3))
    for seed in range(3):
        one, other = sizes.halves(gen, seed)
        rows = {row.tobytes() for row in np.concatenate([one, other])}
        assert (len(one), len(other), len(rows)) == (3, 4, 7)


def test_a_method_that_cannot_does_not_keep_the_others_from_being_measured(
    planted, capsys, tmp_path, monkeypatch
):
    def decompose(gen, n, components, estimator, cluster=None):
        if estimator == "ica":
            raise UsageError("ica did not converge")
        return found(gen, n=n, components=components, estimator=estimator)

    found = methods.decompose
    monkeypatch.setattr(methods, "decompose", decompose)
    words = ["compare-methods", "coded", "--methods", "ica,pca", "-k", "4", "-n", "2500"]
    words += ["--scorer", MEASURE[1], "--latents", "3", "--unit", "64"]
    code, text, err = run(capsys, *words, "--out", str(tmp_path / "m.html"))
    assert code == 0, err
    _, ica, pca, _ = text.splitlines()
    assert "did not converge" in ica and "[" in pca
    assert "did not converge" in (tmp_path / "m.html").read_text(encoding="utf-8")
    code, text, _ = run(capsys, *words, "--json")
    assert json.loads(text)["methods"]["ica"] == {"problem": "ica did not converge"}
    code, _, err = run(capsys, *words[:3], "ica", *words[4:])
    assert code == 2 and "did not converge" in err  # nothing is left to show


def test_an_unknown_method_is_refused_before_any_work(planted, capsys, meter):
    code, _, err = run(capsys, "compare-methods", "coded", "--methods", "pca,tsne")
    assert code == 2 and "unknown method 'tsne'" in err
    with pytest.raises(UnknownName):
        methods.handles_of(meter, "tsne", 3, 100, methods.Sizes())


def test_the_page_escapes_what_it_is_told():
    made = page.page(
        "<a>", [page.table(["x"], [["<script>"], [None], [1.23456]]), page.text("a & b")]
    ).decode()
    assert "<script" not in made and "&lt;script&gt;" in made and "a &amp; b" in made
    assert "<td>–</td>" in made and ">1.23<" in made


def test_a_scorer_that_is_none_is_told_of_all_there_are(planted, capsys):
    code, _, err = run(capsys, "rank", "coded", "--components", planted[1], "--scorer", "nope")
    assert code == 2 and "give one of beetles, kin, statistics, or package.module:callable" in err
