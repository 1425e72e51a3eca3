"""`ganspace edit --paste`: edited latents of a photo, seen in the photo that they were found for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganspace_tf import cli
from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.paste import places_of_row
from ganspace_tf.photos.reading import read_photo
from ganspace_tf.photos.records import Record, write_latents
from ganspace_tf.render.files import read_recipe
from ganspace_tf.render.pasting import open_paste
from tests import tiny

COLLINS = Path(__file__).parent / "goldens" / "photos" / "astronaut.jpg"
PASTED = ["--latents", "me.npz", "--paste", "me.png"]
POINTS = "[[203, 101], [246, 103], [200, 139], [247, 141]]"


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """A small network, a photo, its face aligned, latents that say where they were, components."""
    monkeypatch.chdir(tmp_path)
    tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip", latent_size=16, dlatent_size=16, mapping_fmaps=16)
    Image.open(str(COLLINS)).save("me.png")
    Path("points.json").write_text(POINTS)
    assert cli.main(["align", "me.png", "--points", "points.json", "--size", "16", "--out", "faces"]) == 0
    assert cli.main(["pca", "net.pkl", "-n", "300", "-k", "3", "--out", "c.npz"]) == 0
    write_rows("me.npz", [row_of("faces/me.png", [0, 0, 16, 16], [16, 16])])
    capsys.readouterr()
    return tmp_path


def row_of(picture, box, size, **more):
    recipe = read_recipe(picture)
    return dict(
        {"name": Path(picture).name, "sha256": "0" * 64, "size": size, "box": box},
        align=recipe["settings"],
        **more,
    )


def write_rows(path, rows):
    from ganspace_tf.generators import load_generator

    gen = load_generator("net.pkl")
    w = np.random.RandomState(0).randn(len(rows), gen.n_layers, gen.dlatent_size).astype(np.float32)
    write_latents(path, w, Record(gen.fingerprint, "net.pkl", "w+", rows))


def run(capsys, *words):
    edit = ["edit", "net.pkl", "--components", "c.npz"]
    code = cli.main(edit + [str(word) for word in words])
    return code, capsys.readouterr().err.splitlines()


def pixels_of(path):
    with Image.open(str(path)) as image:
        return np.asarray(image)


def changed_box(path):
    """Left, top, right, bottom of what is not as in the photo."""
    changed = (pixels_of(path) != pixels_of("me.png")).any(axis=2)
    down, across = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return across[0], down[0], across[-1], down[-1]


def test_one_edited_picture_is_the_photo_with_another_face(here, capsys):
    """At the photo's own size, without labels; nothing outside the square is touched."""
    words = ["--latents", "me.npz", "--edit", "E(v0) = +2", "--paste", "me.png", "--out", "out.png"]
    code, err = run(capsys, *words)
    assert code == 0 and all("note:" in line for line in err)
    assert pixels_of("out.png").shape == (512, 512, 3)
    quad = np.array(read_recipe("faces/me.png")["settings"]["seen"])
    left, top, right, bottom = changed_box("out.png")
    assert (quad.min(axis=0) - 1 <= (left, top)).all() and (quad.max(axis=0) + 1 >= (right, bottom)).all()
    assert right - left > 150 and bottom - top > 150


def test_the_same_place_from_the_aligned_picture(here, capsys):
    np.save("w.npy", np.random.RandomState(0).randn(1, 16).astype(np.float32) * 2)
    edit = ["--edit", "E(v0) = +2", "--paste", "me.png"]
    code, _ = run(capsys, "--latents", "w.npy", "--aligned", "faces/me.png", "--out", "a.png", *edit)
    assert code == 0
    run(capsys, "--latents", "me.npz", "--out", "b.png", *edit)
    assert np.abs(np.subtract(changed_box("a.png"), changed_box("b.png"))).max() <= 3


def test_several_strengths_are_photos_beside_each_other(here, capsys):
    words = ["--latents", "me.npz", "--edit", "E(v0)", "--frames", 3, "--paste", "me.png"]
    assert run(capsys, *words, "--raw", "--out", "raw.png")[0] == 0
    strip = pixels_of("raw.png")
    assert strip.shape[0] == 512 and strip.shape[1] > 3 * 512
    assert np.array_equal(strip[:, :100], pixels_of("me.png")[:, :100])
    assert run(capsys, *words, "--out", "labelled.png")[0] == 0
    assert pixels_of("labelled.png").shape[1] < 3 * 512
    assert run(capsys, *words, "--cell", 64, "--raw", "--out", "film.gif")[0] == 0
    assert Image.open("film.gif").size == (64, 64)


