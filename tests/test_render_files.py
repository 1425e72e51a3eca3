"""PNG, GIF and MP4 on disk: exact pixels, recipes in and beside them, the same bytes again; whole files
only.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.recipe import recipe_text
from ganspace_tf.render import files, save_strip, video

RECIPE = {
    "format": 1,
    "verb": "edit",
    "model": {"name": "nétwork.pkl"},
    "settings": {"seeds": [1], "psi": 0.7},
}


@pytest.fixture
def image() -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, (8, 12, 3)).astype(np.uint8)


@pytest.fixture
def film() -> np.ndarray:
    rng = np.random.RandomState(0)
    return np.clip(
        rng.randint(0, 200, (1, 16, 24, 3)) + np.arange(6)[:, None, None, None] * 10, 0, 255
    ).astype(np.uint8)


def test_png_keeps_pixels_and_recipe(tmp_path, image):
    path = files.save_png(tmp_path / "a.png", image, RECIPE)
    assert np.array_equal(np.asarray(Image.open(path)), image)
    assert files.read_recipe(path) == RECIPE
    assert (tmp_path / "a.json").read_text() == recipe_text(RECIPE) == Image.open(path).text["ganspace"]
    assert sorted(os.listdir(str(tmp_path))) == ["a.json", "a.png"]


def test_without_a_recipe_there_is_only_the_png(tmp_path, image):
    files.save_png(tmp_path / "a.png", np.dstack([image, image[..., :1]]))
    assert os.listdir(str(tmp_path)) == ["a.png"]


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_what_is_written_without_a_recipe_is_not_told_by_an_older_one(tmp_path, image, film, name):
    save, pixels = (files.save_film, film) if name == "a.gif" else (files.save_png, image)
    save(tmp_path / name, pixels, RECIPE)
    save(tmp_path / name, pixels)
    with pytest.raises(FileError, match="no recipe"):
        files.read_recipe(tmp_path / name)
    (tmp_path / "a.json").write_text("[1]")  # no recipe: left alone
    save(tmp_path / name, pixels)
    assert (tmp_path / "a.json").read_text() == "[1]"


def test_a_film_without_a_recipe_does_not_take_that_of_another_film(tmp_path, image, film):
    files.save_film(tmp_path / "a.gif", film, RECIPE)
    for name, save, pixels in (("a.mp4", files.save_film, film), ("a.png", files.save_png, image)):
        with pytest.raises(FileError, match=r"the only one of a\.gif; choose"):
            save(tmp_path / name, pixels)
        assert not (tmp_path / name).exists()
    assert files.read_recipe(tmp_path / "a.gif") == RECIPE


def test_the_same_picture_is_the_same_bytes(tmp_path, image):
    for name in ("a.png", "b.png"):
        files.save_png(tmp_path / name, image, RECIPE)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_recipe_is_found_inside_beside_or_alone(tmp_path, image, film):
    files.save_png(tmp_path / "a.png", image, RECIPE)
    (tmp_path / "a.json").unlink()
    assert files.read_recipe(tmp_path / "a.png") == RECIPE
    files.save_film(tmp_path / "b.gif", film, RECIPE)
    assert files.read_recipe(tmp_path / "b.gif") == files.read_recipe(tmp_path / "b.json") == RECIPE
    files.save_png(tmp_path / "c.png", image)
    (tmp_path / "c.json").write_text(
        recipe_text(RECIPE)
    )  # a picture that lost its text chunk in a mail program
    assert files.read_recipe(tmp_path / "c.png") == RECIPE


def test_save_strip_takes_images_as_generators_give_them(tmp_path):
    images = np.zeros((3, 3, 8, 8), np.float32)
    save_strip(tmp_path / "s.png", images)
    pixels = np.asarray(Image.open(tmp_path / "s.png"))
    assert pixels.shape == (8, 26, 3) and (pixels[:, :8] == 128).all() and (pixels[:, 8] == 255).all()
    frames = np.full((2, 8, 8, 3), 7, np.uint8)
    save_strip(tmp_path / "t.png", frames, gap=0)
    assert np.asarray(Image.open(tmp_path / "t.png")).shape == (8, 16, 3)


def test_a_gif_repeats_its_frames(tmp_path, film):
    files.save_film(tmp_path / "a.gif", film, fps=10)
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["duration"], gif.info["loop"]) == (6, (24, 16), 100, 0)


def test_transparent_frames_lie_on_white(tmp_path):
    files.save_film(tmp_path / "a.gif", np.zeros((1, 8, 8, 4), np.uint8))
    assert (np.asarray(Image.open(tmp_path / "a.gif").convert("RGB")) == 255).all()


def test_an_mp4_has_all_frames_and_the_same_bytes_again(tmp_path, film):
    pytest.importorskip("imageio_ffmpeg")
    import imageio_ffmpeg

    for name in ("a.mp4", "b.mp4"):
        files.save_film(tmp_path / name, film[:, :15, :23], RECIPE)  # odd sizes: padded to even ones
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "a.mp4"))
    assert next(reader)["size"] == (24, 16)
    assert sum(1 for _ in reader) == 6


def test_without_ffmpeg_a_film_says_what_to_install(tmp_path, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileError, match="pip install imageio-ffmpeg"):
        files.save_film(tmp_path / "a.mp4", film)
    assert os.listdir(str(tmp_path)) == []


def test_a_failing_ffmpeg_is_reported_and_leaves_nothing(tmp_path, film, monkeypatch):
    monkeypatch.setattr(video, "ffmpeg_program", lambda: sys.executable)
    with pytest.raises(FileError, match=r"ffmpeg could not make"):
        files.save_film(tmp_path / "a.mp4", film)
    assert os.listdir(str(tmp_path)) == []


# ------------------------------------------------------------------ what cannot be written or read


def test_other_endings_are_refused(tmp_path, image, film):
    with pytest.raises(UsageError, match=r"a\.jpg must end in \.png"):
        files.save_png(tmp_path / "a.jpg", image)
    with pytest.raises(UsageError, match=r"a\.png must end in \.gif or \.mp4"):
        files.save_film(tmp_path / "a.png", film)


def test_a_folder_that_is_not_there_is_named(tmp_path, image):
    with pytest.raises(FileError, match=r"cannot write .*no/a\.png: No such file"):
        files.save_png(tmp_path / "no" / "a.png", image)


def test_a_folder_is_not_overwritten(tmp_path, image):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(FileError, match=r"a\.png: Is a directory"):
        files.save_png(tmp_path / "a.png", image)


def test_a_failing_write_leaves_the_old_file_and_no_debris(tmp_path, image, monkeypatch):
    path = files.save_png(tmp_path / "a.png", image)
    before = path.read_bytes()
    monkeypatch.setattr(
        os, "replace", lambda a, b: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(FileError, match=r"cannot write .*: No space left on device"):
        files.save_png(path, 255 - image)
    assert path.read_bytes() == before
    assert os.listdir(str(tmp_path)) == ["a.png"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is Linux's")
def test_a_device_is_written_in_place():
    with pytest.raises(FileError, match="No space left"):
        files.write_bytes("/dev/full", b"x" * 100)
    files.write_bytes("/dev/null", b"x")


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("none.png", None, "No such file"),
        ("none.gif", None, "No such file"),
        ("text.png", b"hello", "not a PNG"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00", "not a PNG"),
        ("a.json", b"{", "not valid JSON"),
        ("b.json", b"\xff\xfe", "cannot read"),
        ("a.gif", b"GIF89a", "no recipe inside"),
    ],
)
def test_what_has_no_recipe_is_refused(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=said) as error:
        files.read_recipe(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_png_of_another_program_has_no_recipe(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "a.png")
    with pytest.raises(FileError, match=r"has no recipe inside, and there is no a\.json"):
        files.read_recipe(tmp_path / "a.png")
    Image.fromarray(image).save(tmp_path / "b.png", "GIF")
    with pytest.raises(FileError, match="not a PNG file but GIF"):
        files.read_recipe(tmp_path / "b.png")


def test_recipes_are_plain_json_that_other_programs_read(tmp_path, image):
    files.save_png(tmp_path / "a.png", image, RECIPE)
    assert json.loads((tmp_path / "a.json").read_bytes().decode("ascii")) == RECIPE
