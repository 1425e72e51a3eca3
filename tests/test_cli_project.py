"""`ganspace project`: photos in, a file of latents out; what is said, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.errors import BasisMismatch, FileError
from ganspace_tf.photos import read_latents
from ganspace_tf.photos.records import Record, read_record, write_latents
from tests.tiny import write_tiny

QUICK = ["--steps", "12", "--starts", "2", "--candidates", "32", "--threads", "1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """net.pkl, and photos of it: a.png and b.png."""
    place = tmp_path_factory.mktemp("photos")
    write_tiny(place / "net.pkl", "stylegan2-skip")
    gen = gs.load_generator(place / "net.pkl", threads=1)
    for name, pixels in zip("ab", gs.to_uint8(gen.images(gen.w(seeds=[1, 2])))):
        Image.fromarray(pixels).save(str(place / (name + ".png")))
    gen.close()
    return place


@pytest.fixture(autouse=True)
def here(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)


def save(path, pixels):
    Image.fromarray(np.asarray(pixels, np.uint8)).save(str(path))
    return str(path)


def project(capsys, *words, code=0):
    """(facts, what was said) of a command line with --json; facts are None where it failed."""
    assert main(["project", "net.pkl", *words, *QUICK, "--json"]) == code
    out, err = capsys.readouterr()
    return json.loads(out) if code == 0 else None, err


def test_photos_become_rows_that_every_verb_takes(capsys, tmp_path):
    out = str(tmp_path / "two.npz")
    facts, _said = project(capsys, "a.png", "b.png", "--out", out)
    assert facts["space"] == "w+" and facts["stopped"] is None and facts["seconds"] > 0
    assert [row["name"] for row in facts["rows"]] == ["a.png", "b.png"]
    for row in facts["rows"]:
        assert row["psnr"] > 15 and row["distance"] > 0 and row["gradients"] >= row["steps"] >= 12
    with np.load(out) as file:  # ADA-PyTorch's generate.py reads it so
        assert file["w"].shape == (2, 6, 12) and file["w"].dtype == np.float32
    gen = gs.load_generator("net.pkl")
    np.testing.assert_array_equal(gs.load_latents(out + ":b.png", gen)[0], gs.load_latents(out, gen)[1])
    assert main(["sample", "net.pkl", "--latents", out, "--raw", "--out", str(tmp_path / "again.png")]) == 0
    assert main(["info", out]) == 0
    assert "latents" in capsys.readouterr().out


def test_the_same_photos_give_the_same_bytes_and_one_gives_its_row(capsys, tmp_path):
    names = [str(tmp_path / name) for name in ("one.npz", "again.npz", "b.npz")]
    for name in names[:2]:
        project(capsys, "a.png", "b.png", "--space", "w", "--out", name)
    project(capsys, "b.png", "--space", "w", "--out", names[2])
    assert Path(names[0]).read_bytes() == Path(names[1]).read_bytes()
    with np.load(names[0]) as two, np.load(names[2]) as one:
        np.testing.assert_array_equal(two["w"][1], one["w"][0])
        assert (one["w"] == one["w"][:, :1]).all()
    assert read_record(names[0]).rows[1] == read_record(names[2]).rows[0]


def test_latents_of_another_network_are_refused_unless_trusted(capsys, tmp_path):
    out = str(tmp_path / "a.npz")
    project(capsys, "a.png", "--out", out)
    write_tiny(tmp_path / "other.pkl", "stylegan2-skip", seed=1)
    other = gs.load_generator(tmp_path / "other.pkl")
    with pytest.raises(BasisMismatch, match=r"belong to 'net' .* not to other .*--trust-latents"):
        gs.load_latents(out, other)
    assert gs.load_latents(out, other, trust=True).shape == (1, 6, 12)
    words = ["sample", str(tmp_path / "other.pkl"), "--latents", out, "--out", str(tmp_path / "x.png")]
    assert main(words) == 1 and main([*words, "--trust-latents"]) == 0


@pytest.mark.parametrize(
    "change, said",
    [
        ({"format": "x"}, "does not say ganspace-latents"),
        ({"format_version": 9}, "version 9 of ganspace-latents"),
        ({"rows": []}, "0 rows of facts"),
        ({"rows": [{}]}, "a row has no name"),
        ({"fingerprint": 3}, "its fingerprint is 3"),
    ],
    ids=str,
)
def test_damaged_records_are_refused_by_what_is_wrong(tmp_path, change, said):
    import zipfile

    gen = gs.load_generator("net.pkl")
    path = tmp_path / "me.npz"
    write_latents(path, np.ones((1, 6, 12)), Record(gen.fingerprint, "net", "w+", [{"name": "me"}]))
    with zipfile.ZipFile(str(path)) as archive:
        text, w = json.loads(archive.read("latents.json")), archive.read("w.npy")
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.writestr("latents.json", json.dumps(dict(text, **change)))
        archive.writestr("w.npy", w)
    with pytest.raises(FileError) as caught:
        gs.load_latents(path, gen)
    assert said in str(caught.value) and str(path) in str(caught.value)


def test_photos_of_other_shapes_are_cut_never_stretched(capsys, tmp_path):
    random = np.random.RandomState(0)
    wide = save(tmp_path / "wide.png", random.randint(0, 256, (32, 48, 3)))
    facts, said = project(capsys, wide, "--out", str(tmp_path / "w.npz"))
    assert "wide.png: 48 × 32 pixels: the middle, 32 × 32, is taken" in said
    assert facts["rows"][0]["box"] == [8, 0, 40, 32]
    small = save(tmp_path / "small.png", random.randint(0, 256, (8, 8, 3)))
    said = project(capsys, small, "--out", str(tmp_path / "s.npz"))[1]
    assert "small.png: smaller than 16 × 16: enlarged" in said
    strip = save(tmp_path / "strip.png", random.randint(0, 256, (20, 100, 3)))
    said = project(capsys, strip, code=1)[1]
    assert said.count("\n") == 1 and "its middle alone would be 20% of it" in said
    assert "ganspace align {} --size 16".format(strip) in said


def test_names_that_no_terminal_should_see_are_shown_plainly(capsys, tmp_path):
    strange = save(tmp_path / "a\x1b[31m\n.png", np.array(Image.open("a.png")))
    facts, said = project(capsys, strange, "--steps", "2", "--out", str(tmp_path / "x.npz"))
    assert "\x1b" not in facts["rows"][0]["name"] + said and "\n" not in facts["rows"][0]["name"]
    assert read_record(str(tmp_path / "x.npz")).names == [facts["rows"][0]["name"]]


def test_what_is_clear_or_black_in_a_mask_does_not_count(capsys, tmp_path):
    pixels = np.array(Image.open("a.png"))
    alpha = np.full((16, 16, 1), 255, np.uint8)
    alpha[:6, :6] = 0
    spoilt = np.array(pixels)
    spoilt[:6, :6] = (255, 0, 255)
    clear = save(tmp_path / "clear.png", np.concatenate([spoilt, alpha], axis=2))
    plain = save(tmp_path / "plain.png", spoilt)
    large = save(tmp_path / "mask.png", np.kron(alpha[..., 0], np.ones((4, 4))))
    by_alpha, said = project(capsys, clear, "--out", str(tmp_path / "1.npz"))
    assert "clear.png: what is clear in it does not count" in said
    by_mask = project(capsys, plain, "--mask", large, "--out", str(tmp_path / "2.npz"))[0]
    without = project(capsys, plain, "--out", str(tmp_path / "3.npz"))[0]
    assert by_alpha["rows"][0]["psnr"] > without["rows"][0]["psnr"] + 3
    assert by_mask["rows"][0]["psnr"] == pytest.approx(by_alpha["rows"][0]["psnr"], abs=0.5)
    black = save(tmp_path / "black.png", np.zeros((16, 16)))
    assert "black everywhere" in project(capsys, plain, "--mask", black, code=1)[1]
    gone = save(tmp_path / "gone.png", np.concatenate([spoilt, 0 * alpha], axis=2))
    assert "all of it is clear" in project(capsys, gone, code=1)[1]
    assert "2 masks for 1 photos" in project(capsys, plain, "--mask", large, "--mask", large, code=2)[1]


def test_what_cannot_be_projected_is_said_in_one_line(capsys, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for words, code, said in [
        (["missing.png"], 1, "No such file"),
        ([str(tmp_path / "text.png")], 1, "not a picture"),
        (["a.png", "--out", "a.txt"], 2, "must end in .npz"),
        (["a.png", "--class", "1"], 2, "it has no classes"),
        (["a.png", "--start", "a.png"], 1, "no file of arrays"),
        (["a.png", "--space", "w", "--keep-near", "0.1"], 2, "w has one"),
        (["a.png", "--good-enough", "0"], 2, "no PSNR from 1 to 100 dB"),
        (["a.png", "--seconds", "-1"], 2, "not a number of seconds above 0"),
    ]:
        _, err = project(capsys, *words, code=code)
        assert err.count("\n") == 1 and said in err, err
    assert not os.path.exists("projected.npz")


def test_biggan_is_refused(capsys):
    assert main(["project", "demo:biggan", "a.png"]) == 1
    assert "project projects StyleGAN families only" in capsys.readouterr().err


def test_a_start_from_a_file_and_no_more_of_it_than_photos(capsys, tmp_path):
    gen = gs.load_generator("net.pkl")
    np.save(str(tmp_path / "two.npy"), gen.w(seeds=[1, 2]))
    words = ["--out", str(tmp_path / "x.npz"), "--start"]
    assert (
        main(["project", "net.pkl", "a.png", "b.png", "--steps", "2", *words, str(tmp_path / "two.npy")]) == 0
    )
    capsys.readouterr()
    assert main(["project", "net.pkl", "a.png", *words, str(tmp_path / "two.npy")]) == 2
    assert "has 2 latents for 1 photos" in capsys.readouterr().err
    assert (
        main(["project", "net.pkl", "a.png", "--steps", "2", *words, str(tmp_path / "two.npy") + ":0"]) == 0
    )


def test_classes_are_taken_or_said(capsys, tmp_path):
    write_tiny(tmp_path / "cond.pkl", "stylegan2-cond")
    words = ["project", str(tmp_path / "cond.pkl"), "a.png", *QUICK, "--out", str(tmp_path / "c.npz")]
    assert main(words) == 0
    assert "no --class was given: starts are of all classes" in capsys.readouterr().err
    assert main([*words, "--class", "1"]) == 0
    assert "--class" not in capsys.readouterr().err


def test_far_and_spread_latents_and_noise_that_does_the_work_are_warned_of():
    from ganspace_tf.cli.project import _warnings

    assert _warnings({"distance": 1.2, "spread": 0.3, "noise_share": 0.05}) == []
    said = _warnings({"distance": 2.5, "spread": 0.6, "noise_share": 0.4})
    assert [text[:25] for text in said] == [
        "w is 2.5σ from the mean (",
        "the layers of w+ are 0.60",
        "40% of what was gained is",
    ]


def test_fitted_noise_is_in_the_file(capsys, tmp_path):
    out = str(tmp_path / "n.npz")
    facts, said = project(capsys, "a.png", "--noise", "fit", "--resume", "--out", out)
    assert "--resume: no such projection was stopped; it begins anew" in said
    latents = read_latents(out, gs.load_generator("net.pkl"))
    assert latents.told.endswith("; the noise that was fitted with it is not drawn")
    assert 0 <= facts["rows"][0]["noise_share"] <= 1
    with np.load(out) as file:
        assert [file["noise%d" % k].shape for k in range(3)] == [(1, 1, 4, 4), (1, 1, 8, 8), (1, 1, 8, 8)]


def test_a_page_and_a_film_show_the_photos_and_what_became_of_them(capsys, tmp_path):
    strange = save(tmp_path / "<b>a&.png", np.array(Image.open("a.png")))
    page, film = str(tmp_path / "p.html"), str(tmp_path / "f.gif")
    words = [strange, "b.png", "--space", "w-then-w+", "--page", page, "--film", film]
    facts, _ = project(capsys, *words, "--out", str(tmp_path / "x.npz"))
    assert (facts["page"], facts["film"]) == (page, film)
    text = Path(page).read_text(encoding="utf-8")
    assert text.count("<img ") == 6 and text.count("<svg ") == 2 and "b.png" in text
    assert (
        "<b>a&" not in text and "&lt;b&gt;a&amp;.png" in text and "http" not in text.replace("http-equiv", "")
    )
    with Image.open(film) as moving:
        assert moving.size == (2 * 192, 2 * 192) and moving.n_frames > 5
        first = np.asarray(moving.convert("RGB")).astype(int)
        moving.seek(moving.n_frames - 1)
        last = np.asarray(moving.convert("RGB")).astype(int)
    photo = np.array(Image.open("b.png")).repeat(12, axis=0).repeat(12, axis=1).astype(int)
    away = [np.abs(frame[192:, 192:] - photo).mean() for frame in (first, last)]
    assert away[1] < away[0]  # the picture comes nearer; a GIF has 256 colours
    assert np.abs(last[:192, 192:] - photo).mean() < 10
    assert "must end in .html" in project(capsys, "a.png", "--page", "p.txt", code=2)[1]


def test_a_film_over_another_one_does_not_keep_its_recipe(capsys, tmp_path):
    film, recipe, other = (str(tmp_path / name) for name in ("f.gif", "f.json", "f.mp4"))
    assert main(["walk", "net.pkl", "--seeds", "1,2", "--frames", "3", "--out", film]) == 0
    words = ["a.png", "--out", str(tmp_path / "x.npz"), "--film"]
    refused = project(capsys, *words, other, code=1)[1]
    assert "the only one of f.gif" in refused and not (tmp_path / "x.npz").exists()
    assert "removed " + recipe in project(capsys, *words, film)[1]
    assert main(["info", film]) == 1 and "has no recipe" in capsys.readouterr().err


def test_no_clobber_keeps_a_recipe_that_a_film_would_make_wrong(capsys, tmp_path):
    recipe = tmp_path / "f.json"
    recipe.write_text('{"format": 1, "verb": "edit", "model": {}, "settings": {}}')
    words = ["a.png", "--out", str(tmp_path / "x.npz"), "--film", str(tmp_path / "f.gif"), "--no-clobber"]
    assert "f.json is there already" in project(capsys, *words, code=1)[1] and recipe.exists()


# ------------------------------------------------------------------ stopped and gone on


def started(folder, tmp_path, *words):
    """A projection in a program of its own; many seconds long, as its first state is kept after two."""
    command = [sys.executable, "-W", "ignore", "-m", "ganspace_tf", "project", "net.pkl", "a.png", "b.png"]
    command += ["--space", "w", "--steps", "3000", "--patience", "0", "--starts", "32", "--candidates", "32"]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = dict(os.environ, PYTHONPATH=root, GANSPACE_CACHE=str(tmp_path / "cache"))
    return subprocess.Popen(
        [*command, "--threads", "1", *words],
        cwd=str(folder),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def test_ctrl_c_keeps_the_best_and_the_rest_can_be_had_later(folder, tmp_path):
    import signal

    out = str(tmp_path / "out.npz")
    running = started(folder, tmp_path, "--out", out, "--json")
    state = wait_for_state(tmp_path, running)
    running.send_signal(signal.SIGINT)
    answer, said = running.communicate(timeout=120)
    assert running.returncode == 0 and json.loads(answer)["stopped"] == "Ctrl-C", said
    assert "stopped by Ctrl-C: the best so far; --resume goes on" in said
    with np.load(out) as file:
        assert file["w"].shape == (2, 6, 12)
    assert os.path.exists(state)


def wait_for_state(tmp_path, running):
    """The first state of a projection in the cache."""
    place = tmp_path / "cache" / "states"
    for _ in range(1200):
        found = list(place.glob("*-2.npz")) if place.is_dir() else []
        if found:
            return str(found[0])
        assert running.poll() is None, running.communicate()
        time.sleep(0.1)
    raise AssertionError("no state was kept")


def test_a_killed_projection_goes_on_to_the_same_bytes(folder, tmp_path, capsys, monkeypatch):
    """Few steps, and a state after each, in this program; the kill is that of a program of its own."""
    from ganspace_tf.cli import projecting

    monkeypatch.setattr(projecting, "INTERVAL", 0.0)
    monkeypatch.setattr(projecting, "COST", 1e9)
    words = ["--space", "w-then-w+", "--out"]
    project(capsys, "a.png", "b.png", *words, str(tmp_path / "whole.npz"))

    class KilledError(Exception):
        pass

    keep, times = projecting._States.keep, []

    def keep_and_die(self):
        keep(self)
        times.append(1)
        if len(times) == 9:
            raise KilledError

    monkeypatch.setattr(projecting._States, "keep", keep_and_die)
    main(["project", "net.pkl", "a.png", "b.png", *words, str(tmp_path / "broken.npz"), *QUICK])
    capsys.readouterr()
    assert not (tmp_path / "broken.npz").exists() and len(times) == 9
    project(capsys, "a.png", "b.png", *words, str(tmp_path / "resumed.npz"), "--resume")
    assert (tmp_path / "resumed.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert not list((tmp_path / "cache" / "states").glob("*-2.npz"))  # done: nothing is kept


def test_seconds_end_it(capsys, tmp_path):
    words = ["project", "net.pkl", "a.png", "--steps", "100000", "--patience", "0", "--seconds", "0.5"]
    assert main([*words, "--json", "--out", str(tmp_path / "s.npz")]) == 0
    out, _err = capsys.readouterr()
    assert json.loads(out)["stopped"] == "--seconds 0.5" and (tmp_path / "s.npz").exists()
