"""One client: what waits to be sent to it, and what it may still ask for. Used from the event loop alone."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Callable, Deque, List, Optional, Set, Tuple, Union

from ganspace_tf.explorer.web.pieces import Pieces
from ganspace_tf.explorer.web.protocol import Refused

Sent = Union[str, bytes]
TEXT, PICTURE, THUMBNAIL = "text", "picture", "thumbnail"
MOST_WAITING = 600  # messages; of a client that sleeps, thumbnails are dropped first
MOST_JOBS = 4
MESSAGES_A_SECOND = 120
SILENCE = 60.0  # seconds without an acknowledgement, after which a client is let go


class Client:
    """name: of this connection, as the worker knows it. clock: seconds, for tests."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.jobs: Set[int] = set()
        self.pieces: Optional[Pieces] = None  # of a file that is arriving
        self.gone = False
        self._clock = clock
        self._waiting: Deque[Tuple[str, Sent]] = deque()
        self._news = asyncio.Event()
        self._allowance, self._counted = float(MESSAGES_A_SECOND), clock()
        self._asked = self._heard = clock()
        self._open = False  # whether a picture has been sent that was not acknowledged

    def put(self, kind: str, data: Sent) -> None:
        """Let something wait. A picture takes the place of one that is still waiting: newest wins."""
        if self.gone:
            return
        if kind == PICTURE:
            self._waiting = deque(item for item in self._waiting if item[0] != PICTURE)
        if len(self._waiting) >= MOST_WAITING:
            kept = [item for item in self._waiting if item[0] != THUMBNAIL]
            self._waiting = deque(kept[-MOST_WAITING // 2 :])
        self._waiting.append((kind, data))
        self._news.set()

    async def take(self) -> List[Sent]:
        """Everything that waits, once there is something; nothing once the client is gone."""
        await self._news.wait()
        self._news.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        if any(kind == PICTURE for kind, _ in taken) and not self._open:
            self._open, self._asked = True, self._clock()
        if self.gone:
            self._news.set()
        return [data for _, data in taken]

    def leave(self) -> None:
        """End it: whoever waits in `take` goes on."""
        self.gone = True
        self._news.set()

    def heard(self) -> None:
        """Count one message from it. Raises Refused when there are too many a second."""
        now = self._clock()
        self._allowance += (now - self._counted) * MESSAGES_A_SECOND
        self._allowance, self._counted, self._heard = min(MESSAGES_A_SECOND, self._allowance), now, now
        if self._allowance < 1:
            raise Refused("too many", "at most {} messages a second are answered".format(MESSAGES_A_SECOND))
        self._allowance -= 1

    def seen(self) -> None:
        """It has acknowledged a picture."""
        self._open = False

    def asleep(self, polled: bool) -> bool:
        """Whether it has been silent for too long: a picture unacknowledged, or, where it has to ask for
        everything itself (polled), no request.
        """
        now = self._clock()
        late = self._open and now - self._asked > SILENCE
        return late or (polled and now - self._heard > SILENCE)

    def begin_job(self, number: int) -> None:
        """Raises Refused when it has too many already."""
        if len(self.jobs) >= MOST_JOBS:
            raise Refused("busy", "{} jobs are running already; cancel one".format(MOST_JOBS), number)
        self.jobs.add(number)
