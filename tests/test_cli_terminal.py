"""No code of a file, a name or a word reaches the terminal: not a control, not a change of direction."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest

import ganspace_tf
from ganspace_tf import cli
from ganspace_tf.cache import CacheWarning
from ganspace_tf.cli import progress, quiet, terminal, work
from nvlabs.plain_text import LONGEST_LINE, LONGEST_MESSAGE
from nvlabs.reading.records import FileRecords
from nvlabs.writing import container
from tests import tiny

ROOT = Path(__file__).resolve().parent.parent
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\x85\x7f\u202egpj.\u2066x\n\u2028sha256  0"
ODD = {ESCAPES: ESCAPES}
RECIPE = {
    "format": 1,
    "verb": "edit",
    "model": {"name": "net.pkl", "family": "stylegan2", "fingerprint": "0" * 64},
    "settings": {"seeds": [1]},
}
DIRECTION = {
    "format": 1, "name": "d", "fingerprint": "0" * 64, "vector": [1.0, 0.0], "stdev": 1.0, "mean": [0.0, 0.0],
    "latent": "w", "layers": [0, None], "sigma_range": [-2, 2], "made": {}, "preview": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    return tmp_path


def dumped(file: str, record: dict, **changes) -> str:
    Path(file).write_text(json.dumps(dict(record, **changes)), encoding="utf-8")
    return file


def components(fingerprint="", **settings) -> str:
    basis = {"latent": "w", "model": "m", "components": 1}
    rows, ones = np.eye(1, 4, dtype=np.float32), np.ones(1, np.float32)
    comp = ganspace_tf.Components(rows, rows[0], ones, ones, dict(basis, **settings), fingerprint)
    return str(comp.save("c.npz"))


def network(**changes) -> str:
    from dataclasses import replace

    record = replace(tiny.tiny_records("stylegan2-skip").Gs, **changes)
    container.save(FileRecords(None, None, record), "net.npz")
    return "net.npz"


SOURCES = {
    "name of a model": lambda: ["info", dumped("r.json", RECIPE, model={"name": ESCAPES})],
    "setting": lambda: ["info", dumped("r.json", RECIPE, settings={ESCAPES: ESCAPES, "classes": [ESCAPES]})],
    "verb of a recipe": lambda: ["info", dumped("r.json", RECIPE, verb=ESCAPES)],
    "recipe not known": lambda: ["replay", dumped("r.json", RECIPE, verb=ESCAPES), "--out", "x.png"],
    "versions": lambda: ["info", dumped("r.json", RECIPE, versions=ODD)],
    "recipes compared": lambda: ["compare", dumped("r.json", RECIPE), dumped("s.json", RECIPE, settings=ODD)],
    "name of a direction": lambda: ["info", dumped("d.json", DIRECTION, name=ESCAPES, made=ODD)],
    "key of a direction": lambda: ["info", dumped("d.json", DIRECTION, **ODD)],
    "settings of components": lambda: ["info", components(ESCAPES, model=ESCAPES, **ODD)],
    "name of a network": lambda: ["info", network(name="Gs" + ESCAPES), "--source", "--variables"],
    "source": lambda: ["info", network(source="def f():\n\treturn 1\n" + ESCAPES), "--source"],
    "static argument": lambda: ["info", network(static_kwargs=ODD)],
    "no such file": lambda: ["info", "no" + ESCAPES + ".pkl"],
    "no such name": lambda: ["info", ESCAPES],
    "no such verb": lambda: [ESCAPES],
    "no such option": lambda: ["info", "c.npz", "--" + ESCAPES],
    "no such folder": lambda: ["convert", network(), os.path.join("no" + ESCAPES, "x.npz")],
    "no such edit": lambda: ["edit", "net.pkl", "--components", "c.npz", "--edit", ESCAPES],
}  # fmt: skip


def controls(text: str) -> list:
    bidi = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return sorted(
        ascii(char)
        for char in set(text) - {"\n", "\t"}
        if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") or unicodedata.bidirectional(char) in bidi
    )


@pytest.mark.parametrize("source", SOURCES)
def test_no_source_of_text_reaches_the_terminal_as_it_is(source, capsys):
    words = SOURCES[source]()
    code = cli.main(words)
    shown = capsys.readouterr()
    assert code in (0, 1, 2) and controls(shown.out + shown.err) == []
    if code and words[0] != "compare":
        assert shown.out == "" and len(shown.err.splitlines()) == 1
    else:
        assert shown.err == "" and shown.out
        assert source == "source" or not any(line.startswith("sha256  0") for line in shown.out.splitlines())
    assert max(map(len, (shown.out + shown.err).splitlines())) <= LONGEST_LINE


@pytest.mark.parametrize("source", SOURCES)
def test_answers_for_programs_are_json_of_printable_ascii(source, capsys):
    code = cli.main(SOURCES[source]() + ["--json"])
    shown = capsys.readouterr()
    assert controls(shown.out + shown.err) == []
    if not code:
        assert json.loads(shown.out, parse_constant=pytest.fail)
        assert shown.out.encode("ascii")


def test_what_is_no_number_is_null_in_json(capsys):
    terminal.out_json({"a": [float("nan"), {"b": -np.inf, "c": "NaN"}, 1.5], "\x9b": "\u202e\x7f"})
    text = capsys.readouterr().out
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": [None, {"b": None, "c": "NaN"}, 1.5],
        "\x9b": "\u202e\x7f",
    }
    assert controls(text) == []


def test_source_code_keeps_its_lines_and_tabs(capsys):
    assert cli.main(["info", network(source="def f():\n\treturn 1\n"), "--source"]) == 0
    assert "def f():\n\treturn 1\n" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["settings", "file"])
def test_long_values_are_cut_and_both_ends_are_shown(where, capsys):
    long = "begin" + "x" * 10**6 + "end"
    if where == "settings":
        assert cli.main(["info", dumped("r.json", RECIPE, settings={"mode": long})]) == 0
    else:
        assert cli.main(["info", long]) == 2
    (line,) = [line for line in "".join(capsys.readouterr()).splitlines() if "begin" in line]
    assert len(line) <= LONGEST_MESSAGE + 100 and " ... " in line
    assert where == "file" or line.endswith("end")


def test_a_path_is_never_cut(capsys):
    path = "/".join(["a" * 200] * 20) + "/c.npz"
    work.tell({}, False, [path])
    assert capsys.readouterr().out == path + "\n"


def test_warnings_and_remarks_are_one_line_of_plain_text(capsys):
    with warnings.catch_warnings():
        quiet.be_quiet()
        warnings.warn("an entry" + ESCAPES, CacheWarning)
        terminal.note("a remark" + ESCAPES)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and controls("".join(lines)) == []


def test_bars_are_named_in_plain_text(capsys, monkeypatch):
    import tqdm

    named = [progress.Spoken("n" + ESCAPES, "frame").line(0)]
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(tqdm, "tqdm", lambda **settings: named.append(settings["desc"]) or pytest.skip)
    for bar in (progress.progress(1, "n" + ESCAPES, "frame"), progress.progress_to("n" + ESCAPES, "B")):
        with pytest.raises((AttributeError, TypeError)):  # what stands for the bar is none
            bar.__enter__()
    assert len(named) == 3 and controls("".join(named)) == [] and "\n" not in "".join(named)


def test_a_traceback_asked_for_is_plain_text_too(folder):
    (folder / "bad.py").write_text(
        "def add_arguments(parser): pass\ndef run(args): raise ZeroDivisionError(%r)\n" % ESCAPES
    )
    code = "import sys, bad; from ganspace_tf import cli; from ganspace_tf.cli import parser\n"
    code += "cli.find_verb = lambda argv: (bad, []); cli.verb_parser = lambda module: parser.Parser()\n"
    code += "sys.exit(cli.main([]))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), str(folder)]), GANSPACE_DEBUG="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    text = done.stderr.decode("utf-8")
    assert (
        done.returncode == 1 and "Traceback" in text and "ZeroDivisionError" in text and controls(text) == []
    )


@pytest.mark.parametrize(
    "text, count", [("", 0), ("shell", 5), ("Ψ", 1), ("翅の色", 6), ("ｓ", 2), ("e\u0301", 1)]
)
def test_columns_of_a_terminal(text, count):
    assert terminal.columns(text) == count
    assert terminal.columns(terminal.padded(text, 9)) == 9 and terminal.padded(text, 0) == text