def test_a_picture_that_was_cut_to_the_networks_shape_goes_where_it_was(here, capsys):
    """Half of the aligned picture: half the square. Without alignment: the box in the photo itself."""
    whole = places_of_row(row_of("faces/me.png", [0, 0, 16, 16], [16, 16])).seen
    half = places_of_row(row_of("faces/me.png", [0, 0, 8, 16], [16, 16])).seen
    np.testing.assert_allclose(half.quad[:2], whole.quad[:2])
    np.testing.assert_allclose(half.quad[2:], (whole.quad[:2] + whole.quad[[3, 2]])[::-1] / 2)
    row = {"name": "me.png", "sha256": "0" * 64, "size": [512, 400], "box": [100, 50, 300, 250]}
    place = places_of_row(row).seen
    assert place.size == (512, 400) and place.exif_turn == 1
    np.testing.assert_allclose(place.quad, np.array([[100, 50], [100, 250], [300, 250], [300, 50]]) - 0.5)


def test_each_row_goes_to_its_own_place(here, capsys):
    """Two faces of one photo are two rows."""
    place = {"sha256": "0" * 64, "size": [512, 512]}
    boxes = [[20, 20, 120, 120], [300, 300, 500, 500]]
    write_rows("two.npz", [dict(place, name="a.png", box=box) for box in boxes])
    words = ["--latents", "two.npz", "--edit", "E(v0) = +2", "--paste", "me.png", "--raw"]
    assert run(capsys, *words, "--out", "two.png")[0] == 0
    photo, both = pixels_of("me.png"), pixels_of("two.png")
    for strip, (left, top, right, bottom) in zip((both[:512], both[-512:]), boxes):
        changed = (strip != photo).any(axis=2)
        assert changed[top:bottom, left:right].mean() > 0.9
        changed[top:bottom, left:right] = False
        assert not changed.any()


def test_replay_makes_it_again_from_the_photo(here, capsys):
    run(capsys, "--latents", "me.npz", "--edit", "E(v0) = +2", "--paste", "me.png", "--out", "out.png")
    assert cli.main(["replay", "out.png", "--out", "again.png"]) == 0
    assert "the same pixels" in capsys.readouterr().out
    assert np.array_equal(pixels_of("again.png"), pixels_of("out.png"))
    Image.new("RGB", (512, 512)).save("me.png")
    assert cli.main(["replay", "out.png", "--out", "other.png"]) == 1
    assert "me.png is not the recipe's photo: its SHA-256 is another" in capsys.readouterr().err


def test_a_photo_saved_anew_is_taken_and_said_and_one_of_another_size_refused(here, capsys):
    Image.open("me.png").save("again.jpg")
    Image.open("me.png").resize((256, 256)).save("small.png")
    words = ["--latents", "me.npz", "--edit", "E(v0) = +2", "--out", "out.png", "--paste"]
    code, err = run(capsys, *words, "again.jpg")
    assert code == 0 and any("again.jpg is of the size of the photo that was used" in line for line in err)
    code, err = run(capsys, *words, "small.png")
    assert code == 1 and len(err) == 1 and "the photo that was aligned has 512 × 512" in err[0]


def test_a_mask_of_the_picture_or_of_the_photo_leaves_the_rest(here, capsys):
    """The mask of `ganspace project` is of the aligned picture; one as large as the photo is of that."""
    words = ["--latents", "me.npz", "--edit", "E(v0) = +2", "--paste", "me.png"]
    assert run(capsys, *words, "--out", "all.png")[0] == 0
    half = np.zeros((16, 16), np.uint8)
    half[:, :8] = 255
    Image.fromarray(half).save("half.png")
    Image.fromarray(np.kron(half, np.ones((32, 32), np.uint8))).save("photo.png")
    for file, on in (("half.png", "the picture that was projected"), ("photo.png", "the photo")):
        code, err = run(capsys, *words, "--mask", file, "--out", "out.png")
        assert code == 0 and any("{}: taken as a mask of {}".format(file, on) in line for line in err)
        (left, top, right, _), whole = changed_box("out.png"), changed_box("all.png")
        assert left == whole[0] and top >= whole[1] and right < whole[2] - 50
        assert cli.main(["replay", "out.png", "--out", "again.png"]) == 0
        assert np.array_equal(pixels_of("again.png"), pixels_of("out.png"))
    capsys.readouterr()
    photo, whole = pixels_of("me.png"), pixels_of("all.png")
    assert np.array_equal(pixels_of("out.png")[:, :256], whole[:, :256])  # of the photo: to the bit
    assert np.array_equal(pixels_of("out.png")[:, 256:], photo[:, 256:])
    Image.fromarray(half[::-1, ::-1]).save("photo.png")
    assert cli.main(["replay", "out.png", "--out", "other.png"]) == 1
    assert "photo.png is not the recipe's mask: its SHA-256 is another" in capsys.readouterr().err


