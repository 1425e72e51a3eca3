"""Films as players see them: every frame's time, its colours, its size; what the command says of them."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.errors import UsageError
from ganspace_tf.render import files, frames, layout
from ganspace_tf.render.gif import durations
from ganspace_tf.render.video import even_size, ffmpeg_program
from tests.test_cli_verbs import SIDE, comp, pixels, refused, run  # noqa: F401 - fixtures


def times(path):
    """Hundredths of a second of every frame of a GIF."""
    with Image.open(path) as film:
        lasting = []
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            lasting.append(film.info["duration"] // 10)
        return lasting


# ---------------------------------------------------------------- GIF


@pytest.mark.parametrize("moving", [False, True])
def test_a_gif_lasts_as_long_as_its_frames(tmp_path, moving):
    """Also a still one: some versions of Pillow forget the time of frames that look like the one before."""
    frames = np.full((10, 8, 8, 3), 90, np.uint8)
    frames[:, :4] += (np.arange(10) // 4 * 20 * moving).astype(np.uint8)[:, None, None, None]
    path = files.save_film(tmp_path / "a.gif", frames, fps=20)
    assert times(path) == ([20, 20, 10] if moving else [50])


@pytest.mark.parametrize("fps", [12, 23.976, 24, 29.97, 60])
def test_rounding_to_hundredths_does_not_add_up(fps):
    lasting = durations(300, fps)
    assert abs(sum(lasting) - 300 * max(2, 100 / fps)) <= 0.5 and min(lasting) >= 2
    assert max(lasting) - min(lasting) <= 1


@pytest.mark.parametrize("fps, still, stands", [(0.01, 6, 600), (0.01, 7, 700), (1e-3, 1, 1000)])
def test_a_picture_stands_in_a_gif_for_as_long_as_it_can_say(tmp_path, fps, still, stands):
    frames = np.full((still + 1, 8, 8, 3), 90, np.uint8)
    frames[-1] = 20
    if stands <= 655.35:
        assert times(files.save_film(tmp_path / "a.gif", frames, fps=fps)) == [100 * stands, 10000]
        return
    with pytest.raises(UsageError, match=r"{:,}\.00 s; a GIF shows it for 655\.35 s".format(stands)):
        files.save_film(tmp_path / "a.gif", frames, fps=fps)
    assert not list(tmp_path.iterdir())


def test_a_small_highlight_keeps_its_colour_in_a_gif(tmp_path):
    """Two white eyes on a picture of many colours: a palette of the commonest ones had none for them."""
    y, x = np.mgrid[:64, :64]
    frame = np.stack([60 + 2 * x, 40 + 2 * y, 20 + x + y], axis=-1)
    frame = np.clip(frame + np.random.RandomState(0).randint(-20, 21, frame.shape), 0, 200).astype(np.uint8)
    frame[20:23, 20:23] = frame[20:23, 40:43] = 255
    path = files.save_film(tmp_path / "a.gif", frame[None])
    with Image.open(path) as film:
        shown = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(shown[20:23, [20, 21, 22, 40, 41, 42]] - 255).max() <= 5
    assert np.abs(shown - frame).max() <= 20  # by median cut 25, and 17 in the eyes


# ---------------------------------------------------------------- MP4

RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-")
EXACT = "scale=flags=accurate_rnd+full_chroma_int"  # ffmpeg's quick way back to RGB loses one level more
AS_709 = EXACT + ":in_color_matrix=bt709:in_range=tv"


@pytest.mark.parametrize("read", [EXACT, AS_709], ids=["by its tags", "as BT.709"])
def test_flat_colours_come_back_from_an_mp4(tmp_path, read):
    """Within 2 levels, what 8 bits of limited-range Y'CbCr leave of RGB."""
    pytest.importorskip("imageio_ffmpeg")
    pure = [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    colours = np.array(pure + np.random.RandomState(0).randint(0, 256, (24, 3)).tolist(), np.uint8)
    frames = np.repeat(np.repeat(colours[:, None, None], 32, axis=1), 32, axis=2)
    path = files.save_film(tmp_path / "a.mp4", frames)
    words = [ffmpeg_program(), "-loglevel", "error", "-i", str(path), "-vf", read, *RAW]
    shown = np.frombuffer(subprocess.run(words, stdout=subprocess.PIPE).stdout, np.uint8)
    assert np.abs(shown.reshape(frames.shape).astype(int) - frames).max() <= 2


def test_an_mp4_says_how_its_colours_are_meant(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    path = files.save_film(tmp_path / "a.mp4", np.zeros((2, 16, 16, 3), np.uint8))
    said = subprocess.run([ffmpeg_program(), "-i", str(path)], stderr=subprocess.PIPE).stderr.decode()
    assert "yuv420p(tv, bt709" in said and "unknown" not in said.partition("yuv420p(")[2].partition(")")[0]


def test_the_size_of_a_film_is_known_before_it_is_read(tmp_path):
    frames = np.zeros((2, 15, 16, 3), np.uint8)
    assert even_size(15, 16) == (16, 16)
    assert files.film_size("a.mp4", frames) == (16, 16) and files.film_size("a.gif", frames) == (15, 16)


# ---------------------------------------------------------------- grids, and images as generators give them


def test_films_and_grids_take_images_as_generators_give_them(tmp_path):
    images = np.random.RandomState(0).uniform(-1.3, 1.3, (5, 3, 6, 8)).astype(np.float32)
    files.save_film(tmp_path / "a.gif", images)
    with Image.open(tmp_path / "a.gif") as film:
        assert (film.n_frames, film.size) == (5, (8, 6))
    assert pixels(files.save_grid(tmp_path / "a.png", images)).shape == (6, 5 * 8 + 4, 3)
    named = files.save_grid(tmp_path / "b.png", images, columns=2, captions=list("abcde"))
    assert pixels(named).shape[0] > 3 * 6


FRAMES = np.zeros((3, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gs.save_grid("a.png", FRAMES, columns=-1), "columns=-1 is too small; at least 1"),
        (lambda: gs.save_grid("a.png", FRAMES, columns=0), "columns=0 is too small; at least 1"),
        (lambda: gs.save_grid("a.png", FRAMES, columns=2.5), "columns 2.5 is not a whole number"),
        (lambda: gs.save_strip("a.png", FRAMES, gap=-1), "gap=-1 is too small; at least 0"),
        (lambda: gs.save_strip("a.png", FRAMES.astype(int)), "uint8 pixels .*, not int64"),
        (lambda: gs.save_strip("a.png", "ab"), "uint8 pixels .*, not <U2"),
        (
            lambda: gs.save_strip("a.png", [FRAMES[0], FRAMES[0, 1:]]),
            "one shape, not .7, 8, 3. and .8, 8, 3.",
        ),
        (lambda: gs.save_strip("a\0.png", FRAMES), "no file has a zero byte in its name"),
        (lambda: gs.save_film("a\0.gif", FRAMES, {}), "no file has a zero byte in its name"),
        (lambda: gs.save_film("a.gif", FRAMES, fps="20"), "a number above 0 of frames a second, not '20'"),
        (lambda: gs.save_film("a.gif", FRAMES, fps=float("inf")), "above 0 of frames a second, not inf"),
        (lambda: gs.save_film("a.gif", FRAMES, fps=0), "above 0 of frames a second, not 0"),
        (lambda: gs.to_uint8("a"), "images are an array .* of numbers, not 'a'"),
    ],
)
def test_what_python_callers_give_wrongly_is_one_line_and_no_file(tmp_path, monkeypatch, call, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        call()
    assert not list(tmp_path.iterdir())


def test_a_tidy_grid_has_no_empty_cell_where_one_row_more_or_less_does_it():
    tidy = {n: layout.tidy_columns(n) for n in (1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 25)}
    assert tidy == {1: 1, 2: 2, 4: 2, 5: 5, 6: 3, 7: 7, 8: 4, 9: 3, 10: 5, 12: 4, 15: 5, 16: 4, 25: 5}
    assert layout.tidy_columns(11) == 4  # a row of eleven would be too wide


# ---------------------------------------------------------------- on the command line


def test_an_edit_to_and_fro_is_announced_and_can_go_one_way(run, comp):  # noqa: F811
    words = ["edit", "net.pkl", "--components", comp, "--edit", "E(v0)", "--frames", 4, "--raw", "--out"]
    code, out, _ = run(*words, "film.gif")
    assert code == 0
    assert out.startswith("film.gif  16 × 16 pixels, 6 frames at 20 a second, 0.3 s, there and back (--once")
    code, out, _ = run(*words, "once.gif", "--once", "--fps", "12.5", "--json")
    facts = json.loads(out)
    assert (facts["frames"], facts["fps"], facts["returns"]) == (4, 12.5, False)
    assert times("once.gif") == [8, 8, 8, 8]
    assert run("replay", "once.gif", "--out", "again.gif")[1].rstrip().endswith("the same pixels")


def test_a_film_is_as_large_as_it_is_said_to_be(run, comp):  # noqa: F811
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    words = ["--edit", "E(v0)", "--cell", 33, "--frames", 2, "--raw", "--out", "film.mp4"]
    code, out, _ = run("edit", "net.pkl", "--components", comp, *words)
    size = next(ffmpeg.read_frames("film.mp4"))["size"]
    assert code == 0 and "{} × {} pixels, 2 frames".format(*size) in out and size == (34, 34)


def test_films_are_labelled_unless_raw_and_old_recipes_play_as_they_were(run, comp):  # noqa: F811
    words = ["edit", "net.pkl", "--components", comp, "--edit", "E(v0)", "--frames", 2, "--out", "film.gif"]
    assert run(*words)[0] == 0
    recipe = files.read_recipe("film.gif")
    with Image.open("film.gif") as film:
        assert film.size[1] > film.size[0] > SIDE
    for new in ("captions", "columns", "once", "psis"):
        del recipe["settings"][new]  # as recipes were before
    with open("old.json", "w") as file:
        json.dump(recipe, file)
    assert run("replay", "old.json", "--out", "old.gif")[0] == 0
    with Image.open("old.gif") as film:
        assert film.size == (6 * SIDE, 6 * SIDE)


def test_walk_films_seeds_and_is_replayed(run, comp):  # noqa: F811
    words = ["--seeds", "1,2,3", "--frames", 7, "--loop", "--ease", "--psi", "0.3..1", "--out", "w.gif"]
    words += ["--components", comp, "--edit", "E(v0, 0-1) = +2σ"]
    code, out, _ = run("walk", "net.pkl", *words)
    assert code == 0 and "7 frames at 20 a second" in out and "there and back" not in out
    settings = files.read_recipe("w.gif")["settings"]
    assert [key[0] for key in settings["keyframes"]] == [1, 2, 3]
    np.testing.assert_allclose([key[2] for key in settings["keyframes"]], [0.3, 0.65, 1])
    assert run("replay", "w.gif", "--out", "again.gif")[1].rstrip().endswith("the same pixels")


def test_one_seed_walks_through_truncations(run):  # noqa: F811
    assert run("walk", "net.pkl", "--seeds", "7", "--psi", "0..none", "--out", "psi.png")[0] == 0
    assert [key[0] for key in files.read_recipe("psi.png")["settings"]["keyframes"]] == [7, 7]


@pytest.mark.parametrize(
    "words, said",
    [
        (["--seeds", "1"], "two seeds or more"),
        (["--edit", "E(v0)", "--components", "c.npz"], "each needs a strength"),
        (["--components", "c.npz"], "--components is for --edit"),
        (["--psi", "0..1..2"], "a range like 0.3..1"),
        (["--space", "s"], "'s'"),
        (["--fps", "0"], "from 0.01 to 1000"),
    ],
)
def test_walk_refuses(run, comp, words, said):  # noqa: F811
    refused(run("walk", "net.pkl", *words), 2, said)


def test_psi_side_by_side(run, comp):  # noqa: F811
    assert run("sample", "net.pkl", "--seeds", "1-3", "--psi", "0.25,0.7,none", "--raw")[0] == 0
    table = pixels("grid.png")
    assert table.shape == (3 * SIDE + 2, 3 * SIDE + 2, 3)
    assert run("sample", "net.pkl", "--seeds", "1-3", "--psi", "0.7", "--raw", "--out", "row.png")[0] == 0
    np.testing.assert_array_equal(table[SIDE + 1 : 2 * SIDE + 1], pixels("row.png"))
    words = ["edit", "net.pkl", "--components", comp, "--edit", "E(v0)", "--seeds", "1,2", "--frames", 3]
    assert run(*words, "--psi", "0.25,none", "--raw", "--out", "rows.png")[0] == 0
    assert run(*words, "--raw", "--out", "none.png")[0] == 0
    rows, plain = pixels("rows.png"), pixels("none.png")
    assert rows.shape[0] == 4 * SIDE + 3
    for seed in range(2):  # a seed's second strip is that without truncation
        top = (2 * seed + 1) * (SIDE + 1)
        np.testing.assert_array_equal(rows[top : top + SIDE], plain[seed * (SIDE + 1) :][:SIDE])
    for verb in (["sample", "net.pkl"], words):
        assert run(*verb, "--psi", "0.25,none", "--out", "labelled.png")[0] == 0
        assert run("replay", "labelled.png", "--out", "again.png")[1].rstrip().endswith("the same pixels")


def test_mixing_on_the_command_line(run):  # noqa: F811
    words = ["sample", "net.pkl", "--seeds", "1,2", "--mix", "1-2", "--seeds-b", "3-5", "--out", "mix.png"]
    assert run(*words)[0] == 0 and run("replay", "mix.png", "--out", "again.png")[0] == 0
    refused(run("sample", "net.pkl", "--mix", "1-2"), 2, "belong together")
    refused(run(*words, "--psi", "0.5,0.7"), 2, "one --psi, not 2")
    refused(run(*words, "--columns", "2"), 2, "--columns is for a plain grid")


def test_a_picture_of_a_hundred_thousand_seeds_says_what_it_would_be(run):  # noqa: F811
    refused(
        run("sample", "net.pkl", "--seeds", "0-99999", "--cell", "64"), 2, "100,000 frames of 64 × 64 are 409"
    )


def test_strengths_are_understood_with_their_unit(run, comp):  # noqa: F811
    words = ["edit", "net.pkl", "--components", comp, "--frames", 2, "--raw", "--edit", "E(v0)", "--sigma"]
    assert run(*words, "-2σ..2σ", "--out", "a.png")[0] == 0 and run(*words, "-2..2", "--out", "b.png")[0] == 0
    np.testing.assert_array_equal(pixels("a.png"), pixels("b.png"))


def test_a_film_that_needs_ffmpeg_is_refused_before_its_frames_are_made(run, monkeypatch):  # noqa: F811
    def drawn(*args, **options):
        raise AssertionError("frames were made")

    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(frames, "render", drawn)
    refused(run("walk", "net.pkl", "--seeds", "1,2", "--out", "film.MP4"), 1, "needs ffmpeg: pip install")


def test_the_ffmpeg_of_the_system_does_where_the_package_is_missing(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_program() == str(program)


def test_what_is_not_given_of_a_keyframe_is_not_told(run):  # noqa: F811
    assert run("walk", "net.pkl", "--seeds", "1,2", "--frames", "2", "--out", "film.gif")[0] == 0
    (row,) = [line for line in run("info", "film.gif")[1].splitlines() if line.startswith("keyframes")]
    assert row.split() == ["keyframes", "1;", "2"]
