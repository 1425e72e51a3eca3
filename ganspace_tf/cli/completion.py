"""What makes a shell complete verbs, options and files of this command: a script, printed.

  ganspace completion bash > ~/.local/share/bash-completion/completions/ganspace
  ganspace completion zsh > ~/.zfunc/_ganspace              with fpath+=~/.zfunc before compinit
  ganspace completion tcsh >> ~/.tcshrc

Made by shtab: pip install "ganspace-tf[completion]".
"""

from __future__ import annotations

import importlib
from typing import Any, Dict

from ganspace_tf.cli import terminal
from ganspace_tf.errors import GanspaceError

SHELLS = ("bash", "zsh", "tcsh")
FILES = ("A", "B", "FILE", "FILE[:K]", "FILE[:ROWS]", "IN", "NETWORK", "OUT", "PHOTO", "PICTURE")  # metavars
FOLDERS = ("DIR",)


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace completion` understands."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(args: Any) -> None:
    """Print the script."""
    try:
        shtab = importlib.import_module("shtab")
    except ImportError:
        raise GanspaceError(
            'completion needs shtab: pip install "ganspace-tf[completion]", or pip install shtab'
        ) from None
    parser = whole_parser({"file": shtab.FILE, "folder": shtab.DIRECTORY})
    terminal.out_text(shtab.complete(parser, shell=args.shell))


def whole_parser(complete: Dict[str, Any]) -> Any:
    """All verbs in one parser. complete: how shtab is told of what is a file, and what is a folder."""
    from ganspace_tf.cli.parser import Parser, add_all
    from ganspace_tf.cli.table import VERBS

    whole = Parser(prog="ganspace", allow_abbrev=False)
    whole.add_argument("--version", action="store_true", help="print the version")
    verbs = whole.add_subparsers()
    for name, verb in VERBS.items():
        parser = verbs.add_parser(name, help=verb.summary, allow_abbrev=False)
        add_all(parser, importlib.import_module(verb.module))
        for action in parser._actions:
            kind = "file" if action.metavar in FILES else "folder" if action.metavar in FOLDERS else None
            if kind:
                vars(action)["complete"] = complete[kind]
    return whole
