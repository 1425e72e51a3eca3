"""Completion: the script knows every verb and option, and a shell that reads it completes them."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from ganspace_tf.cli import main
from ganspace_tf.cli.completion import SHELLS, whole_parser
from ganspace_tf.cli.table import VERBS


@pytest.fixture
def script(capsys):
    pytest.importorskip("shtab")

    def make(shell):
        assert main(["completion", shell]) == 0
        return capsys.readouterr().out

    return make


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_verb(shell, script):
    text = script(shell)
    assert [name for name in VERBS if name not in text] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "words, found",
    [
        (["ganspace", "vis"], {"visualize"}),
        (["ganspace", "compare-"], {"compare-methods"}),
        (["ganspace", "sample", "--see"], {"--seeds", "--seeds-b"}),
        (["ganspace", "visualize", "--quie"], {"--quiet"}),
        (["ganspace", "edit", "net.pkl", "--mode", "a"], {"activation"}),
        (["ganspace", "sample", "ne"], {"net.pkl"}),
    ],
)
def test_bash_completes_verbs_options_choices_and_files(words, found, script, tmp_path):
    (tmp_path / "net.pkl").write_bytes(b"")
    (tmp_path / "c.bash").write_text(script("bash"))
    asked = "source ./c.bash; COMP_WORDS=({}); COMP_CWORD={}; _shtab_ganspace; "
    asked += "printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "--norc", "-c", asked.format(" ".join(words), len(words) - 1)],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.stderr == "" and set(done.stdout.split()) == found


def test_the_whole_parser_marks_files_and_folders():
    parser = whole_parser({"file": "a file", "folder": "a folder"})
    verbs = next(action for action in parser._actions if action.choices).choices
    assert list(verbs) == list(VERBS)
    marks = {action.dest: getattr(action, "complete", None) for action in verbs["edit"]._actions}
    assert (marks["network"], marks["directions"], marks["seeds"]) == ("a file", "a folder", None)


def test_without_shtab_one_line_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert capsys.readouterr().err.count("ganspace-tf[completion]") == 1
