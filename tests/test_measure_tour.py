"""A tour: what is measured of a named edit, which edits deserve a name, and whether the page says it.

The generator of tests/coded_generator.py has six factors; one sigma along its axis f is one factor sigma of
factor f, on the layers of the factor's group.
"""

from __future__ import annotations

import re
from collections import OrderedDict

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import load_directions
from ganspace_tf.edits import Edit
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.measure import baselines, charts, handles, page_script, sweep
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import Found
from ganspace_tf.measure.statistics import image_statistics
from ganspace_tf.measure.tour import Handle, tour
from ganspace_tf.measure.tour_page import edit_facts, tour_page
from tests.coded_generator import FACTORS, CodedGenerator, decode
from tests.linear_gan import LinearGAN

TOLERANCE = 0.06  # the units come from a sample, whose standard deviation is right to a few percent


@pytest.fixture(scope="module")
def gen():
    return CodedGenerator()


@pytest.fixture(scope="module")
def meter(gen):
    return Meter(gen, decode, gen.w(n=2000, seed=5))


@pytest.fixture(scope="module")
def truth(gen):
    return gen.basis(gen.axes[: len(FACTORS)])


@pytest.fixture(scope="module")
def comp(gen):
    return decompose(gen, n=8000, components=8, cache=False)


# ------------------------------------------------------------------ a sweep


def test_a_sweep_reports_the_change_from_its_start_to_its_end(meter, truth, gen):
    found = sweep.swept(meter, gen.w(n=16, seed=1), truth, Edit(3), -2.0, 3.0)
    first = found.changes[0]
    assert first.factor == FACTORS[3] and first.found.mean == pytest.approx(5, rel=TOLERANCE)
    assert first.found.low <= first.found.mean <= first.found.high
    assert first.unit == pytest.approx(meter.spread[3])
    assert found.purity == pytest.approx(1, abs=0.01) and found.leakage < 0.1
    turned = sweep.swept(meter, gen.w(n=16, seed=1), truth, Edit(3), 3.0, -2.0)
    assert turned.changes[0].found.mean == pytest.approx(-first.found.mean)


def test_changes_come_the_largest_first_whatever_their_sign(meter, gen):
    """A direction between two axes, towards less of the second: both change, the third factor does not."""
    between = gen.basis((gen.axes[0] - 2 * gen.axes[4])[None])
    changes = sweep.swept(meter, gen.w(n=16, seed=1), between, Edit(0), -1.0, 1.0).changes
    assert [change.factor for change in changes[:2]] == [FACTORS[4], FACTORS[0]]
    assert changes[0].found.mean < 0 < changes[1].found.mean
    sizes = [abs(change.found.mean) for change in changes]
    assert sizes == sorted(sizes, reverse=True) and len(changes) == len(FACTORS)


def test_too_few_latents_for_an_interval_are_refused(meter, truth, gen):
    with pytest.raises(UsageError, match="3 seeds or more"):
        sweep.swept(meter, gen.w(n=2, seed=1), truth, Edit(0), -1.0, 1.0)


def test_pixels_change_where_the_edit_reaches_and_stay_where_it_does_not(meter, truth, gen):
    """`angle` is read from layers 0 and 1: on layers 2 and 3 its axis paints nothing."""
    some, none = sweep.pixel_change(meter, gen.w(n=8, seed=1), truth, [Edit(0), Edit(0, 2, 3)])
    assert some > 0 and none == 0


def test_pixels_change_twice_as_much_along_twice_the_sigma():
    """In a generator whose pictures are linear in w; a pixel is right to one level of rounding."""
    gen = LinearGAN()
    w, direction = gen.w(n=8, seed=1), np.eye(gen.dlatent_size, dtype=np.float32)[:1]
    meter = Meter(gen, image_statistics, gen.w(n=50, seed=2))
    once, twice = (
        sweep.pixel_change(meter, w, baselines.Basis(direction, np.float32([s]), gen.b), [Edit(0)])[0]
        for s in (0.5, 1.0)
    )
    assert once > 5 and twice == pytest.approx(2 * once, abs=1)


# ------------------------------------------------------------------ which edits get a name


def found(component, effect, purity):
    return Found(Edit(component), effect, 0.1, purity)


def test_an_edit_gets_the_name_for_being_strong_and_pure():
    known = {"angle": found(1, 0.1, 0.99), "size": found(2, 0.5, 0.7), "x": found(3, 0.5, 0.8)}
    assert handles.choose_handles(known, {"shape": ["angle", "size", "x", "unknown"]}) == {"shape": "x"}
    assert handles.choose_handles(known, {"shape": ["unknown"]}) == {}


def test_no_component_gets_two_names_on_the_same_layers():
    known = {"hue": found(1, 1, 0.9), "ground": found(1, 1, 0.9), "light": found(2, 1, 0.2)}
    groups = OrderedDict(shell=["hue"], ground=["ground", "light"], rest=["light"])
    assert handles.choose_handles(known, groups) == {"shell": "hue", "ground": "light"}
    known["ground"] = known["ground"]._replace(edit=Edit(1, 2, 3))
    assert handles.choose_handles(known, groups)["ground"] == "light"
    known["hue"] = known["hue"]._replace(edit=Edit(1, 0, 1))
    assert handles.choose_handles(known, groups)["ground"] == "ground"


# ------------------------------------------------------------------ named directions and components


