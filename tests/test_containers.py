"""Picture files before they are decoded: what they say of themselves, what is passed on to Pillow, and the
sizes beyond which nothing is decoded at all.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ganspace_tf.compare import sources
from ganspace_tf.compare.images import compare_images
from ganspace_tf.compare.report import compare_paths
from ganspace_tf.errors import FileError, GanspaceError, UsageError
from ganspace_tf.picture_files import containers
from ganspace_tf.picture_files.containers import FORMATS, read_container

WIDTH, HEIGHT = 31, 17
STILLS = {
    "a.png": {},
    "a.jpg": {"quality": 90},
    "progressive.jpg": {"progressive": True},
    "a.gif": {},
    "a.bmp": {},
    "a.webp": {"lossless": True},
    "lossy.webp": {"quality": 80},
    "a.tif": {"compression": "tiff_lzw"},
}
FILMS = {"film.png": {}, "film.gif": {}, "film.webp": {"lossless": True}, "film.tif": {}}


@pytest.fixture(scope="module")
def frames():
    rng = np.random.RandomState(0)
    return [Image.fromarray(rng.randint(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)) for _ in range(3)]


def saved(folder, name, frames, **options):
    path = str(folder / name)
    more = {"save_all": True, "append_images": frames[1:]} if name in FILMS else {}
    frames[0].save(path, **dict(dict(STILLS, **FILMS).get(name, {}), **more, **options))
    return path


def contained(path):
    with open(path, "rb") as stream:
        found = read_container(stream)
        return found._replace(stream=io.BytesIO(found.stream.read()))


def pixels(stream, frame=0):
    with Image.open(stream) as image:
        image.seek(frame)
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("name", list(STILLS) + list(FILMS))
def test_every_format_is_known_without_pillow_and_keeps_its_pixels(tmp_path, frames, name):
    path = saved(tmp_path, name, frames)
    found = contained(path)
    with Image.open(path) as image:
        assert (found.format, found.width, found.height) == (image.format, *image.size)
        count = getattr(image, "n_frames", 1)
    assert found.frames >= count == (3 if name in FILMS else 1)
    for frame in range(count):
        assert np.array_equal(pixels(found.stream, frame), pixels(path, frame))


def test_every_format_is_tried_here():
    endings = {"jpg": "JPEG", "tif": "TIFF"}
    tried = {name.split(".")[1] for name in list(STILLS) + list(FILMS)}
    assert {endings.get(ending, ending.upper()) for ending in tried} == set(FORMATS)


def test_what_is_no_pixels_is_not_passed_on(tmp_path, frames):
    """Text, profiles and Exif unpack to whatever they like; nothing of a comparison needs them."""
    note, info = b"a note nobody compares", PngImagePlugin.PngInfo()
    info.add_text("note", note.decode(), zip=False)
    exif = frames[0].getexif()
    exif[270] = note.decode()
    paths = [
        saved(tmp_path, "a.png", frames, pnginfo=info, icc_profile=note * 9),
        saved(tmp_path, "a.jpg", frames, comment=note, exif=exif, icc_profile=note),
        saved(tmp_path, "film.gif", frames, comment=note),
    ]
    for path in paths:
        with open(path, "rb") as stream:
            assert note in stream.read()
        assert note not in contained(path).stream.read()
        assert compare_paths(path, path).within


def test_transparency_by_colour_survives(tmp_path):
    image = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    image.save(str(tmp_path / "a.png"), transparency=7)
    (tmp_path / "clear").mkdir()
    image.convert("P").save(str(tmp_path / "clear" / "a.png"), transparency=9)
    for path in (tmp_path / "a.png", tmp_path / "clear" / "a.png"):
        assert np.array_equal(sources.read_frame(str(path)), pixels(str(path)))
        assert compare_paths(str(path), str(path)).facts["subpixels"] == 4 * 256


@pytest.mark.parametrize("name", list(STILLS) + list(FILMS))
def test_damaged_pictures_are_refused_in_one_line(tmp_path, frames, name):
    whole = open(saved(tmp_path, name, frames), "rb").read()  # noqa: SIM115
    path = tmp_path / ("b." + name.split(".")[1])
    rng = np.random.RandomState(1)
    for cut in [0, 3, 11, 20, 30, len(whole) // 2, len(whole) - 9]:
        path.write_bytes(whole[:cut])
        outcome(path)
    for place in rng.randint(0, min(len(whole), 400), 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << rng.randint(8))]) + whole[place + 1 :])
        outcome(path)


def outcome(path):
    try:
        compare_paths(str(path), str(path))
    except FileError as error:
        assert str(error).startswith("cannot read {}: ".format(path)) and "\n" not in str(error)


def test_pictures_of_more_than_8_bits_are_refused_by_their_header(tmp_path, monkeypatch):
    head = struct.pack(">IIBBBBB", 9, 9, 16, 6, 0, 0, 0)  # RGBA, of which Pillow would drop every second byte
    (tmp_path / "deep.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + b"crc." + bytes(4) + b"IEND....",
    )
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(FileError, match="16 bits"):
        compare_paths(str(tmp_path / "deep.png"), str(tmp_path / "deep.png"))


# ------------------------------------------------------------------ limits, made small


@pytest.mark.parametrize("name", list(STILLS) + list(FILMS))
def test_too_many_pixels_are_refused_before_anything_is_decoded(tmp_path, frames, name, monkeypatch):
    path = saved(tmp_path, name, frames)
    compare_paths(path, path)
    monkeypatch.setattr(Image, "open", None)
    monkeypatch.setattr(sources, "MEMORY", -1_000_000)
    with pytest.raises(
        FileError, match=r"31 × 17 pixels are too many for a (PNG|JPEG|GIF|BMP|WEBP|TIFF) file"
    ):
        compare_paths(path, path)


@pytest.mark.parametrize("name", list(FILMS))
def test_too_many_frames_are_refused_before_anything_is_decoded(tmp_path, frames, name, monkeypatch):
    path = saved(tmp_path, name, frames)
    compare_paths(path, path)
    monkeypatch.setattr(Image, "open", None)
    for limit, value in (("MAX_FRAMES", 2), ("MAX_PIXELS", -1_000_000)):
        with monkeypatch.context() as patched:
            patched.setattr(sources, limit, value)
            with pytest.raises(FileError, match="frames of 31 × 17 pixels are too many for a film"):
                compare_paths(path, path)


def test_a_canvas_that_grows_with_a_frame_is_known(tmp_path):
    """A frame of a GIF may lie outside the canvas, which then becomes larger than the header says."""
    frame = struct.pack("<BHHHHB", 0x2C, 500, 300, 20, 10, 0) + b"\x02\x02\x44\x01\0"
    head = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6)
    (tmp_path / "a.gif").write_bytes(head + frame + b";")
    found = contained(tmp_path / "a.gif")
    assert (found.width, found.height) == (520, 310)


def test_pieces_and_scans_have_an_end(tmp_path, frames, monkeypatch):
    progressive, film = saved(tmp_path, "progressive.jpg", frames), saved(tmp_path, "film.gif", frames)
    webp = saved(tmp_path, "film.webp", frames)
    monkeypatch.setattr(containers, "MAX_SCANS", 3)
    with pytest.raises(FileError, match="more than 3 scans"):
        compare_paths(progressive, progressive)
    monkeypatch.setattr(containers, "MAX_PIECES", -1000)
    for path in (film, webp):
        with pytest.raises(FileError, match="far more pieces"):
            compare_paths(path, path)


def test_values_of_a_tiff_cannot_share_their_bytes(tmp_path):
    """A hundred tags that point to the same 600 bytes: together longer than the file."""
    sizes = [struct.pack("<HHII", tag, 4, 1, 4) for tag in (256, 257)]
    shared = [struct.pack("<HHII", 40000 + k, 1, 600, 0) for k in range(100)]
    for entries, fits in ((sizes, True), (sizes + shared[:1], True), (sizes + shared, False)):
        directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
        (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0" + directory + bytes(600))
        if fits:
            assert contained(tmp_path / "a.tif").width == 4
        else:
            with pytest.raises(FileError, match="longer than the file"):
                contained(tmp_path / "a.tif")


def test_directories_of_a_tiff_that_go_in_a_circle_end(tmp_path):
    entries = [struct.pack("<HHII", tag, 4, 1, 4) for tag in (256, 257)]
    entries.append(struct.pack("<HHII", 34665, 4, 1, 8))  # Exif that is the page itself
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 8)
    (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0" + directory)
    assert contained(tmp_path / "a.tif").frames == 1


# ------------------------------------------------------------------ parts give what the whole gives


@pytest.mark.parametrize("strip", [1, 40, 100, 10_000])
def test_strips_of_any_height_find_the_same(tmp_path, monkeypatch, strip):
    rng = np.random.RandomState(3)
    a, b = rng.randint(0, 256, (2, HEIGHT, WIDTH, 3)).astype(np.uint8)
    b[5, 7, 1] = 255 - a[5, 7, 1]
    whole = compare_images(a, b)
    apart = np.abs(a.astype(int) - b)
    assert (whole.differing, whole.largest) == (np.count_nonzero(apart), apart.max())
    assert whole.mean == pytest.approx(apart.mean(), rel=1e-12)
    monkeypatch.setattr("ganspace_tf.compare.images.STRIP_PIXELS", strip)
    for name, array in (("a.png", a), ("b.png", b)):
        Image.fromarray(array).save(str(tmp_path / name))
    report = compare_paths(str(tmp_path / "a.png"), str(tmp_path / "b.png"))
    assert compare_images(a, b) == whole
    assert {name: report.facts[name] for name in ("differing", "largest", "mean")} == {
        "differing": whole.differing,
        "largest": whole.largest,
        "mean": whole.mean,
    }
    assert tuple(report.facts["place"]) == whole.place


def test_films_of_two_lengths_are_refused(tmp_path, frames):
    one, other = saved(tmp_path, "film.gif", frames), str(tmp_path / "b.gif")
    frames[0].save(other, save_all=True, append_images=frames[1:2])
    with pytest.raises(GanspaceError, match="3 frames of 31 × 17 pixels and 2 frames"):
        compare_paths(one, other)


def test_the_frame_that_differs_is_drawn(tmp_path, frames):
    middle = np.array(frames[1])
    middle[0, 0, 0] ^= 128
    changed = [frames[0], Image.fromarray(middle), frames[2]]
    one, other = saved(tmp_path, "film.png", frames), str(tmp_path / "b.png")
    changed[0].save(other, save_all=True, append_images=changed[1:])
    report = compare_paths(one, other)
    assert report.worst.frame == 1
    assert np.array_equal(report.difference()[:, :WIDTH], np.asarray(frames[1]))


def test_a_difference_too_large_to_draw_is_refused(tmp_path, frames, monkeypatch):
    path = saved(tmp_path, "a.png", frames)
    report = compare_paths(path, path)
    monkeypatch.setattr("ganspace_tf.compare.report.MOST_DRAWN", 100)
    with pytest.raises(UsageError, match="up to 100 pixels"):
        report.difference()
