"""SHA-256 of files, and the small file NAME.sha256 beside one that keeps it.

    # https://…/net.pkl
    <64 hex digits>  net.pkl

`sha256sum -c net.pkl.sha256` understands it; the first line, a comment, says where the file came from.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import NamedTuple, Optional

from nvlabs.errors import NotDownloaded

ENDING = ".sha256"
MOST_BYTES = 1 << 16
BLOCK = 1 << 20


class Kept(NamedTuple):
    """What NAME.sha256 says. address: where the file came from, None if it does not tell."""

    sha256: str
    address: Optional[str]


def sha256_of(path: str) -> str:
    """64 hex digits. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def beside(path: str) -> str:
    """The name of the file that keeps the digest of another."""
    return path + ENDING


def text_of(digest: str, path: str, address: str) -> str:
    """The contents of NAME.sha256."""
    return "# %s\n%s  %s\n" % (address, digest, os.path.basename(path))


def read_digest(path: str) -> Optional[Kept]:
    """What a NAME.sha256 says; None if there is none. Raises OSError, NotDownloaded for something else."""
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path):
        raise NotDownloaded("%s: is no file; remove it" % path)
    with open(path, "rb") as stream:
        text = stream.read(MOST_BYTES).decode("utf-8", "replace")
    digest = re.search(r"^([0-9a-fA-F]{64})( |$)", text, re.MULTILINE)
    if digest is None:
        raise NotDownloaded("%s: holds no SHA-256; remove it" % path)
    address = re.search(r"^# (\S+)$", text, re.MULTILINE)
    return Kept(digest.group(1).lower(), address.group(1) if address else None)
