"""The command `ganspace`: read the words, call the library, write the result. No method lives here.

Exit codes: 0 done, 1 could not (a file, the network, memory), 2 wrong use, 130 stopped by Ctrl-C. Every
failure is one line on stderr; GANSPACE_DEBUG=1 shows the traceback of what should not have happened.
"""

from __future__ import annotations

import os
import sys
from typing import List, Optional

from ganspace_tf.cli import outputs, terminal
from ganspace_tf.cli.parser import find_verb, verb_parser
from ganspace_tf.cli.python_words import as_options
from ganspace_tf.cli.quiet import be_quiet
from ganspace_tf.errors import GanspaceError, UsageError
from nvlabs.errors import NetworkUsageError, NvlabsError

DONE, COULD_NOT, WRONG_USE, STOPPED = 0, 1, 2, 130


def main(argv: Optional[List[str]] = None) -> int:
    """Run one command line (default: the program's own) and return its exit code; it never raises."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show σ or × is no reason to fail
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except SystemExit as leaving:  # argparse, after help or a wrong argument that it has reported
        return leaving.code if isinstance(leaving.code, int) else COULD_NOT
    except (UsageError, NetworkUsageError) as error:
        return _say(as_options(error), WRONG_USE)
    except (GanspaceError, NvlabsError) as error:
        return _say(error, COULD_NOT)
    except KeyboardInterrupt as error:
        return _say(str(error) or "stopped", STOPPED)
    except BrokenPipeError:  # the reader, such as `head`, has what it wanted
        _forget_output()
        return COULD_NOT
    except OSError as error:
        _forget_output()
        where = "{}: ".format(error.filename) if error.filename else ""
        return _say(where + (error.strerror or str(error)), COULD_NOT)
    except MemoryError as error:
        # files are read before TensorFlow is started, and then neither of the two is the cause
        hint = "; a smaller --batch or -n needs less" if "tensorflow" in sys.modules else ""
        return _say(
            "not enough memory{}{}".format(" ({})".format(error) if str(error) else "", hint), COULD_NOT
        )
    except Exception as error:
        if os.environ.get("GANSPACE_DEBUG"):
            raise
        return _say(
            "unexpected {}: {} (GANSPACE_DEBUG=1 shows where)".format(type(error).__name__, error), COULD_NOT
        )


def _run(argv: List[str]) -> int:
    module, rest = find_verb(argv)
    if module is None:
        return DONE
    args = verb_parser(module).parse_args(rest)
    with terminal.quiet(getattr(args, "quiet", False)):
        before = outputs.seen(outputs.outputs_of(module, args), getattr(args, "no_clobber", False))
        be_quiet()
        code = module.run(args)
        outputs.tell_replaced(before)
    return DONE if code is None else code


def _open_closed_streams() -> None:
    """Put the null device where a standard stream is closed: what is written there goes nowhere, and no file
    that is opened later gets its number, to be written into by whatever prints.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _forget_output() -> None:
    """Let go of what stdout could not take, so that Python does not try again, and complain, when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (OSError, ValueError):  # no stream of the system
            pass


def _say(message: object, code: int) -> int:
    """One line on stderr; the exit code."""
    try:
        terminal.err(message)
    except OSError:  # stderr is gone; the exit code still tells
        pass
    return code
