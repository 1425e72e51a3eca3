"""A square of a photo as a picture: every pixel comes from where the geometry says, also through shrinking,
cutting and padding; what lies outside the photo fades.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.aligned import align_centre, align_face, place_of
from ganspace_tf.photos.align.geometry import FacePoints, frame_of
from ganspace_tf.photos.align.resample import CLEAR, _faded, cut_out, view
from ganspace_tf.photos.reading import Photo


def turned(points, angle, about):
    angle = np.radians(angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return FacePoints(*((turn @ (np.array(p) - about)) + about for p in points))


def face_at(centre, eyes, angle=0.0):
    """Four points whose square is 4 * `eyes` wide, with its middle near `centre`."""
    x, y = centre
    points = [(x - eyes / 2, y), (x + eyes / 2, y), (x - eyes / 3, y + eyes), (x + eyes / 3, y + eyes)]
    return turned([(a, b - 0.1 * eyes) for a, b in points], angle, np.array([x, y]))


def smooth(x, y, size):
    """Levels that change slowly over a photo of this (width, height), (…, 3)."""
    u, v = x / size[0], y / size[1]
    return np.stack([20 + 220 * u, 235 - 220 * v, 128 + 60 * np.sin(3 * u + 2 * v)], axis=-1)


def photo_of(size, alpha=None):
    y, x = np.mgrid[: size[1], : size[0]]
    return Photo(np.rint(smooth(x, y, size)).astype(np.uint8), alpha, "0" * 64, 1, [])


@pytest.mark.parametrize("angle", [10, 30, 170, -75])
@pytest.mark.parametrize("eyes, output", [(60, 64), (60, 512), (120, 64), (140, 64)])
def test_pixels_come_from_where_the_square_lies(angle, eyes, output):
    """Of a smooth photo each pixel is known: 2 levels for three roundings. On the mean over all pixels these
    cancel: 0.1 of a level is 0.4 of a pixel of the photo.
    """
    size = (800, 700)
    photo = photo_of(size)
    points = face_at((410, 340), eyes, angle)
    aligned = align_face(photo, points, output)
    quad = np.array(aligned.steps["seen"])
    np.testing.assert_allclose(quad, frame_of(points).quad, atol=(aligned.crop.plan.shrink + 1) / 2 + 1)
    share = (np.arange(output) + 0.5) / output
    across, down = np.meshgrid(share, share)
    place = quad[0] + across[..., None] * (quad[3] - quad[0]) + down[..., None] * (quad[1] - quad[0])
    wanted = smooth(place[..., 0], place[..., 1], size)
    inside = slice(None)
    if aligned.crop.plan.pad is not None:  # blurred near the photo's edge
        inside = slice(output // 4, -output // 4)
    error = aligned.crop.pixels[inside, inside] - wanted[inside, inside]
    assert np.abs(error).max() <= 2 and np.abs(error.mean(axis=(0, 1))).max() <= 0.1


def test_a_view_says_what_it_shows():
    """The same of what the networks look at: the square it names is the one whose pixels it has."""
    size = (800, 700)
    quad = frame_of(face_at((410, 340), 150, 30)).quad
    for output in (32, 192):
        pixels, quad = view(photo_of(size).pixels, quad, output)
        share = (np.arange(output) + 0.5) / output
        across, down = np.meshgrid(share, share)
        place = quad[0] + across[..., None] * (quad[3] - quad[0]) + down[..., None] * (quad[1] - quad[0])
        inside = slice(output // 4, -output // 4)
        wanted = smooth(place[..., 0], place[..., 1], size)[inside, inside]
        error = pixels[inside, inside] - wanted
        assert np.abs(error).max() <= 2 and np.abs(error.mean(axis=(0, 1))).max() <= 0.1


def test_what_lies_outside_the_photo_fades_to_its_median():
    """Nothing changes deep inside; the outermost row is the median; the photo's edge is blurred."""
    rng = np.random.RandomState(0)
    photo = rng.randint(0, 256, (90, 80, 3)).astype(np.uint8)
    pad = (30, 40, 50, 60)
    padded = np.pad(photo, ((40, 60), (30, 50), (0, 0)), mode="reflect")
    faded = _faded(padded, pad, 2.0)
    assert np.array_equal(faded[60:105, 45:90], padded[60:105, 45:90])
    for channel in range(3):
        for edge in (faded[0], faded[-1], faded[:, 0], faded[:, -1]):
            assert np.ptp(edge[..., channel]) <= 1  # the median, up to rounding
    edge = faded[40:130, 30].astype(float)
    assert edge.std() < 0.5 * photo[:, 0].astype(float).std()


