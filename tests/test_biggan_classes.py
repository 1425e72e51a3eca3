"""Classes by index, by name, one per layer, or as weights."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.biggan.class_weights import class_weights
from ganspace_tf.biggan.class_words import call_name, plain_class, read_classes
from ganspace_tf.biggan.classes import ClassNames, default_class, imagenet, names_for
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks

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


@pytest.mark.parametrize(
    "name",
    ["Irish setter", "irish_setter", " IRISH  setter ", "red setter", "213", "n02100877"]
    + ["Irish setter, red setter"],
)
def test_capitals_underscores_synonyms_labels_and_wordnet_ids(name):
    assert imagenet().index(name) == 213


@pytest.mark.parametrize(
    "name, told",
    [
        (
            "crane",
            r"134 \('crane', n02012849\) and 517 \('crane', n03126707\); give an index or a WordNet id",
        ),
        ("maillot", r"638 \('maillot', n03710637\) and 639 \('maillot, tank suit', n03710721\)"),
        ("Cardigan", "264 .'Cardigan, Cardigan Welsh corgi', .* and 474 .'cardigan'"),
    ],
)
def test_names_that_several_classes_share_are_refused_with_all_of_them(name, told):
    with pytest.raises(UsageError, match=told):
        imagenet().index(name)
    assert imagenet().index("maillot, tank suit") == 639 and imagenet().index("n03710637") == 638


def test_to_ganspace_they_are_the_first_sense():
    """As WordNet orders senses, which is what GANSpace goes by: the machine, not the bird."""
    names = ("crane", "cardigan", "polecat", "tub")
    assert [imagenet().index(name, nearest=True) for name in names] == [517, 474, 361, 435]


def test_every_class_is_found_by_its_own_names_but_for_19_that_two_share():
    names = imagenet()
    shared = set()
    for index, synonyms in enumerate(names.names):
        for name in synonyms:
            try:
                assert names.index(name) == index
            except UsageError:
                shared.add(name.lower())
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
    with pytest.raises(UnknownName, match="have no names; give an index"):
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


# ------------------------------------------------------------------ classes in words


@pytest.mark.parametrize(
    "text, classes",
    [
        ("tench, Tinca tinca", [0]),
        ("tench, Tinca tinca, 5, goldfish", [0, 5, 1]),
        ("tench, Tinca tinca,tench, tinca_tinca", [0, 0]),
        ("goldfish,n02123045, 7 ", [1, 281, 7]),
        ("0:0.5+1:0.5", ["0:0.5+1:0.5"]),
        ("tench:.7 + n01443537:0.3, 4", ["0:0.7+1:0.3", 4]),
        ("tench+goldfish", ["0:0.5+1:0.5"]),
        ("0:1.5+1:-5e-1", ["0:1.5+1:-0.5"]),
        ("0:1e20+1:-1e-20", ["0:1e20+1:-1e-20"]),
        ("0:0.25+0:0.25+1:0.5", ["0:0.5+1:0.5"]),
        ("None", ["none"]),
    ],
)
def test_what_people_write_has_one_form_in_recipes(text, classes):
    assert read_classes(text, 1000, imagenet()) == classes
    again = ",".join(str(one) for one in classes)
    assert read_classes(again, 1000, imagenet()) == classes


@pytest.mark.parametrize(
    "text, said",
    [
        ("0:0.5+1", "a weight for every class"),
        (":0.5+1:0.5", "a weight for every class"),
        ("0:1e999+1:0.5", "a weight for every class"),
        ("0:1e39", "a weight for every class"),
        ("²", "unknown class '²'"),
        ("0:0.5+1000:0.5", "outside 0 … 999"),
        ("crane:0.5+1:0.5", "is 2 classes: 134 .* and 517"),
        ("tensh:0.5+1:0.5", "unknown class 'tensh'"),
        (" , ", "write an index or a name"),
        ("9" * 5000, "outside 0 … 999"),
    ],
)
def test_words_that_name_no_class_are_refused(text, said):
    with pytest.raises(UsageError, match=said):
        read_classes(text, 1000, imagenet())


def test_a_name_that_looks_like_a_mixture_is_a_name():
    names = ClassNames([("1:64 model",), ("salt+pepper",), ("none",)])
    assert read_classes("1:64 model,salt+pepper,none", 3, names) == [0, 1, 2]


def test_classes_without_names_are_indices_and_mixtures_of_these():
    assert read_classes("2,0+1", 3, None) == [2, "0:0.5+1:0.5"]
    for text in ("cat", "cat:0.5+1:0.5", "²"):
        with pytest.raises(UnknownName, match="have no names; give an index, 0 … 2"):
            read_classes(text, 3, None)


def test_mixtures_in_text_are_weights():
    np.testing.assert_array_equal(weigh("cat:0.5+dog:0.5"), np.broadcast_to([0.5, 0.5, 0], (2, 1, 3)))
    np.testing.assert_array_equal(weigh(["0:0.25+2:0.75", "dog"]), [[[0.25, 0, 0.75]], [[0, 1, 0]]])
    np.testing.assert_array_equal(weigh("none"), np.zeros((2, 1, 3)))
    layers = weigh([["cat", "dog+cat", 2, "0:2"]])
    np.testing.assert_array_equal(layers[0], [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [2, 0, 0]])


def test_labels_of_networks_without_names_are_read_alike():
    given = checks.labels(["1", "0:0.5+2:0.5", "none"], 3, 3)
    np.testing.assert_array_equal(given, [[0, 1, 0], [0.5, 0, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(checks.labels("2", 2, 3), [[0, 0, 1]] * 2)
    with pytest.raises(UsageError, match="2 classes for 3 latents"):
        checks.labels(["1", "2"], 3, 3)


def test_labels_of_pictures_call_classes_by_their_first_names():
    names = imagenet()
    found = [call_name(plain_class(text, 1000, names), names) for text in ("281", "0:0.5+1:0.5", "none")]
    assert found == ["tabby", "0.5 tench + 0.5 goldfish", "no class"]
    assert call_name(3, None) == "class 3"
