"""`visualize --out sheet.html`: directions × samples × steps on a page that asks for nothing and sorts."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure import page_script
from ganspace_tf.measure.sheet_page import sheet_page
from ganspace_tf.render.across import Across, Found
from ganspace_tf.render.frames import Look, render
from tests.linear_gan import SIDE, LinearGAN
from tests.test_cli_verbs import comp, refused, run  # noqa: F401  fixtures
from tests.test_render_frames import components

# ruff: noqa: F811  fixtures of another file


def test_frames_are_the_samples_moved_along_each_direction():
    gen = LinearGAN()
    basis = components(gen)
    picture = Across(components=[2, 0], sigmas=[-1.0, 0.0, 3.0], seeds=[4, 5], first_layer=1, centred=False)
    found = picture.found(gen, basis)
    assert found.frames.shape == (2, 2, 3, SIDE, SIDE, 3) and found.samples == ["seed 4", "seed 5"]
    for at, k in enumerate((2, 0)):
        moved = apply_edits(gen.w(seeds=[5]), basis, [Edit(k, 1, None, sigma=3.0)])
        np.testing.assert_array_equal(found.frames[at, 1, 2], render(gen, moved, Look())[0])
    assert picture.count() == 12 and Across.from_json(picture.to_json()) == picture


@pytest.fixture
def html():
    """A page of two directions, two samples and three steps, one of them called what no HTML may hold."""
    frames = np.zeros((2, 2, 3, 8, 8, 3), np.uint8)
    frames[1, 0, 2] = 51
    found = Found(frames, ["seed 1", "<script>alert(1)</script>"])
    return sheet_page(
        "Title", "of a network & more", [(3, 1.5), (0, 2.25)], found, ["−1σ", "0", "+1σ"]
    ).decode()


def test_every_row_has_its_numbers_and_its_frames(html):
    rows = re.findall(r"<tr>(<td.*?)</tr>", html)
    assert [re.findall(r'data-value="([^"]*)"', row) for row in rows] == [
        ["3", "0", "1.5", "0.0"],
        ["3", "1", "1.5", "0.0"],
        ["0", "0", "2.25", "51.0"],
        ["0", "1", "2.25", "0.0"],
    ]
    for row in rows:
        found = re.findall(r'alt="v\d of [^"]*" src="data:image/png;base64,([^"]+)"', row)
        assert len(found) == 3
        assert Image.open(io.BytesIO(base64.b64decode(found[0]))).size == (8, 8)
    assert html.count("data-sort") - page_script.SCRIPT.count("data-sort") == 4


def test_nothing_of_others_runs_and_nothing_is_asked_for_elsewhere(html):
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html
    assert html.count("<script>") == 1 and page_script.SCRIPT in html
    digest = base64.b64encode(hashlib.sha256(page_script.SCRIPT.encode("utf-8")).digest()).decode()
    assert "default-src 'none'; img-src data:" in html and "script-src 'sha256-{}'".format(digest) in html
    assert re.findall(r'(?:src|href)="(?!data:)', html) == [] and "://" not in html and "url(" not in html


def test_a_page_is_written_with_a_recipe_that_draws_the_same_frames(run, comp):
    words = ("visualize", "net.pkl", "--components", comp, "--show", "0,2", "--frames", 3)
    code, out, err = run(*words, "--seeds", "1,2", "--out", "sheet.html", "--json")
    facts = json.loads(out)
    assert (code, err) == (0, "") and (facts["directions"], facts["steps"], facts["frames"]) == (2, 3, 12)
    assert facts["samples"] == ["seed 1", "seed 2"]
    assert run("replay", "sheet.json", "--out", "again.png")[1].endswith("the same pixels\n")
    assert run(*words, "--out", "sheet.html", "--no-clobber")[0] == 1
    assert "note: replaced sheet.html, sheet.json" in run(*words, "--seed", 1, "--out", "sheet.html")[2]
    assert json.loads(run("info", "sheet.json", "--json")[1])["settings"]["seeds"] == [1]


def test_what_a_page_cannot_be_is_refused(run, comp, tmp_path):
    words = ("visualize", "net.pkl", "--components", comp)
    refused(run(*words, "--seeds", "1,2", "--out", "x.png"), 2, "--seeds is for a page")
    refused(run(*words, "--show", 9, "--out", "x.html"), 2, "v0-v3")
    refused(run(*words, "--seeds", "0-9999", "--frames", 300, "--out", "x.html"), 2, "frames are")
    (tmp_path / "x.json").write_text("{}")
    refused(run(*words, "--out", "x.html"), 1, "which is there and is no recipe")
