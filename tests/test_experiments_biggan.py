"""The figures of BigGAN-deep, on small networks of its form: commands, pictures, metrics, replay."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments import all as everything
from experiments import biggan, common, fig15_class_transfer, fig16_layer_mixing
from ganspace_tf.biggan.classes import imagenet
from ganspace_tf.cli import main as ganspace
from ganspace_tf.generators import catalogue
from ganspace_tf.generators.biggan import BigGAN
from ganspace_tf.measure.mixing import mixing
from tests import biggan_recipe as recipe
from tests.biggan_folders import write_huggingface
from tests.coded_generator import APPEARANCE, GEOMETRY, CodedGenerator, decode

FIGURES = everything.FIGURES[9:16]  # fig10_… to fig16_…
SIZES = {"z": 128, "embed": 8}
SMALL = recipe.structure(32, 4, n_classes=1000, **SIZES)
FEW = recipe.structure(16, 4, n_classes=3, z=24, embed=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network of three classes without names, as Hugging Face's files."""
    path = tmp_path_factory.mktemp("networks") / "few"
    return str(write_huggingface(path, FEW, recipe.arrays(FEW), 4))


@pytest.fixture(scope="module")
def quick(folder, tmp_path_factory):
    """Folders of every figure of `FIGURES`, made with few samples."""
    out = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSPACE_CACHE", str(out / "cache"))
        for name in FIGURES:
            assert everything.run(name, ["--quick", "--model", folder, "--out", str(out / name)]) == 0, name
    return out


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("figure", FIGURES)
def test_on_another_biggan_each_is_measured_and_judged(quick, figure):
    metrics = metrics_of(quick / figure)
    assert metrics["claims"] and metrics["values"] and "not the network of the paper" in metrics["caption"]
    assert not metrics["published_parameters"] and metrics["scorer"] == "image_statistics"
    for claim in metrics["claims"]:
        assert len(claim["seeds"]) >= 3 and claim["low"] <= claim["mean"] <= claim["high"]


@pytest.mark.parametrize("figure", ["fig15_class_transfer", "fig16_layer_mixing", "fig11_biggan_zoo"])
def test_it_is_replayed_to_the_byte(quick, capsys, figure):
    picture = quick / figure / metrics_of(quick / figure)["pictures"][0]
    assert ganspace(["replay", str(picture), "--out", str(quick / "again.png")]) == 0
    assert "the same pixels" in capsys.readouterr().out
    assert (quick / "again.png").read_bytes() == picture.read_bytes()


# ---------------------------------------------------------------- published parameters


@pytest.fixture(scope="module")
def published():
    """Every network is a small one with ImageNet's classes."""
    gen = BigGAN(recipe.record(SMALL), "small", threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "load_generator", lambda name: gen)
        patch.setattr(common, "start_tensorflow", lambda: None)
        yield gen
    gen.close()


PAPER = [
    ("fig10_biggan_sequences", "teaser-irish_setter"),
    ("fig10_biggan_sequences", "edit:irish_setter Reeds"),
    ("fig11_biggan_zoo", "biggan-deep-512"),
    ("fig11_biggan_zoo", "biggan-deep-512 Show tongue"),
    ("fig12_biggan_components", "husky-pca"),
    ("fig12_biggan_components", "church-random"),
    ("fig13_biggan_separation", "biggan-duck"),
    ("fig14_biggan_supervised", "ship-zoom"),
    ("fig15_class_transfer", "paper"),
    ("fig15_class_transfer", "silouette"),
    *(("fig16_layer_mixing", case) for case in fig16_layer_mixing.CASES),
]


@pytest.mark.parametrize(("figure", "case"), PAPER)
def test_published_cases_are_drawn_with_the_published_parameters(published, tmp_path, figure, case):
    words = ["--quick", "--paper", "--model", "small", "--case", case, "--out", str(tmp_path / "out")]
    if figure == "fig14_biggan_supervised":
        np.save(tmp_path / "zoom.npy", np.random.RandomState(0).standard_normal((1, 128, 1)))
        words += ["--boundary", str(tmp_path / "zoom.npy")]
    assert everything.run(figure, words) == 0
    metrics = metrics_of(tmp_path / "out")
    assert metrics["published_parameters"] and metrics["caption"] == "small, the published parameters"
    settings = json.loads((tmp_path / "out" / metrics["pictures"][0]).with_suffix(".json").read_text())[
        "settings"
    ]
    text = json.dumps(settings)
    numbers, psi, label = EXPECTED[figure, case]
    assert all(str(number) in text for number in numbers)
    assert settings["look"]["psi"] == psi
    assert label in labels_in(settings)


def labels_in(settings):
    """Classes of a picture, and of its rows, where they stand last or before an endpoint."""
    rows = [item for row in settings.get("rows", []) for item in row[-2:] if isinstance(item, int)]
    return rows + (settings["look"]["classes"] or [])


