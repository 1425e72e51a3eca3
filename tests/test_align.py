"""`ganspace align`: from a photo to the square that networks of faces know, and what is said where it fails.

Portraits: Grace Hopper (US Navy, in matplotlib), Eileen Collins (NASA); a cat and a cup have no face.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from PIL import Image

from ganspace_tf import cli
from ganspace_tf.photos.align.geometry import FacePoints, frame_of
from ganspace_tf.render.files import read_recipe

GOLDEN = Path(__file__).parent / "goldens" / "photos"
HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
COLLINS = GOLDEN / "astronaut.jpg"
CASES = {case["name"]: case for case in json.loads((GOLDEN / "alignment.json").read_text())["cases"]}
# Top left and bottom right corner in Hopper's photo, the same on both stacks to 1e-6.
HOPPER_CORNERS = [[76.844562, 32.825668], [451.682027, 365.877312]]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *words):
    """Exit code and the lines of stdout and stderr."""
    code = cli.main(["align", *(str(word) for word in words)])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def facts_of(capsys, *words):
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    return json.loads("\n".join(out))["faces"]


def pixels_of(path):
    with Image.open(str(path)) as image:
        return np.asarray(image)


def quad_of(facts):
    return np.array(facts["quad"])


@pytest.mark.parametrize("photo, name", [(HOPPER, "hopper"), (COLLINS, "astronaut")])
def test_real_portraits_are_aligned_as_with_dlibs_points(here, capsys, photo, name):
    """Corners within 8 % of a side of those from dlib's 68 points (measured: 6.5 % and 1.5 %)."""
    (facts,) = facts_of(capsys, photo, "--size", 64, "--out", "faces")
    case = CASES["{} (68 points)".format(name)]
    apart = np.hypot(*(quad_of(facts) - case["quad"]).T).max() / case["quad_size"]
    assert apart < 0.08 and facts["faces"] == 1 and facts["score"] > 0.9 and facts["warnings"] == []
    assert facts["out"] == os.path.join("faces", photo.stem + ".png")
    assert pixels_of(facts["out"]).shape == (64, 64, 3)


def test_both_stacks_cut_out_the_same(here, capsys):
    """Within 0.05 of a pixel of numbers that both gave."""
    (facts,) = facts_of(capsys, HOPPER, "--size", 64)
    np.testing.assert_allclose(quad_of(facts)[[0, 2]], HOPPER_CORNERS, rtol=0, atol=0.05)


@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.jpg"])
def test_a_cat_and_a_cup_have_no_face(here, capsys, name):
    code, out, err = run(capsys, GOLDEN / name, "--size", 256, "--out", "none")
    assert code == 1 and out == [] and len(err) == 1
    assert err[0].startswith("ganspace: no face found in {} (best score 0.".format(GOLDEN / name))
    assert err[0].endswith("; turn it upright, crop closer, give --points, or --detector none")
    assert os.listdir(".") == []


def test_a_beetle_has_no_face(here, capsys):
    assert cli.main(["sample", "demo:stylegan2", "--seeds", "1", "--raw", "--out", "1.png"]) == 0
    capsys.readouterr()
    code, _, err = run(capsys, "1.png", "--size", 256, "--out", "none")
    assert code == 1 and len(err) == 1 and not os.path.exists("none")


def test_a_photo_turned_by_its_camera_is_the_same_photo(here, capsys):
    """Saved without loss by quarters, with the Exif orientation that undoes it: the same crop."""
    upright = pixels_of(HOPPER)
    undone = {3: lambda p: p[::-1, ::-1], 6: np.rot90, 8: lambda p: np.rot90(p, -1)}
    facts_of(capsys, HOPPER, "--size", 64, "--out", "upright")
    for turn, undo in undone.items():
        exif = Image.Exif()
        exif[274] = turn
        Image.fromarray(np.ascontiguousarray(undo(upright))).save("turned.png", exif=exif)
        (facts,) = facts_of(capsys, "turned.png", "--size", 64)
        assert facts["exif_turn"] == turn and facts["size"] == [512, 600]
        assert np.array_equal(pixels_of(facts["out"]), pixels_of("upright/grace_hopper.png"))


def test_an_upside_down_photo_that_does_not_say_so_has_no_face(here, capsys):
    Image.fromarray(pixels_of(HOPPER)[::-1]).save("down.png")
    code, _, err = run(capsys, "down.png")
    assert code == 1 and len(err) == 1 and "turn it upright" in err[0]


