"""Every figure, and a report: figure, what is said, what was measured, and the verdict.

python -m experiments.all --out out/report
python -m experiments.all --list        the command of every published entry
"""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from typing import Dict, Iterator, List, Optional

from ganspace_tf.cli import terminal
from ganspace_tf.cli.arguments import add_cluster
from ganspace_tf.cli.parser import Parser
from ganspace_tf.cli.work import shared
from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.render.files import write_bytes

from . import biggan
from .common import HERE, NOT_APPLICABLE
from .report import report

FIGURES = sorted(
    [path.stem for path in HERE.glob("fig*.py")] + list(biggan.FIGURES),
    key=lambda name: int(name.split("_")[0][3:]),
)


def command_of(figure: str) -> List[str]:
    """What follows `python -m` for a figure."""
    return [__package__ + ".biggan", figure] if figure in biggan.FIGURES else [__package__ + "." + figure]


def run(figure: str, argv: List[str]) -> int:
    """Make a figure, as its command does."""
    module, *words = command_of(figure)
    return importlib.import_module(module).main(words + argv)


def cases_of(figure: str) -> List[str]:
    """The published cases of a figure; empty where it has none."""
    if figure in biggan.FIGURES:
        return biggan.FIGURES[figure].cases()
    module = importlib.import_module(__package__ + "." + figure)
    return getattr(module, "CASES", None) or (module.cases() if hasattr(module, "cases") else [])


def commands() -> Iterator[List[str]]:
    """The words of the command of every entry of the published tables."""
    for figure in FIGURES:
        for case in cases_of(figure) or [None]:
            yield ["python", "-m"] + command_of(figure) + (["--case", case] if case else [])


def result(out: str, figure: str, code: int) -> str:
    """What the report is told of a figure: its folder, or why there is none."""
    if code == 0:
        return os.path.join(out, figure)
    if code == NOT_APPLICABLE:
        return "it says nothing about networks of this kind; its line in the terminal tells why"
    return "see its line in the terminal (exit code {})".format(code)


def main(argv: Optional[List[str]] = None) -> int:
    """Make the figures one after another and the report; returns 0 if every figure could be made that says
    something about the network.
    """
    parser = Parser(prog="python -m {}.all".format(__package__), description=__doc__, allow_abbrev=False)
    parser.speaker = "all"
    parser.add_argument(
        "--out", default=os.path.join("out", "report"), metavar="DIR", help="folder to write to"
    )
    parser.add_argument("--list", action="store_true", help="print the commands of all published entries")
    parser.add_argument("--only", action="append", choices=FIGURES, help="this figure; repeatable")
    parser.add_argument("--kin", metavar="NETWORK", help="the other network of fig9_transfer and fig19_apart")
    add_cluster(parser)
    args, rest = parser.parse_known_args(argv)
    if args.list:
        terminal.out([" ".join(shlex.quote(word) for word in words) for words in commands()])
        return 0
    codes: Dict[str, int] = {}
    try:
        with shared(args.cluster) as on:
            for figure in args.only or FIGURES:
                folder = os.path.join(args.out, figure)
                own = ["--kin", args.kin] if args.kin and figure in ("fig9_transfer", "fig19_apart") else []
                codes[figure] = run(figure, rest + own + on + ["--out", folder])
    except GanspaceError as error:  # of the workers; those of a figure are its own
        terminal.err(error, "all")
        return 2 if isinstance(error, UsageError) else 1
    os.makedirs(args.out, exist_ok=True)
    path = os.path.join(args.out, "report.html")
    write_bytes(path, report({figure: result(args.out, figure, code) for figure, code in codes.items()}))
    terminal.out([path])
    return 0 if set(codes.values()) <= {0, NOT_APPLICABLE} else 1


if __name__ == "__main__":
    sys.exit(main())
