"""A projection on the command line: progress, states for --resume, and what ends it early."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from typing import Any, Dict, Iterator, NamedTuple, Optional

import numpy as np

from ganspace_tf.cli import terminal
from ganspace_tf.cli.progress import SECONDS
from ganspace_tf.photos.targets import decibels

INTERVAL, COST = 2.0, 0.03  # seconds between two states, and the share of the time that keeping them takes
CTRL_C = "Ctrl-C"


class Done(NamedTuple):
    """stopped: what ended it early, None if nothing did. seconds: that it took. gen: for `quality`."""

    stopped: Optional[str]
    seconds: float
    gen: Any

    def quality(self, target: Any, result: Any) -> Dict[str, float]:
        """psnr of the 8-bit picture under the mask, in dB; noise_share of fitted noise in what was gained."""
        from ganspace_tf.render.frames import to_uint8

        def error(noise: Any) -> float:
            return target.error_of(to_uint8(self.gen.images(result.w[None], noise=noise))[0])

        if not result.noise:
            return {"psnr": decibels(error("stored"))}
        fitted = error([maps[None] for maps in result.noise])
        without, start = error("stored"), 127.5**2 * (result.history[0][2] if result.history else np.inf)
        share = (without - fitted) / (start - fitted) if start > fitted else 0.0
        return {"psnr": decibels(fitted), "noise_share": float(max(0.0, share))}


def run(projection: Any, seconds: Optional[float], resume: bool) -> Done:
    """Run to the end, or until seconds are over or Ctrl-C: what is there by then is the answer."""
    started, stopped = time.monotonic(), None
    states = _States(projection)
    if resume and not states.restore():
        terminal.note("--resume: no such projection was stopped; it begins anew")
    with _interrupts() as interrupted, _shown() as show:
        for _ in projection.run():
            show(projection, time.monotonic() - started)
            if interrupted:
                stopped = CTRL_C
            elif seconds is not None and time.monotonic() - started >= seconds:
                stopped = "--seconds {:g}".format(seconds)
            if stopped:
                states.keep()
                break
            states.tick()
    if not stopped:
        states.forget()
    return Done(stopped, time.monotonic() - started, projection.gen)


@contextmanager
def _interrupts() -> Iterator[Any]:
    """A list that is no longer empty once Ctrl-C was pressed. The second time ends the program."""
    pressed: Any = []

    def press(number: int, frame: Any) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, before)

    try:
        before = signal.signal(signal.SIGINT, press)
    except ValueError:  # not in the main thread: nobody presses anything there
        yield pressed
        return
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


# ------------------------------------------------------------------ progress


def line(projection: Any, elapsed: float) -> str:
    """Where it is: the photo that has most to do, of several; its best start."""
    tasks = projection.tasks
    row = min(range(len(tasks)), key=lambda k: tasks[k].share)
    result = projection.results()[row]
    shares = [task.share for task in tasks]
    share = sum(shares) / len(shares)
    name = projection.targets[row].name
    if len(tasks) > 1:
        name += " and {} more".format(len(tasks) - 1)
    steps = max(1, result.steps)
    text = "{}  {}/{}  {:.1f} dB  w {:.1f}σ".format(
        name,
        result.steps,
        projection.settings.steps,
        decibels(127.5**2 * tasks[row].best.error),
        result.distance,
    )
    text += "  {:.2g} s/step".format(elapsed / steps)
    if 0.02 < share < 1:
        left = int(elapsed * (1 / share - 1))
        text += "  {}:{:02} left".format(left // 60, left % 60)
    return text


@contextmanager
def _shown() -> Iterator[Any]:
    """A function that is told how far it is: a line that changes on a terminal, one every half minute
    elsewhere."""
    if terminal.is_quiet():
        yield lambda projection, elapsed: None
        return
    if not sys.stderr.isatty():
        spoken = [SECONDS]

        def speak(projection: Any, elapsed: float) -> None:
            if elapsed >= spoken[0]:
                spoken[0] = elapsed + SECONDS
                terminal.err(line(projection, elapsed))

        yield speak
        return
    from tqdm import tqdm

    with tqdm(bar_format="{desc}", leave=False) as bar:
        shown = [0.0]

        def write(projection: Any, elapsed: float) -> None:
            if elapsed >= shown[0]:
                shown[0] = elapsed + 0.2
                bar.set_description_str(line(projection, elapsed))

        yield write


# ------------------------------------------------------------------ states


class _States:
    """The state of a projection in the cache, saved now and then."""

    def __init__(self, projection: Any) -> None:
        from ganspace_tf.cache import Folder

        self._projection, self._folder = projection, Folder("states")
        self._facts = {"projection": projection.key}
        self._name = "{}-{}".format(projection.key[:32], len(projection.tasks))
        self._next = time.monotonic() + INTERVAL

    def restore(self) -> bool:
        """Go on from the state of the same command; whether there is one."""
        entry = self._folder.read(self._name)
        if entry is None or entry[1] != self._facts:
            return False
        self._projection.restore(entry[0])
        return True

    def tick(self) -> None:
        """Save when it is time to."""
        if time.monotonic() >= self._next:
            self.keep()

    def keep(self) -> None:
        """Save."""
        started = time.monotonic()
        self._folder.write(self._name, self._projection.arrays(), self._facts)
        ended = time.monotonic()
        self._next = ended + max(INTERVAL, (ended - started) / COST)

    def forget(self) -> None:
        """The projection is finished."""
        self._folder.remove(self._name)
