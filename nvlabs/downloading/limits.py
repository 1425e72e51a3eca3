"""What one download may take."""

from __future__ import annotations

from dataclasses import dataclass

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True)
class Limits:
    """Bounds of one download, all its attempts together.

    max_bytes: of the file.
    min_rate: bytes a second, on average over each `span`. A connection that brings less is given up; one
    that brings nothing in a span (seconds) counts as broken off.
    total: seconds for everything. attempts: connections that may break off, 1 or more.
    pause: seconds before the second attempt, doubled for each further one up to `longest_pause`.
    """

    max_bytes: int = 4 * 10**9
    min_rate: float = 1000.0
    span: float = 30.0
    total: float = 6 * 3600.0
    attempts: int = 4
    pause: float = 1.0
    longest_pause: float = 15.0

    def pause_before(self, attempt: int) -> float:
        """Seconds to wait before an attempt; the first is number 0."""
        return min(self.pause * 2 ** (attempt - 1), self.longest_pause) if attempt else 0.0


def bytes_in_words(count: float) -> str:
    """Such as "364 MB": powers of 1000, three digits."""
    for unit, name in _UNITS:
        if count >= unit:
            return "%.3g %s" % (count / unit, name)
    return "%.3g bytes" % count