EXPECTED = {  # numbers of the recipe, truncation, class
    ("fig10_biggan_sequences", "teaser-irish_setter"): ([489408325, -15.0], 0.6, 213),
    ("fig10_biggan_sequences", "edit:irish_setter Reeds"): ([489408325, -15.0], 0.6, 213),
    ("fig11_biggan_zoo", "biggan-deep-512"): ([20736816, 1826867440, 2121410149], 0.6, 288),
    ("fig11_biggan_zoo", "biggan-deep-512 Show tongue"): ([489408324, -20.0], 0.6, 248),
    ("fig12_biggan_components", "husky-pca"): ([2129808859], 1.0, 248),
    ("fig12_biggan_components", "church-random"): ([844616023, 8.0], 1.0, 497),
    ("fig13_biggan_separation", "biggan-duck"): ([1134462557 + 6, 1134462557], 1.0, 97),
    ("fig14_biggan_supervised", "ship-zoom"): ([107715983, 5.0], 0.6, 724),
    ("fig15_class_transfer", "paper"): ([2145371585, 1026291813, 25.0], 0.7, 483),
    ("fig15_class_transfer", "silouette"): ([417482011, -20.0], 0.7, 425),
    ("fig16_layer_mixing", "resampling"): ([665823877, 1853453896], 0.9, 248),
    ("fig16_layer_mixing", "mixing-barn"): ([237774802, 639216961, 0.95], 1.0, 425),
    ("fig16_layer_mixing", "mixing-castle"): ([995150904], 1.0, 483),
    ("fig16_layer_mixing", "blend-castle"): ([1171165061], 1.0, 483),
    ("fig16_layer_mixing", "blend-church"): ([628962584], 1.0, 497),
}


def test_every_published_entry_has_its_command(capsys):
    assert everything.main(["--list"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if any(name in line for name in FIGURES)]
    count = {name: sum(name in line for line in lines) for name in FIGURES}
    assert count == {
        "fig10_biggan_sequences": 1 + 12,
        "fig11_biggan_zoo": 1 + 25,
        "fig12_biggan_components": 4,
        "fig13_biggan_separation": 1,
        "fig14_biggan_supervised": 4,
        "fig15_class_transfer": 1 + 7,
        "fig16_layer_mixing": 5,
    }
    for row in common.facts("edits", "biggan_zoo")["networks"]["biggan-deep-512"]:
        assert any("biggan-deep-512 " + row["name"] in line for line in lines), row["name"]


def test_every_published_class_is_one_of_imagenets():
    names = set()
    for path in common.HERE.glob("edits/biggan_*.json"):
        names |= classes_in(json.loads(path.read_text(encoding="utf-8")))
    assert len(names) == 13 and all(0 <= imagenet().index(name, nearest=True) < 1000 for name in names)


def classes_in(value):
    if isinstance(value, list):
        return {name for item in value for name in classes_in(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["class"]} if "class" in value else set()
    return own.union(*(classes_in(item) for item in value.values()))


def test_an_unknown_figure_of_biggan_is_one_usage_with_those_that_there_are(capsys):
    assert biggan.main(["fig99"]) == 2 and biggan.main([]) == 2
    said = capsys.readouterr()
    assert said.out == "" and all(name in said.err for name in biggan.FIGURES)
    assert biggan.main(["--help"]) == 0 and "fig10_biggan_sequences" in capsys.readouterr().out


# ---------------------------------------------------------------- what a figure needs


@pytest.mark.parametrize("figure", FIGURES)
def test_without_its_networks_one_line_says_what_is_missing(figure, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path))
    shipped = {name: row for name, row in catalogue.CATALOGUE.items() if not row.shipped}
    monkeypatch.setattr(catalogue, "CATALOGUE", shipped)
    assert everything.run(figure, ["--out", str(tmp_path / "out")]) == 1
    line = capsys.readouterr().err.strip()
    assert "\n" not in line and "biggan-deep-" in line and "demo:biggan" in line


def test_transfer_between_classes_needs_classes(monkeypatch, tmp_path, capsys):
    class Plain(CodedGenerator):
        n_classes = 0

    monkeypatch.setattr(common, "load_generator", lambda name: Plain())
    assert fig15_class_transfer.main(["--quick", "--model", "coded", "--out", str(tmp_path)]) == 3
    assert "coded0 has no classes" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "words", "whole"), [(3, "networks of this kind", 0), (1, "exit code 1", 1)])
def test_a_run_of_everything_is_whole_without_figures_for_other_networks(
    monkeypatch, tmp_path, code, words, whole
):
    monkeypatch.setattr(fig15_class_transfer, "main", lambda argv: code)
    assert everything.main(["--only", "fig15_class_transfer", "--out", str(tmp_path)]) == whole
    assert words in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_directions_of_z_and_random_ones_are_one_sigma_long_alike(published):
    study = common.Study("fig12_biggan_components", "small", False, "quick")
    comp = study.components()
    assert comp.latent == "z" and comp.endpoint == "generator.gen_z"
    np.testing.assert_array_equal(comp.stdev, 1)
    np.testing.assert_allclose(study.random(10, 0).stdev, 1, atol=0.05)


# ---------------------------------------------------------------- measuring mixing


def test_mixing_tells_which_layers_hold_what():
    """Geometry is read from the layers 0 and 1 of the planted network, appearance from 2 and 3."""
    gen = CodedGenerator()
    meter = common.Meter(gen, decode, gen.w(n=60, seed=1))
    found = mixing(meter, gen.w(n=40, seed=2), GEOMETRY, APPEARANCE)
    assert found.by_kept.shape == (5, 2) and (found.by_kept[-1] == 0).all()
    geometry, appearance = found.kept(2)
    assert geometry == pytest.approx(1, abs=1e-3) and appearance == pytest.approx(0, abs=1e-9)
    assert found.odds[0] > 1e3 and found.odds[1] < 1e-3
    np.testing.assert_allclose(found.by_kept[0], np.sqrt(2), rtol=0.3)  # two independent pictures
