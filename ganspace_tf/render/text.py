"""Text on pictures in one bundled typeface (Roboto, Apache-2.0), measured before it is drawn."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Tuple

from PIL import Image, ImageDraw, ImageFont

INK = (38, 38, 38)
SOFT = (128, 128, 128)
_FONT_FILE = os.path.join(os.path.dirname(__file__), "fonts", "Roboto-subset.ttf")


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The typeface at `size` pixels."""
    return ImageFont.truetype(_FONT_FILE, size)


def text_width(text: str, size: int) -> int:
    """Pixels that one line of text takes, rounded up."""
    return int(font(size).getlength(text) + 0.999)


def line_height(size: int) -> int:
    """Pixels from the top of the tallest letter to the bottom of the lowest."""
    ascent, descent = font(size).getmetrics()
    return int(ascent + descent)


def shorten(text: str, size: int, width: int) -> str:
    """The text, or as much of its beginning as fits into `width` pixels, closed by an ellipsis."""
    if text_width(text, size) <= width:
        return text
    keep = len(text)
    while keep and text_width(text[:keep].rstrip() + "…", size) > width:
        keep -= 1
    return text[:keep].rstrip() + "…" if keep else ""


def draw_text(
    image: Image.Image,
    xy: Tuple[float, float],
    text: str,
    size: int,
    colour: Tuple[int, int, int] = INK,
    anchor: str = "la",
) -> None:
    """Draw one line; anchor as in Pillow: "la" left and top, "ma" centred and top, "rm" right and centred."""
    ImageDraw.Draw(image).text(xy, text, font=font(size), fill=colour, anchor=anchor)
