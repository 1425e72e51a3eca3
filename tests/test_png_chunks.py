"""Text of a PNG: found wherever it stands, without a pixel decoded, and never more than its budget allows."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ganspace_tf.errors import FileError
from ganspace_tf.picture_files import png_chunks
from ganspace_tf.picture_files.png_chunks import SIGNATURE, find_text
from ganspace_tf.render import files
from nvlabs.errors import DamagedFile
from nvlabs.reading.budget import Budget

HEADER = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
RECIPE = '{"format": 1, "verb": "sample", "model": {"name": "net.pkl"}, "settings": {"seeds": [1]}}'


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text(kind, content, keyword=b"ganspace"):
    """A text chunk of one of the three kinds; the third one packed."""
    packed = zlib.compress(content)
    return chunk(
        kind,
        keyword
        + {b"tEXt": b"\0" + content, b"zTXt": b"\0\0" + packed, b"iTXt": b"\0\1\0\0\0" + packed}[kind],
    )


PIXELS = chunk(b"IDAT", b"no zlib stream at all")
END = chunk(b"IEND", b"")


def png(*chunks):
    return SIGNATURE + chunk(b"IHDR", HEADER) + b"".join(chunks) + END


def found(data, budget=None):
    return find_text(io.BytesIO(data), "ganspace", Budget(1 << 20) if budget is None else budget)


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_text_is_found_before_and_behind_pixels_that_cannot_be_decoded(kind):
    mine = text(kind, b"hello")
    assert found(png(mine, PIXELS)) == found(png(PIXELS, mine)) == "hello"
    assert found(png(text(kind, b"other", b"Title"), mine, PIXELS)) == "hello"
    assert found(png(text(kind, b"other", b"Title"), PIXELS)) is None


def test_an_unpacked_international_text_and_its_characters():
    assert found(png(chunk(b"iTXt", b"ganspace\0\0\0en\0x\0" + "σ = 2".encode()))) == "σ = 2"
    assert found(png(text(b"tEXt", b"\xe9"))) == "é"  # Latin-1, as the specification has it


def test_what_pillow_writes_is_read(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "x" * 1000, zip=True)
    info.add_text("ganspace", RECIPE, zip=True)
    frames = [Image.fromarray(np.full((4, 4, 3), k, np.uint8)) for k in range(3)]
    frames[0].save(str(tmp_path / "film.png"), pnginfo=info, save_all=True, append_images=frames[1:])
    assert files.read_recipe(tmp_path / "film.png")["settings"] == {"seeds": [1]}


def test_a_recipe_needs_no_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "open", None)
    (tmp_path / "a.png").write_bytes(png(PIXELS, text(b"tEXt", RECIPE.encode())))
    assert files.read_recipe(tmp_path / "a.png")["verb"] == "sample"


def test_a_file_that_is_cut_off_behind_its_recipe_still_gives_it():
    whole = png(text(b"tEXt", b"hello"), PIXELS)
    assert found(whole[:-20]) == "hello"


def test_a_wrong_checksum_is_noticed_where_the_text_is():
    good = text(b"tEXt", b"hello")
    with pytest.raises(FileError, match="checksum"):
        found(png(good.replace(b"hello", b"hallo"), PIXELS))
    assert found(png(PIXELS[:-1] + b"\0", good)) == "hello"  # pixels are not looked at


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        SIGNATURE,
        SIGNATURE + chunk(b"IDAT", HEADER) + END,  # the header comes first
        SIGNATURE + chunk(b"IHDR", HEADER[:9]) + END,
        SIGNATURE + chunk(b"IHDR", HEADER) + struct.pack(">I4s", 2**31, b"tEXt") + b"ganspace\0x",
        png(chunk(b"zTXt", b"ganspace\0\0not packed")),
        png(chunk(b"zTXt", b"ganspace\0\1" + zlib.compress(b"an unknown method"))),
        png(chunk(b"zTXt", b"ganspace\0\0" + zlib.compress(b"cut")[:-6])),
        png(chunk(b"zTXt", b"ganspace\0")),
        png(chunk(b"iTXt", b"ganspace\0\2\0\0\0x")),
        png(chunk(b"iTXt", b"ganspace\0\0\0en")),
        png(chunk(b"iTXt", b"ganspace\0\0\0\0\0\xff\xfe")),
    ],
)
def test_what_is_no_png_or_no_text_is_refused(data):
    with pytest.raises(FileError, match="PNG"):
        found(data)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_unpacking_stops_at_the_budget(kind):
    """A megabyte from a kilobyte: the budget is asked before each part of it is made."""
    small, budget = png(text(kind, bytes(1 << 20))), Budget(400_000)
    with pytest.raises(DamagedFile, match="unpacks to far more"):
        found(small, budget)
    assert budget.left > -png_chunks.STEP
    assert len(found(small, Budget(1 << 23))) == 1 << 20
    with pytest.raises(DamagedFile):
        found(png(text(b"tEXt", bytes(3000))), Budget(2000))


def test_a_budget_is_not_used_up_by_small_parts():
    """Text that hardly packs is unpacked in many parts; each is charged for what it holds."""
    content = np.random.RandomState(0).randint(32, 127, 1 << 19).astype(np.uint8).tobytes()
    assert found(png(text(b"zTXt", content)), Budget(5 << 19)) is not None


def test_only_so_many_chunks_are_walked(monkeypatch):
    monkeypatch.setattr(png_chunks, "MAX_CHUNKS", 20)
    assert found(png(*[chunk(b"zzZz", b"")] * 17, text(b"tEXt", b"hello"))) == "hello"
    with pytest.raises(FileError, match="more than 20 chunks"):
        found(png(*[chunk(b"zzZz", b"")] * 30, text(b"tEXt", b"hello")))
