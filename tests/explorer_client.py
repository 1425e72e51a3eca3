"""A worker of the explorer on a network of NumPy alone, and a client whose messages can be waited for.

A gate holds the network up, so that what was wanted meanwhile is known; nothing waits for a time to pass.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace

import ganspace_tf as gs
from ganspace_tf.explorer.messages import Frame, Notice
from ganspace_tf.explorer.state import StateEdit
from ganspace_tf.explorer.worker import Worker
from tests.staged_gan import StagedGAN, basis_of

LONG = 20  # seconds after which a test gives up; none passes by waiting


class Client:
    """A worker whose messages are kept and can be waited for. shows: whether frames are seen at once."""

    def __init__(self, gen, shows=True, session=None, **options):
        self.gen, self.shows = gen, shows
        self.session = gs.explore(gen, basis_of(gen)) if session is None else session
        self.told, self._new = [], threading.Condition()
        self.worker = Worker(self.session, self._deliver, at_once=None, **options)
        self.until(Notice, level="ready")
        gen.runs.clear()

    def _deliver(self, message):
        with self._new:
            self.told.append(message)
            self._new.notify_all()
        if self.shows and isinstance(message, Frame):
            self.worker.seen(message.client, message.id, message.stage)

    def of(self, kind, **fields):
        return [
            m
            for m in list(self.told)
            if isinstance(m, kind) and all(getattr(m, k) == v for k, v in fields.items())
        ]

    def until(self, kind, **fields):
        with self._new:
            assert self._new.wait_for(lambda: self.of(kind, **fields), LONG), (kind, fields, self.told[-5:])
        return self.of(kind, **fields)[0]

    def hold(self):
        """Hold up what the network runs next, until `gen.gate.set()`."""
        self.gen.entered.clear()
        self.gen.gate.clear()

    def state(self, sigma=0.0, seed=0, first=0):
        edits = (StateEdit("v0", first, 3, sigma),) if sigma else ()
        return replace(self.session.initial, seed=seed, edits=edits)


@contextmanager
def clients():
    """`with clients() as made`: `made(**options)` is a client; the threads of all are gone afterwards."""
    found, before = [], set(threading.enumerate())

    def made(fine=0.002, shows=True, gen=None, **options):
        found.append(Client(gen or StagedGAN(fine=fine), shows, **options))
        found[-1].worker.join("a")
        return found[-1]

    yield made
    for client in found:
        client.gen.gate.set()
        client.worker.close()
    names = [thread.name for thread in set(threading.enumerate()) - before]
    assert not [name for name in names if name.startswith("explorer")]
