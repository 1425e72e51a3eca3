"""Names that NumPy, Pillow and SciPy gave up, one by one, whether the installed releases still have them or
not."""

from __future__ import annotations

import types

import numpy as np
import pytest
from PIL import Image

from nvlabs.scripts import removed, scipy_misc
from nvlabs.scripts.faces import Face, Notes

NAMES = removed.numpy_names(np)
RENAMED = {**removed.NUMPY_RENAMED}
if not hasattr(np, "trapezoid"):  # the new name came with NumPy 2, with which the old one went
    RENAMED.pop("trapz")


def without(module, *names):
    """A copy of a module that lacks these names."""
    copy = types.ModuleType(module.__name__)
    vars(copy).update({name: value for name, value in vars(module).items() if name not in names})
    return copy


@pytest.mark.parametrize("name", sorted(removed.BUILTIN))
def test_builtin_types_go_by_their_old_names(name):
    assert np.zeros(1, NAMES[name]()).dtype == np.zeros(1, removed.BUILTIN[name]).dtype
    assert NAMES[name]() in (float, int, bool, object, str, complex)


@pytest.mark.parametrize("old, new", sorted(RENAMED.items()))
def test_what_was_renamed_is_found_under_the_old_name(old, new):
    value = NAMES[old]()
    assert value is getattr(np, new)
    if hasattr(np, old) and isinstance(value, type):
        assert value is getattr(np, old)


def test_functions_that_went():
    values = np.array([[3.0, 1.0], [2.0, 4.0]])
    assert NAMES["NINF"]() == -np.inf
    assert NAMES["in1d"]()(values, [1, 4]).tolist() == [False, True, False, True]
    assert NAMES["in1d"]()(values, [1, 4], invert=True).tolist() == [True, False, True, False]
    assert NAMES["asscalar"]()(np.array([7])) == 7
    assert NAMES["asfarray"]()([1, 2]).dtype == np.float64
    assert NAMES["msort"]()(values).tolist() == [[2, 1], [3, 4]]


@pytest.mark.parametrize("name", removed.STACKS)
def test_stacks_take_generators_again(name):
    """Asked of a NumPy that refuses them, as the installed one may not."""

    def refusing(arrays, *args, **kwargs):
        if not hasattr(arrays, "__getitem__"):
            raise TypeError("arrays to stack must be passed as a sequence")
        return getattr(np, name)(arrays, *args, **kwargs)

    refusing.__name__ = name
    module, notes = types.ModuleType("numpy"), Notes()
    vars(module).update(dict.fromkeys(removed.STACKS, refusing))
    face = Face(module, {}, removed.numpy_stacks(module, notes), notes, "np")
    rows = [np.arange(3), np.arange(3, 6)]
    assert np.array_equal(getattr(face, name)(row for row in rows), getattr(np, name)(rows))
    assert np.array_equal(getattr(face, name)(rows), getattr(np, name)(rows))
    with pytest.raises(TypeError):
        getattr(face, name)(7)


def test_a_numpy_that_takes_generators_is_left_alone():
    module = types.ModuleType("numpy")

    def stack(arrays):
        if not list(arrays):
            raise ValueError("need at least one array to stack")

    module.stack = stack
    assert removed.numpy_stacks(module, Notes()) == {}


@pytest.mark.parametrize("old, new", sorted(removed.PILLOW_RENAMED.items()))
def test_filters_of_pillow(old, new):
    value = removed.pillow_names(Image)[old]()
    assert value == getattr(getattr(Image, "Resampling", Image), new)


def test_a_face_gives_what_there_is_and_what_there_was_and_notes_the_latter(capsys):
    notes = Notes()
    face = Face(without(np, "float", "NaN"), NAMES, {"pi": lambda: 3}, notes, "np")
    assert face.ndarray is np.ndarray and face.pi == 3 and face.__name__ == "numpy"
    notes.print()
    assert capsys.readouterr().err == ""
    assert face.float is float and np.isnan(face.NaN) and face.float is float
    notes.print()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.count("np.float") == 1 and "np.NaN" in said
    with pytest.raises(AttributeError):
        face.nonsense
    assert "float" in dir(face) and "ndarray" in dir(face)
    face.mine = 1
    assert face._module.mine == 1
    del face.mine
    assert not hasattr(face._module, "mine")


