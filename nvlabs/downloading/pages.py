"""Web pages that come in place of a file: told apart, and read in one pass for a title and the way on."""

from __future__ import annotations

import html
import re
import urllib.parse
from typing import Iterator, List, NamedTuple, Optional, Tuple

PAGE_BYTES = 1 << 20  # a web page that stands in for a file is shorter than this
LONGEST_VALUE = 4000  # characters of an attribute that are looked at
MOST_FIELDS = 50
_BLANKS = b"\xef\xbb\xbf \t\r\n\f"
_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
_NAME = re.compile(r"/?[a-zA-Z]+")
# Begins at the first letter of a name only, so that text without "=" is not searched from each letter again.
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
    for name, rest, after in _tags(page):
        if name == "title":
            title = title or " ".join(html.unescape(after[:LONGEST_VALUE]).split())[:200]
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


def _tags(page: str) -> Iterator[Tuple[str, str, str]]:
    """(name in lower case, the rest of the tag, text up to the next one): each character once."""
    start = page.find("<")
    while start >= 0:
        end = page.find("<", start + 1)
        tag, closed, after = page[start + 1 : end if end >= 0 else len(page)].partition(">")
        name = _NAME.match(tag)
        if closed and name:
            yield name.group().lower(), tag[name.end() :], after
        start = end


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
