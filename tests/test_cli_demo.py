"""`ganspace demo`: one command, a folder with a page and pictures, every one of which can be had again."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.cli import demo, main
from ganspace_tf.decomposition import decompose
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import load_directions
from ganspace_tf.generators import load_generator
from ganspace_tf.render import files
from tests import tiny

NAMES = ("Turn & twist", "Shell colour", "Ground")


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A tiny network as the demo's, with three named directions on its second and first component."""
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    path = str(tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip"))
    gen = load_generator(path)
    comp = decompose(gen, n=3000, components=4, cache=False)
    (tmp_path / "edits").mkdir()
    for k, (name, layers) in enumerate(zip(NAMES, ((0, 1), (2, 5), (1, 3)))):
        one = NamedDirection.of(name, comp, (1, 0, 0)[k], layers=layers, sigma_range=(-3.0, 3.0))
        one.save(tmp_path / "edits" / "{}.json".format(k))
    monkeypatch.setattr(demo, "NETWORK", path)
    monkeypatch.setattr(demo, "EDITS", str(tmp_path / "edits"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_fills_its_folder_and_the_page_shows_what_was_measured(workplace, monkeypatch, capsys):
    (workplace / "made").mkdir()
    (workplace / "made" / "mine.txt").write_text("stays")
    assert main(["demo", "--out", "made", "-n", "3000", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["page"] == str(workplace / "made" / "index.html")
    assert all((workplace / name).stat().st_size > 0 for name in facts["files"])
    html = (workplace / "made" / "index.html").read_text(encoding="utf-8")
    assert sorted(edit["edit"] for edit in facts["edits"]) == ["E(v0, 1-3)", "E(v0, 2-5)", "E(v1, 0-1)"]
    assert {edit["name"] for edit in facts["edits"]} == set(NAMES) and "Turn &amp; twist" in html
    assert [edit["purity"] for edit in facts["edits"]] == sorted(
        (edit["purity"] for edit in facts["edits"]), reverse=True
    )
    for edit in facts["edits"]:
        assert edit["edit"] in html and "Purity {:.2f}".format(edit["purity"]) in html
        sizes = [abs(change["factor_sigmas"]) for change in edit["changes"].values()]
        assert sizes == sorted(sizes, reverse=True)
    assert "{:.1f} times".format(facts["v0_against_random"]) in html
    assert set(re.findall(r'(?:src|href)="([^"]{5})', html)) == {"data:"}  # nothing is fetched
    assert (workplace / "made" / "mine.txt").read_text() == "stays"
    for name in ("seeds.png", "sheet.png", "edits.png", "edit-1.png"):
        assert np.asarray(Image.open(str(workplace / "made" / name))).std() > 20  # something is on it
        assert files.read_recipe(workplace / "made" / name)["model"]["name"] == str(workplace / "net.pkl")
    monkeypatch.chdir(workplace / "made")
    lines = [unescape(line) for line in re.findall(r"<code>(.*?)</code></span>", html)]
    start = demo.program() + " "
    assert len(lines) == 4 + len(demo.YOURS) and all(line.startswith(start) for line in lines)
    for line in lines[:4]:
        assert main(shlex.split(line[len(start) :])) == 0, capsys.readouterr().err
    assert (workplace / "made" / "again.png").read_bytes() == (workplace / "made" / "edits.png").read_bytes()


def test_a_demo_that_fails_leaves_no_folder_of_its_own(workplace, capsys):
    (workplace / "mine").mkdir()
    for folder, left in (("new", False), ("mine", True)):
        assert main(["demo", "--out", folder, "-n", "1"]) == 2
        assert "-n 1 is too small" in capsys.readouterr().err
        assert (workplace / folder).exists() == left


def test_the_page_names_the_command_that_works_here(monkeypatch, tmp_path):
    """In an environment that is on the path, in one that is not, and without the installed script."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    monkeypatch.setattr(demo.sys, "executable", str(bin_ / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert demo.program() == "{} -m ganspace_tf".format(bin_ / "python")
    (bin_ / "ganspace").write_text("#!/bin/sh")
    (bin_ / "ganspace").chmod(0o755)
    assert demo.program() == str(bin_ / "ganspace")
    monkeypatch.setenv("PATH", str(bin_))
    assert demo.program() == "ganspace"


def test_its_last_line_says_where_the_page_is(workplace, capsys, monkeypatch):
    monkeypatch.setattr(demo, "program", lambda: "ganspace")  # as where it is found by name
    assert main(["demo", "--out", "made", "-n", "3000"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-2] == "page: " + str(workplace / "made" / "index.html")
    assert lines[-1].startswith("drag it yourself: ganspace explore ")
    assert {line.split("  ")[0] for line in lines[:-2]} == set(NAMES)


def test_names_that_belong_to_another_network_are_refused_in_one_line(workplace, capsys):
    tiny.write_tiny(workplace / "net.pkl", "stylegan2-skip", seed=1)
    assert main(["demo", "--out", "made", "-n", "3000"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "'Turn & twist' belongs to model" in said[0]
    assert not (workplace / "made" / "index.html").exists()


def test_the_names_that_are_shipped_belong_to_the_network_that_is_shipped():
    """A new network needs `training.name_edits`."""
    shipped = load_directions(demo.EDITS)
    assert {one.fingerprint for one in shipped} == {load_generator(demo.NETWORK).fingerprint}
    assert len({one.name for one in shipped}) == len(shipped) == 3


def test_a_folder_that_cannot_be_made_is_named_before_any_work(workplace, capsys):
    (workplace / "file").write_text("")
    assert main(["demo", "--out", "file"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "cannot make the folder file" in said[0]
