"""The one budget of all readers: what a file makes us allocate is charged here before it is allocated."""

from __future__ import annotations

from nvlabs.errors import DamagedFile


class Budget:
    """Bytes that reading may produce beyond what the file holds, so that sharing cannot multiply them."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise DamagedFile("unpacks to far more data than the file holds, which no network file does")
