"""Pictures of the other families' networks are projected to their end: StyleGAN, StyleGAN3."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.targets import Target, decibels
from tests import stylegan3_recipe
from tests.persistent_writer import write
from tests.tiny import write_tiny

STYLEGAN3 = stylegan3_recipe.Design(channel_base=64, channel_max=8, num_layers=4, output_scale=1.0)
NETWORKS = {
    "stylegan": lambda path: write_tiny(path, "stylegan"),
    "stylegan3": lambda path: write(path, stylegan3_recipe.generator(STYLEGAN3, seed=3)),
}


@pytest.mark.parametrize("family", list(NETWORKS))
def test_pictures_of_other_families_are_found_again(family, tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    gen = gs.load_generator(NETWORKS[family](tmp_path / "net.pkl"), threads=1)
    pixels = gs.to_uint8(gen.images(gen.w(seeds=[2, 3])))
    assert pixels.std(axis=(1, 2, 3)).min() > 10  # pictures, not one colour
    targets = [Target(one, None, str(k), {}, []) for k, one in enumerate(pixels)]
    projection = Projection(gen, targets, Settings(space="w", candidates=64, seed=5))
    try:
        for _ in projection.run():
            pass
        results = projection.results()
    finally:
        projection.close()
    drawn = gs.to_uint8(gen.images(np.stack([result.w for result in results])))
    gen.close()
    assert [result.space for result in results] == ["w", "w"]
    assert min(decibels(target.error_of(one)) for target, one in zip(targets, drawn)) > 30
