"""Which addresses are followed, and file names that come from them."""

from __future__ import annotations

import re
import string
import urllib.parse
from typing import Optional

from nvlabs.errors import NotDownloaded

SCHEMES = ("http", "https")
LONGEST_ADDRESS = 8000
LONGEST_NAME = 120  # of the 255 bytes that a name may have; others put something before and behind it


def checked_address(address: str, base: Optional[str] = None, encoding: str = "utf-8") -> str:
    """An address in full, in printable ASCII and without its #fragment; relative ones are seen from `base`.

    encoding: of the bytes that characters beyond ASCII stand for (headers arrive as ISO 8859-1).
    Raises NotDownloaded for everything but http and https, for names and passwords in the address, and for
    a step from https down to http.
    """
    text = urllib.parse.quote(address.strip(), string.punctuation, encoding, "replace")
    shown = text[:200]
    try:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(base, text) if base else text)
        usable = parts.port != 0 and bool(parts.hostname)
    except ValueError as error:
        raise NotDownloaded("%s: no address that can be fetched (%s)" % (shown, error)) from None
    if parts.scheme not in SCHEMES or not usable:
        raise NotDownloaded("%s: only http:// and https:// addresses can be fetched" % shown)
    if "@" in parts.netloc:
        raise NotDownloaded("%s: addresses with a user's name are not fetched" % parts.hostname)
    if base and base.startswith("https:") and parts.scheme != "https":
        raise NotDownloaded("%s: a step from https down to http is not followed" % shown)
    if len(text) > LONGEST_ADDRESS:
        raise NotDownloaded("%s…: longer than %d characters" % (shown, LONGEST_ADDRESS))
    return urllib.parse.urlunsplit(parts._replace(fragment=""))


def safe_name(text: str) -> str:
    """A file name from other people's text: letters, digits, "-", "." and "_", of bounded length."""
    name = re.sub(r"[^0-9a-zA-Z.\-_]", "_", text[-4 * LONGEST_NAME :])
    return name[-LONGEST_NAME:]
