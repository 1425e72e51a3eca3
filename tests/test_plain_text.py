"""What may be shown of other people's text: properties over the whole of Unicode, as this Python knows it."""

from __future__ import annotations

import sys
import unicodedata

import pytest

import ganspace_tf.errors
import nvlabs.errors
from nvlabs.plain_text import LONGEST_LINE, LONGEST_MESSAGE, LONGEST_VALUE, many_lines, one_line

EVERYTHING = [chr(code) for code in range(sys.maxunicode + 1)]
DIRECTIONS = (
    "LRE",
    "RLE",
    "LRO",
    "RLO",
    "PDF",
    "LRI",
    "RLI",
    "FSI",
    "PDI",
)  # embeddings, overrides, isolates
MARKS = "\u061c\u200e\u200f"  # direction marks: as invisible, but of the class of a letter
JOINERS = "\u200c\u200d"
SPELLED = "LMNPS"  # letters, marks, numbers, punctuation, symbols: what text is made of


def steers(char: str) -> bool:
    return unicodedata.bidirectional(char) in DIRECTIONS or char in MARKS


def obeyed(char: str) -> bool:
    """What a terminal acts on, or cannot be sent to one: controls, ends of lines, halves, directions."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or steers(char)


def test_no_control_and_no_change_of_direction_comes_through():
    steering = [char for char in EVERYTHING if obeyed(char)]
    assert len(steering) > 65 + 2048  # all controls and all surrogates at least
    for char in steering:
        assert char not in one_line("a" + char + "b"), ascii(char)
        assert char not in many_lines("a" + char + "b") or char in "\n\t", ascii(char)


def test_of_one_line_nothing_is_left_that_ends_it():
    shown = one_line("".join(EVERYTHING[:0x3000]), 0x3000)
    assert [ascii(char) for char in shown if obeyed(char)] == []
    assert len(shown.splitlines()) == 1


def test_only_line_breaks_and_tabs_come_through_where_several_lines_are_meant():
    shown = many_lines("".join(EVERYTHING[:0x3000]), 0x3000)
    assert {char for char in shown if obeyed(char)} == {"\n", "\t"}


def test_what_text_is_written_with_comes_through():
    for char in EVERYTHING:
        if unicodedata.category(char)[0] in SPELLED and char != "\u180e":  # a separator to old versions
            assert one_line(char) == many_lines(char) == char, ascii(char)
    for text in ("ψ 0.7 · σ → ≠", "日本語　名前", "می\u200cخواهم", "👩\u200d🎨", "a  b"):
        assert one_line(text) == many_lines(text) == text
    assert all(one_line("a" + char + "b") == "a" + char + "b" for char in JOINERS)


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\ufeff", "\u2060", "\U000e0041", "\U000e0001"])
def test_what_nobody_sees_is_marked(hidden):
    """Two names that look alike and differ are no longer alike."""
    assert one_line("net" + hidden + ".pkl") == "net?.pkl"


def test_lines_are_joined_and_their_indentation_is_dropped():
    assert one_line("shapes differ:\n    (3,)\r\n\n    (4,)\n") == "shapes differ: (3,) (4,)"
    assert one_line("a\tb\u2028c") == "a b c"
    assert one_line("   a table's cell") == "   a table's cell"
    assert many_lines("one\r\n\ttwo\rthree") == "one\n\ttwo?three"
    assert one_line("") == one_line("\n\n") == many_lines("") == ""


@pytest.mark.parametrize("length", [10, LONGEST_VALUE, LONGEST_MESSAGE, LONGEST_LINE])
def test_what_is_too_long_keeps_its_beginning_and_its_end(length):
    text = "".join(chr(ord("a") + i % 26) for i in range(3 * length))
    for shown in (one_line(text, length), many_lines(text, length)):
        start, cut, end = shown.partition(" ... ")
        assert cut and len(shown) == length and text.startswith(start) and text.endswith(end)
    assert one_line(text[:length], length) == text[:length]
    assert many_lines("\n".join([text, "short"]), length).endswith("\nshort")


def test_a_long_text_is_cut_before_it_is_worked_on():
    assert len(one_line("\n" * 10**7 + "x")) < LONGEST_VALUE


ESCAPES = "\x1b[2J\x9b31m\u202egpj.exe\n\x07"


@pytest.mark.parametrize(
    "error",
    [
        nvlabs.errors.NvlabsError("a" + ESCAPES),
        nvlabs.errors.NetworkUsageError("a" + ESCAPES),
        nvlabs.errors.NetworkNotWritten("a" + ESCAPES),
        nvlabs.errors.DamagedFile("a" + ESCAPES),
        nvlabs.errors.DamagedFile("is odd", "a" + ESCAPES),
        ganspace_tf.errors.GanspaceError("a" + ESCAPES),
        ganspace_tf.errors.UnknownName.among("endpoint", "a" + ESCAPES, ["b" + ESCAPES]),
        ganspace_tf.errors.DownloadError("a" + ESCAPES),
        ganspace_tf.errors.BasisMismatch("a" + ESCAPES),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_of_both_trees_is_one_line_of_plain_text(error):
    text = str(error)
    assert "a" in text and [ascii(char) for char in text if obeyed(char)] == []
    long = type(error)("x" * 10**6)
    assert len(str(long)) <= LONGEST_MESSAGE


def test_errors_that_are_in_both_trees_keep_their_reason_and_their_path():
    from ganspace_tf.biggan.errors import BigGANFileError
    from ganspace_tf.ports.files import TorchFileError

    for kind in (BigGANFileError, TorchFileError, nvlabs.errors.DamagedFile):
        error = kind("is\x1b odd", "no\nsuch.pt")
        assert (error.reason, error.path, str(error)) == ("is? odd", "no\nsuch.pt", "no such.pt: is? odd")
