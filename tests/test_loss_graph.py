"""How far images are from pictures, and the gradients of that, for every family of networks."""

from __future__ import annotations

import numpy as np
import pytest

import nvlabs
from nvlabs.running.network import make_generator
from tests.persistent_networks import GENERATORS
from tests.persistent_writer import write
from tests.tiny import tiny_records

BATCH, STEP = 2, 1e-2
SHORT = 2e-3  # noise meets the kinks of leaky ReLU sooner than w


def pictures(network, seed, n=BATCH):
    """w (n, L, D) near the average, and targets that no w of the network gives."""
    spec = network.spec.synthesis
    random = np.random.RandomState(seed)
    w = random.randn(n, spec.num_layers, spec.dlatent_size).astype(np.float32)
    target = random.uniform(-1, 1, (n, spec.num_channels, *spec.image_size)).astype(np.float32)
    return w, target


def reference(images, target, mask):
    """The loss in NumPy, float64: (loss, error), each (N,)."""
    difference, mask = (images - target).astype(np.float64), np.asarray(mask, np.float64)
    area = mask.mean(axis=(1, 2, 3))
    terms = [(mask * difference**2).mean(axis=(1, 2, 3)) / area]
    masked = difference * mask
    for _ in range(3):
        n, c, h, w = masked.shape
        if h % 2 or w % 2:
            break
        masked = masked.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
        mask = mask.reshape(n, 1, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
        inside = masked / np.maximum(mask, 1e-9)
        terms.append((mask * inside**2).mean(axis=(1, 2, 3)) / mask.mean(axis=(1, 2, 3)))
    return np.mean(terms, axis=0), terms[0]


# one of every synthesis part
KINDS = ("stylegan", "stylegan2-configa", "stylegan2-resnet", "stylegan2-revised", "stylegan2-ada")


@pytest.mark.parametrize("family", KINDS)
def test_the_gradient_is_that_of_central_differences(family):
    network = make_generator(tiny_records(family, resolution=8).Gs, threads=1)
    w, target = pictures(network, 1)
    loss = network.open_loss(noise=True)
    try:
        found = loss(w, target)
        for seed in range(3):
            direction = np.random.RandomState(seed).randn(*w.shape).astype(np.float32)
            direction /= np.linalg.norm(direction, axis=(1, 2), keepdims=True)
            ends = [loss.losses(w + sign * STEP * direction, target)[0] for sign in (1, -1)]
            central = (ends[0] - ends[1]) / (2 * STEP)
            along = (found.dw.astype(np.float64) * direction).sum(axis=(1, 2))
            # 1 % of the gradient's length: a direction across it has a derivative near 0, of which kinks of
            # leaky ReLU within the step are a larger share
            np.testing.assert_allclose(
                along, central, rtol=0.01, atol=0.01 * np.linalg.norm(found.dw, axis=(1, 2)).max()
            )
        _check_noise(loss, network, w, target, found)
    finally:
        loss.close()
        network.close()


def _check_noise(loss, network, w, target, found):
    sizes = network.spec.synthesis.noise_sizes
    assert len(found.dnoise) == len(sizes)
    stored = [network.components.synthesis.get_var("noise%d" % k) for k in range(len(sizes))]
    if not stored:
        return
    maps = [np.repeat(array, BATCH, axis=0) for array in stored]
    same = loss(w, target, noise=maps)
    np.testing.assert_allclose(same.loss, found.loss, rtol=1e-6)  # the stored maps, fed
    ways = [np.zeros_like(m) if g is None else g for m, g in zip(maps, same.dnoise)]
    length = np.sqrt(sum(np.square(way).sum(axis=(1, 2, 3), keepdims=True) for way in ways))
    ends = [
        loss.losses(w, target, noise=[m + sign * SHORT * way / length for m, way in zip(maps, ways)])[0]
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(length.reshape(-1), (ends[0] - ends[1]) / (2 * SHORT), rtol=0.01)


@pytest.fixture(scope="module")
def skip():
    """A network and the loss on it: building one takes longer than its tests."""
    network = make_generator(tiny_records("stylegan2-skip").Gs, threads=1)
    loss = network.open_loss()
    yield network, loss
    loss.close()
    network.close()


def test_the_loss_is_the_mean_over_four_sizes_and_nothing_outside_the_mask_counts(skip):
    network, loss = skip
    w, target = pictures(network, 2)
    images = network.components.synthesis.run(w, randomize_noise=False)
    mask = np.random.RandomState(3).randint(0, 2, (BATCH, 1, *target.shape[2:])).astype(np.float32)
    whole, masked = loss(w, target), loss(w, target, mask)
    expected = reference(images, target, np.ones_like(mask))
    np.testing.assert_allclose([whole.loss, whole.error], expected, rtol=1e-5)
    # 1e-6 of the area is added to areas that may be 0
    np.testing.assert_allclose([masked.loss, masked.error], reference(images, target, mask), rtol=1e-4)
    elsewhere = np.where(mask == 0, 0.7, target).astype(np.float32)
    again = loss(w, elsewhere, mask)
    np.testing.assert_array_equal(again.loss, masked.loss)
    np.testing.assert_array_equal(again.dw, masked.dw)
    np.testing.assert_allclose(loss(w, images).loss, 0, atol=1e-10)


def test_what_8_bits_cut_off_does_not_count(skip):
    network, loss = skip
    w, _ = pictures(network, 9)
    w *= 3
    images = network.components.synthesis.run(w, randomize_noise=False)
    assert images.max() > 1 and images.min() < -1  # else this says nothing
    assert (loss(w, np.clip(images, -0.2, 0.2)).error > 1e-3).all()  # 0.2 is not white
    white = np.where(images > 0, 1, -1).astype(np.float32)
    away = np.where(np.abs(images) < 1, images - white, 0).astype(np.float64)
    np.testing.assert_allclose(loss(w, white).error, (away**2).mean(axis=(1, 2, 3)), rtol=1e-5)


def test_a_rows_loss_and_gradient_are_its_own(skip):
    network, loss = skip
    w, target = pictures(network, 4, 4)
    together = loss(w, target)
    others = w.copy()
    others[1:] += 1
    changed = loss(others, target)
    assert together.loss[0] == changed.loss[0]
    np.testing.assert_array_equal(together.dw[0], changed.dw[0])
    turned = loss(w[::-1], target[::-1])  # nor does its place in the batch matter
    np.testing.assert_array_equal(turned.dw[::-1], together.dw)


def test_the_graph_is_frozen_and_no_step_adds_to_it(skip):
    network, loss = skip
    w, target = pictures(network, 5)
    assert loss.session.graph.finalized
    before = len(loss.session.graph.get_operations())
    for step in range(50):
        loss(w + step, target)
    assert len(loss.session.graph.get_operations()) == before
    # the network's own graph is another one, and draws as ever
    assert network.components.synthesis.run(w, randomize_noise=False).shape == target.shape


def test_variables_are_those_of_the_network_as_it_is_now():
    network = make_generator(tiny_records("stylegan2-skip").Gs, threads=1)
    w, target = pictures(network, 6)
    name = next(name for name in network.vars if name.endswith("ToRGB/bias"))
    network.set_var(name, np.asarray(network.get_var(name)) + 0.5)
    loss = network.open_loss()
    try:
        expected = reference(
            network.components.synthesis.run(w, randomize_noise=False),
            target,
            np.ones((BATCH, 1, *target.shape[2:])),
        )
        np.testing.assert_allclose(loss(w, target).loss, expected[0], rtol=1e-5)
    finally:
        loss.close()
        network.close()


def test_large_images_are_averaged_to_256_pixels_first(monkeypatch):
    from nvlabs.describing import compared

    monkeypatch.setattr(compared, "LARGEST", 4)
    network = make_generator(tiny_records("stylegan2-skip").Gs, threads=1)
    w, target = pictures(network, 7)
    loss = network.open_loss()
    try:
        assert (loss.size, loss.shrink) == ((4, 4), 4)
        images = network.components.synthesis.run(w, randomize_noise=False)
        small = [x.reshape(BATCH, 3, 4, 4, 4, 4).mean(axis=(3, 5)) for x in (images, target)]
        expected = reference(*small, np.ones((BATCH, 1, 4, 4)))
        np.testing.assert_allclose(loss(w, small[1].astype(np.float32)).loss, expected[0], rtol=1e-5)
    finally:
        loss.close()
        network.close()


@pytest.mark.parametrize("family", sorted(GENERATORS))
def test_networks_of_pytorch_have_gradients_too(family, tmp_path):
    network = nvlabs.load(write(tmp_path / "net.pkl", GENERATORS[family]), threads=1).Gs
    w, target = pictures(network, 8)
    loss = network.open_loss()
    try:
        found = loss(w, target)
        direction = found.dw / np.linalg.norm(found.dw, axis=(1, 2), keepdims=True)
        ends = [loss.losses(w + sign * STEP * direction, target)[0] for sign in (1, -1)]
        np.testing.assert_allclose(
            np.linalg.norm(found.dw, axis=(1, 2)), (ends[0] - ends[1]) / (2 * STEP), rtol=0.01
        )
    finally:
        loss.close()
        network.close()
