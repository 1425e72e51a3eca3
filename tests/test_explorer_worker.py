"""The worker: newest wins, fair turns, one frame under way, sheets; on a network of NumPy alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.messages import Done, Frame, Notice, Refused, Result, Sheet
from ganspace_tf.explorer.staged.encoding import decode
from ganspace_tf.explorer.staged.policy import Times
from ganspace_tf.explorer.state import StateEdit, digest
from ganspace_tf.explorer.working.stepped import Stepped
from ganspace_tf.render import layout
from tests.explorer_client import LONG, clients


@pytest.fixture()
def made():
    with clients() as make:
        yield make


def test_the_last_picture_is_exact_and_the_pixels_of_the_session(made):
    client = made()
    client.worker.show("a", 1, client.state(1.0, seed=3), False)
    done = client.until(Done, id=1)
    frame = client.of(Frame, id=1)[-1]
    assert frame.exact and (frame.width, frame.height) == (16, 16)
    assert (frame.pixels == client.session.show(client.state(1.0, seed=3))).all()
    assert done.digest == digest(client.state(1.0, seed=3)) and len(done.ms_per_stage) == frame.stages == 2


def test_a_drag_shows_previews_and_ends_with_the_exact_picture(made):
    client = made()
    client.until(Notice, level="calibrated")
    client.worker._painter._budget = 0.0  # whatever this machine takes: no stage is in time, so the smallest
    for id in range(1, 31):
        client.worker.show("a", id, client.state(id / 10, seed=1), moving=id < 30)
    client.until(Done, id=30)
    frames = client.of(Frame)
    assert [frame.id for frame in frames] == sorted(frame.id for frame in frames)  # never an older one
    assert frames[-1].id == 30 and frames[-1].exact
    small = [frame for frame in frames if not frame.exact]
    assert small and all((frame.width, frame.height, frame.stage) == (8, 8, 0) for frame in small)


def test_newest_wins_between_stages_but_a_drag_always_shows_something(made):
    """While the network is held up in one run, a hundred wishes come: of those only the last is begun."""
    client = made()
    client.until(Notice, level="calibrated")
    client.worker._painter._budget = 0.0
    client.gen.runs.clear()
    client.hold()
    client.worker.show("a", 1, client.state(0.1), moving=True)
    assert client.gen.entered.wait(LONG)
    for id in range(2, 101):
        client.worker.show("a", id, client.state(id / 50), moving=True)
    client.gen.gate.set()
    client.until(Frame, id=100)
    assert {frame.id for frame in client.of(Frame)} <= {1, 100}
    assert len(client.gen.runs) <= 4


def test_a_slider_that_rests_is_finished_without_a_word(made):
    client = made()
    client.worker.show("a", 1, client.state(0.7), moving=True)
    assert client.until(Frame, id=1, exact=True)


def test_one_frame_is_under_way_until_it_is_seen(made):
    client = made(shows=False, fit=False)
    for id in (1, 2, 3):
        client.worker.show("a", id, client.state(seed=id), False)
        if id == 1:
            client.until(Frame, id=1)
    client.worker.job("a", 9, "save", {"what": "command", "state": client.state()})
    client.until(Result, id=9)  # the worker goes on all the same
    assert {frame.id for frame in client.of(Frame)} == {1}
    frame = client.of(Frame)[-1]
    client.worker.seen("a", frame.id, frame.stage - 1)  # not that one
    client.worker.seen("a", frame.id, frame.stage)
    while not client.of(Frame, id=3, exact=True):
        newest = client.of(Frame)[-1]
        client.worker.seen("a", newest.id, newest.stage)
        client.until(Frame)
    assert client.of(Frame)[-1].exact


def test_equal_states_are_computed_once_for_all_clients_and_going_back_is_free(made):
    client = made(fit=False)
    client.worker.join("b")
    client.worker.show("a", 1, client.state(1.0, seed=2), False)
    client.until(Done, client="a", id=1)
    runs = len(client.gen.runs)
    client.worker.show("b", 1, client.state(1.0, seed=2), False)
    client.until(Done, client="b", id=1)
    assert len(client.gen.runs) == runs
    for id in range(2, 12):  # undo and redo
        client.worker.show("a", id, client.state(1.0, seed=2 + id % 2), False)
        client.until(Done, client="a", id=id)
    images = [names for names, _ in client.gen.runs if "image" in names]
    assert len(images) == 2
    assert client.of(Done, client="a", id=10)[0].ms_per_stage == [0.0, 0.0]


def test_an_edit_of_late_layers_goes_on_from_what_is_kept(made):
    client = made(fit=False)
    client.worker.show("a", 1, client.state(seed=5), False)
    client.until(Done, id=1)
    client.gen.runs.clear()
    client.worker.show("a", 2, client.state(1.0, seed=5, first=2), False)
    client.until(Done, id=2)
    assert client.gen.runs[0][1] == ("half",)


def test_the_next_steps_of_a_slider_are_made_while_nobody_asks(made):
    client = made(fit=False)
    for id, sigma in enumerate((1.0, 1.5)):
        client.worker.show("a", id, client.state(sigma), False)
        client.until(Done, id=id)
    client.worker.job("a", 8, "save", {"what": "command", "state": client.state()})
    client.until(Result, id=8)
    while client.worker._slots["a"].ahead:
        client.worker.sheet("a", 9, "seeds", [], 8)
    client.worker.close()
    assert client.worker._painter.frames.get((digest(client.state(2.0)), -1)) is not None


def test_a_state_that_cannot_be_drawn_is_refused_and_the_worker_goes_on(made):
    client = made()
    client.worker.show("a", 1, replace(client.state(), edits=(StateEdit("v9", sigma=1.0),)), False)
    refused = client.until(Refused, id=1)
    assert refused.code == "state" and "v9" in refused.text and "\n" not in refused.text
    client.worker.show("a", 2, client.state(), False)
    client.until(Done, id=2)


def test_a_stage_that_is_not_true_is_never_shown(made):
    client = made(fine=0.1)
    client.until(Notice, level="calibrated")
    assert [stage["used"] for stage in client.worker.stages()] == [False, True]
    client.worker._painter._budget = 0.0
    client.worker.show("a", 1, client.state(1.0, seed=7), True)
    client.until(Done, id=1)
    assert all(frame.exact for frame in client.of(Frame))


def test_clients_that_have_gone_leave_nothing_behind(made):
    client = made(fit=False)
    prefixes = client.worker._painter.passes.prefixes
    for name in ("b", "c"):
        client.worker.join(name)
        client.worker.show(name, 1, client.state(seed=5), False)
        client.until(Done, client=name, id=1)
    client.worker.leave("b")
    client.worker.leave("nobody")
    client.worker.show("b", 2, client.state(seed=6), False)  # too late
    client.worker.show("c", 2, client.state(seed=6), False)
    client.until(Done, client="c", id=2)
    assert sorted(prefixes.clients) == ["", "a", "c"]
    assert not client.of(Frame, client="b", id=2)


def test_a_sheet_brings_its_pictures_in_order_and_small(made):
    client = made()
    client.until(Notice, level="calibrated")
    client.gen.runs.clear()
    items = [client.state(seed=k) for k in range(20, 25)]
    client.worker.sheet("a", 5, "dots", items, 8)
    client.until(Sheet, id=5, index=4)
    sheet = client.of(Sheet, id=5)
    assert [one.index for one in sheet] == list(range(5)) and {one.of for one in sheet} == {5}
    assert all(one.pixels.shape == (8, 8, 3) for one in sheet)
    assert all("image" not in names for names, _ in client.gen.runs)  # the preview was enough
    assert not any(one.exact for one in sheet)
    client.worker.sheet("a", 6, "seeds", items[:1], 16)  # larger than the preview: the picture itself
    assert (client.until(Sheet, id=6).pixels == client.session.show(items[0])).all()
    client.worker.sheet("a", 7, "seeds", items * 100, 8)
    assert client.until(Refused, id=7).code == "limit"


def test_a_sheet_comes_again_from_finished_pictures_once_nobody_wants_anything_else(made):
    client = made()
    client.until(Notice, level="calibrated")
    items = [client.state(seed=k) for k in range(20, 26)]
    client.worker.sheet("a", 5, "seeds", items, 8)
    client.until(Sheet, id=5, index=5, exact=True)
    sheet = client.of(Sheet, id=5)
    assert [(one.index, one.exact) for one in sheet] == [
        (k, exact) for exact in (False, True) for k in range(6)
    ]
    for one, item in zip(sheet[6:], items):
        assert (one.pixels == layout.resize(client.session.show(item)[None], 8)[0]).all()
    runs = len(client.gen.runs)
    client.worker.sheet("a", 6, "seeds", items, 8)
    client.until(Sheet, id=6, index=5)
    assert all(one.exact for one in client.of(Sheet, id=6)) and len(client.gen.runs) == runs


def test_no_picture_is_finished_ahead_while_somebody_drags(made):
    """What nobody waits for is made in runs of one stage, of one picture at a time, when all rest."""
    client = made()
    client.until(Notice, level="calibrated")
    client.worker.join("b")
    client.hold()
    client.worker.sheet("a", 5, "seeds", [client.state(seed=k) for k in range(20, 24)], 8)
    client.worker.sheet("b", 5, "seeds", [client.state(seed=k) for k in range(30, 34)], 8)
    client.worker.show("b", 1, client.state(0.5), moving=True)
    client.gen.gate.set()
    for name in "ab":
        client.until(Sheet, client=name, id=5, index=3, exact=True)
    order = [one for one in client.told if isinstance(one, (Frame, Sheet))]
    first = next(k for k, one in enumerate(order) if isinstance(one, Sheet) and one.exact)
    assert any(isinstance(one, Frame) and one.exact for one in order[:first])
    whole = [fed for names, fed in client.gen.runs if "image" in names]
    assert len(whole) <= 9 + 1 and all(fed == ("half",) for fed in whole)  # nothing was begun twice


def test_previews_get_smaller_the_more_clients_wait_for_one(made):
    client = made()
    client.until(Notice, level="calibrated")
    painter = client.worker._painter
    client.worker.close()
    painter.times = Times()
    for stage, seconds in ((0, 0.001), (1, 0.030)):
        painter.times.add(stage, False, seconds)
    wanted = client.session.wanted(client.state(1.0, seed=77))
    shown = []
    for painter.waiting in (0, 1, 2, 3, 50):
        shown.append(painter._preview_stage("a", wanted))
    assert shown == [1, 1, 1, 0, 0]  # 80 ms for all who wait


def test_finished_pictures_are_kept_as_they_travel_where_they_are_sent(made):
    client = made(fit=False, packed=True)
    state = client.state(1.0, seed=3)
    for id in (1, 2):
        client.worker.show("a", id, state, False)
        client.until(Done, id=id)
    first, again = client.of(Frame, exact=True)
    assert first.pixels is again.pixels and (decode(first.pixels) == client.session.show(state)).all()
    assert again.ms == 0.0 and (again.width, again.height) == (16, 16)
    client.worker.sheet("a", 6, "seeds", [state], 16)
    assert (client.until(Sheet, id=6).pixels == client.session.show(state)).all()


def test_a_picture_that_is_kept_comes_while_the_network_runs(made):
    client = made(fit=False)
    kept = client.state(1.0, seed=40)
    client.worker.show("a", 1, kept, False)
    client.until(Done, id=1)
    client.hold()
    client.worker.show("a", 2, client.state(1.0, seed=41), False)
    assert client.gen.entered.wait(LONG)
    client.worker.show("a", 3, kept, False)
    client.until(Done, id=3)  # the network is still held up
    client.gen.gate.set()
    client.worker.show("a", 4, client.state(1.0, seed=42), False)
    client.until(Done, id=4)
    assert not client.of(Frame, id=2)  # what was on its way then is of no use any more


def test_what_is_cancelled_ends(made):
    client = made(fit=False)
    client.hold()
    client.worker.sheet("a", 1, "seeds", [client.state(seed=k) for k in range(200)], 8)
    film = {"state": client.state(), "of": "v0", "low": -1.0, "high": 1.0, "frames": 500, "ending": ".gif"}
    client.worker.job("a", 2, "film", film)
    client.worker.cancel("a", 1)
    client.worker.cancel("a", 2)
    client.gen.gate.set()
    for id in (1, 2):
        assert client.until(Refused, id=id).code == "cancelled"
    assert len(client.of(Sheet)) <= 1 and not client.of(Result)


def test_fifty_clients_have_their_share(made):
    """In short: benchmarks/explorer.py does it for minutes."""
    client = made(fit=False)
    names = ["c{}".format(k) for k in range(50)]
    for name in names:
        client.worker.join(name)
    client.hold()
    for id in range(1, 4):
        for k, name in enumerate(names):
            client.worker.show(name, id, client.state(seed=100 + k), moving=False)
    client.gen.gate.set()
    for name in names:
        client.until(Done, client=name, id=3)
    counts = Counter(frame.client for frame in client.of(Frame, exact=True))
    assert set(counts) >= set(names)


def test_a_worker_that_fails_goes_on_with_the_same_wishes_once(made, monkeypatch):
    """What no wish is guilty of: the loop itself fails."""
    client = made(fit=False)
    client.hold()
    client.worker.show("a", 1, client.state(seed=30), False)
    assert client.gen.entered.wait(LONG)
    client.worker.sheet("a", 2, "dots", [client.state(seed=31)], 8)
    failures = [RuntimeError("first")]
    used = client.worker._turns.used

    def fails_once(turn, seconds):
        used(turn, seconds)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(client.worker._turns, "used", fails_once)
    client.gen.gate.set()
    client.until(Done, id=1)
    client.until(Sheet, id=2)
    failures.append(RuntimeError("again"))
    client.worker.show("a", 3, client.state(seed=32), False)
    assert client.until(Notice, level="fatal").text == "the worker failed: again"


# ---------------------------------------------------------------------- work in steps


def test_work_in_steps_runs_only_when_it_is_asked():
    done = []

    def work(pause):
        for k in range(3):
            done.append(k)
            pause(k)
        return "end"

    stepped = Stepped(work)
    assert done == [] and next(stepped) == 0 and done == [0]
    assert list(stepped) == [1, 2] and stepped.value == "end"
    assert list(stepped) == []


def test_work_in_steps_can_be_stopped_and_raises_what_it_meets():
    reached = []

    def work(pause):
        try:
            pause(1)
            reached.append("never")
        finally:
            reached.append("tidied")

    stopped = Stepped(work)
    next(stopped)
    stopped.stop()
    assert reached == ["tidied"] and list(stopped) == []
    Stepped(work).stop()  # not begun

    def fails(pause):
        pause(1)
        raise GanspaceError("no")

    failing = Stepped(fails)
    next(failing)
    with pytest.raises(GanspaceError, match="no"):
        next(failing)