def test_a_named_direction_finds_itself_among_other_components(comp, gen):
    again = decompose(gen, n=3000, components=8, seed=1, cache=False)
    for k in range(3):
        component, cosine = NamedDirection.of("one", comp, k).nearest(again)
        assert component == k and abs(cosine) > 0.9
    away = baselines.Basis(-again.directions, again.stdev, again.mean)
    assert NamedDirection.of("one", comp, 0).nearest(away)[1] < -0.9
    with pytest.raises(BasisMismatch, match="48 numbers wide, the components are 47"):
        NamedDirection.of("one", comp, 0).nearest(
            baselines.Basis(again.directions[:, 1:], again.stdev, again.mean[1:])
        )


def test_a_folder_of_directions_is_read_in_the_order_of_its_names(comp, tmp_path):
    for k, file in ((0, "2-b.json"), (1, "1-a.json")):
        NamedDirection.of("v{}".format(k), comp, k).save(tmp_path / file)
    assert [one.name for one in load_directions(tmp_path)] == ["v1", "v0"]
    with pytest.raises(FileError, match="No such file"):
        load_directions(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="no directions"):
        load_directions(tmp_path / "empty")


# ------------------------------------------------------------------ the page


@pytest.fixture(scope="module")
def seen(meter, comp):
    return tour(
        meter, comp, [Handle("First & best", Edit(0), -2.0, 2.0), Handle("Late", Edit(1, 2, 3), -1.0, 1.0)]
    )


def test_a_tour_says_what_each_component_mostly_changes(seen):
    """The generator's largest spreads are those of its first and fourth factor."""
    assert [factor for factor, _ in seen.mostly[:2]] == ["angle", "hue"]
    assert all(0 < share <= 1 for _, share in seen.mostly)


def test_an_edit_stands_beside_its_component_on_all_layers_and_a_random_direction(seen):
    """Of which the random one is less pure."""
    assert [one.swept.purity for one in seen.edits] == sorted((one.swept.purity for one in seen.edits))[::-1]
    for one in seen.edits:
        everywhere, random = one.beside
        assert everywhere.label.endswith("on all layers") and "random" in random.label
        assert random.purity < one.swept.purity and random.frames.shape == one.frames[0].shape


def test_only_most_of_a_change_is_mostly(seen):
    shown = seen._replace(mostly=[("angle", 0.51)] + [("hue", 0.17)] * 7)
    html = tour_page(shown, "a", "b", b"GIF89a", []).decode("utf-8")
    assert "mostly angle, 51%" in html and "several things, most of all hue, 17%" in html
    assert "mostly hue" not in html


def test_the_page_says_what_was_measured_and_needs_no_other_file(seen):
    html = tour_page(seen, "a network", "about it", b"GIF89a", [("Then", ["ganspace info <net>"])]).decode(
        "utf-8"
    )
    assert "First &amp; best" in html and "E(v0)" in html and "ganspace info &lt;net&gt;" in html
    for one in seen.edits:
        facts = edit_facts(one)
        main = next(iter(facts["changes"]))
        assert "{:.2f}".format(facts["purity"]) in html and "<b>" not in main
        words = charts.measured(
            facts["changes"][main]["change"],
            (facts["changes"][main]["high"] - facts["changes"][main]["low"]) / 2,
            facts["changes"][main]["unit"],
        )
        assert html.count("From the left to the right {} {}, which".format(main, words)) == 1
    sources = re.findall(r'(?:src|href)="([^"]{5})', html) + re.findall(r"url\(|@import", html)
    assert set(sources) == {"data:"}
    assert (
        len(sources) == 16 + 8 * 5 + 2 * (3 + 3) * 7 + 1
    )  # samples, sheet, strips, what is beside them, film
    assert html.count("<script>") == 1 and page_script.SCRIPT in html


def test_names_and_commands_of_a_tour_are_text(seen):
    odd = "</p><script>x</script>\x1b[2J\u202e"
    edits = [one._replace(handle=one.handle._replace(name=odd)) for one in seen.edits]
    mostly = [(odd, share) for _, share in seen.mostly]
    page = tour_page(seen._replace(edits=edits, mostly=mostly), odd, odd, b"GIF89a", [(odd, [odd])])
    html = page.decode("utf-8")
    assert html.count("<script") == 1 and "\x1b" not in html and "\u202e" not in html
    assert html.count("&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;?[2J?") >= 2 * len(edits) + len(mostly) + 3


def test_bars_point_to_the_sign_and_the_longest_with_its_interval_fills_its_side():
    html = charts.bars([charts.Bar("a", -3.0, 1.0, "x"), charts.Bar("b", 2.0, 0.0, "y")], shown=1)
    assert re.findall(r'class="(minus|plus)" style="left:([\d.]+)%;width:([\d.]+)%', html) == [
        ("minus", "12.50", "37.50"),
        ("plus", "50.00", "25.00"),
    ]
    assert 'class="error" style="left:0.00%;width:25.00%' in html
    assert "1 smaller changes" in html and html.index("<details>") < html.index(">b<")


@pytest.mark.parametrize(
    "mean, half, unit, words",
    [
        (61.34, 1.94, "degrees", "+61.3 ± 1.9 degrees"),
        (-0.00423, 0.0013, "", "−0.0042 ± 0.0013"),
        (1234.4, 120, "", "+1234 ± 120"),
        (0.5, 0.0, "", "+0.5"),
    ],
)
def test_numbers_have_the_digits_that_their_interval_leaves(mean, half, unit, words):
    assert charts.measured(mean, half, unit) == words


def test_names_in_charts_are_text():
    assert "<x>" not in charts.columns(["<x>"], [1.0]) + charts.bars([charts.Bar("<x>", 1, 0, "<x>")])
    cells = np.zeros((1, 2, 4, 4, 3), np.uint8)
    assert "<x>" not in charts.frames(cells, ["<x>", "<x>"], [("<x>", "<x>")], alt='"<x>"')
