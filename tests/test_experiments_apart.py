"""The readings of fig19: each holds in a planted world where it is true and fails where it is false."""

from __future__ import annotations

import argparse
import contextlib
import io
import json

import numpy as np
import pytest

from experiments import apart, common, fig8_layers, fig19_apart
from ganspace_tf.demo import worlds
from ganspace_tf.demo.scorer import load_scorer
from tests import planted_worlds

KEPT, DYED = "kin that keeps hues of factors", "kin that keeps hues of pictures"
CASES = {  # claim: where it holds, where it fails
    "chosen": ("Layered", "Entangled"),
    "handles": ("Layered", "Entangled"),
    "turned": (KEPT, DYED),
    "seen": (DYED, KEPT),
    "share": ("Coloured", "Drowned"),
    "raised": ("Coloured", "Drowned"),
    "detail": ("Tinted", "Backwards"),
    "drawings": ("Tinted", "Backwards"),
}
PARTS = {  # what is read in each world; the rest would only take time
    **dict.fromkeys(("Layered", "Entangled"), ("layers",)),
    **dict.fromkeys((KEPT, DYED), ("kin", "share")),
    **dict.fromkeys(("Coloured", "Drowned"), ("share",)),
    **dict.fromkeys(("Tinted", "Backwards"), ("detail", "drawings")),
}
NOTHING = apart.Reading({}, {})
GEOMETRY = common.facts("settings", "common")["groups"]["geometry"]


def turned(study):
    """The other network's world turns both hues by 130 degrees."""
    return dict.fromkeys(apart.HUES, 130.0) if study.network == "kin" else {}


def drawn(world):
    """Draws a wave for each factor of a table (N, 17): a long one for geometry, unless all is backwards."""

    def draw(table):
        pictures = np.full((len(table), 16, 16, 3), 128.0)
        for name, values, factor in zip(worlds.FACTOR_NAMES, table.T, worlds.FACTORS):
            cycles = 1 if (name in GEOMETRY) == (world != "Backwards") else 6
            wave = np.cos(2 * np.pi * cycles * (np.arange(16) + 0.5) / 16)
            height = 10 * (values - factor.low) / (factor.high - factor.low)
            pictures += height[:, None, None, None] * wave[None, :, None, None]
        return np.clip(pictures, 0, 255).astype(np.uint8)

    return lambda study: draw


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """measured(world, figure): its metrics.json there, made once."""
    known = {}

    def measure(world, module):
        hues = world in (KEPT, DYED)
        gen = planted_worlds.Waves if hues else getattr(planted_worlds, world)
        kin = planted_worlds.Dyed if world == DYED else gen
        out = tmp_path_factory.mktemp("apart")
        scorer = "tests.planted_worlds:" + ("decode_hues" if hues else "decode")
        words = ["--scorer", scorer, "--model", "planted", "--out", str(out)]
        words += ["--kin", "kin"] if module is fig19_apart else []
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            patch.setattr(common, "load_generator", lambda name: kin() if name == "kin" else gen())
            patch.setattr(common, "start_tensorflow", lambda: None)
            patch.setattr(apart, "turn_of", turned)
            patch.setattr(apart, "drawer", drawn(world))
            for part in {part for parts in PARTS.values() for part in parts} - set(PARTS[world]):
                nothing = (NOTHING, None) if part == "share" else NOTHING
                patch.setattr(apart, part, lambda *_, nothing=nothing: nothing)
            assert module.main(words) == 0
        return json.loads((out / "metrics.json").read_text(encoding="utf-8"))

    def find(world, module=fig19_apart):
        if (world, module) not in known:
            known[world, module] = measure(world, module)
        return known[world, module]

    return find


def verdicts(metrics):
    return {claim["name"]: claim["verdict"] for claim in metrics["claims"]}


def test_every_claim_has_both_cases():
    assert list(common.facts("settings", "fig19_apart")["claims"]) == list(CASES)


@pytest.mark.parametrize("claim", CASES)
def test_a_reading_holds_where_it_is_true_and_fails_where_it_is_false(measured, claim):
    true, false = CASES[claim]
    assert verdicts(measured(true))[claim] == "holds"
    assert verdicts(measured(false))[claim] == "fails"


def test_recolouring_hides_details_from_the_earlier_reading_and_not_from_this_one(measured):
    assert verdicts(measured("Tinted", fig8_layers))["detail"] == "fails"


def test_what_does_not_apply_is_left_out_and_said(measured):
    metrics = measured(KEPT)  # two hues, and no geometry
    assert "share" not in verdicts(metrics) and metrics["pictures"] == ["layers.png"]
    assert "geometry" in metrics["values"]["separation was not measured"]


def test_drawings_of_which_none_has_a_pattern_are_measured_by_their_other_factors():
    scorer, few = load_scorer("beetles"), {"drawn": {"quick": 4}}
    gen, groups = argparse.Namespace(image_shape=(3, 64, 64)), common.facts("settings", "common")["groups"]
    study = argparse.Namespace(scorer=scorer, world="beetles", gen=gen, groups=groups, seeds=range(3))
    study.settings, study.size_name = few, "quick"
    found = apart.drawings(study).numbers["drawings"]
    assert np.isfinite(found).all() and max(found) < 0.5  # a colour changes a shell, a shape its outline


def test_factors_that_cannot_vary_less_alone_are_not_weighted(monkeypatch):
    """One factor of appearance is one of geometry there."""
    monkeypatch.setattr(common, "load_generator", lambda name: planted_worlds.Layered())
    study = common.Study("fig19_apart", "planted", False, "quick", "tests.planted_worlds:decode")
    reading, bases = apart.share(study, None)
    assert not reading.numbers and bases is None
    assert "cannot be weighted" in reading.values["separation was not measured"]


def test_networks_that_are_no_kin_are_not_compared(monkeypatch):
    class Wider(planted_worlds.Waves):
        dlatent_size = 64

    def load(name):
        return Wider() if name == "kin" else planted_worlds.Waves()

    monkeypatch.setattr(common, "load_generator", load)
    options = argparse.Namespace(scorer="tests.planted_worlds:decode", kin="kin")
    study = common.Study("fig19_apart", "planted", False, "quick", options.scorer, options)
    reading = apart.kin(study, None)
    assert not reading.numbers and "are not kin" in reading.values["transfer was not measured"]


def test_the_best_turn_of_a_circle_is_found_either_way(measured):
    """Kin that keeps the hues of pictures is 130 degrees behind in the hues of factors."""
    for world, best in ((KEPT, 0), (DYED, 130)):
        table = measured(world)["values"]["cosine by turn of hue"]
        assert min(range(0, 360, 30), key=lambda angle: abs(angle - best)) == int(max(table, key=table.get))
