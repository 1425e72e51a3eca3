"""Strips, grids and sheets: where the pixels of a frame go, and that labels keep apart."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.errors import UsageError
from ganspace_tf.render import layout
from ganspace_tf.render.text import font, line_height, shorten, text_width


def frames(*shape: int) -> np.ndarray:
    """Dark frames without any white, so that white can only be space."""
    return np.random.RandomState(0).randint(0, 200, shape).astype(np.uint8)


@pytest.mark.parametrize("width, gap", [(8, 1), (64, 1), (128, 2), (1024, 16)])
def test_a_strip_has_white_columns_of_one_64th_between_its_frames_and_at_least_one(width, gap):
    cells = frames(3, 4, width, 3)
    image = layout.strip(cells)
    assert image.shape == (4, 3 * width + 2 * gap, 3)
    for i in range(3):
        assert np.array_equal(image[:, i * (width + gap) :][:, :width], cells[i])
    assert (image[:, width : width + gap] == 255).all()


def test_strips_stack_with_white_rows_between():
    strips = [layout.strip(cells) for cells in frames(2, 3, 8, 8, 3)]
    image = layout.stack(strips, gap=2)
    assert image.shape == (18, 26, 3)
    assert np.array_equal(image[10:], strips[1])
    assert (image[8:10] == 255).all()


@pytest.mark.parametrize(
    "count, columns, shape", [(9, None, (26, 26)), (5, None, (17, 26)), (5, 5, (8, 44)), (1, 7, (8, 8))]
)
def test_a_grid_is_near_square_and_read_row_by_row(count, columns, shape):
    cells = frames(count, 8, 8, 3)
    image = layout.grid(cells, columns)
    assert image.shape == shape + (3,)
    across = columns or int(np.ceil(np.sqrt(count)))
    for i in range(count):
        y, x = i // across * 9, i % across * 9
        assert np.array_equal(image[y : y + 8, x : x + 8], cells[i])


def test_whole_multiples_repeat_pixels_and_other_sizes_are_filtered():
    cells = frames(2, 8, 8, 3)
    assert layout.resize(cells, None) is cells
    assert np.array_equal(layout.resize(cells, 24)[:, ::3, 2::3], cells)
    flat = np.full((1, 64, 32, 3), 77, np.uint8)
    reduced = layout.resize(flat, 20)
    assert reduced.shape == (1, 40, 20, 3)
    assert (reduced == 77).all()
    with pytest.raises(UsageError, match="0 pixels wide"):
        layout.resize(cells, 0)


@pytest.mark.parametrize("width, shown", [(8, 96), (32, 96), (64, 128), (96, 96), (200, 200), (1024, 256)])
def test_frames_of_a_sheet_are_easy_to_see(width, shown):
    assert layout.easy_width(width) == shown


def boxes_of_ink(image: np.ndarray) -> np.ndarray:
    return (image < 230).any(axis=-1)


@pytest.mark.parametrize("size", [4, 16, 64, 200])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_sheet_shows_every_frame_unharmed_between_its_labels(size, channels):
    cells = frames(2, 3, size, size, channels)
    cells[..., 3:] = 255
    rows, columns = [("v0", "σ 12.345"), ("v79", "")], ["−10σ", "0", "+10σ"]
    image = layout.sheet(cells, rows, columns, title="a title that is much too long for a small sheet " * 3)
    assert image.shape[2] == channels
    found = 0
    for cell in cells.reshape(-1, size, size, channels):
        rows_, columns_ = np.nonzero((image[..., :3] == cell[0, 0, :3]).all(-1))
        found += any(np.array_equal(image[y : y + size, x : x + size], cell) for y, x in zip(rows_, columns_))
    assert found == 6
    ink = boxes_of_ink(image[..., :3])
    assert not ink[0].any() and not ink[-1].any() and not ink[:, 0].any() and not ink[:, -1].any()


@pytest.mark.parametrize("size", [4, 16, 64, 200])
def test_labels_of_neighbouring_columns_keep_apart(size):
    """Between any two column labels there is a column of white all the way down to the frames."""
    labels = ["−12.5σ", "−10σ", "0", "+10σ", "+12.5σ"]
    blank = np.full((1, 5, size, size, 3), 255, np.uint8)
    ink = boxes_of_ink(layout.sheet(blank, [("", "")], labels)).any(axis=0)
    starts = np.flatnonzero(np.diff(np.concatenate([[0], ink.astype(int)])) == 1)
    gaps = np.diff(np.flatnonzero(ink))
    assert (gaps >= font(layout.text_size(size)).size // 4).sum() >= len(labels) - 1
    assert len(starts) >= len(labels)


def test_captions_lie_below_their_frames():
    cells = frames(4, 16, 16, 3)
    image = layout.grid(cells, captions=["seed {}".format(seed) for seed in (0, 1, 1819967864, 3)])
    plain = layout.grid(cells)
    assert image.shape[0] > plain.shape[0] and image.shape[1] > plain.shape[1]
    assert image.shape[1] >= 2 * text_width("seed 1819967864", layout.text_size(16)) / 2


def test_labels_must_match_their_rows_and_columns():
    cells = frames(2, 3, 8, 8, 3)
    with pytest.raises(UsageError, match="1 row labels"):
        layout.sheet(cells, [("v0", "")], ["a", "b", "c"])
    with pytest.raises(UsageError, match="2 column labels"):
        layout.sheet(cells, [("v0", "")] * 2, ["a", "b"])
    with pytest.raises(UsageError, match="1 captions"):
        layout.grid(cells[0], captions=["a"])


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 8, 1), np.uint8), np.zeros((0, 8, 8, 3), np.uint8)]
)
def test_only_uint8_colour_frames_are_laid_out(wrong):
    with pytest.raises(UsageError, match="uint8"):
        layout.strip(wrong)


def test_text_is_shortened_to_what_fits():
    assert shorten("short", 13, 1000) == "short"
    cut = shorten("a very long title indeed", 13, 60)
    assert cut.endswith("…") and text_width(cut, 13) <= 60
    assert shorten("anything", 13, 1) == ""
    assert line_height(26) > line_height(13)


def test_the_typeface_has_the_letters_that_labels_use():
    missing = font(40).getmask(chr(0xE000)).getbbox()
    for letter in "σψ−+·…–0123456789Eéß":
        mask = font(40).getmask(letter)
        assert mask.getbbox() is not None and (mask.getbbox() != missing or letter in "0"), letter
