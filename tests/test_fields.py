"""Records from files: every value is asked whether it is what its annotation says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np
import pytest

from ganspace_tf import fields
from ganspace_tf.errors import UsageError
from ganspace_tf.fields import check_fields, fits, from_dict, from_list

NAN, INF = float("nan"), float("inf")
ALLOWED = [
    (int, [0, -3, np.int64(4), 2**53], [True, 1.0, "1", None, NAN, 2**53 + 1, 10**400, [], np.bool_(True)]),
    (float, [0, 0.5, np.float32(2), 10**6], [True, "1", None, NAN, INF, 1e300, 10**400, [1.0], 1j]),
    (str, ["", "é σ", "x" * 1000], [1, None, b"x", "x" * 1001, "a\0b", "\ud800"]),
    (bool, [True, False], [0, 1, None, "true"]),
    (Optional[int], [None, 1], ["", 0.5, []]),
    (Union[int, str], [1, "a"], [None, 1.5, []]),
    (List[int], [[], [1, 2], (1,)], [None, 1, "12", [1, None], [[1]], {1: 2}]),
    (List[float], [[1, 2.5]], [[NAN], ["1"], [10**400]]),
    (Tuple[int, Optional[int]], [(0, None), [1, 2]], [(), (1,), (1, 2, 3), (None, 1), "ab", None]),
    (Dict[str, Any], [{}, {"a": [1]}], [[], None, "a"]),
    (Any, [None, [], object()], []),
]


@pytest.mark.parametrize("annotation, good, bad", ALLOWED, ids=[str(row[0]) for row in ALLOWED])
def test_what_fits_an_annotation(annotation, good, bad):
    assert [value for value in good if not fits(value, annotation)] == []
    assert [value for value in bad if fits(value, annotation)] == []


def test_a_list_has_an_end(monkeypatch):
    monkeypatch.setattr(fields, "LONGEST_LIST", 3)
    assert fits([1, 2, 3], List[int]) and not fits([1, 2, 3, 4], List[int])


@dataclass(frozen=True)
class Record:
    name: str
    count: Optional[int] = None
    ends: Tuple[float, float] = (0.0, 1.0)
    parts: List[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_fields(self)


class Part(NamedTuple):
    seed: int
    label: str = ""


def test_a_record_comes_from_a_dictionary():
    assert from_dict(Record, {"name": "a", "count": 3}) == Record("a", 3)
    assert from_list(Part, [1, "b"]) == Part(1, "b") == from_list(Part, Part(1, "b"))


@pytest.mark.parametrize(
    "record, says",
    [
        ({"name": 1}, "name of Record must be a short text, not 1"),
        ({"name": "a", "count": 0.5}, "count of Record must be a whole number or null, not 0.5"),
        ({"name": "a", "ends": [1]}, "ends of Record must be a list of a finite number, a finite number"),
        ({"name": "a", "parts": {}}, "parts of Record must be a list"),
        ({"name": "a", "colour": 1}, "Record has no field 'colour'; fields are name, count, ends, parts"),
        ({"count": 1}, "'name'"),
        ([], "Record is made of named fields, not of a list of 0"),
        (None, "not of None"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_by_name(record, says):
    with pytest.raises(UsageError) as caught:
        from_dict(Record, record)
    assert says in str(caught.value)


@pytest.mark.parametrize("values", [None, 1, "ab", {}, [], [1, 2], [1, "a", 3], ["1"], [True]])
def test_a_row_that_does_not_fit_is_refused(values):
    with pytest.raises(UsageError, match="Part"):
        from_list(Part, values)


@pytest.mark.parametrize("value", ["x" * 100_000, [0] * 90_000, 10**399, {"a": "b" * 100_000}])
def test_a_value_is_not_spelled_out(value):
    with pytest.raises(UsageError) as caught:
        from_dict(Record, {"name": "a", "count": value})
    assert len(str(caught.value)) < 200
