"""Classes by index, by name, one per layer, or as weights."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.biggan.classes import ClassNames, class_weights, default_class, imagenet, names_for
from ganspace_tf.errors import UnknownName, UsageError

PETS = ClassNames([("cat", "house cat"), ("dog",), ("great auk",)], near={"puppy": 1})


def indices(weights):
    """The classes that one-hot weights stand for."""
    assert np.array_equal(np.sort(weights, axis=-1)[..., -1], np.ones(weights.shape[:-1]))
    assert weights.sum() == np.prod(weights.shape[:-1])
    return weights.argmax(axis=-1)


def weigh(classes, n=2, layers=4, names=PETS, **options):
    return class_weights(classes, n, layers, 3, names, **options)


def test_there_are_a_thousand_imagenet_classes():
    names = imagenet()
    assert len(names) == 1000
    assert [names.display(k) for k in (0, 207, 248, 999)] == [
        "tench",
        "golden retriever",
        "Eskimo dog",
        "toilet tissue",
    ]


@pytest.mark.parametrize("name", ["Irish setter", "irish_setter", " IRISH  setter ", "red setter", "213"])
def test_capitals_underscores_and_synonyms(name):
    assert imagenet().index(name) == 213


def test_names_that_several_classes_share_are_the_first_sense():
    """As WordNet orders senses, which is what GANSpace goes by: the machine, not the bird."""
    assert [imagenet().index(name) for name in ("crane", "cardigan", "polecat", "tub")] == [
        517,
        474,
        361,
        435,
    ]


def test_every_class_is_found_by_its_own_names():
    names = imagenet()
    shared = set()
    for index, synonyms in enumerate(names.names):
        for name in synonyms:
            if names.index(name) != index:
                shared.add(name)
    assert len(shared) == 19


def test_a_misspelt_name_suggests_the_nearest():
    with pytest.raises(UnknownName, match=r"'Irish seter'.*Irish setter"):
        imagenet().index("Irish seter")


def test_other_nouns_name_their_neighbour_and_are_taken_only_if_asked_for():
    with pytest.raises(UnknownName, match=r"'dog'.*in WordNet it is next to 'basenji' \(253\)"):
        imagenet().index("dog")
    assert imagenet().index("dog", nearest=True) == 253


def test_an_index_outside_is_refused():
    for wrong in ("1000", 1000, -1, [0, 3]):
        with pytest.raises(UsageError, match="is outside 0 … "):
            class_weights(wrong, 2, 4, 3, imagenet()) if wrong != "1000" else imagenet().index(wrong)


def test_networks_without_names_take_indices():
    assert names_for(12, None) is None
    assert names_for(2, ["ant", "bee"]).index("bee") == 1
    assert indices(weigh("2", names=None)).tolist() == [[2], [2]]
    with pytest.raises(UnknownName, match="no class names; give an index"):
        weigh("cat", names=None)


def test_no_class_is_the_husky_or_the_first():
    assert imagenet().display(default_class(1000)) == "Eskimo dog"
    assert "husky" in imagenet().names[default_class(1000)]
    assert indices(weigh(None)).tolist() == [[0], [0]]


@pytest.mark.parametrize("one", [1, "dog", [1], ["dog"], np.int64(1), np.array([1])])
def test_one_class_serves_all_images(one):
    assert indices(weigh(one)).tolist() == [[1], [1]]


def test_one_class_an_image():
    assert indices(weigh([2, "cat"])).tolist() == [[2], [0]]
    assert indices(weigh(np.array(["dog", "great auk"]))).tolist() == [[1], [2]]


def test_one_class_a_layer():
    layers = [[0, 1, 1, 2], ["dog", "dog", 0, 0]]
    assert indices(weigh(layers)).tolist() == [[0, 1, 1, 2], [1, 1, 0, 0]]
    assert indices(weigh(layers[:1])).tolist() == [layers[0]] * 2


def test_weights_are_taken_as_they_are():
    mixture = np.array([0.25, 0.75, -1], np.float32)
    for given in (mixture, mixture[None], np.stack([mixture, mixture]), mixture[None, None]):
        np.testing.assert_array_equal(weigh(given), np.broadcast_to(mixture, (2, 1, 3)))
    every_layer = np.arange(24, dtype=np.float64).reshape(2, 4, 3)
    np.testing.assert_array_equal(weigh(every_layer), every_layer)
    assert indices(weigh(np.eye(3, dtype=int)[[2, 0]])).tolist() == [[2], [0]]


def test_as_many_indices_as_classes_are_indices():
    assert indices(class_weights([2, 1, 0], 3, 4, 3, PETS)).tolist() == [[2], [1], [0]]


@pytest.mark.parametrize(
    "wrong", [[0, 1, 2], [[0, 1]], [0.5, 0.5], np.zeros((2, 4)), np.zeros((3, 3)), True, [], [[0, 1], [2]]]
)
def test_shapes_that_do_not_fit_are_refused(wrong):
    with pytest.raises(UsageError, match=r"allowed: an index or a name|lists of different lengths"):
        weigh(wrong)


def test_weights_have_to_be_finite():
    with pytest.raises(UsageError, match="NaN"):
        weigh(np.array([1, np.nan, 0]))
