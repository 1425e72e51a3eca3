"""Web pages that come in place of a file: told apart, and read in one pass for a title and the way on."""

from __future__ import annotations

import html
import re
import urllib.parse
from itertools import islice
from typing import List, NamedTuple, Optional, Tuple

PAGE_BYTES = 1 << 20  # a web page that stands in for a file is shorter than this
LONGEST_VALUE = 4000  # characters of an attribute that are looked at
MOST_FIELDS = 50
MOST_TAGS = 10_000
_BLANKS = b"\xef\xbb\xbf \t\r\n\f"
_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
# Each search looks at a character once: nothing behind the lookahead can fail, and the next tag begins where
# this one stops. An attribute begins at the first letter of its name only, so that text without "=" is not
# searched from each letter again.
_TAG = re.compile(r"<(/?form|input|title|a)(?=[\s/>])([^<>]*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([a-zA-Z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_CONFIRM = re.compile(r"(^|&)confirm=")


class Page(NamedTuple):
    """title: in one line, maybe ""; link: the address behind "download anyway" as it is written there."""

    title: str
    link: Optional[str]


def is_page(head: bytes, content_type: str) -> bool:
    """Whether a file that begins like this is a web page."""
    text = head.lstrip(_BLANKS).lower()
    return text.startswith(_STARTS) or (text.startswith(b"<") and "html" in content_type.lower())


def read_page(page: str) -> Page:
    """Title, and the form or link that confirms a download (Google Drive asks so for large files)."""
    title, link, form, found = "", None, None, None
    for tag in islice(_TAG.finditer(page), MOST_TAGS):
        name, rest = tag.group(1).lower(), tag.group(2)
        if name == "title":
            text = page[tag.end() + 1 : tag.end() + 1 + LONGEST_VALUE].partition("<")[0]
            title = title or " ".join(html.unescape(text).split())[:200]
        elif name == "form":
            found, form = found or (form and form.link()), _Form(rest)
        elif name == "/form":
            found, form = found or (form and form.link()), None
        elif name == "input" and form is not None:
            form.add(rest)
        elif name == "a" and link is None:
            target = _attribute(rest, "href")
            link = target if _CONFIRM.search(_query(target)) else None
    return Page(title, found or (form and form.link()) or link)


class _Form:
    """A form that is sent by asking for an address. Only one with a field "confirm" leads on."""

    def __init__(self, rest: str) -> None:
        self._action = _attribute(rest, "action")
        self._asks = _attribute(rest, "method").lower() in ("", "get")
        self._fields: List[Tuple[str, str]] = []

    def add(self, rest: str) -> None:
        name = _attribute(rest, "name")
        if name and len(self._fields) < MOST_FIELDS:
            self._fields.append((name, _attribute(rest, "value")))

    def link(self) -> Optional[str]:
        if not self._asks or not any(name == "confirm" for name, _ in self._fields):
            return None
        query = urllib.parse.urlencode(self._fields, errors="replace")
        return self._action.partition("#")[0].partition("?")[0] + "?" + query


def _attribute(rest: str, wanted: str) -> str:
    """The value of an attribute; "" where there is none."""
    for name, value in _ATTRIBUTE.findall(rest):
        if name.lower() == wanted:
            return html.unescape(value[:LONGEST_VALUE].strip("\"'"))
    return ""


def _query(address: str) -> str:
    try:
        return urllib.parse.urlsplit(address).query
    except ValueError:
        return ""