def test_a_photo_that_is_left_behind_can_be_clear():
    """--pad none: opaque where the photo is, clear where it is not; Lanczos needs three pixels between."""
    size = (200, 200)
    points = face_at((20, 100), 30)
    aligned = align_face(photo_of(size), points, 64, CLEAR)
    alpha = aligned.crop.alpha
    edge = int(64 * (-0.5 - frame_of(points).quad[0, 0]) / frame_of(points).side)
    assert (alpha[:, : edge - 3] == 0).all() and (alpha[:, edge + 4 :] == 255).all()
    assert aligned.steps["outside"] == pytest.approx(edge / 64, abs=0.02)
    assert align_face(photo_of(size), face_at((100, 100), 30), 64, CLEAR).crop.alpha is None


def test_transparency_is_cut_out_with_the_pixels():
    alpha = np.full((200, 200), 255, np.uint8)
    alpha[:, :100] = 0
    aligned = align_face(photo_of((200, 200), alpha), face_at((100, 100), 30), 64)
    assert (aligned.crop.alpha[:, :29] == 0).all() and (aligned.crop.alpha[:, 36:] == 255).all()
    middle = align_centre(photo_of((200, 200), alpha), 64)
    assert (middle.crop.alpha[:, :29] == 0).all() and (middle.crop.alpha[:, 35:] == 255).all()


@pytest.mark.parametrize("size", [(301, 200), (200, 301), (64, 64)])
def test_the_middle_is_cut_out_as_the_ada_projector_does(size):
    rng = np.random.RandomState(0)
    photo = Photo(rng.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8), None, "0" * 64, 1, [])
    (width, height), side = size, min(size)
    box = ((width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2)
    wanted = Image.fromarray(photo.pixels).crop(box).resize((48, 48), Image.LANCZOS)
    aligned = align_centre(photo, 48)
    assert np.array_equal(aligned.crop.pixels, np.asarray(wanted))
    quad = np.array(aligned.steps["quad"]) + 0.5
    assert [tuple(quad[0]), tuple(quad[2])] == [box[:2], box[2:]]
    assert aligned.warnings == [] and align_centre(photo, 512).warnings == [
        "{} pixels are enlarged to 512".format(side)
    ]


def test_a_small_face_and_much_padding_are_said():
    assert align_face(photo_of((200, 200)), face_at((100, 100), 30), 64).warnings == []
    small = align_face(photo_of((200, 200)), face_at((100, 100), 10), 256)
    assert small.warnings == ["the face is small: 40 pixels between the sides of the picture; 256 are drawn"]
    outside = align_face(photo_of((200, 200)), face_at((10, 100), 40), 64)
    assert outside.warnings == ["43 % of the picture lies outside the photo and is made up"]


def test_a_face_outside_the_photo_is_refused():
    with pytest.raises(FileError, match="outside the photo of 200 × 200 pixels"):
        align_face(photo_of((200, 200)), face_at((400, 100), 40), 64)


def test_no_photo_is_too_small_and_no_face_too_large():
    """A pixel, a line, a face of 40,000 pixels: something comes out, and memory follows the output."""
    for size in ((1, 1), (300, 1), (2, 400)):
        photo = Photo(np.full((size[1], size[0], 3), 77, np.uint8), None, "0" * 64, 1, [])
        centre = (size[0] / 2, size[1] / 2)
        quad = frame_of(face_at(centre, max(size) / 4 + 1)).quad
        assert (cut_out(photo.pixels, None, quad, 16).pixels == 77).all()
        assert (align_centre(photo, 16).crop.pixels == 77).all()
    quad = frame_of(face_at((100, 100), 10_000)).quad
    assert cut_out(photo_of((200, 200)).pixels, None, quad, 16).pixels.shape == (16, 16, 3)


def test_steps_lead_back():
    points = face_at((100, 90), 30, 20)
    place = place_of(align_face(photo_of((200, 180)), points, 64).steps)
    assert place.size == (200, 180) and place.sha256 == "0" * 64 and place.exif_turn == 1
    np.testing.assert_allclose(place.quad, frame_of(points).quad, atol=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"seen": [[0, 0]]},
            {"seen": "x"},
            {"seen": [[1, 1]] * 4},
            {"seen": [[0, 0], [0, 9e9], [9, 9], [9, 0]]},
        ),
        *({"size": [0, 9]}, {"size": [9]}, {"exif_turn": 9}, {"sha256": 3}),
    ],
)
def test_damaged_steps_are_refused(change):
    steps = dict(align_face(photo_of((200, 180)), face_at((100, 90), 30), 64).steps, **change)
    with pytest.raises(FileError, match="has a wrong"):
        place_of(steps)
