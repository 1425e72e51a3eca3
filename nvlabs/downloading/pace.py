"""How long, how slowly and how much a server may send: every byte from it is counted here, headers too."""

from __future__ import annotations

import socket
import time

from nvlabs.downloading.limits import Limits, bytes_in_words
from nvlabs.errors import NotDownloaded

SHORTEST_WAIT = 0.001  # seconds; a timeout of 0 would mean "do not wait at all"


class Pace:
    """The clock of one download. Raises NotDownloaded for what is too slow, too long or too much."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.total
        self.connects(0)

    def connects(self, allowed: int) -> None:
        """A new connection, which may send `allowed` bytes until `allow` says otherwise."""
        self._left = allowed
        self._new_span()

    def allow(self, count: int) -> None:
        """From now on the connection may send so many bytes."""
        self._left = count

    def patience(self) -> float:
        """Seconds that may be waited for the next byte."""
        return max(min(self._span_end, self._end) - time.monotonic(), SHORTEST_WAIT)

    def took(self, count: int) -> None:
        """So many bytes arrived; 0 where the wait was in vain."""
        self._left -= count
        self._arrived += count
        if self._left < 0:
            raise NotDownloaded("the server sends more than it may")
        now = time.monotonic()
        if now >= self._end:
            raise NotDownloaded("not done within %g hours" % round(self._limits.total / 3600, 3))
        if now >= self._span_end:
            self._judge()
            self._new_span()

    def _judge(self) -> None:
        if self._arrived == 0:
            raise socket.timeout("nothing came for %g s" % self._limits.span)
        if self._arrived < self._limits.min_rate * self._limits.span:
            slowest = bytes_in_words(self._limits.min_rate)
            raise NotDownloaded("less than %s a second for %g s" % (slowest, self._limits.span))

    def _new_span(self) -> None:
        self._arrived = 0
        self._span_end = time.monotonic() + self._limits.span
