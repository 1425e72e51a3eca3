"""Command lines: the verb, its parser, and errors of one line."""

from __future__ import annotations

import argparse
import difflib
import importlib
import re
from types import ModuleType
from typing import Any, List, NoReturn, Optional, Tuple

import ganspace_tf
from ganspace_tf.cli import arguments, outputs, terminal
from ganspace_tf.cli.table import VERBS
from nvlabs.plain_text import LONGEST_MESSAGE, many_lines, one_line

USAGE = "ganspace VERB … (`ganspace VERB --help` explains one)"


class Parser(argparse.ArgumentParser):
    """argparse with errors of one line and exit code 2.

    speaker: what its errors begin with.
    """

    speaker = "ganspace"

    def error(self, message: str) -> NoReturn:
        said = one_line(message, LONGEST_MESSAGE)
        self.exit(2, "{}: {} (see `{} --help`)\n".format(self.speaker, said, self.prog))

    def _get_values(self, action: argparse.Action, words: List[str]) -> Any:
        if action.option_strings and "" in words:  # mostly a variable of a shell that is not set
            raise argparse.ArgumentError(action, "a value is wanted, '' was given")
        return super()._get_values(action, words)

    def _print_message(self, message: Optional[str], file: Any = None) -> None:
        super()._print_message(many_lines(message or ""), file)


def find_verb(argv: List[str]) -> Tuple[Optional[ModuleType], List[str]]:
    """The module of the verb that a command line names and the words after it; None after printing help or
    version.

    Raises SystemExit(2) after saying what is wrong with the verb.
    """
    if not argv:
        terminal.out(help_text())
        raise SystemExit(2)
    if argv[0] in ("-h", "--help", "help") and len(argv) == 1:
        terminal.out(help_text())
        return None, []
    if argv[0] == "--version":
        terminal.out("ganspace {}".format(ganspace_tf.__version__))
        return None, []
    if argv[0] == "help":
        argv = [argv[1], "--help"]
    if argv[0] not in VERBS:
        near = difflib.get_close_matches(argv[0], VERBS, n=1)
        hint = "did you mean {!r}?".format(near[0]) if near else "verbs are {}".format(", ".join(VERBS))
        Parser(prog="ganspace").error("unknown verb {!r}; {}".format(argv[0], hint))
    return importlib.import_module(VERBS[argv[0]].module), joined_negatives(argv[1:])


def verb_parser(module: Any) -> Parser:
    """The parser of a verb's module."""
    name = next(name for name, verb in VERBS.items() if verb.module == module.__name__)
    layout = lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=30, width=110)  # noqa: E731
    # abbreviations would turn into errors as soon as a second option with the same beginning is added
    parser = Parser(
        prog="ganspace " + name, description=module.__doc__, formatter_class=layout, allow_abbrev=False
    )
    add_all(parser, module)
    return parser


def add_all(parser: Any, module: Any) -> None:
    """The words of a verb's module, and those that all verbs have."""
    module.add_arguments(parser)
    if any(action.dest in outputs.OPTIONS for action in parser._actions):
        outputs.add_no_clobber(parser)
    arguments.add_quiet(parser)


def help_text() -> str:
    """The overview: what the program is, one line a verb."""
    width = max(len(name) for name in VERBS)
    verbs = "\n".join("  {:{}}  {}".format(name, width, verb.summary) for name, verb in VERBS.items())
    return (
        "usage: {}\n\nFind, try, name and use the directions that matter in a trained GAN.\n\n{}\n\n"
        "NETWORK is the path of a file or folder, or a name from `ganspace fetch`.".format(USAGE, verbs)
    )


def joined_negatives(words: List[str]) -> List[str]:
    """`--sigma -3..3` as `--sigma=-3..3`: argparse takes words that begin with "-" for options."""
    joined: List[str] = []
    for word in words:
        if joined and re.match(r"^-[\d.]", word) and re.match(r"^--[a-z-]+$", joined[-1]):
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined
