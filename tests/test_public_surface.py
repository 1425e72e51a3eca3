"""The names that other programs rely on, and what it costs to import them."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import ganspace_tf as gs
from tests import tiny

# Documented in the README; a change here is a change of the major version.
PUBLIC = [
    "Components",
    "Edit",
    "GanspaceError",
    "NamedDirection",
    "apply_edits",
    "decompose",
    "directions",
    "explore",
    "load_components",
    "load_direction",
    "load_generator",
    "load_latents",
    "parse_edit",
    "parse_edits",
    "rank",
    "save_film",
    "save_grid",
    "save_strip",
    "streams",
    "style_channels",
    "teach",
    "to_uint8",
]


def test_the_public_list_is_exactly_this():
    assert sorted(gs.__all__) == PUBLIC
    assert set(PUBLIC) <= set(dir(gs))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_can_be_had_and_says_what_it_is(name):
    value = getattr(gs, name)
    assert inspect.getdoc(value), name
    assert getattr(gs, name) is value


def test_a_misspelt_name_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="decomposee"):
        gs.decomposee


def test_importing_starts_nothing():
    """Neither TensorFlow, nor scikit-learn, SciPy or Pillow, nor this package's own parts."""
    code = "import sys, ganspace_tf; print(' '.join(sorted(sys.modules)))"
    loaded = subprocess.check_output([sys.executable, "-c", code]).decode().split()
    heavy = {"tensorflow", "sklearn", "scipy", "PIL", "numpy", "nvlabs"} & set(loaded)
    assert not heavy
    assert [name for name in loaded if name.startswith("ganspace_tf")] == [
        "ganspace_tf",
        "ganspace_tf.errors",
    ]


def test_a_network_file_is_opened_without_tensorflow_and_scipy(tmp_path):
    """What a file is, and what is cached for it, is answered at once; TensorFlow starts with the first
    number."""
    path = tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip", resolution=8)
    code = "import sys, ganspace_tf as gs; g = gs.load_generator({!r}); g.fingerprint; g.z(seeds=[1]); "
    code += "print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code.format(str(path))]).decode().split()
    assert not {"tensorflow", "scipy", "sklearn"} & set(loaded)


def test_errors_form_one_tree_with_the_expected_branches():
    from ganspace_tf import errors

    classes = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and value.__module__ == errors.__name__ and not issubclass(value, Warning)
    ]
    assert all(issubclass(value, gs.GanspaceError) and inspect.getdoc(value) for value in classes)
    assert issubclass(errors.UsageError, ValueError) and issubclass(errors.UnknownName, errors.UsageError)
    assert issubclass(errors.DownloadError, errors.FileError) and not issubclass(errors.FileError, ValueError)


@pytest.mark.parametrize(
    "given, allowed, words",
    [
        ("pcaa", ["pca", "ipca", "ica"], "unknown estimator 'pcaa'; allowed: pca, ipca, ica"),
        ("layer17", ["layer%d" % i for i in range(30)], "nearest of 30: layer17"),
        ("Conv1", ["%d/Conv%d" % (i, k) for i in range(10) for k in range(2)], "0/Conv1"),
        ("zzz", ["layer%d" % i for i in range(30)], "30 are known, such as layer0, layer1, layer2, layer29"),
        ("", ["layer%d" % i for i in range(30)], "30 are known"),
        ("x", [], "allowed: none"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(given, allowed, words):
    from ganspace_tf.errors import UnknownName

    assert words in str(UnknownName.among("estimator", given, allowed))
    assert str(UnknownName.among("x", given, allowed, "try help")).endswith("; try help")
