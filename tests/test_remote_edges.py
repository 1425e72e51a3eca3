"""How the rows of a decomposition are cut into tasks for workers: whole blocks, in order, none left out."""

from __future__ import annotations

from typing import Any

import pytest

from ganspace_tf.decomposition.base import Accumulator
from ganspace_tf.decomposition.pca import PCA
from ganspace_tf.decomposition.randomised import SketchPCA
from ganspace_tf.decomposition.remote import SHARES, _edges


class Small(Accumulator):
    """Parts that may travel by four."""

    carried = 4


class Groups(Accumulator):
    """Groups of three blocks, of which the state holds some."""

    joins, together = True, 3

    def __init__(self, held: int):
        self.held = held

    @property
    def open(self) -> int:
        return self.held


def sizes(accumulator: Any, start: int, n: int, block: int, threads: int) -> Any:
    """Blocks of every task; the edges are checked."""
    edges = list(_edges(accumulator, start, n, block, threads))
    assert edges[0][0] == start and edges[-1][1] == n
    assert all(before[1] == after[0] for before, after in zip(edges, edges[1:]))
    assert all((first - start) % block == 0 for first, _ in edges)
    return [-(-(stop - first) // block) for first, stop in edges]


@pytest.mark.parametrize("n", [7, 100, 1234, 100_000])
@pytest.mark.parametrize("threads", [0, 1, 2, 64])
def test_small_parts_travel_together_until_few_are_left(n: int, threads: int) -> None:
    found = sizes(Small(), 0, n, 7, threads)
    assert sum(found) == -(-n // 7) and max(found) <= 4
    assert found == sorted(found, reverse=True)
    left = sum(found)
    for blocks in found:  # at every moment there is work for all
        assert blocks == 1 or blocks * SHARES * max(1, threads) <= left
        left -= blocks


def test_large_parts_travel_alone() -> None:
    assert set(sizes(Accumulator(), 14, 1000, 7, 1)) == {1}
    assert PCA(2, 8192 // 2).carried == 1
    assert PCA(2, 12).carried > 1


@pytest.mark.parametrize("held, expected", [(0, [3, 3, 1]), (1, [1, 1, 3, 2]), (2, [1, 3, 3])])
def test_groups_stay_what_they_are(held: int, expected: Any) -> None:
    assert sizes(Groups(held), 7 * held, 7 * (held + 7), 7, 2) == expected
    assert SketchPCA.joins


def test_a_run_that_is_done_has_no_tasks() -> None:
    assert not list(_edges(Small(), 21, 21, 7, 2))
