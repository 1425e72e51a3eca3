"""What --cluster may say."""

from __future__ import annotations

import re
from typing import NamedTuple

from ganspace_tf.errors import UsageError

MOST_LOCAL = 1024
ALLOWED = "local:N (workers on this machine), tcp://HOST:PORT, tls://HOST:PORT, or a scheduler's file .json"


class Address(NamedTuple):
    """local: workers to start on this machine, 0 for a cluster that is there. place: of its scheduler."""

    local: int
    place: str


def parse_address(text: str) -> Address:
    """Raises UsageError with what is allowed."""
    local = re.match(r"^local:(\d{1,4})$", text)
    if local:
        count = int(local.group(1))
        if not 1 <= count <= MOST_LOCAL:
            raise UsageError("cluster={}: 1 to {} workers can be started".format(text, MOST_LOCAL))
        return Address(count, "")
    if re.match(r"^(tcp|tls)://.+:\d{1,5}$", text) or text.lower().endswith(".json"):
        return Address(0, text)
    raise UsageError("cluster={}: allowed are {}".format(text, ALLOWED))
