"""One thread that computes for many clients; every method returns at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any, Callable, Optional, Tuple

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.messages import Done, Frame, Message, Refused
from ganspace_tf.explorer.session import Session
from ganspace_tf.explorer.state import State, digest

Deliver = Callable[[Message], None]


class Worker:
    """Computes what clients want to see, each client's newest wish only, one after another.

    deliver: called from the worker's thread with every message; returns at once.
    """

    def __init__(self, session: Session, deliver: Deliver) -> None:
        self._session, self._deliver = session, deliver
        self._changed = threading.Condition()
        self._wanted: "OrderedDict[str, Tuple[int, State]]" = OrderedDict()
        self._clients: "OrderedDict[str, None]" = OrderedDict()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="explorer", daemon=True)
        self._thread.start()

    def join(self, client: str) -> None:
        """A client is there."""
        with self._changed:
            self._clients[client] = None

    def leave(self, client: str) -> None:
        """A client has gone: what it wanted is forgotten."""
        with self._changed:
            self._clients.pop(client, None)
            self._wanted.pop(client, None)

    def show(self, client: str, id: int, state: State, moving: bool) -> None:
        """A client wants to see a state; what it wanted before is forgotten. moving: more will follow."""
        with self._changed:
            self._wanted[client] = (id, state)
            self._changed.notify_all()

    def seen(self, client: str, id: int, stage: int) -> None:
        """A client has shown a frame."""

    def sheet(self, client: str, id: int, kind: str, items: Any, side: int) -> None:
        """A client wants small pictures."""

    def job(self, client: str, id: int, kind: str, arguments: Any) -> None:
        """A client wants a longer work done."""

    def cancel(self, client: str, id: int) -> None:
        """A client wants a sheet or a job no more."""

    def close(self) -> None:
        """End the thread and wait for it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                client, (id, state) = self._wanted.popitem(last=False)
            message = self._shown(client, id, state)
            if message is not None:
                self._deliver(message)

    def _shown(self, client: str, id: int, state: State) -> Optional[Message]:
        start = time.perf_counter()
        try:
            pixels = self._session.show(state)
        except GanspaceError as error:
            return Refused(client, id, "state", str(error))
        ms = 1000 * (time.perf_counter() - start)
        H, W = pixels.shape[:2]
        self._deliver(Frame(client, id, 0, 1, True, W, H, ms, pixels))
        return Done(client, id, digest(state), [ms])
