"""How far a long job is, on stderr: a bar on a terminal, elsewhere a line every half minute."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional

from ganspace_tf.cli import terminal
from nvlabs.plain_text import one_line

LONGEST_NAME = 60  # characters of what a bar stands for
SECONDS = 30.0  # between lines


class Spoken:
    """Progress in lines, for logs and pipes. The first comes after `seconds`, so short jobs say nothing."""

    def __init__(self, what: str, unit: str, total: Optional[int] = None, seconds: float = SECONDS) -> None:
        self.what, self.unit, self.total = one_line(what, LONGEST_NAME), unit, total
        self.done = 0
        self._seconds, self._over = seconds, threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> Spoken:
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._over.set()
        self._thread.join()

    def update(self, new: int) -> None:
        self.done += new

    def line(self, elapsed: float) -> str:
        """Where it is after so many seconds."""
        units = "B" if self.unit == "B" else self.unit + "s"
        text = "{}: {:,}".format(self.what, self.done)
        if self.total:
            text += " of {:,} {}, {:.0%}".format(self.total, units, self.done / self.total)
        else:
            text += " " + units
        text += " after " + _clock(elapsed)
        if self.total and 0 < self.done < self.total:
            text += ", about {} left".format(_clock(elapsed * (self.total / self.done - 1)))
        return text

    def _speak(self) -> None:
        started = time.monotonic()
        while not self._over.wait(self._seconds):
            try:
                terminal.err(self.line(time.monotonic() - started))
            except (OSError, ValueError):  # nobody listens any more
                return


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "{}:{:02}:{:02} h".format(hours, minutes, rest) if hours else "{}:{:02} min".format(minutes, rest)


class _Unheard:
    """Where --quiet was given."""

    total: Optional[int] = None
    n = done = 0

    def __enter__(self) -> _Unheard:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def update(self, new: int) -> None:
        """Nothing."""


def _bar(what: str, unit: str, total: Optional[int] = None, scaled: bool = False) -> Any:
    if terminal.is_quiet():
        return _Unheard()
    if not sys.stderr.isatty():
        return Spoken(what, unit, total)
    from tqdm import tqdm

    name = one_line(what, LONGEST_NAME)
    return tqdm(total=total, desc=name, unit=unit, unit_scale=scaled, delay=1, leave=False)


@contextmanager
def progress(total: int, what: str, unit: str) -> Iterator[Callable[[int], None]]:
    """Progress of what takes over a second. Yields a function that is told how many units are new."""
    with _bar(what, unit, total) as bar:
        yield bar.update


@contextmanager
def progress_to(what: str, unit: str) -> Iterator[Callable[[int, Optional[int]], None]]:
    """The same for work that tells (done, total) instead of what is new."""
    told = 0
    with _bar(what, unit, scaled=True) as bar:

        def report(done: int, total: Optional[int]) -> None:
            nonlocal told
            bar.total = total
            bar.update(done - told)
            told = done

        yield report
