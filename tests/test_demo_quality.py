"""Quality in numbers: drawings pass, and every way of falling short shows in its own number."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ganspace_tf.demo import scene, species, worlds
from ganspace_tf.demo.quality import drawn, quality
from ganspace_tf.demo.scorer import load_scorer
from ganspace_tf.errors import UsageError

N = 600


@pytest.fixture(scope="module")
def score():
    return load_scorer("beetles")


def test_drawings_are_as_good_as_drawings(score):
    found = quality(score, scene.draw(worlds.sample_factors(N, seed=11)))
    assert found["frechet"] < 1.5 * found["frechet_drawings"]
    assert found["ranges_covered"] and found["kinds_covered"]
    assert sum(row["pictures"] for row in found["kinds"].values()) == pytest.approx(1)
    json.dumps(found)


def test_a_missing_kind_is_seen(score):
    factors = worlds.sample_factors(N, seed=12)
    factors[:, worlds.column("spots")] = 0
    found = quality(score, scene.draw(factors))
    assert not found["kinds_covered"] and found["kinds"]["spots"]["pictures"] < 0.02
    assert found["frechet"] > 2 * found["frechet_drawings"]


def test_a_narrow_range_is_seen(score):
    factors = worlds.sample_factors(N, seed=13)
    factors[:, worlds.column("angle")] *= 0.5
    found = quality(score, scene.draw(factors))
    assert not found["ranges_covered"]
    assert max(found["quantiles"], key=lambda name: found["quantiles"][name]["off"]) == "angle"
    # half of the range is missing, a quarter at each end
    assert found["quantiles"]["angle"]["off"] == pytest.approx(0.25, abs=0.05)


def test_one_picture_is_too_few(score):
    with pytest.raises(UsageError, match="two pictures or more, not 1"):
        quality(score, np.zeros((1, 64, 64, 3), dtype=np.uint8))


LABELS = np.arange(N) % len(species.SPECIES)


@pytest.mark.parametrize("resolution", [32, 64])
def test_drawings_of_species_are_of_their_species(score, resolution):
    found = quality(score, drawn(N, 14, "beetles", resolution, LABELS), labels=LABELS)
    assert found["frechet"] < 1.5 * found["frechet_drawings"]
    assert list(found["species"]) == list(species.NAMES)
    for row in found["species"].values():
        assert all(share > 0.95 for kind in row.values() for share in kind.values()), row
    json.dumps(found)


def test_pictures_of_the_wrong_species_are_seen(score):
    """Here every picture shows the species after the one it is said to be."""
    pictures = drawn(N, 15, "beetles", 64, (LABELS + 1) % len(species.SPECIES))
    found = quality(score, pictures, labels=LABELS)
    for row in found["species"].values():
        assert row["within"]["pictures"] < 0.05 and row["recognised"]["pictures"] < 0.05
        assert row["within"]["drawings"] > 0.95


def test_a_species_that_is_too_slim_is_seen(score):
    """A tenth of the world's range beyond the species' own is tolerated, not half of it."""
    factors = species.sample_factors(LABELS, seed=16)
    factors[species.find("chafer") == LABELS, worlds.column("aspect")] = 0.54
    rows = quality(score, scene.draw(factors), labels=LABELS)["species"]
    assert rows["chafer"]["within"]["pictures"] < 0.05
    assert all(rows[name]["within"]["pictures"] > 0.95 for name in species.NAMES if name != "chafer")
