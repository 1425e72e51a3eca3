"""Frames side by side: strips, grids and component sheets. Arrays in, one array out; no files, no network.

Frames are uint8, (…, H, W, C) with C 3 (RGB) or 4 (RGBA); the space between them is white.
"""

from __future__ import annotations

import math
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.errors import UsageError
from ganspace_tf.generators import checks
from ganspace_tf.render.text import INK, SOFT, draw_text, line_height, shorten, text_width

WHITE = 255


def strip(frames: np.ndarray, gap: Optional[int] = None) -> np.ndarray:
    """Frames (S, H, W, C) in a row, white columns between them: (H, S·W + (S-1)·gap, C).

    gap: by default W // 64 columns as in the GANSpace figures, and at least one.
    """
    frames = checked(frames, 4)
    return _join(frames, frame_gap(frames.shape[2]) if gap is None else checks.count("gap", gap, 0), axis=1)


def stack(images: Sequence[np.ndarray], gap: int) -> np.ndarray:
    """Images of one width below each other, `gap` white rows between them."""
    return _join(images, gap, axis=0)


def frame_gap(width: int) -> int:
    """White columns between frames of this width."""
    return max(1, width // 64)


def resize(frames: np.ndarray, width: Optional[int]) -> np.ndarray:
    """Frames (…, H, W, C) at another width, aspect kept; None leaves them alone.

    Whole multiples repeat pixels, so that the pixels of a small network stay what they are; other sizes use
    Pillow's antialiased Lanczos filter, as the originals do for large frames.
    """
    frames = checked(frames)
    H, W, C = frames.shape[-3:]
    if width is None or width == W:
        return frames
    if width < 1:
        raise UsageError("frames cannot be {} pixels wide".format(width))
    if width % W == 0:
        factor = width // W
        return frames.repeat(factor, axis=-3).repeat(factor, axis=-2)
    height = max(1, round(H * width / W))
    lanczos = getattr(Image, "Resampling", Image).LANCZOS
    flat = [
        np.asarray(Image.fromarray(frame).resize((width, height), lanczos))
        for frame in frames.reshape(-1, H, W, C)
    ]
    return np.stack(flat).reshape(frames.shape[:-3] + (height, width, C))


def easy_width(width: int, least: int = 96, most: int = 256) -> int:
    """A width at which frames are easily seen: whole multiples up to `least`, reduced beyond `most`."""
    return min(most, width * max(1, math.ceil(least / width)))


class Table(NamedTuple):
    """Where the boxes of a table are, in pixels. Each frame is centred in its box."""

    rows: int
    columns: int
    box: Tuple[int, int]  # height and width of a box
    gap: Tuple[int, int]  # white between rows, between columns
    margin: Tuple[int, int, int, int] = (0, 0, 0, 0)  # top, right, bottom, left

    def size(self) -> Tuple[int, int]:
        """(height, width) of the whole picture."""
        top, right, bottom, left = self.margin
        height = top + self.rows * (self.box[0] + self.gap[0]) - self.gap[0] + bottom
        return height, left + self.columns * (self.box[1] + self.gap[1]) - self.gap[1] + right

    def centre(self, row: int, column: int) -> Tuple[float, float]:
        """(x, y) of the middle of a box."""
        x = self.margin[3] + column * (self.box[1] + self.gap[1]) + self.box[1] / 2
        return x, self.margin[0] + row * (self.box[0] + self.gap[0]) + self.box[0] / 2

    def place(self, frames: np.ndarray) -> np.ndarray:
        """A white picture with the frames (N, H, W, C) in the boxes, row by row."""
        _, H, W, C = frames.shape
        image = np.full(self.size() + (C,), WHITE, np.uint8)
        for i, frame in enumerate(frames):
            x, y = self.centre(i // self.columns, i % self.columns)
            x, y = int(x - W / 2), int(y - H / 2)
            image[y : y + H, x : x + W] = frame
        return image


def grid(
    frames: np.ndarray,
    columns: Optional[int] = None,
    captions: Optional[Sequence[str]] = None,
    gap: Optional[int] = None,
) -> np.ndarray:
    """Frames (N, H, W, C) row by row in a grid, near square by default; with `captions` a contact sheet.

    captions: one line a frame, drawn below it. Columns become as wide as the widest caption needs.
    """
    frames = checked(frames, 4)
    N, H, W, _ = frames.shape
    columns = math.ceil(math.sqrt(N)) if columns is None else min(N, checks.count("columns", columns))
    rows = math.ceil(N / columns)
    gap = frame_gap(W) if gap is None else checks.count("gap", gap, 0)
    if captions is None:
        return Table(rows, columns, (H, W), (gap, gap)).place(frames)
    _check_labels("captions", captions, N)
    size = text_size(H)
    pad, below = size // 2, line_height(size)
    wide = max([W] + [text_width(text, size) for text in captions])
    # A caption is drawn into the white space below its frame: the gap between rows, or the lower margin.
    table = Table(rows, columns, (H, wide), (below + pad, max(gap, pad)), (pad, pad, below + pad, pad))
    canvas = Image.fromarray(table.place(frames))
    for i, text in enumerate(captions):
        x, y = table.centre(i // columns, i % columns)
        draw_text(canvas, (x, y + H / 2 + pad // 4), text, size, INK, "ma")
    return np.asarray(canvas)


def tidy_columns(count: int, widest: int = 8) -> int:
    """Columns for so many frames that leave no cell of the grid empty, where a row of at most `widest` and
    no more than four times as wide as high does; else near square.
    """
    square = math.ceil(math.sqrt(count))
    fitting = [c for c in range(square, widest + 1) if count % c == 0 and c <= max(4 * (count // c), 7)]
    return fitting[0] if fitting else square


def sheet(
    cells: np.ndarray,
    row_labels: Sequence[Tuple[str, str]],
    column_labels: Sequence[str],
    title: str = "",
    gap: Optional[int] = None,
) -> np.ndarray:
    """Cells (R, S, H, W, C) as a labelled table: a component a row, a step of sigma a column.

    row_labels: R pairs (text, smaller grey text below it or ""), left of the rows. column_labels: S texts
    above the columns. title: one grey line on top, shortened to the width of the sheet. Columns and rows
    become as wide and high as their labels need, so labels never overlap, whatever the cell size.
    """
    cells = checked(cells, 5)
    R, S, H, W, C = cells.shape
    _check_labels("row labels", row_labels, R)
    _check_labels("column labels", column_labels, S)
    gap = frame_gap(W) if gap is None else gap
    size = text_size(H)
    small, pad = max(11, round(size * 0.8)), size // 2
    labels_wide = max(
        [text_width(main, size) for main, _ in row_labels]
        + [text_width(below, small) for _, below in row_labels]
    )
    labels_high = line_height(size) + (line_height(small) if any(below for _, below in row_labels) else 0)
    headline = line_height(small) + pad if title else 0
    widest = max(text_width(label, size) for label in column_labels)
    table = Table(
        rows=R,
        columns=S,
        box=(max(H, labels_high), max(W, widest)),
        gap=(gap, gap if widest + pad <= W else pad),
        margin=(pad + headline + line_height(size) + pad // 2, pad, pad, 2 * pad + labels_wide),
    )
    canvas = Image.fromarray(table.place(cells.reshape(-1, H, W, C)))
    draw_text(canvas, (pad, pad), shorten(title, small, canvas.width - 2 * pad), small, SOFT)
    for i, label in enumerate(column_labels):
        draw_text(canvas, (table.centre(0, i)[0], table.margin[0] - pad // 2), label, size, INK, "md")
    for i, (main, below) in enumerate(row_labels):
        x, y = table.margin[3] - pad, table.centre(i, 0)[1]
        if below:
            draw_text(canvas, (x, y), main, size, INK, "rd")
            draw_text(canvas, (x, y), below, small, SOFT, "ra")
        else:
            draw_text(canvas, (x, y), main, size, INK, "rm")
    return np.asarray(canvas)


def headed(image: np.ndarray, title: str) -> np.ndarray:
    """The image (H, W, C) under a grey line of text, shortened to its width; white around both."""
    size = text_size(min(image.shape[:2]))
    pad = size // 2
    top = line_height(size) + 2 * pad
    page = np.pad(image, ((top, 0), (0, 0), (0, 0)), "constant", constant_values=WHITE)
    canvas = Image.fromarray(page)
    draw_text(canvas, (pad, pad), shorten(title, size, canvas.width - 2 * pad), size, SOFT)
    return np.asarray(canvas)


def text_size(height: int) -> int:
    """Font size in pixels that reads well beside pictures of this height."""
    return int(min(26, max(13, round(height / 9))))


def checked(frames: np.ndarray, ndim: Optional[int] = None) -> np.ndarray:
    """Frames as an array, or UsageError if they are not uint8 (…, H, W, 3 or 4) with at least one of each."""
    frames = np.asarray(frames)
    wrong_rank = frames.ndim < 3 if ndim is None else frames.ndim != ndim
    if frames.dtype != np.uint8 or wrong_rank or frames.shape[-1] not in (3, 4) or 0 in frames.shape:
        raise UsageError(
            "frames must be uint8 with shape (…, H, W, 3 or 4), got {} {}".format(frames.dtype, frames.shape)
        )
    return frames


def _join(images: Iterable[np.ndarray], gap: int, axis: int) -> np.ndarray:
    parts: List[np.ndarray] = []
    for image in images:
        if parts and gap:
            shape = list(image.shape)
            shape[axis] = gap
            parts.append(np.full(shape, WHITE, np.uint8))
        parts.append(image)
    return np.concatenate(parts, axis)


def _check_labels(what: str, labels: Sequence[object], count: int) -> None:
    if len(labels) != count:
        raise UsageError("{} {} for {} rows, columns or frames".format(len(labels), what, count))
