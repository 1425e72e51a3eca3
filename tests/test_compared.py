"""The size at which images are compared with pictures: from the description alone, and that of the graph."""

from __future__ import annotations

import pytest

from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from ganspace_tf.photos.evaluating import Evaluator
from nvlabs.describing.compared import LARGEST, shrink_of
from nvlabs.running.network import make_generator
from tests import tiny


@pytest.mark.parametrize(
    "size, shrink", [((4, 4), 1), ((256, 256), 1), ((512, 512), 2), ((1024, 1024), 4), ((1024, 512), 4)]
)
def test_the_longer_side_is_brought_down(size, shrink):
    assert shrink_of(*size) == shrink
    assert max(size) // shrink <= LARGEST


@pytest.mark.parametrize("size", [(257, 257), (300, 200), (514, 257), (768, 511)])
def test_every_side_is_cut_evenly(size):
    shrink = shrink_of(*size)
    assert size[0] % shrink == size[1] % shrink == 0


@pytest.mark.parametrize("resolution", [16, 512])
def test_it_is_that_of_the_graph(resolution):
    sizes = {"resolution": resolution, "fmap_base": 512, "fmap_max": 2}
    gen = NvlabsGenerator(make_generator(tiny.tiny_records("stylegan2-skip", **sizes).Gs, threads=1))
    found, loss = Evaluator(gen), gen.open_loss()
    height, width = gen.image_shape[1:]
    assert found.shrink == loss.shrink
    assert (height // found.shrink, width // found.shrink) == loss.size
    loss.close()
    found.close()
    gen.close()
