"""The command line: words to values, help that waits for nothing, one line and an exit code a failure."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import ganspace_tf
from ganspace_tf import cli
from ganspace_tf.cli import parser, values
from ganspace_tf.cli.table import VERBS
from ganspace_tf.errors import BasisMismatch, FileError, UnknownName, UsageError
from nvlabs.errors import DamagedFile, NetworkUsageError

ROOT = Path(__file__).resolve().parent.parent


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    "read, text, value",
    [
        (values.seeds, "0-8,12", [0, 1, 2, 3, 4, 5, 6, 7, 8, 12]),
        (values.seeds, "7", [7]),
        (values.seeds, " 3 , 1-2 ", [3, 1, 2]),
        (values.seeds, "4294967295", [4294967295]),
        (values.span, "-3..3", (-3.0, 3.0)),
        (values.span, "2.5", (-2.5, 2.5)),
        (values.span, "-2", (2.0, -2.0)),
        (values.span, "0..4", (0.0, 4.0)),
        (values.count, "1000000", 1000000),
        (values.count, "1_000_000", 1000000),
        (values.count, "1,000,000", 1000000),
        (values.count, "1e6", 1000000),
        (values.psi, "0.7", 0.7),
        (values.psi, "-1", -1.0),
        (values.psi, "none", None),
        (values.layers, "9-10", (9, 10)),
        (values.layers, "9", (9, 9)),
        (values.layers, "9-", (9, None)),
        (values.layers, "all", (0, None)),
        (values.indices, "v0-v2,22", [0, 1, 2, 22]),
        (values.classes, "tench, Tinca tinca", "tench, Tinca tinca"),
        (values.count_or_file(99), "16", 16),
        (values.count_or_file(99), "faces.npy:0-3", "faces.npy:0-3"),
        (values.examples, "3,8,20-21", [3, 8, 20, 21]),
        (values.examples, "me.npz:0-2", "me.npz:0-2"),
        (values.direction, "age.npy", ("age.npy", None)),
        (values.direction, "factor.pt:3 = +2", ("factor.pt:3", 2.0)),
        (values.option, "sparsity=0.5", ("sparsity", 0.5)),
        (values.option, "precision=float64", ("precision", "float64")),
        (values.option, "layers=3", ("layers", 3)),
        (values.number_from_zero, "0", 0),
    ],
)
def test_words_become_values(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    "read, text, said",
    [
        (values.seeds, "a", "0-8,12"),
        (values.seeds, "8-0", "the range 8-0 is empty"),
        (values.seeds, "", "0-8,12"),
        (values.seeds, "-1", "0-8,12"),
        (values.seeds, "4294967296", "outside 0 … 4294967295"),
        (values.seeds, "0-999999999", "more than 100000"),
        (values.span, "wide", "-3..3"),
        (values.span, "1..2..3", "-3..3"),
        (values.span, "nan", "-3..3"),
        (values.count, "0", "from 1 to 1,000,000,000,000"),
        (values.count, "2.5", "from 1 to 1,000,000,000,000"),
        (values.count, "many", "from 1 to 1,000,000,000,000"),
        (values.psi, "half", "psi 'half' is not a number"),
        (values.psi, "nan", "is not a number"),
        (values.layers, "10-9", "are empty"),
        (values.layers, "top", "inclusive layers"),
        (values.edit, "v22", "E(v22, 9-10) = +2"),
        (values.classes, ",", "index or a name"),
        (values.option, "sparsity", "NAME=VALUE"),
        (values.seed, "4294967296", "outside"),
    ],
)
def test_wrong_words_are_refused_with_what_is_allowed(read, text, said):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        read(text)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_edits_tell_whether_their_strength_is_open():
    given = values.edit("E(v0); E(v1, 2-3) = -1")
    assert [edit.swept for edit in given] == [True, False]


def test_steps_reach_both_ends():
    assert values.steps((-3.0, 3.0), 5) == [-3.0, -1.5, 0.0, 1.5, 3.0]
    assert values.steps((0.1, 0.7), 4)[-1] == 0.7
    assert values.steps((-2.0, 2.0), 1) == [2.0]


def test_negative_values_are_no_options():
    words = ["net.pkl", "--sigma", "-3..3", "--psi", "-0.5", "-k", "5", "--edit", "E(v0) = -1"]
    assert parser.joined_negatives(words)[1:3] == ["--sigma=-3..3", "--psi=-0.5"]


# ------------------------------------------------------------------ help


def test_help_lists_every_verb(capsys):
    for words in ([], ["--help"], ["-h"], ["help"]):
        code = cli.main(words)
        shown = capsys.readouterr().out
        assert code == (0 if words else 2)
        assert all("\n  {} ".format(verb) in shown for verb in VERBS)


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_explains_itself(verb, capsys):
    assert cli.main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: ganspace " + verb)
    assert cli.main(["help", verb]) == 0
    assert capsys.readouterr().out == shown


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == "ganspace {}\n".format(ganspace_tf.__version__)


@pytest.mark.parametrize("words", [["--help"]] + [[verb, "--help"] for verb in VERBS])
def test_help_waits_for_nothing_heavy(words):
    """No clock here: what takes time is TensorFlow, scikit-learn, SciPy, NumPy, Pillow; help imports none."""
    code = (
        "import sys; from ganspace_tf.cli import main; code = main(sys.argv[1:]); "
        "heavy = {'tensorflow', 'sklearn', 'scipy', 'numpy', 'PIL', 'tqdm'} & set(sys.modules); "
        "sys.exit(code or sorted(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code] + words,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    "words, said",
    [
        (["smaple"], "unknown verb 'smaple'; did you mean 'sample'?"),
        (["xyzzy"], "verbs are info, sample"),
        (["sample"], "NETWORK"),
        (["sample", "net.pkl", "--psi", "half"], "--psi: psi 'half' is not a number"),
        (["sample", "net.pkl", "--seed", "1"], "unrecognized arguments: --seed"),
        (["edit", "net.pkl", "--components", "c.npz", "--edit", "E(v22, 10-9)x"], "is not an edit"),
        (["pca", "net.pkl", "-n", "some"], "-n: 'some' is not a whole number"),
        (["pca", "net.pkl", "--space", ""], "--space: a value is wanted, '' was given"),
        (["sample", "net.pkl", "--out="], "--out: a value is wanted, '' was given"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(words, said, capsys):
    assert cli.main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1
    assert shown.err.startswith("ganspace: ") and said in shown.err


@pytest.mark.parametrize(
    "error, code, said",
    [
        (UsageError("psi is odd"), 2, "psi is odd"),
        (UnknownName("no such thing"), 2, "no such thing"),
        (NetworkUsageError("labels are wrong"), 2, "labels are wrong"),
        (
            FileError("cannot write a.png: No space left on device"),
            1,
            "cannot write a.png: No space left on device",
        ),
        (BasisMismatch("another model"), 1, "another model"),
        (DamagedFile("ends too early", "net.pkl"), 1, "net.pkl: ends too early"),
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(28, "No space left on device", "/tmp/x"), 1, "/tmp/x: No space left on device"),
        (MemoryError("(1000000, 512)"), 1, "not enough memory"),
        (
            ZeroDivisionError("division\nby zero"),
            1,
            "unexpected ZeroDivisionError: division by zero (GANSPACE_DEBUG=1",
        ),
    ],
)
def test_every_failure_is_one_line_with_its_exit_code(error, code, said, capsys, monkeypatch):
    def run(args):
        raise error

    verb = SimpleNamespace(__name__=VERBS["doctor"].module, __doc__="", add_arguments=lambda p: None, run=run)
    monkeypatch.setattr(cli, "find_verb", lambda argv: (verb, []))
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    assert cli.main([]) == code
    shown = capsys.readouterr().err
    assert shown.startswith("ganspace: ") and said in shown and shown.count("\n") == 1


def run_program(words, **options):
    return subprocess.run(
        [sys.executable, "-m", "ganspace_tf"] + words,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        universal_newlines=True,
        **options,
    )


def test_a_reader_that_leaves_is_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = run_program(["--help"], stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is Linux's")
def test_an_answer_that_cannot_be_written_is_one_line():
    with open("/dev/full", "w") as full:
        done = run_program(["--help"], stdout=full)
    assert (done.returncode, done.stderr) == (1, "ganspace: No space left on device\n")


def test_fetch_lists_what_there_is(capsys):
    assert cli.main(["fetch"]) == 0
    listed = capsys.readouterr().out
    assert "stylegan2-{ffhq,car}-config-{a,b,c,d,e,f}" in listed and "models folder: " in listed
    assert cli.main(["fetch", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["networks"]]
    assert "stylegan2-ffhq-config-f" in names
    assert cli.main(["fetch", "stylegan2-boat-config-f"]) == 2
    assert "unknown network" in capsys.readouterr().err
