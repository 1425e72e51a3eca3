"""`compare`: two results, and how far they are apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from ganspace_tf import cli
from ganspace_tf.compare import compare_components, compare_images, compare_recipes, difference_picture
from ganspace_tf.compare.components import partners, principal_angles
from ganspace_tf.compare.report import compare_paths
from ganspace_tf.decomposition import Components
from ganspace_tf.errors import FileError, GanspaceError, UsageError
from ganspace_tf.render.files import save_png

RECIPE = {
    "format": 1,
    "verb": "sample",
    "model": {"name": "net.pkl", "fingerprint": "ab"},
    "settings": {"seeds": [1]},
}


@pytest.fixture
def picture():
    return np.random.RandomState(0).randint(0, 256, (8, 10, 3)).astype(np.uint8)


def changed(picture, place, by):
    other = picture.copy()
    other[place] = np.uint8(int(other[place]) + (by if other[place] < 128 else -by))
    return other


def basis(seed=0, count=4, width=12, **changes):
    rows = np.linalg.qr(np.random.RandomState(seed).standard_normal((width, count)))[0].T
    fields = {
        "directions": rows.astype(np.float32),
        "mean": np.arange(width, dtype=np.float32),
        "stdev": np.linspace(4, 1, count).astype(np.float32),
        "variance_ratio": np.full(count, 0.1, np.float32),
        "settings": {"latent": "w"},
    }
    return Components(**dict(fields, **changes))


# ------------------------------------------------------------------ pictures


def test_equal_pictures_have_no_delta(picture):
    delta = compare_images(picture, picture.copy())
    assert (delta.differing, delta.largest, delta.mean, delta.equal_share, delta.place) == (
        0,
        0,
        0.0,
        1.0,
        None,
    )


def test_one_changed_subpixel_is_found(picture):
    delta = compare_images(picture, changed(picture, (3, 7, 1), 5))
    assert (delta.subpixels, delta.differing, delta.largest, delta.place) == (240, 1, 5, (0, 3, 7, 1))
    assert delta.mean == pytest.approx(5 / 240) and delta.equal_share == 239 / 240


def test_levels_do_not_wrap_around():
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert compare_images(black, white).largest == compare_images(white, black).largest == 255


def test_an_opaque_picture_equals_one_without_transparency(picture):
    opaque = np.concatenate([picture, np.full((8, 10, 1), 255, np.uint8)], axis=-1)
    assert compare_images(picture, opaque).differing == 0
    opaque[0, 0, 3] = 254
    assert compare_images(picture, opaque).place == (0, 0, 0, 3)


def test_films_are_compared_frame_by_frame(picture):
    film = np.stack([picture, picture])
    assert compare_images(film, np.stack([picture, changed(picture, (1, 2, 0), 9)])).place == (1, 1, 2, 0)


def test_pictures_of_two_sizes_are_refused(picture):
    with pytest.raises(GanspaceError, match="10 × 8 pixels and 9 × 8"):
        compare_images(picture, picture[:, :9])


def test_the_difference_is_drawn_beside_both_pictures_as_large_as_it_can_be_seen(picture):
    other = changed(changed(picture, (3, 7, 1), 4), (0, 0, 0), 2)
    drawn = difference_picture(picture, other)
    assert drawn.shape == (8, 3 * 10 + 2, 3)
    assert np.array_equal(drawn[:, :10], picture) and np.array_equal(drawn[:, 11:21], other)
    third = drawn[:, 22:]
    assert third[3, 7, 1] == 255 and third[0, 0, 0] == 128 and np.count_nonzero(third) == 2


# ------------------------------------------------------------------ components


def test_equal_components_are_at_distance_zero():
    delta = compare_components(basis(), basis())
    assert delta.distance == 0 and delta.within(0)
    assert [(pair.a, pair.b, pair.cosine, pair.stdev_ratio) for pair in delta.pairs] == [
        (i, i, 1.0, 1.0) for i in range(4)
    ]
    assert max(delta.angles) < 1e-5  # float32 rows are unit vectors to 1e-7


def test_signs_and_order_are_found():
    one = basis()
    order = [2, 0, 1, 3]
    other = basis(directions=-one.directions[order], stdev=one.stdev[order] * np.float32(1.5))
    delta = compare_components(one, other)
    assert [(pair.a, pair.b) for pair in delta.pairs] == [(0, 1), (1, 2), (2, 0), (3, 3)]
    assert all(pair.cosine == -1 and pair.stdev_ratio == pytest.approx(1.5) for pair in delta.pairs)
    assert delta.distance == pytest.approx(0.5) and not delta.within(1.0)  # not in order
    assert max(delta.angles) < 1e-5


def test_a_planted_rotation_is_the_principal_angle():
    angle = np.radians(7.5)
    rows = np.eye(12, dtype=np.float64)[:4]
    turned = rows.copy()
    turned[3] = np.cos(angle) * np.eye(12)[3] + np.sin(angle) * np.eye(12)[7]
    assert principal_angles(rows, turned) == pytest.approx([0, 0, 0, 7.5], abs=1e-9)
    assert principal_angles(rows[:2], turned) == pytest.approx([0, 0], abs=1e-9)
    assert principal_angles(np.eye(12)[:2], np.eye(12)[2:5]) == pytest.approx([90, 90], abs=1e-9)


def test_small_angles_keep_their_digits():
    turned = np.array([[1.0, 1e-9]])
    assert np.radians(principal_angles(np.array([[1.0, 0.0]]), turned))[0] == pytest.approx(1e-9, rel=1e-6)


def test_means_count_in_sigmas():
    moved = basis(mean=np.arange(12, dtype=np.float32) + np.eye(12, dtype=np.float32)[0] * 2)
    assert compare_components(basis(), moved).distance == pytest.approx(0.5)


def test_partners_are_the_most_parallel_ones_that_are_left():
    """Against the plain rule: take the largest entry, strike its row and its column out, again."""
    likeness = np.round(np.random.RandomState(2).rand(9, 6), 1)  # with many equal ones
    left, wanted = likeness.copy(), []
    for _ in range(6):
        i, j = np.unravel_index(int(left.argmax()), left.shape)
        wanted.append((int(i), int(j)))
        left[i, :], left[:, j] = -1, -1
    assert partners(likeness) == wanted


def test_bases_that_would_take_minutes_are_refused(monkeypatch):
    monkeypatch.setattr("ganspace_tf.compare.components.MOST", 3)
    with pytest.raises(
        GanspaceError, match="4 components of 12 numbers are more than are compared: at most 3"
    ):
        compare_components(basis(), basis())
    monkeypatch.setattr("ganspace_tf.compare.components.MOST", 4)
    monkeypatch.setattr("ganspace_tf.compare.components.MOST_NUMBERS", 40)
    with pytest.raises(GanspaceError, match="at most 4, and 40 numbers"):
        compare_components(basis(), basis())


def test_components_of_two_widths_are_refused():
    with pytest.raises(GanspaceError, match="12 and 9"):
        compare_components(basis(), basis(width=9))


# ------------------------------------------------------------------ recipes


def test_recipes_differ_in_the_settings_that_differ():
    other = dict(
        RECIPE, model={"name": "elsewhere.pkl", "fingerprint": "cd"}, settings={"seeds": [1], "psi": 0.7}
    )
    assert [tuple(item) for item in compare_recipes(RECIPE, other)] == [
        ("model.fingerprint", "ab", "cd"),
        ("settings.psi", None, 0.7),
    ]
    assert compare_recipes(RECIPE, dict(RECIPE, model={"name": "x", "fingerprint": "ab"})) == []


# ------------------------------------------------------------------ the command


def answer(capsys, *words):
    """Exit code and JSON answer of one command line."""
    code = cli.main(["compare", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_exit_code_1_beyond_the_tolerance(tmp_path, picture, capsys):
    a, b = save_png(tmp_path / "a.png", picture), save_png(tmp_path / "b.png", changed(picture, (3, 7, 1), 1))
    assert answer(capsys, a, a)[0] == 0
    code, facts = answer(capsys, a, b)
    assert code == 1 and facts["within"] is False
    assert (facts["kind"], facts["largest"], facts["differing"]) == ("picture", 1, 1)
    assert answer(capsys, a, b, "--tolerance", 1)[0] == 0
    assert answer(capsys, a, b, "--tolerance", 1, "--share", 0.999)[0] == 1
    assert answer(capsys, a, b, "--tolerance", 1, "--share", 0.99)[0] == 0


def test_the_difference_is_written(tmp_path, picture, capsys):
    a, b = save_png(tmp_path / "a.png", picture), save_png(tmp_path / "b.png", changed(picture, (3, 7, 1), 9))
    answer(capsys, a, b, "--out", tmp_path / "difference.png")
    with Image.open(tmp_path / "difference.png") as image:
        assert np.array_equal(np.asarray(image), difference_picture(picture, changed(picture, (3, 7, 1), 9)))


def test_recipes_inside_the_pictures_say_why_they_differ(tmp_path, picture, capsys):
    a = save_png(tmp_path / "a.png", picture, RECIPE)
    b = save_png(tmp_path / "b.png", changed(picture, (0, 0, 0), 9), dict(RECIPE, settings={"seeds": [2]}))
    _, facts = answer(capsys, a, b)
    assert facts["recipe_differences"] == [["settings.seeds", [1], [2]]]


def test_folders_are_compared_name_by_name(tmp_path, picture, capsys):
    for folder in ("a", "b"):
        (tmp_path / folder / "sub").mkdir(parents=True)
        save_png(tmp_path / folder / "same.png", picture)
    save_png(tmp_path / "a" / "sub" / "other.png", picture)
    save_png(tmp_path / "b" / "sub" / "other.png", changed(picture, (1, 1, 1), 3))
    code, facts = answer(capsys, tmp_path / "a", tmp_path / "b")
    assert code == 1 and facts["not_within"] == ["sub/other.png"] and facts["only_in_one"] == []
    assert facts["total"]["differing"] == 1 and facts["total"]["subpixels"] == 480
    assert answer(capsys, tmp_path / "a", tmp_path / "b", "--tolerance", 3)[0] == 0
    save_png(tmp_path / "b" / "more.png", picture)
    code, facts = answer(capsys, tmp_path / "a", tmp_path / "b", "--tolerance", 3)
    assert code == 1 and facts["only_in_one"] == ["more.png"]


def test_recipes_are_compared_with_the_pictures_beside_them(tmp_path, picture, capsys):
    other = changed(picture, (0, 0, 0), 2)
    save_png(tmp_path / "a.png", picture, dict(RECIPE, pixels="1"))
    save_png(tmp_path / "b.png", other, dict(RECIPE, pixels="2", settings={"seeds": [2]}))
    code, facts = answer(capsys, tmp_path / "a.json", tmp_path / "b.json")
    assert code == 1 and facts["same_pixels"] is False and facts["largest"] == 2
    assert facts["recipe_differences"] == [["settings.seeds", [1], [2]]]
    assert answer(capsys, tmp_path / "a.json", tmp_path / "b.json", "--tolerance", 2)[0] == 0
    assert answer(capsys, tmp_path / "a.json", tmp_path / "a.json")[0] == 0
    (tmp_path / "b.png").unlink()
    code, facts = answer(capsys, tmp_path / "a.json", tmp_path / "b.json", "--tolerance", 2)
    assert code == 1 and "largest" not in facts


def test_components_files_are_compared(tmp_path, capsys):
    a, b = tmp_path / "a.npz", tmp_path / "b.npz"
    basis().save(a)
    basis(stdev=basis().stdev * np.float32(1.001)).save(b)
    assert answer(capsys, a, a)[0] == 0
    code, facts = answer(capsys, a, b)
    assert code == 1 and facts["distance"] == pytest.approx(1e-3, rel=1e-3) and facts["in_order"]
    assert answer(capsys, a, b, "--tolerance", 0.002)[0] == 0
    basis(count=3).save(b)
    assert answer(capsys, a, b, "--tolerance", 2)[0] == 1


def test_what_people_read_names_the_place(tmp_path, picture, capsys):
    a, b = save_png(tmp_path / "a.png", picture), save_png(tmp_path / "b.png", changed(picture, (3, 7, 1), 5))
    assert cli.main(["compare", str(a), str(b)]) == 1
    text = capsys.readouterr().out
    assert "239" not in text and "1 differ" in text and "row 3, column 7, channel 1" in text


def test_an_animation_is_read_with_all_its_frames(tmp_path, picture):
    frames = [Image.fromarray(picture).convert("P"), Image.fromarray(picture[::-1]).convert("P")]
    frames[0].save(str(tmp_path / "a.gif"), save_all=True, append_images=frames[1:])
    report = compare_paths(str(tmp_path / "a.gif"), str(tmp_path / "a.gif"))
    assert report.within and report.facts["subpixels"] == 2 * picture.size


@pytest.mark.parametrize(
    "words, code",
    [
        (["a.png", "a.npz"], 2),
        (["a.png", "missing.png"], 1),
        (["a.png", "text.png"], 1),
        (["a.txt", "a.png"], 2),
        (["a.png", "small.png"], 1),
        (["a.npz", "text.npz"], 1),
        (["a.json", "text.json"], 1),
        (["folder", "empty"], 1),
        (["folder", "stranger"], 1),
        (["a.png", "a.png", "--tolerance", "-1"], 2),
        (["a.png", "a.png", "--tolerance", "nan"], 2),
        (["a.png", "a.png", "--share", "1.5"], 2),
        (["a.png", "a.png", "--out", "a.txt"], 2),
        (["a.npz", "a.npz", "--out", "d.png"], 2),
        (["a.png"], 2),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_mistakes_end_in_one_line_and_the_right_code(tmp_path, picture, monkeypatch, capsys, words, code):
    monkeypatch.chdir(tmp_path)
    save_png("a.png", picture, RECIPE)
    save_png("small.png", picture[:4])
    basis().save("a.npz")
    for name in ("text.png", "text.npz", "text.json", "a.txt"):
        (tmp_path / name).write_text("not what it says")
    for folder in ("folder", "empty", "stranger"):
        (tmp_path / folder).mkdir()
    save_png(tmp_path / "folder" / "one.png", picture)
    save_png(tmp_path / "stranger" / "other.png", picture)
    assert cli.main(["compare", *words]) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_pictures_of_more_than_8_bits_are_refused(tmp_path):
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(str(tmp_path / "deep.png"))
    with pytest.raises(FileError, match="8 bits"):
        compare_paths(str(tmp_path / "deep.png"), str(tmp_path / "deep.png"))


def test_a_bad_share_is_refused_before_anything_is_read():
    with pytest.raises(UsageError, match="share"):
        compare_paths("nowhere.png", "nowhere.png", share=-0.1)
