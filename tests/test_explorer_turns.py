"""Fair turns, the choice of a preview, and what is kept: pure bookkeeping, with made-up times."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.explorer.staged.caches import Cache, Prefixes
from ganspace_tf.explorer.staged.policy import Choice, Times, preview_stage
from ganspace_tf.explorer.working.turns import BACKGROUND, FULL, PREVIEW, SHEET, Turns


def shares(turns, waiting, seconds, steps):
    """Seconds that each (client, class) got."""
    got = {}
    for _ in range(steps):
        turn = turns.next(waiting)
        spent = seconds(turn)
        turns.used(turn, spent)
        got[turn] = got.get(turn, 0.0) + spent
    return got


@pytest.mark.parametrize("seed", range(3))
def test_fifty_clients_get_the_same_time_whatever_each_picture_costs(seed):
    cost = np.random.RandomState(seed).uniform(0.02, 0.2, 50)
    clients = ["c{}".format(k) for k in range(50)]
    got = shares(Turns(), {PREVIEW: clients}, lambda turn: cost[int(turn.client[1:])], 3000)
    times = [got[client, PREVIEW] for client in clients]
    assert min(times) >= 0.5 * sum(times) / 50
    assert max(times) - min(times) <= 2 * cost.max()  # nobody is more than a picture or two ahead


def test_nobody_waits_longer_than_one_round():
    turns, clients = Turns(), ["c{}".format(k) for k in range(50)]
    order = []
    for _ in range(200):
        turn = turns.next({PREVIEW: clients})
        order.append(turn.client)
        turns.used(turn, 0.05)
    for start in range(0, 150, 50):
        assert sorted(order[start : start + 50]) == sorted(clients)


def test_who_comes_late_or_was_idle_does_not_catch_up():
    turns = Turns()
    shares(turns, {PREVIEW: ["a"]}, lambda turn: 0.1, 100)
    got = shares(turns, {PREVIEW: ["a", "b"]}, lambda turn: 0.1, 20)
    assert got["a", PREVIEW] == pytest.approx(got["b", PREVIEW])
    shares(turns, {PREVIEW: ["a"]}, lambda turn: 0.1, 100)
    got = shares(turns, {PREVIEW: ["a", "b"]}, lambda turn: 0.1, 20)
    assert got["b", PREVIEW] <= got["a", PREVIEW] + 0.2


def test_a_full_picture_waits_for_at_most_three_previews():
    turns = Turns()
    kinds = []
    for _ in range(20):
        turn = turns.next({PREVIEW: ["a"], FULL: ["b"]})
        kinds.append(turn.kind)
        turns.used(turn, 0.05)
    assert kinds[:8] == [PREVIEW] * 3 + [FULL] + [PREVIEW] * 3 + [FULL]


def test_sheets_and_the_background_go_on_while_everybody_drags():
    waiting = {PREVIEW: ["a", "b"], FULL: ["c"], SHEET: ["a"], BACKGROUND: ["c"]}
    got = shares(Turns(), waiting, lambda turn: 0.05, 2000)
    total = sum(got.values())
    assert got["a", SHEET] >= 0.09 * total and got["c", BACKGROUND] >= 0.045 * total
    assert got["a", PREVIEW] + got["b", PREVIEW] >= 0.5 * total


def test_idle_time_is_not_saved_up_for_the_background():
    turns = Turns()
    shares(turns, {PREVIEW: ["a"]}, lambda turn: 0.1, 1000)
    got = shares(turns, {PREVIEW: ["a"], BACKGROUND: ["b"]}, lambda turn: 0.1, 15)
    assert got.get(("b", BACKGROUND), 0.0) <= 0.1  # one turn, not 5 % of what was before


def test_nothing_to_do_is_nobodys_turn():
    assert Turns().next({PREVIEW: [], FULL: []}) is None


@pytest.mark.parametrize(
    ("seconds", "passed", "expected"),
    [
        ([0.04, 0.10, 0.35, 1.0], [True, True, True, True], 0),  # only the smallest is in time
        ([0.04, 0.07, 0.35, 1.0], [True, True, True, True], 1),  # the largest in time
        ([0.04, 0.07, 0.35, 1.0], [False, False, True, True], 2),  # none in time: the smallest that is true
        ([0.04, 0.07, 0.35, 1.0], [False, False, False, True], 3),  # none is true: the picture itself
        ([0.04, 0.05, 0.06, 0.07], [True, True, True, True], 3),  # the picture itself is in time
        ([0.04, 0.07, 0.35, 1.0], [None, None, False, True], 1),  # not measured yet: rough, but shown
        ([0.004], [True], 0),
    ],
)
def test_the_largest_true_stage_within_the_budget_is_shown(seconds, passed, expected):
    choices = [Choice(k, s, p) for k, (s, p) in enumerate(zip(seconds, passed))]
    assert preview_stage(choices, budget=0.080) == expected


def test_the_first_run_of_a_kind_does_not_count_as_a_time():
    """TensorFlow prepares things in it that take many times as long."""
    times = Times()
    times.add(1, False, 5.0)
    assert times.of(1) == 5.0
    times.add(1, False, 0.1)
    assert times.of(1) == pytest.approx(0.1)
    times.add(1, False, 0.2)
    assert 0.1 < times.of(1) < 0.2
    assert times.needed([(1, False), (2, False)]) == times.of(1)


def test_a_cache_is_bounded_and_forgets_what_was_not_used_for_longest():
    cache, block = Cache(100), np.zeros(30, np.uint8)
    for name in "abc":
        cache.put(name, block)
    assert cache.get("a") is block
    cache.put("d", block)  # b was not used since c
    assert list(cache) == ["c", "a", "d"] and cache.used == 90
    cache.put("e", np.zeros(101, np.uint8))  # larger than all: not kept, nothing is lost for it
    assert list(cache) == ["c", "a", "d"]
    cache.put("a", np.zeros(10, np.uint8))
    assert cache.used == 70 and cache.get("nothing") is None


@pytest.mark.parametrize("seed", range(3))
def test_a_cache_never_holds_more_than_its_room(seed):
    rng, cache = np.random.RandomState(seed), Cache(1000)
    for _ in range(500):
        cache.put(int(rng.randint(40)), np.zeros(rng.randint(1, 400), np.uint8))
        cache.get(int(rng.randint(40)))
        assert cache.used <= 1000 and cache.used == sum(cache._values[key].nbytes for key in cache)


def test_prefixes_are_of_a_client_and_of_what_they_were_made_of():
    prefixes, block = Prefixes(1000), np.zeros(10, np.float32)
    for client in "ab":
        prefixes.join(client)
    prefixes.put("a", "half", b"1", block)
    assert prefixes.get("a", "half", b"1") is block
    assert prefixes.get("a", "half", b"2") is None and prefixes.get("b", "half", b"1") is None
    prefixes.put("a", "half", b"2", block)  # the last picture's alone
    assert prefixes.get("a", "half", b"1") is None and prefixes.used == 40
    assert prefixes.share == 250
    for k in range(8):
        prefixes.join(str(k))
    assert prefixes.share == 100
    prefixes.leave("a")
    assert prefixes.used == 0 and "a" not in prefixes.clients
