"""Every claim of the experiments can hold and can fail: a pair of planted cases for each.

Where a claim is about directions, the case in which it fails is the same network with random directions in
the place of its components. Where it is not, it is a network that is built so that the claim is false.
"""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest

from experiments import all as everything
from experiments import biggan, channels, common, fig5_truncation, fig17_photos
from tests import planted_worlds

RANDOM = "random directions"
MISLED = "examples that were chosen by what pictures do not show"
EXTREME = "photos of what is at the end of what the network draws"
PAIRS = {  # figure and claim: where it fails
    ("fig1_sequences", "named"): RANDOM,
    ("fig2_supervised", "control"): RANDOM,
    ("fig3_separation", "separation"): RANDOM,
    ("fig4_patterns", "effect"): RANDOM,
    ("fig5_truncation", "diversity"): "Untruncated",
    ("fig5_truncation", "artefacts"): "Untruncated",
    ("fig5_truncation", "edit"): "Untruncated",
    ("fig6_components", "importance"): RANDOM,
    ("fig6_components", "order"): RANDOM,
    ("fig6_components", "explained"): RANDOM,
    ("fig7_zoo", "control"): RANDOM,
    ("fig8_layers", "cleaner"): "Entangled",
    ("fig8_layers", "layers"): "Backwards",
    ("fig8_layers", "detail"): "Backwards",
    ("fig8_layers", "index"): RANDOM,
    ("fig9_transfer", "same"): "Stranger",
    ("fig15_class_transfer", "same"): "Estranged",
    ("fig15_class_transfer", "named"): "Estranged",
    ("fig16_layer_mixing", "layers"): "Backwards",
    ("fig16_layer_mixing", "kept"): "Backwards",
    ("fig17_photos", "recovered w"): "Blurred",
    ("fig17_photos", "recovered w+"): "Blurred",
    ("fig17_photos", "editable w"): EXTREME,
    ("fig17_photos", "editable w+"): EXTREME,
    ("fig18_stylespace", "cleaner"): "Braided",
    ("fig18_stylespace", "supervised"): "Braided",
    ("fig18_stylespace", "exemplars"): MISLED,
    ("fig18_stylespace", "rgb"): "Backwards",
}
# Where it holds, if not on planted_worlds.Waves, whose components move one factor each, as its channels do.
TRUE = {("fig18_stylespace", "cleaner"): "Crossed", ("fig18_stylespace", "supervised"): "Crossed"}
# Where in the false case there is no effect, and not the opposite one: the interval lies about the bound.
NOTHING = {
    ("fig1_sequences", "named"),
    ("fig3_separation", "separation"),
    ("fig5_truncation", "artefacts"),
    *(("fig6_components", name) for name in ("importance", "order", "explained")),
    ("fig8_layers", "cleaner"),
    *(("fig17_photos", name) for name in ("recovered w", "recovered w+")),
}
# Figures of BigGAN that are others' with another table: the same code, the same claims.
SAME = {figure: row.of.__name__.rpartition(".")[2] for figure, row in biggan.FIGURES.items()}
CLAIMS = [
    (figure, name)
    for figure in everything.FIGURES
    for name in common.facts("settings", figure)["claims"]
    if figure not in SAME and figure != "fig19_apart"  # whose pairs are in tests/test_experiments_apart.py
]


def random_directions(study, published=None, **changes):
    """In the place of `Study.components`: as many directions, found by nobody."""
    basis = study.random(20, 99)
    model = type("Model", (), {"mean": basis.mean, "digest": "", "fingerprint": study.gen.fingerprint})
    return common.joined(model, basis.directions, basis.stdev)


def too_wild(study):
    """What the network should make are calmer pictures than it makes."""
    return study.meter.at(0.6).pictures(study.gen.w(n=study.size["pictures"], seed=3000))


def too_extreme(study, seed):
    """Photos in which every factor is as far as it goes: an edit can take it back, and no farther."""
    w = study.gen.w(n=2, seed=7000 + seed)
    return study.meter.pictures(study.gen.offset + 40 * (w - study.gen.offset))


def misled(study):
    """Examples of every factor are pictures that have most of what moves the idle channels."""
    gen = study.gen
    idle = (gen.w(n=study.size["unit"], seed=90)[:, 0] - gen.offset) @ gen.axes[20:].T
    return np.repeat(idle.sum(axis=1)[:, None], len(study.meter.names), axis=1)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """verdicts(figure, world): the verdict on each claim of a figure there; made once."""
    known = {}

    def measure(figure, world):
        gen = (
            planted_worlds.Waves
            if world in (RANDOM, EXTREME, MISLED, "Stranger")
            else getattr(planted_worlds, world)
        )
        kin = planted_worlds.Waves(seed=1) if world == "Stranger" else gen()
        out = tmp_path_factory.mktemp("claims")
        words = ["--scorer", "tests.planted_worlds:decode", "--model", "planted", "--out", str(out)]
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            patch.setattr(common, "load_generator", lambda name: kin if name == "kin" else gen())
            patch.setattr(common, "start_tensorflow", lambda: None)
            patch.setattr(fig5_truncation, "reference", too_wild)
            if world == EXTREME:
                patch.setattr(fig17_photos, "photos", too_extreme)
            if world == MISLED:
                patch.setattr(channels, "examples", misled)
            if world == RANDOM:
                patch.setattr(common.Study, "components", random_directions)
            words += ["--kin", "kin"] if figure == "fig9_transfer" else []
            assert everything.run(figure, words) == 0
        claims = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["claims"]
        return {claim["name"]: claim["verdict"] for claim in claims}

    def find(figure, world):
        if (figure, world) not in known:
            known[figure, world] = measure(figure, world)
        return known[figure, world]

    return find


def test_every_claim_has_a_case_in_which_it_is_false():
    assert set(CLAIMS) == set(PAIRS), "a claim of experiments/settings needs its pair of planted cases here"


@pytest.mark.parametrize("figure", SAME)
def test_figures_that_are_the_same_make_the_same_claims(figure):
    assert common.facts("settings", figure)["claims"] == common.facts("settings", SAME[figure])["claims"]


@pytest.mark.parametrize(("figure", "claim"), CLAIMS)
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_false(verdicts, figure, claim):
    assert verdicts(figure, TRUE.get((figure, claim), "Waves"))[claim] == "holds"
    there = verdicts(figure, PAIRS[figure, claim])[claim]
    assert there == "fails" or (there == "undecided" and (figure, claim) in NOTHING)