# ------------------------------------------------------------------ pictures by scipy.misc


def test_values_are_stretched_over_the_range():
    assert scipy_misc.bytescale(np.array([[-1.0, 0.0, 1.0]])).tolist() == [[0, 128, 255]]
    assert scipy_misc.bytescale(np.array([[0.0, 5.0, 10.0]]), cmin=0, cmax=20, high=200).tolist() == [
        [0, 50, 100]
    ]
    assert scipy_misc.bytescale(np.array([[7, 9]], np.uint8)).tolist() == [[7, 9]]
    assert scipy_misc.bytescale(np.full((1, 2), 3.0)).tolist() == [[0, 0]]
    for wrong in ({"low": 9, "high": 3}, {"cmin": 5, "cmax": 1}):
        with pytest.raises(ValueError):
            scipy_misc.bytescale(np.zeros((1, 2)), **wrong)


@pytest.mark.parametrize(
    "shape, mode", [((5, 6), "L"), ((5, 6, 3), "RGB"), ((3, 5, 6), "RGB"), ((5, 6, 4), "RGBA")]
)
def test_arrays_become_images(shape, mode):
    image = scipy_misc.toimage(np.random.RandomState(0).randint(0, 255, shape).astype(np.uint8))
    assert image.mode == mode and image.size == (6, 5)
    assert scipy_misc.fromimage(image, flatten=True).dtype == np.float32
    with pytest.raises(ValueError):
        scipy_misc.toimage(np.zeros((2, 5, 7)))
    with pytest.raises(ValueError):
        scipy_misc.toimage(np.zeros(5))


def test_files_are_written_and_read(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 255, (5, 7, 3)).astype(np.uint8)
    scipy_misc.imsave(str(tmp_path / "a.png"), pixels)
    scipy_misc.imsave(str(tmp_path / "b"), pixels, "png")
    for name in ("a.png", "b"):
        assert np.array_equal(scipy_misc.imread(str(tmp_path / name)), pixels)
    assert scipy_misc.imread(str(tmp_path / "a.png"), mode="L").shape == (5, 7)


@pytest.mark.parametrize(
    "size, shape", [(50, (2, 3)), (2.0, (8, 12)), ((5, 9), (5, 9)), ((5, 9, 3), (5, 9))], ids=str
)
@pytest.mark.parametrize("interp", sorted(scipy_misc.FILTERS))
def test_pictures_are_resized(size, shape, interp):
    pixels = np.random.RandomState(0).randint(0, 255, (4, 6, 3)).astype(np.uint8)
    made = scipy_misc.imresize(pixels, size, interp)
    expected = Image.fromarray(pixels).resize(shape[::-1], scipy_misc.FILTERS[interp])
    assert made.shape == (*shape, 3) and np.array_equal(made, np.asarray(expected))


def test_pictures_are_turned():
    pixels = np.zeros((5, 5), np.uint8)
    pixels[0, 2] = 200
    assert scipy_misc.imrotate(pixels, 90, "nearest")[2, 0] == 200


@pytest.mark.parametrize(
    "name, args, value", [("comb", (4, 2), 6), ("factorial", (4,), 24), ("logsumexp", ([0, 0],), np.log(2))]
)
def test_functions_that_moved_to_scipy_special(name, args, value):
    np.testing.assert_allclose(removed.scipy_misc_names()[name]()(*args), value)


def test_every_name_of_scipy_misc_is_one_of_its_functions():
    names = removed.scipy_misc_names()
    assert set(names) == {*scipy_misc.FUNCTIONS, *removed.SCIPY_SPECIAL}
    assert all(callable(maker()) for maker in names.values())
