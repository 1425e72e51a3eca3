"""A file in pieces, as messages: where a proxy lets no POST through, or none of this length."""

from __future__ import annotations

import base64
from typing import Any, Dict, Optional

from ganspace_tf.explorer.web.protocol import Refused
from ganspace_tf.explorer.web.uploads import LARGEST, TooLarge


class Pieces:
    """One file of a client. number: of all its messages. data: what has come."""

    def __init__(self, message: Dict[str, Any]) -> None:
        self.number, self.name, self.size = message["id"], message["name"], message["size"]
        if not 0 < self.size <= LARGEST:
            raise Refused("too large", TooLarge(), self.number)
        self.data = bytearray()

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self.data) == self.size

    def add(self, message: Dict[str, Any]) -> None:
        """The next piece. Raises Refused for one that is not the next, or that is more than was announced."""
        try:
            part = base64.b64decode(message["data"], validate=True)
        except (TypeError, ValueError):  # no text, or none of base64
            raise Refused("bad message", "data of a piece is no base64", self.number) from None
        after = len(self.data) + len(part)
        if message["at"] != len(self.data) or not part or after > self.size:
            raise Refused("bad message", "this piece does not fit to those before it", self.number)
        self.data += part


def with_piece(before: Optional[Pieces], message: Dict[str, Any]) -> Pieces:
    """The file that a piece belongs to, with it: the one before, or a new one. Raises Refused."""
    pieces = before if before is not None and before.number == message["id"] else Pieces(message)
    pieces.add(message)
    return pieces
