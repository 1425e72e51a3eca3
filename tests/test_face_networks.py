"""The two networks that find faces: the numbers that TensorFlow Lite gives of Google's files, and what boxes
become of them. tests/goldens/README.md says how the goldens were made.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganspace_tf.photos.faces import boxes
from ganspace_tf.photos.faces.boxes import Boxes
from ganspace_tf.photos.faces.graph import FaceNetworks

GOLDEN = Path(__file__).parent / "goldens" / "photos" / "face_networks.npz"


@pytest.fixture(scope="module")
def networks():
    opened = FaceNetworks(1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def golden():
    with np.load(str(GOLDEN), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def noise():
    return np.random.RandomState(0).randint(0, 256, (1, 192, 192, 3)).astype(np.uint8)


def test_the_detector_gives_what_tensorflow_lite_gives(networks, golden, noise):
    """A face, a cat, noise. 1e-3 of the detector's pixels; Lite's own two versions are 1.2e-4 apart."""
    pictures = np.concatenate([golden["detector_pictures"], noise[:, :128, :128]])
    numbers, scores = networks.detect(pictures.astype(np.float32) / np.float32(127.5) - 1)
    assert numbers.shape == (3, 896, 16) and scores.shape == (3, 896)
    np.testing.assert_allclose(numbers[:, ::8], golden["boxes"], rtol=0, atol=1e-3)
    np.testing.assert_allclose(scores, golden["scores"], rtol=0, atol=1e-3)


def test_the_mesh_gives_what_tensorflow_lite_gives(networks, golden, noise):
    """A face, a cat, noise. 1e-3 of the mesh's pixels."""
    pictures = np.concatenate([golden["mesh_pictures"], noise]).astype(np.float32) / np.float32(255)
    points, faces = networks.mesh(pictures)
    assert points.shape == (3, 468, 3)
    np.testing.assert_allclose(points, golden["points"], rtol=0, atol=1e-3)
    np.testing.assert_allclose(faces, golden["face"], rtol=0, atol=1e-3)
    assert (faces > 0).tolist() == [True, False, False]


def test_anchors_lie_in_the_middles_of_two_grids():
    places = boxes.anchors()
    assert places.shape == (896, 2)
    assert np.array_equal(places[:2], [[1 / 32, 1 / 32]] * 2) and np.array_equal(places[2], [3 / 32, 1 / 32])
    assert np.array_equal(places[512:518], [[1 / 16, 1 / 16]] * 6)
    assert np.array_equal(places[518], [3 / 16, 1 / 16]) and np.array_equal(places[-1], [15 / 16, 15 / 16])


def test_numbers_become_boxes_around_their_anchors():
    numbers, raw = np.zeros((896, 16)), np.full(896, -500.0)
    numbers[0] = [12.8, -6.4, 25.6, 12.8] + [6.4, 0] * 6
    raw[0] = 500.0
    found = boxes.decoded(numbers, raw)
    centre = 1 / 32 + np.array([0.1, -0.05])
    np.testing.assert_allclose(found.corners[0], [*(centre - (0.1, 0.05)), *(centre + (0.1, 0.05))])
    np.testing.assert_allclose(found.keypoints[0], [[1 / 32 + 0.05, 1 / 32]] * 6)
    assert found.scores[0] == 1 and 0 <= found.scores[1] < 1e-40


def boxes_of(*rows):
    corners = np.array([row[:4] for row in rows], float)
    return Boxes(corners, np.repeat(corners[:, None, :2], 6, axis=1), np.array([row[4] for row in rows]))


def test_overlapping_boxes_become_their_weighted_mean():
    found = boxes.merged(
        boxes_of((40, 40, 50, 50, 0.7), (0, 0, 10, 10, 0.6), (1, 0, 11, 10, 0.9), (9, 9, 19, 19, 0.5))
    )
    np.testing.assert_allclose(found.scores, [0.9, 0.7, 0.5])
    np.testing.assert_allclose(found.corners[0], [0.6, 0, 10.6, 10])
    np.testing.assert_allclose(found.corners[1:], [[40, 40, 50, 50], [9, 9, 19, 19]])
    assert boxes.merged(boxes_of((0, 0, 1, 1, 0.5)).chosen(np.array([], int))).corners.shape == (0, 4)


def test_overlap_is_the_shared_part_of_both():
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 2, 4, 4], [0, 0, 1, 1]], float)
    np.testing.assert_allclose(boxes.overlaps(others[0], others), [1, 1 / 3, 0, 1 / 4])


@pytest.mark.parametrize("size", [(512, 512), (600, 400), (400, 600), (1000, 10), (1, 1), (77, 640)])
def test_tiles_cover_the_picture_with_overlap(size):
    """Whatever is half as large as a tile lies whole in one of that level."""
    rng = np.random.RandomState(0)
    squares = boxes.tiles(size, 3)
    assert squares[0][2] == max(size)
    for side in sorted(set(squares[:, 2])):
        level = squares[squares[:, 2] == side]
        for _ in range(50):
            extent = np.minimum(side / 2, size)
            low = rng.uniform(0, 1, 2) * (size - extent)
            inside = (level[:, :2] <= low + 1e-6).all(1)
            inside &= (low + extent <= level[:, :2] + side + 1e-6).all(1)
            assert inside.any()