def test_each_latent_may_have_a_mask_of_its_own(here, capsys):
    place = {"sha256": "0" * 64, "size": [512, 512], "box": [0, 0, 512, 512]}
    write_rows("two.npz", [dict(place, name=name) for name in ("a.png", "b.png")])
    sides = [np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)]
    sides[0][:, :4], sides[1][:, 4:] = 255, 255
    for name, side in zip(("left.png", "right.png"), sides):
        Image.fromarray(side).save(name)
    words = ["--latents", "two.npz", "--edit", "E(v0) = +2", "--paste", "me.png", "--raw", "--out", "two.png"]
    assert run(capsys, *words, "--mask", "left.png", "--mask", "right.png")[0] == 0
    photo, both = pixels_of("me.png"), pixels_of("two.png")
    left, right = ((strip != photo).any(axis=2).mean(axis=0) for strip in (both[:512], both[-512:]))
    assert left[64:192].min() > 0.5 and left[320:].max() == 0
    assert right[320:448].min() > 0.5 and right[:192].max() == 0


@pytest.mark.parametrize(
    "mask",
    [
        3,
        {"file": 3, "sha256": "0" * 64},
        {"lies_on": "here"},
        {"lies_on": [[0, 0], [0, 1]]},
        {"lies_on": [[0.0, 0.0]] * 4},
        {"lies_on": [[0.0, 0.0], [0.0, float("nan")], [1.0, 1.0], [1.0, 0.0]]},
        {"lies_on": [[float("-inf"), 0.0], [0.0, 9.0], [9.0, 9.0], [9.0, 0.0]]},
        {"sha256": "1" * 64},
        {"file": "gone.png"},
        {"lies_on": None},  # of the photo, whose size it does not have
    ],
    ids=str,
)
def test_a_damaged_mask_in_a_recipe_is_refused(tmp_path, monkeypatch, mask):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save("half.png")
    Image.new("RGB", (64, 48)).save("me.png")
    photo, size = read_photo("me.png"), [64, 48]
    quad = [[0.0, 0.0], [0.0, 40.0], [40.0, 40.0], [40.0, 0.0]]
    place = {"sha256": photo.sha256, "exif_turn": 1, "size": size, "seen": quad}
    right = {"file": "half.png", "sha256": read_photo("half.png").sha256, "lies_on": quad}
    recipe = {"photo": "me.png", "sha256": photo.sha256, "places": [dict(place, mask=right)]}
    assert open_paste(recipe, 1).places[0].mask.shape == (48, 64)
    recipe["places"] = [dict(place, mask=dict(right, **mask) if isinstance(mask, dict) else mask)]
    with pytest.raises(FileError) as caught:
        open_paste(recipe, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--paste", "me.png"], 2, "--paste PHOTO goes with --latents FILE"),
        (["--aligned", "faces/me.png"], 2, "--aligned is for --paste PHOTO"),
        (["--latents", "w.npy", "--paste", "me.png"], 2, "; w.npy does not say"),
        (["--latents", "me.npz", "--paste", "none.png"], 1, "cannot read none.png: No such file"),
        (
            ["--latents", "w.npy", "--paste", "me.png", "--aligned", "me.png"],
            1,
            "me.png has no recipe inside",
        ),
        (["--mask", "me.png"], 2, "--mask is for --paste PHOTO"),
        ([*PASTED, "--mask", "none.png"], 1, "cannot read none.png: No such file"),
        ([*PASTED, "--mask", "c.npz"], 1, "cannot read c.npz: "),
        (
            [*PASTED, "--mask", "black.png"],
            1,
            "black.png: the mask is black everywhere; what counts is white",
        ),
        (
            [*PASTED, "--mask", "corner.png"],
            1,
            "corner.png: nothing is left to paste: the mask is black there",
        ),
        ([*PASTED, "--mask", "me.png", "--mask", "me.png"], 2, "2 masks for 1 latents; one for all"),
    ],
)
def test_mistakes_end_in_one_line(here, capsys, words, code, said):
    np.save("w.npy", np.zeros((1, 16), np.float32))
    black = np.zeros((512, 512), np.uint8)
    Image.fromarray(black).save("black.png")
    black[500:, :10] = 255
    Image.fromarray(black).save("corner.png")
    found, err = run(capsys, "--edit", "E(v0) = +2", "--out", "out.png", *words)
    assert found == code and len(err) == 1 and said in err[0] and not Path("out.png").exists()


@pytest.mark.parametrize(
    "change", [{"size": None}, {"box": [1, 2]}, {"box": [5, 5, 5, 9]}, {"sha256": 7}, {"align": {"size": 3}}]
)
def test_damaged_rows_are_refused(change):
    row = {"name": "me.png", "sha256": "0" * 64, "size": [512, 400], "box": [100, 50, 300, 250]}
    with pytest.raises(FileError):
        places_of_row(dict(row, **change))