@pytest.mark.parametrize("angle", [-45, 20, 60])
def test_a_turned_head_is_turned_back(here, capsys, angle):
    Image.open(str(HOPPER)).rotate(angle, Image.BICUBIC).save("turned.png")
    (facts,) = facts_of(capsys, "turned.png", "--size", 64)
    points = FacePoints(*(np.array(point) for point in facts["points"].values()))
    assert frame_of(points).angle == pytest.approx(-2.4 - angle, abs=6)


def group():
    """Collins, Hopper, Collins smaller; beside each other."""
    collins, hopper = Image.open(str(COLLINS)).crop((90, 0, 360, 270)), Image.open(str(HOPPER))
    photo = Image.new("RGB", (1000, 400), (90, 110, 130))
    photo.paste(collins, (20, 100))
    photo.paste(hopper.resize((340, 400), Image.LANCZOS), (330, 0))
    photo.paste(collins.resize((200, 200), Image.LANCZOS), (760, 150))
    return photo


def test_of_several_faces_the_largest_is_taken_and_that_is_said(here, capsys):
    group().save("group.png")
    code, out, err = run(capsys, "group.png", "--size", 64)
    assert code == 0 and len(out) == 1
    assert err == ["ganspace: note: group.png: 3 faces; the largest is taken (--face all|N)"]
    (facts,) = facts_of(capsys, "group.png", "--size", 64, "--face", "largest")
    assert facts["face"] == 2 and facts["out"] == os.path.join("aligned", "group.png")


def test_faces_are_numbered_from_left_to_right(here, capsys):
    group().save("group.png")
    facts = facts_of(capsys, "group.png", "--size", 64, "--face", "all", "--out", ".." + os.sep + "all")
    assert [os.path.basename(one["out"]) for one in facts] == ["group.png", "group_2.png", "group_3.png"]
    assert [one["face"] for one in facts] == [1, 2, 3]
    lefts = [quad_of(one)[:, 0].mean() for one in facts]
    assert lefts == sorted(lefts)
    (third,) = facts_of(capsys, "group.png", "--size", 64, "--face", 3)
    assert third["out"] == os.path.join("aligned", "group_3.png")
    assert np.array_equal(pixels_of(third["out"]), pixels_of(facts[2]["out"]))
    code, _, err = run(capsys, "group.png", "--face", 4, "--out", "none")
    assert (code, err) == (1, ["ganspace: group.png has 3 faces; --face 4 is not there"])


def test_a_small_face_and_a_face_at_the_edge_are_warned_of(here, capsys):
    Image.open(str(COLLINS)).resize((150, 150), Image.LANCZOS).save("small.png")
    Image.open(str(COLLINS)).crop((185, 40, 512, 512)).save("edge.png")
    code, _, err = run(capsys, "small.png", "--size", 256)
    assert code == 0 and len(err) == 1
    assert "small.png: the face is small: 50 pixels between the sides of the picture; 256 are drawn" in err[0]
    code, _, err = run(capsys, "edge.png", "--size", 64)
    assert code == 0 and len(err) == 1
    assert "% of the picture lies outside the photo and is made up" in err[0]
    code, _, err = run(capsys, "edge.png", "--size", 64, "--pad", "none")
    assert code == 0 and "is left clear" in err[0]
    assert pixels_of("aligned/edge.png").shape == (64, 64, 4)


