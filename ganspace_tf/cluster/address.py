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
    local = re.match(r"^local:(\d{1,9})$", text)
    if local:
        count = int(local.group(1))
        if not 1 <= count <= MOST_LOCAL:
            raise UsageError("cluster={}: 1 to {} workers can be started".format(text, MOST_LOCAL))
        return Address(count, "")
    port = re.match(r"^(?:tcp|tls)://.+:(\d{1,5})$", text)
    if port and not 1 <= int(port.group(1)) <= 65535:
        raise UsageError("cluster={}: ports are 1 to 65535".format(text))
    if port or text.lower().endswith(".json"):
        return Address(0, text)
    raise UsageError("cluster={}: allowed are {}".format(text, ALLOWED))
