"""Photos as people have them: any way up, any kind of pixels, any of six formats; and what is refused."""

from __future__ import annotations

import hashlib
import os
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from ganspace_tf.errors import FileError
from ganspace_tf.photos import reading
from ganspace_tf.photos.reading import read_photo, upright

HEIGHT, WIDTH = 14, 22


@pytest.fixture(scope="module")
def pixels():
    return np.random.RandomState(3).randint(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def exif_of(turn):
    exif = Image.Exif()
    exif[274] = turn
    return exif


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "lzw.tif", "a.jpg"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_photos_are_turned_as_viewers_turn_them(tmp_path, pixels, name, turn):
    """Pillow's own exif_transpose is the oracle; TIFFs it turns by itself, so there upright() is."""
    path = str(tmp_path / name)
    options = {"a.webp": {"lossless": True}, "lzw.tif": {"compression": "tiff_lzw"}}.get(name, {})
    Image.fromarray(pixels).save(path, exif=exif_of(turn), **options)
    photo = read_photo(path)
    if name.endswith(".tif"):
        wanted = upright(pixels, turn)
    else:
        with Image.open(path) as image:
            assert image.getexif()[274] == turn
            wanted = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert photo.exif_turn == turn and photo.alpha is None and photo.notes == []
    assert np.array_equal(photo.pixels, wanted)
    with open(path, "rb") as stream:
        assert photo.sha256 == hashlib.sha256(stream.read()).hexdigest()


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"II*\0\x08\0\0\0\xff\xff", b"MM\0*" + bytes(200), b"x" * 99]
)
def test_damaged_exif_is_upright(tmp_path, pixels, exif):
    path = str(tmp_path / "a.jpg")
    Image.fromarray(pixels).save(path, exif=b"Exif\0\0" + exif)
    assert read_photo(path).exif_turn == 1


def test_kinds_of_pixels_become_rgb(tmp_path, pixels):
    """Equal to Pillow's conversion where Pillow has one; 16 bits of grey keep their upper half."""
    image = Image.fromarray(pixels)
    cases = {"grey.png": "L", "grey.jpg": "L", "cmyk.jpg": "CMYK", "palette.png": "P", "bits.png": "1"}
    for name, mode in cases.items():
        path = str(tmp_path / name)
        image.convert(mode).save(path)
        photo = read_photo(path)
        with Image.open(path) as again:
            assert again.mode == mode
            assert np.array_equal(photo.pixels, np.asarray(again.convert("RGB")))
        assert photo.notes == (["CMYK became RGB"] if mode == "CMYK" else [])
    deep = (pixels[..., 0].astype(np.uint16) << 8) | pixels[..., 0]  # 257 times the level: nothing to round
    for name in ("deep.png", "deep.tif"):
        path = str(tmp_path / name)
        Image.fromarray(deep.astype(np.uint16)).save(path)
        photo = read_photo(path)
        assert np.array_equal(photo.pixels, np.repeat(pixels[..., :1], 3, axis=2))
        assert photo.notes == ["16 bits a channel became 8"]


def test_transparency_is_kept_apart(tmp_path, pixels):
    clear = np.concatenate([pixels, pixels[..., :1]], axis=2)
    Image.fromarray(clear).save(str(tmp_path / "a.png"))
    photo = read_photo(tmp_path / "a.png")
    assert np.array_equal(photo.pixels, pixels) and np.array_equal(photo.alpha, clear[..., 3])
    clear[..., 3] = 255
    Image.fromarray(clear).save(str(tmp_path / "b.png"), exif=exif_of(6))
    photo = read_photo(tmp_path / "b.png")
    assert photo.alpha is None and photo.pixels.shape == (WIDTH, HEIGHT, 3)


def test_the_first_frame_of_a_film_is_taken_and_that_is_said(tmp_path, pixels):
    image = Image.fromarray(pixels)
    others = [Image.fromarray(255 - pixels), Image.fromarray(pixels // 2)]
    for name in ("a.png", "a.gif", "a.webp", "a.tif"):
        path = str(tmp_path / name)
        options = {"lossless": True} if name.endswith("webp") else {}
        image.save(path, save_all=True, append_images=others, **options)
        photo = read_photo(path)
        assert photo.notes == ["3 frames or pages: the first is taken"]
        with Image.open(path) as first:
            assert np.array_equal(photo.pixels, np.asarray(first.convert("RGB")))


def test_what_is_no_photo_is_refused_in_one_line(tmp_path, pixels):
    (tmp_path / "text.jpg").write_bytes(b"hello")
    (tmp_path / "phone.heic").write_bytes(struct.pack(">I", 24) + b"ftypheic" + bytes(40))
    os.mkdir(str(tmp_path / "folder"))
    os.mkfifo(str(tmp_path / "pipe.jpg"))
    Image.fromarray(pixels).save(str(tmp_path / "a.png"))
    Image.fromarray(pixels[..., 0].astype(np.float32)).save(str(tmp_path / "float.tif"))
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    cases = {
        "text.jpg": "not a picture, or a damaged one",
        "phone.heic": "a HEIC or AVIF photo; save it as JPEG or PNG",
        "folder": "it is no ordinary file",
        "none.jpg": "No such file or directory",
        "float.tif": "pixels of kind F; grey, colours, CMYK and palettes are read",
        "cut.png": "not a PNG file, or a damaged one",
        "pipe.jpg": "it is no ordinary file",
    }
    for name, reason in cases.items():
        with pytest.raises(FileError) as refused:
            read_photo(tmp_path / name)
        assert str(refused.value) == "cannot read {}: {}".format(tmp_path / name, reason)


def test_sizes_are_checked_before_anything_is_decoded(tmp_path, pixels, monkeypatch):
    """A few bytes can ask for any number of pixels; text and profiles are not even passed on."""
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "x" * 1000, zip=True)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(str(path), pnginfo=info)
    head = struct.pack(">II", 400_000, 400_000)
    (tmp_path / "bomb.png").write_bytes(path.read_bytes().replace(struct.pack(">II", WIDTH, HEIGHT), head))
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(FileError, match="400,000 × 400,000 pixels; photos of at most 120,000,000 pixels"):
        read_photo(tmp_path / "bomb.png")
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    with pytest.raises(FileError, match="photos have at most 100"):
        read_photo(path)