def test_kinds_of_photos(here, capsys):
    """CMYK, grey, 16 bits, palette, alpha, a film: aligned, and said where something was lost."""
    image = Image.open(str(COLLINS))
    grey = np.asarray(image.convert("L"))
    image.convert("CMYK").save("cmyk.jpg")
    Image.fromarray(grey).save("grey.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save("deep.png")
    image.convert("P").save("palette.png")
    image.convert("RGBA").save("film.webp", save_all=True, append_images=[image.transpose(1)], lossless=True)
    clear = np.dstack([pixels_of(COLLINS), np.full((512, 512), 255, np.uint8)])
    clear[:, :200, 3] = 0
    Image.fromarray(clear).save("clear.png")
    photos = ["cmyk.jpg", "grey.png", "deep.png", "palette.png", "film.webp", "clear.png"]
    code, out, err = run(capsys, *photos, "--size", 64)
    assert code == 0 and len(out) == 6
    assert err == [
        "ganspace: note: cmyk.jpg: CMYK became RGB",
        "ganspace: note: deep.png: 16 bits a channel became 8",
        "ganspace: note: film.webp: 2 frames or pages: the first is taken",
    ]
    assert pixels_of("aligned/clear.png").shape == (64, 64, 4)
    assert (pixels_of("aligned/clear.png")[:, :15, 3] == 0).all()
    assert pixels_of("aligned/film.png").shape == (64, 64, 3)


def test_points_instead_of_a_detector(here, capsys):
    """The published points of Hopper give the published square, and no TensorFlow is needed for it."""
    case = CASES["hopper (68 points)"]
    Path("points.json").write_text(json.dumps({name: case[name] for name in FacePoints._fields}))
    (facts,) = facts_of(capsys, HOPPER, "--size", 256, "--points", "points.json")
    np.testing.assert_allclose(quad_of(facts), case["quad"], atol=1e-6)
    plan = case["plan"]["256"]
    assert [facts[key] for key in ("shrink", "size_after_shrink", "border", "crop", "padding")] == [
        plan[key] for key in ("shrink", "size_after_shrink", "border", "crop", "pad")
    ]
    assert facts["detector"] == "points"


def test_the_middle_instead_of_a_face(here, capsys):
    code, out, err = run(capsys, GOLDEN / "coffee.jpg", "--detector", "none", "--size", 100)
    assert code == 0 and err == [] and "the middle" in out[0]
    wanted = Image.open(str(GOLDEN / "coffee.jpg")).crop((100, 0, 500, 400)).resize((100, 100), Image.LANCZOS)
    assert np.array_equal(pixels_of("aligned/coffee.png"), np.asarray(wanted))


def test_the_size_of_a_network(here, capsys):
    (facts,) = facts_of(capsys, HOPPER, "--size", "demo:stylegan2")
    assert facts["output"] == 64


def test_the_recipe_says_all_of_it(here, capsys):
    (facts,) = facts_of(capsys, HOPPER, "--size", 64)
    recipe = read_recipe(facts["out"])
    assert recipe["verb"] == "align" and recipe == read_recipe("aligned/grace_hopper.json")
    settings = recipe["settings"]
    assert settings["sha256"] == facts["sha256"] and settings["photo"] == str(HOPPER)
    assert list(settings["points"]) == list(FacePoints._fields)
    assert [len(settings[key]) for key in ("quad", "seen", "size", "crop")] == [4, 4, 2, 4]
    assert cli.main(["info", facts["out"]]) == 0
    shown = capsys.readouterr().out
    assert "ganspace align" in shown and "unknown" not in shown


@pytest.mark.parametrize("words", [[], ["--detector", "none"], ["--pad", "none"]])
def test_replay_cuts_it_out_again(here, capsys, words):
    Image.open(str(COLLINS)).crop((185, 40, 512, 512)).save("edge.png")
    (facts,) = facts_of(capsys, "edge.png", "--size", 64, *words)
    assert cli.main(["replay", facts["out"], "--out", "again.png"]) == 0
    assert "again.png  the same pixels" in capsys.readouterr().out
    assert Path("again.png").read_bytes() == Path(facts["out"]).read_bytes()
    Image.new("RGB", (327, 472)).save("edge.png")
    assert cli.main(["replay", facts["out"], "--out", "other.png"]) == 1
    assert "edge.png: it is not the photo that was aligned: its SHA-256 is another" in capsys.readouterr().err
    os.remove("edge.png")
    assert cli.main(["replay", facts["out"], "--out", "other.png"]) == 1
    assert "cannot read edge.png: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change", [{"points": 7}, {"points": {"eye_left": [1]}}, {"output": -1}, {"pad": "x"}]
)
def test_damaged_recipes_are_refused_in_one_line(here, capsys, change):
    facts_of(capsys, HOPPER, "--size", 16, "--detector", "none")
    recipe = read_recipe("aligned/grace_hopper.png")
    recipe["settings"].update(change)
    Path("damaged.json").write_text(json.dumps(recipe))
    assert cli.main(["replay", "damaged.json", "--out", "other.png"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 1 and "the recipe of the alignment has" in err[0] and not Path("other.png").exists()


def test_the_same_photo_gives_the_same_bytes(here, capsys):
    for folder in ("a", "b"):
        facts_of(capsys, HOPPER, "--size", 64, "--out", folder)
    for name in ("grace_hopper.png", "grace_hopper.json"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_one_bad_photo_of_several_is_named_and_the_others_are_written(here, capsys):
    Path("bad.jpg").write_bytes(b"no photo")
    code, out, err = run(capsys, "bad.jpg", HOPPER, GOLDEN / "coffee.jpg", "--size", 64, "--json")
    assert code == 1 and [line.split(" ")[1] for line in err] == ["cannot", "no"]
    answer = json.loads("\n".join(out))
    assert len(answer["faces"]) == 1 and answer["failed"][0]["photo"] == "bad.jpg"
    assert sorted(os.listdir("aligned")) == ["grace_hopper.json", "grace_hopper.png"]


def test_dlib_finds_faces_where_it_is_installed(here, capsys, monkeypatch):
    """A stand-in with dlib's two calls, and the points that the real one gave for Hopper."""
    os.makedirs("packages/face_recognition_models/models")
    Path("packages/face_recognition_models/__init__.py").write_text("import pkg_resources_of_old\n")
    monkeypatch.syspath_prepend(os.path.abspath("packages"))
    case = CASES["hopper (68 points)"]
    outline = np.zeros((68, 2))
    outline[36:42], outline[42:48] = case["eye_left"], case["eye_right"]
    outline[48], outline[54] = case["mouth_left"], case["mouth_right"]
    points = [SimpleNamespace(x=x, y=y) for x, y in outline]
    asked = []

    def predictor(path):
        asked.append(path)
        return lambda pixels, box: SimpleNamespace(parts=lambda: points)

    detector = SimpleNamespace(run=lambda pixels, times, least: (["a", "b"], [1.7, -0.4], [0, 0]))
    fake = SimpleNamespace(get_frontal_face_detector=lambda: detector, shape_predictor=predictor)
    monkeypatch.setitem(sys.modules, "dlib", fake)
    (facts,) = facts_of(capsys, HOPPER, "--detector", "dlib", "--size", 64)
    np.testing.assert_allclose(quad_of(facts), case["quad"], atol=1e-6)
    assert facts["detector"] == "dlib" and facts["score"] == 1 and facts["faces"] == 1
    assert asked[0].endswith(os.path.join("models", "shape_predictor_68_face_landmarks.dat"))


def test_dlib_is_named_where_it_is_asked_for_and_is_not_there(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    code, _, err = run(capsys, HOPPER, "--detector", "dlib")
    assert code == 1 and len(err) == 1
    assert err[0].endswith("pip install dlib-bin face_recognition_models") and os.listdir(".") == []


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["none.jpg"], 1, "cannot read none.jpg: No such file or directory"),
        (["a.png", "--size", "0"], 2, "--size 0 is not in 8 to 2048"),
        (["a.png", "--size", "9999"], 2, "--size 9999 is not in 8 to 2048"),
        (["a.png", "--face", "0"], 2, "--face 0 is neither largest nor all nor a number from 1"),
        (["a.png", "--face", "²"], 2, "--face ² is neither largest nor all nor a number from 1"),
        (["a.png", "--size", "²"], 2, "²"),
        (["a.png", "--size", "9" * 5000], 2, "999"),
        (["a.png", "--face", "left"], 2, "--face left is neither largest nor all nor a number from 1"),
        (["a.png", "--out", "."], 2, "a.png would be written over; choose another --out"),
        (["a.png", "--out", "a.png"], 2, "--out a.png is no folder"),
        (
            ["a.png", "b/a.jpg"],
            2,
            "a.png and b/a.jpg would both be {}".format(os.path.join("aligned", "a.png")),
        ),
        (["a.png", "--detector", "none", "--face", "all"], 2, "--face is for faces that are found"),
        (["a.png", "--points", "p.json", "--face", "all"], 2, "--points is of one face in one photo"),
        (["a.png", "c.png", "--points", "p.json"], 2, "--points is of one face in one photo"),
        (["a.png", "--points", "p.json"], 1, "cannot read p.json: No such file or directory"),
    ],
)
def test_mistakes_end_in_one_line(here, capsys, words, code, said):
    Image.new("RGB", (40, 40)).save("a.png")
    before = sorted(os.listdir("."))
    found, out, err = run(capsys, *words)
    assert found == code and out == [] and len(err) == 1 and said in err[0]
    assert sorted(os.listdir(".")) == before


def test_no_clobber_refuses_before_any_work(here, capsys):
    facts_of(capsys, HOPPER, "--size", 64)
    code, _, err = run(capsys, HOPPER, "--size", 64, "--no-clobber")
    assert code == 1 and len(err) == 1 and "is there already" in err[0]
