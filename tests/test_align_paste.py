"""Back into the photo: nothing changes outside the square, next to nothing inside if nothing was edited."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.aligned import align_centre, align_face, place_of
from ganspace_tf.photos.align.paste import check_photo, mask_in_photo, paste
from ganspace_tf.photos.align.points import face_points
from ganspace_tf.photos.reading import Photo, read_photo

COLLINS = Path(__file__).parent / "goldens" / "photos" / "astronaut.jpg"
FACE = [[203, 101], [246, 103], [200, 139], [247, 141]]


def psnr(a, b):
    return 10 * np.log10(255**2 / max(float(((a.astype(float) - b) ** 2).mean()), 1e-9))


def covered(photo, place):
    """Which pixels of a photo a square touches."""
    white = np.full((64, 64, 3), 255, np.uint8)
    return (paste(np.zeros_like(photo.pixels), white, place.quad, feather=1e-6) > 0).any(axis=2)


@pytest.fixture(scope="module")
def photo():
    return read_photo(COLLINS)


@pytest.mark.parametrize("output, least", [(128, 30), (256, 37), (1024, 37)])
def test_an_unedited_picture_changes_next_to_nothing(photo, output, least):
    """Outside the square not a bit; inside within what sampling costs: a face of 175 pixels has more detail
    than 128 pixels hold, and the published sampling is bilinear.
    """
    aligned = align_face(photo, face_points(FACE), output)
    place = place_of(aligned.steps)
    pasted = paste(photo.pixels, aligned.crop.pixels, place.quad)
    inside = covered(photo, place)
    assert 0.1 < inside.mean() < 0.2
    assert np.array_equal(pasted[~inside], photo.pixels[~inside])
    assert psnr(pasted[inside], photo.pixels[inside]) > least


def test_it_goes_back_to_where_it_came_from_through_all_steps(photo):
    """Shrinking, cutting and padding, at an angle: of a smooth photo the way there and back is 1.5 levels."""
    y, x = np.mgrid[:900, :800]
    levels = np.stack([x * 0.25 + 20, 240 - y * 0.2, (x + y) * 0.1 + 30], axis=-1)
    smooth = Photo(np.rint(levels).astype(np.uint8), None, "0" * 64, 1, [])
    turned = (np.array(FACE) - (225, 120)) @ np.array([[0.8, 0.6], [-0.6, 0.8]]) * 2.5 + (420, 460)
    aligned = align_face(smooth, face_points(turned), 64)
    assert aligned.crop.plan.shrink == 3 and aligned.crop.plan.crop is not None
    pasted = paste(smooth.pixels, aligned.crop.pixels, place_of(aligned.steps).quad, feather=1e-6)
    # at the very edge a bicubic has half a pixel of the picture, three of the photo, to go on
    assert np.abs(pasted.astype(int) - smooth.pixels).max() <= 3
    changed = (pasted != smooth.pixels).any(axis=2)
    assert np.abs(pasted.astype(int) - smooth.pixels)[changed].mean() <= 1


def test_an_edit_is_seen_inside_and_fades_to_the_edges(photo):
    aligned = align_face(photo, face_points(FACE), 256)
    place = place_of(aligned.steps)
    green = np.zeros((256, 256, 3), np.uint8)
    green[..., 1] = 255
    pasted = paste(photo.pixels, green, place.quad)
    middle = np.rint(place.quad.mean(axis=0)).astype(int)
    assert np.array_equal(pasted[middle[1], middle[0]], [0, 255, 0])
    row = pasted[middle[1], :, 1].astype(int) - photo.pixels[middle[1], :, 1]
    left = int(np.ceil(place.quad[:2, 0].mean()))
    assert (row[: left - 4] == 0).all() and 0 < abs(row[left + 6]) < abs(row[left + 18])
    whole = paste(photo.pixels, green, place.quad, feather=1e-6)
    assert (whole[covered(photo, place)] == [0, 255, 0]).all(axis=1).mean() > 0.97


def test_a_mask_keeps_the_photo_where_it_is_black(photo):
    place = place_of(align_face(photo, face_points(FACE), 256).steps)
    other = np.full((256, 256, 3), 120, np.uint8)
    size = photo.pixels.shape[:2]
    assert np.array_equal(paste(photo.pixels, other, place.quad, np.zeros(size, np.uint8)), photo.pixels)
    mask = np.zeros(size, np.uint8)
    mask[:, :225], mask[:, 225:230] = 255, 128
    pasted, whole = paste(photo.pixels, other, place.quad, mask), paste(photo.pixels, other, place.quad)
    assert np.array_equal(pasted[:, 230:], photo.pixels[:, 230:])
    assert np.array_equal(pasted[:, :225], whole[:, :225])
    half = photo.pixels[:, 225:230] + (whole[:, 225:230].astype(float) - photo.pixels[:, 225:230]) * 128 / 255
    assert np.abs(pasted[:, 225:230] - half).max() <= 1  # both were rounded


def test_a_mask_of_the_picture_lies_where_the_picture_does(photo):
    place = place_of(align_face(photo, face_points(FACE), 256).steps)
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 8:24] = 255  # left of the middle
    found = mask_in_photo(mask, place.quad, photo.pixels.shape[:2])
    x, y = place.quad[3] - place.quad[0], place.quad[1] - place.quad[0]
    area = abs(x[0] * y[1] - x[1] * y[0])
    assert found.sum() / 255 == pytest.approx(area * (32 * 16) / 64**2, rel=0.01)
    down, across = np.indices(found.shape)
    centre = [(found * at).sum() / found.sum() for at in (across, down)]
    np.testing.assert_allclose(centre, place.quad[0] + 0.25 * x + 0.5 * y, atol=0.5)
    own = np.random.RandomState(0).randint(0, 256, (40, 50)).astype(np.uint8)  # the photo itself: to the bit
    corners = np.array([(0, 0), (0, 40), (50, 40), (50, 0)]) - 0.5
    np.testing.assert_array_equal(mask_in_photo(own, corners, (40, 50)), own)


def test_a_square_that_leaves_the_photo_and_the_middle_go_back_too(photo):
    for aligned in (
        align_face(photo, face_points(np.array(FACE) - (120, 60)), 256),
        align_centre(photo, 512),
    ):
        pasted = paste(photo.pixels, aligned.crop.pixels, place_of(aligned.steps).quad)
        assert psnr(pasted, photo.pixels) > 35
    far = np.array([[900, 900], [900, 990], [990, 990], [990, 900]], float)
    assert np.array_equal(paste(photo.pixels, np.zeros((9, 9, 3), np.uint8), far), photo.pixels)


def test_another_photo_is_refused(photo):
    place = place_of(align_face(photo, face_points(FACE), 64).steps)
    check_photo(photo, place, "me.jpg")
    other = Photo(np.asarray(Image.fromarray(photo.pixels).resize((100, 90))), None, "0" * 64, 1, [])
    with pytest.raises(
        FileError, match=r"me\.jpg has 100 × 90 pixels, the photo that was aligned has 512 × 512"
    ):
        check_photo(other, place, "me.jpg")
