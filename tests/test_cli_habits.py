"""What all verbs have in common: how much they say, what they write over, progress in logs."""

# ruff: noqa: F811  fixtures of another file

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from ganspace_tf import cli
from ganspace_tf.cli import main, outputs, progress, terminal
from ganspace_tf.cli.parser import verb_parser
from ganspace_tf.cli.python_words import as_options
from ganspace_tf.cli.table import VERBS
from tests.test_cli_verbs import comp, refused, run  # noqa: F401  fixtures


def options(name):
    parser = verb_parser(cli.parser.importlib.import_module(VERBS[name].module))
    return {word for action in parser._actions for word in action.option_strings}


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_can_be_quiet_and_every_writer_can_refuse_to_replace(name):
    assert "--quiet" in options(name)
    assert ("--no-clobber" in options(name)) == bool(options(name) & {"--out"} or name == "convert")


# ------------------------------------------------------------------ writing over


WRITERS = [
    ("sample", "net.pkl", "--seeds", 1, "--out", "a.png"),
    ("visualize", "net.pkl", "--components", "c.npz", "--out", "a.png"),
    ("edit", "net.pkl", "--components", "c.npz", "--edit", "E(v0)", "--out", "a.gif"),
    ("walk", "net.pkl", "--seeds", "1,2", "--frames", 2, "--out", "a.gif"),
    ("pca", "net.pkl", "-n", 50, "-k", 2, "--out", "a.npz"),
    ("save", "E(v0)", "--components", "c.npz", "--name", "a"),
    ("save", "E(v0)", "--components", "c.npz", "--name", "other", "--out", "a.json"),
]


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_replacing_a_file_is_said_and_no_clobber_refuses_it_before_any_work(
    words,
    run,
    comp,
    tmp_path,
    monkeypatch,
):
    written = [word for word in words if str(word).startswith("a.")] or ["a.json"]
    assert run(*words)[0] == 0
    code, out, err = run(*words)
    assert code == 0 and "ganspace: note: replaced " + written[0] in err and out
    assert run(*words, "--quiet") == (0, "", "")
    before = (tmp_path / written[0]).stat().st_mtime_ns
    monkeypatch.setattr("ganspace_tf.cli.work.open_generator", None)  # would be the first work
    monkeypatch.setattr("ganspace_tf.decomposition.load_components", None)
    refused(run(*words, "--no-clobber"), 1, written[0] + " is there already, and --no-clobber was given")
    assert (tmp_path / written[0]).stat().st_mtime_ns == before


def test_a_recipe_that_is_there_is_not_replaced_either(run, tmp_path):
    assert run("sample", "net.pkl", "--seeds", 1, "--out", "a.png")[0] == 0
    (tmp_path / "a.png").unlink()
    refused(run("sample", "net.pkl", "--seeds", 2, "--out", "a.png", "--no-clobber"), 1, "a.json is there")
    assert not (tmp_path / "a.png").exists()


def test_a_new_file_and_a_device_are_no_replacements(run, tmp_path):
    code, _, err = run("sample", "net.pkl", "--seeds", 1, "--out", "new.png", "--no-clobber")
    assert (code, err) == (0, "")
    assert outputs.seen(["/dev/null", str(tmp_path), str(tmp_path / "none")], refuse=True) == {}


def test_what_was_not_written_is_not_called_replaced(run, tmp_path):
    (tmp_path / "a.png").write_bytes(b"mine")
    refused(run("sample", "net.pkl", "--cutoff", 99, "--out", "a.png"), 2, "cutoff")
    assert (tmp_path / "a.png").read_bytes() == b"mine"


# ------------------------------------------------------------------ quiet


def test_quiet_keeps_answers_and_errors(run, comp, capsys):
    assert run("sample", "classes.pkl", "--seeds", 1, "--json", "--quiet")[1].startswith("{")
    code, out, err = run("pca", "net.pkl", "-n", 60, "-k", 2, "--quiet")
    assert (code, err) == (0, "") and out.count("\n") == 1 and out.endswith(".npz\n")  # where it is
    assert run("info", "c.npz", "--quiet") == run("info", "c.npz")
    refused(run("sample", "net.pkl", "--cutoff", 99, "--quiet"), 2, "cutoff")
    terminal.note("said again afterwards")
    assert "said again afterwards" in capsys.readouterr().err


# ------------------------------------------------------------------ progress


def test_progress_without_a_terminal_speaks_in_lines_while_it_lasts(monkeypatch):
    said, spoken = [], threading.Event()
    monkeypatch.setattr(progress.terminal, "err", lambda text: (said.append(text), spoken.set()))
    with progress.Spoken("pca", "row", 2000, seconds=0.001) as bar:
        bar.update(500)
        spoken.clear()
        assert spoken.wait(60)
    assert said[-1].startswith("pca: 500 of 2,000 rows, 25% after 0:00 min, about 0:00 min left")
    assert not bar._thread.is_alive()


@pytest.mark.parametrize(
    "unit, total, done, elapsed, line",
    [
        (
            "row",
            1_000_000,
            250_000,
            30,
            "n: 250,000 of 1,000,000 rows, 25% after 0:30 min, about 1:30 min left",
        ),
        ("row", 10, 0, 30.9, "n: 0 of 10 rows, 0% after 0:30 min"),
        ("frame", 10, 10, 61, "n: 10 of 10 frames, 100% after 1:01 min"),
        ("B", None, 12_345, 3723, "n: 12,345 B after 1:02:03 h"),
    ],
)
def test_a_line_of_progress(unit, total, done, elapsed, line):
    spoken = progress.Spoken("n", unit, total)
    spoken.update(done)
    assert spoken.line(elapsed) == line


def test_progress_that_tells_totals_counts_what_is_new(monkeypatch):
    monkeypatch.setattr(progress.sys, "stderr", SimpleNamespace(isatty=lambda: False))
    with progress.progress_to("n", "row") as report:
        bar = report.__closure__[0].cell_contents
        for done in (5, 20):
            report(done, 100)
        assert (bar.done, bar.total) == (20, 100)


def test_quiet_progress_says_nothing_at_all(capsys):
    with terminal.quiet(True), progress.progress(3, "n", "row") as new:
        new(3)
    with terminal.quiet(True), progress.progress_to("n", "row") as report:
        report(3, 3)
    assert capsys.readouterr() == ("", "")


def test_version_is_said(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("ganspace ")


# ------------------------------------------------------------------ words of the command line, not of Python


def test_convert_says_which_endings_it_takes(run):
    refused(run("convert", "net.pkl", "x.onnx"), 2, "OUT x.onnx must end in .npz or .pkl")


@pytest.mark.parametrize(
    "words, code, said",
    [
        (("sample", "net.pkl", "--cutoff", 99), 2, "ganspace: --cutoff 99 is outside 0 … 4"),
        (("pca", "net.pkl", "-k", 99), 2, "ganspace: -k 99: w is 8 numbers wide, so at most 8"),
        (("pca", "net.pkl", "-n", 5, "-k", 7), 2, "ganspace: -k 7 need more rows than -n 5"),
        (("pca", "net.pkl", "--latent", "z"), 2, "not in --latent z"),
        (("visualize", "other.pkl", "--components", "c.npz"), 1, "; --any-basis uses them all the same"),
    ],
)
def test_refusals_speak_of_options(words, code, said, run, comp):
    refused(run(*words), code, said)


def test_only_arguments_become_options():
    same = "cannot read /n=3/psi=4.pkl: 'x psi' of components and n = 3"
    assert as_options(same) == same
    assert as_options("use psi=1 (latent='z'), n={}") == "use --psi 1 (--latent z), -n {}"
