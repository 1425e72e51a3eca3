"""JSON of a file, within bounds: size, depth, numbers, and what is neither a number nor text.

Python's parser follows nesting by recursion, reads integers of any length and takes NaN for a number, all as
the file says. So the text is looked over first, without recursion, and what it will take is charged.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Callable, Union

from nvlabs.errors import DamagedFile
from nvlabs.reading.budget import DICTIONARY, OBJECT, Budget

MAX_DEPTH = 64  # of lists and objects in one another; our own files need 10
MAX_NUMBER = 100  # characters of one number; 17 digits say all there is to a float64
MARK = re.compile(r'["\[\]{}]')
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def parse(
    text: Union[bytes, bytearray, str],
    budget: Budget,
    max_depth: int = MAX_DEPTH,
    max_number: int = MAX_NUMBER,
    constants: bool = False,
    surrogates: bool = False,
) -> Any:
    """The value of a JSON text: dictionaries, lists, text, integers, finite floats, True, False, None.

    text: UTF-8 (a byte order mark is allowed) or text. budget: charged before anything is made. max_depth,
    max_number: how deep it may nest, how many characters a number may have. constants: NaN, Infinity and
    -Infinity are read, and numbers too large for a float; refused otherwise. surrogates: half characters
    ("\\ud800") are read; refused otherwise, since no file and no terminal takes them.
    Raises DamagedFile, without the name of the file.
    """
    if isinstance(text, (bytes, bytearray)):
        budget.text(text, "utf-8")
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DamagedFile("is not JSON: no UTF-8 text at byte %d" % error.start) from None
    _charge(text, budget)
    _check_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            parse_int=_number(int, max_number, constants),
            parse_float=_number(float, max_number, constants),
            parse_constant=_constant(constants),
        )
    except json.JSONDecodeError as error:
        message = "is not valid JSON: %s at line %d, column %d"
        raise DamagedFile(message % (error.msg[:60], error.lineno, error.colno)) from None
    if not surrogates and HALF_CHARACTER.search(text) and not _whole_characters(value):
        raise DamagedFile("holds half a character (a lone surrogate), which is no text")
    return value


def _charge(text: str, budget: Budget) -> None:
    """What the parser will make of it at most: the characters once more, and objects around them."""
    budget.spend(len(text) if text.isascii() else 4 * len(text))
    parts = text.count(",") + text.count(":") + text.count("[") + text.count('"') // 2
    budget.spend(OBJECT * parts + DICTIONARY * text.count("{"))


def _check_depth(text: str, max_depth: int) -> None:
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth, found = 0, MARK.search(text)
    while found:
        mark, at = found.group(), found.end()
        if mark == '"':
            at = _after_string(text, at)
        else:
            depth += 1 if mark in "[{" else -1
        if depth > max_depth:
            raise DamagedFile("nests more than %d levels deep, which no file of this kind does" % max_depth)
        found = MARK.search(text, at)


def _after_string(text: str, at: int) -> int:
    """Where a string that begins at `at` (behind its quote) is over."""
    while True:
        end = text.find('"', at)
        if end < 0:
            return len(text)
        first = end
        while first > at and text[first - 1] == "\\":
            first -= 1
        if (end - first) % 2 == 0:
            return end + 1
        at = end + 1


def _number(convert: Callable[[str], Any], max_number: int, constants: bool) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        if len(text) > max_number:
            raise DamagedFile("holds a number of %d characters; %d are allowed" % (len(text), max_number))
        value = convert(text)
        if not constants and convert is float and math.isinf(value):
            raise DamagedFile("holds a number that is too large for a float: %s" % text[:20])
        return value

    return number


def _constant(constants: bool) -> Callable[[str], float]:
    def constant(text: str) -> float:
        if not constants:
            raise DamagedFile("holds %s, which is not a number" % text)
        return float(text)

    return constant


def _whole_characters(value: Any) -> bool:
    """Whether no text in a value has half a character. Without recursion; the value is a tree."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left.extend(item)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
        elif isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError:
                return False
    return True
