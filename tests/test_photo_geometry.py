"""Where FFHQ's pictures cut a face out: the published numbers, and what follows from them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.photos.align.geometry import FacePoints, frame_of, outside_share, plan_for
from ganspace_tf.photos.align.points import face_points, read_points

GOLDEN = Path(__file__).parent / "goldens" / "photos" / "alignment.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
NAMES = [case["name"] for case in CASES]
FACE = {"eye_left": [40, 50], "eye_right": [80, 50], "mouth_left": [45, 90], "mouth_right": [75, 90]}


def points_of(case):
    return FacePoints(*(np.array(case[name], float) for name in FacePoints._fields))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_square_is_the_published_one(case):
    """1e-6 of a pixel: the file has numbers of the published function to 2e-13."""
    frame = frame_of(points_of(case))
    for name in ("centre", "x", "y", "quad"):
        np.testing.assert_allclose(getattr(frame, name), case[name], rtol=0, atol=1e-6)
    assert frame.side == pytest.approx(case["quad_size"], abs=1e-6)
    assert frame.angle == pytest.approx(case["angle_degrees"], abs=1e-6)


@pytest.mark.parametrize("output", [256, 1024])
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_whole_numbers_are_the_published_ones(case, output):
    wanted = case["plan"][str(output)]
    plan = plan_for(frame_of(points_of(case)).quad, case["image_size"], output)
    assert plan.shrink == wanted["shrink"] and plan.border == wanted["border"]
    assert list(plan.size) == wanted["size_after_shrink"]
    assert (plan.crop and list(plan.crop)) == wanted["crop"]
    assert (plan.pad and list(plan.pad)) == wanted["pad"]
    np.testing.assert_allclose(plan.quad, wanted["quad_for_transform"], rtol=0, atol=1e-6)


def test_a_turned_photo_has_the_turned_square():
    """By any angle about any point: the four points and the square move together."""
    frame = frame_of(points_of(CASES[0]))
    angle = np.radians(133)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = frame_of(FacePoints(*(turn @ point + (7, 3) for point in points_of(CASES[0]))))
    np.testing.assert_allclose(turned.quad, frame.quad @ turn.T + (7, 3), atol=1e-9)


@pytest.mark.parametrize("output", [8, 64, 2048])
def test_no_square_is_sampled_coarser_than_it_is(output):
    """After shrinking the side is below four times the output, at which it is sampled; and what is cut out
    and padded is bounded by the output, however large the photo is.
    """
    rng = np.random.RandomState(0)
    for _ in range(200):
        size = tuple(int(n) for n in np.exp(rng.uniform(np.log(4), np.log(20_000), 2)))
        centre, x = rng.uniform(0, size), rng.uniform(1, max(size)) * np.array([1.0, 0.0])
        quad = np.stack(
            [centre - x - x[::-1], centre - x + x[::-1], centre + x + x[::-1], centre + x - x[::-1]]
        )
        plan = plan_for(quad, size, output)
        side = np.hypot(*(plan.quad[3] - plan.quad[0]))
        assert side < 4 * output
        width, height = plan.size if plan.crop is None else np.subtract(plan.crop[2:], plan.crop[:2])
        pad = plan.pad or (0, 0, 0, 0)
        assert max(width + pad[0] + pad[2], height + pad[1] + pad[3]) <= 2.3 * side + 16 + max(pad)
        assert min(plan.size) >= 1


def test_the_share_outside_the_photo():
    square = np.array([[-0.5, -0.5], [-0.5, 9.5], [9.5, 9.5], [9.5, -0.5]])
    assert outside_share(square, (10, 10)) == pytest.approx(0)
    assert outside_share(square, (5, 20)) == pytest.approx(0.5)
    assert outside_share(square, (5, 5)) == pytest.approx(0.75)
    assert outside_share(square - 100, (10, 10)) == 1
    diamond = np.array(
        [[4.5, -5.5], [-5.5, 4.5], [4.5, 14.5], [14.5, 4.5]]
    )  # around the photo, twice its area
    assert outside_share(diamond, (10, 10)) == pytest.approx(0.5)


def test_points_of_68_5_and_4_are_the_same_face():
    four = face_points(list(FACE.values()))
    five = face_points(
        [FACE["eye_left"], FACE["eye_right"], [60, 70], FACE["mouth_left"], FACE["mouth_right"]]
    )
    around = np.random.RandomState(0).uniform(-100, 200, (68, 2))
    for start, name in ((36, "eye_left"), (42, "eye_right")):
        ring = np.array([[-5, 0], [-2, -3], [2, -3], [5, 0], [2, 3], [-2, 3]])
        around[start : start + 6] = ring + FACE[name]
    around[48], around[54] = FACE["mouth_left"], FACE["mouth_right"]
    for other in (five, face_points(around)):
        np.testing.assert_allclose(np.array(other), np.array(four), atol=1e-12)


@pytest.mark.parametrize("value", [FACE, list(FACE.values()), dict(FACE, name="me", nose=[60, 70])])
def test_files_of_points(tmp_path, value):
    (tmp_path / "p.json").write_text(json.dumps(value))
    assert [list(point) for point in read_points(tmp_path / "p.json")] == list(FACE.values())


@pytest.mark.parametrize(
    "value, reason",
    [
        ("[[1, 2]]", "points of a face are 4, 5, 68, 468 pairs, not (1, 2)"),
        ("[]", "points of a face are 4, 5, 68, 468 pairs, not (0, 2)"),
        ('{"eye_left": [1, 2]}', "no eye_right; needed are eye_left, eye_right, mouth_left, mouth_right"),
        ("7", "a list of pairs, or an object with eye_left, eye_right, mouth_left, mouth_right, is needed"),
        ('[[1, 2], [3, "4"], [5, 6], [7, 8]]', "a point is a pair of numbers, [x, y]"),
        ("[[1, 2], [3, 4], [5, 6], [7, true]]", "a point is a pair of numbers, [x, y]"),
        ("[[80, 50], [40, 50], [45, 90], [75, 90]]", "the points of a face are mirrored or lie on a line"),
        ("[[0, 0], [1, 1], [2, 2], [3, 3]]", "the points of a face are mirrored or lie on a line"),
        ("[[0, 0], [0.1, 0], [0, 0.1], [0.1, 0.1]]", "a face of 0.4 pixels is too small to cut out"),
        (
            "[[0, 0], [1e7, 0], [0, 1], [1, 1]]",
            "the points of a face are four pairs of pixels, up to 1,000,000",
        ),
    ],
)
def test_points_that_are_no_face_are_refused(tmp_path, value, reason):
    path = tmp_path / "p.json"
    path.write_text(value)
    with pytest.raises(FileError) as refused:
        read_points(path)
    assert str(refused.value).startswith("{}: {}".format(path, reason))


def test_points_of_other_counts_are_refused():
    with pytest.raises(UsageError, match="pairs"):
        face_points(np.zeros((6, 2)))
