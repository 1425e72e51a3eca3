"""The worker: newest wins, fair turns, one frame under way, sheets and jobs; on a network of NumPy alone.

A gate holds the network up, so that what was wanted meanwhile is known; nothing waits for a time to pass.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.jobs.layers import components_as_rgb
from ganspace_tf.explorer.messages import Done, Frame, Notice, Progress, Refused, Result, Sheet
from ganspace_tf.explorer.state import StateEdit, digest
from ganspace_tf.explorer.stepped import Stepped
from ganspace_tf.explorer.worker import Worker
from tests.staged_gan import StagedGAN, basis_of

LONG = 20  # seconds after which a test gives up; none passes by waiting


class Client:
    """A worker whose messages are kept and can be waited for. shows: whether frames are seen at once."""

    def __init__(self, gen, shows=True, **options):
        self.gen, self.shows = gen, shows
        self.session = gs.explore(gen, basis_of(gen))
        self.told, self._new = [], threading.Condition()
        self.worker = Worker(self.session, self._deliver, at_once=None, **options)
        self.until(Notice, level="ready")
        gen.runs.clear()

    def _deliver(self, message):
        with self._new:
            self.told.append(message)
            self._new.notify_all()
        if self.shows and isinstance(message, Frame):
            self.worker.seen(message.client, message.id, message.stage)

    def of(self, kind, **fields):
        return [
            m
            for m in list(self.told)
            if isinstance(m, kind) and all(getattr(m, k) == v for k, v in fields.items())
        ]

    def until(self, kind, **fields):
        with self._new:
            assert self._new.wait_for(lambda: self.of(kind, **fields), LONG), (kind, fields, self.told[-5:])
        return self.of(kind, **fields)[0]

    def hold(self):
        """Hold up what the network runs next, until `gen.gate.set()`."""
        self.gen.entered.clear()
        self.gen.gate.clear()

    def state(self, sigma=0.0, seed=0, first=0):
        edits = (StateEdit("v0", first, 3, sigma),) if sigma else ()
        return replace(self.session.initial, seed=seed, edits=edits)


@pytest.fixture()
def made():
    """`made(**options)`: a client; its worker's threads are gone after the test."""
    clients = []

    def make(fine=0.002, shows=True, **options):
        clients.append(Client(StagedGAN(fine=fine), shows, **options))
        clients[-1].worker.join("a")
        return clients[-1]

    yield make
    for client in clients:
        client.gen.gate.set()
        client.worker.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("explorer")]


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
    items = [client.state(seed=k) for k in range(5)]
    client.worker.sheet("a", 5, "seeds", items, 8)
    client.until(Sheet, id=5, index=4)
    sheet = client.of(Sheet, id=5)
    assert [one.index for one in sheet] == list(range(5)) and {one.of for one in sheet} == {5}
    assert all(one.pixels.shape == (8, 8, 3) for one in sheet)
    assert all("image" not in names for names, _ in client.gen.runs)  # the preview was enough
    client.worker.sheet("a", 6, "seeds", items[:1], 16)  # larger than the preview: the picture itself
    assert (client.until(Sheet, id=6).pixels == client.session.show(items[0])).all()
    client.worker.sheet("a", 7, "seeds", items * 100, 8)
    assert client.until(Refused, id=7).code == "limit"


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


# ---------------------------------------------------------------------- jobs


def answer(client, kind, arguments, id=50):
    client.worker.job("a", id, kind, arguments)
    return client.until(Result, id=id).value


def test_saved_pictures_are_those_of_the_command_line(made, tmp_path):
    client = made(fit=False)
    state = client.state(1.0, seed=4)
    saved = answer(client, "save", {"what": "picture", "state": state, "name": "../a/b"})
    assert saved["name"] == "a-b.png" and saved["type"] == "image/png"
    client.session.save(tmp_path / "same.png", state)
    assert saved["data"] == (tmp_path / "same.png").read_bytes()
    recipe = answer(client, "save", {"what": "recipe", "state": state}, 51)
    assert recipe["data"] == (tmp_path / "same.json").read_bytes() and recipe["name"] == "staged0-seed4.json"
    direction = answer(client, "save", {"what": "direction", "state": state, "name": "Wings up"}, 52)
    record = json.loads(direction["data"].decode("ascii"))
    assert direction["name"] == "wings-up.json" and record["name"] == "Wings up" and record["preview"]
    command = answer(client, "save", {"what": "command", "state": state}, 53)["text"]
    assert command.startswith("ganspace edit staged0 ")


@pytest.mark.parametrize("kind", ["slider", "path"])
def test_films_are_those_that_replay_makes(made, kind):
    from ganspace_tf.recipe import pixel_digest, recipe_from_text, unpack_components
    from ganspace_tf.render.pictures import picture_from_recipe

    client = made(fit=False)
    arguments = {"state": client.state(0.5), "frames": 6, "fps": 10.0, "ending": ".gif"}
    if kind == "slider":
        arguments.update(of="v1", low=-1.0, high=1.0)
    else:
        second = replace(client.state(-1.0, seed=3), psi=0.4)
        arguments.update(keyframes=[client.state(1.0, seed=2), second, client.state(seed=9)], loop=True)
    value = answer(client, "film", arguments)
    assert value["data"][:4] == b"GIF8" and value["name"].endswith(".gif")
    recipe = recipe_from_text(value["recipe"]["data"].decode("ascii"), "film")
    basis = unpack_components(recipe["components"], "film")
    frames = picture_from_recipe(recipe).film(client.gen, basis)
    assert pixel_digest(frames) == recipe["pixels"]
    told = client.of(Progress, id=50)
    assert [one.done for one in told] == list(range(1, 7)) and {one.total for one in told} == {6}


def test_teaching_finds_the_planted_axis_and_offers_the_doubtful_seeds(made):
    """Marks say whether w is high along v1; the direction is sought among the components."""
    client = made(fit=False)
    places = {k: float(client.session.start(client.state(seed=k))[0, 1]) for k in range(60)}
    order = sorted(places, key=lambda k: places[k])
    marks = {
        "plus": [client.state(seed=k) for k in order[-12:]],
        "minus": [client.state(seed=k) for k in order[:12]],
    }
    candidates = [client.state(seed=k) for k in order[12:-12]]
    value = answer(client, "teach", dict(marks, candidates=candidates))
    assert value["nearest"][0] == "v1" and value["nearest"][1] >= 0.9
    assert value["agreement"] == 1 and value["doubtful"] == []
    middle = np.mean([np.mean([places[k] for k in side]) for side in (order[-12:], order[:12])])
    near = [abs(places[order[12 + index]] - middle) for index in value["order"]]
    assert np.mean(near[:8]) < 0.5 * np.mean(near[-8:])
    assert client.session.knows(value["slider"]["of"])
    swapped = dict(
        marks, plus=marks["plus"][:-1] + marks["minus"][:1], minus=marks["minus"][1:] + marks["plus"][-1:]
    )
    slip = answer(client, "teach", swapped, 51)
    assert ["+", 11] in slip["doubtful"] and ["-", 11] in slip["doubtful"] and slip["agreement"] < 1


def test_measuring_gives_its_turn_away_and_the_slider_its_ends(made):
    client = made(fit=False)
    client.worker.job("a", 1, "measure", {"of": "v0", "state": client.state(), "samples": 3, "unit": 64})
    client.until(Progress, id=1)
    client.worker.show("a", 2, client.state(1.0, seed=8), False)
    client.until(Done, id=2)
    value = client.until(Result, id=1).value
    assert value["of"] == "v0" and value["low"] <= 0 <= value["high"]
    slider = next(one for one in client.session.sliders if one["of"] == "v0")
    assert slider["measured"] == (value["low"] < value["high"])


def test_layers_show_what_an_edit_does_on_each_alone(made):
    client = made(fit=False)
    answer(client, "layers", {"state": client.state(1.0), "of": "v0", "side": 16})
    sheet = {one.index: one.pixels for one in client.of(Sheet, id=50)}
    assert sorted(sheet) == [0, 1, 2, 3]
    before = client.session.show(client.state()).astype(int)
    for layer, pixels in sheet.items():
        edit = (StateEdit("v0", layer, layer, 1.0),)
        after = client.session.show(replace(client.state(), edits=edit)).astype(int)
        assert (pixels == np.clip(128 + after - before, 0, 255)).all()


def test_principal_components_of_a_feature_map_are_colours():
    rng = np.random.RandomState(0)
    pattern = rng.randn(8, 8)
    features = np.stack([5 * pattern, rng.randn(8, 8), 0.1 * rng.randn(8, 8), 0 * pattern]).astype(np.float32)
    picture = components_as_rgb(features)
    assert picture.shape == (8, 8, 3) and picture.dtype == np.uint8
    assert abs(np.corrcoef(picture[..., 0].ravel(), pattern.ravel())[0, 1]) > 0.95
    assert components_as_rgb(features[:1]).shape == (8, 8, 3)
    assert (components_as_rgb(0 * features) == 128).all()


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("save", {"what": "money"}, "unknown thing to save"),
        ("save", {"state": None}, "needs state"),
        ("film", {"of": "v0", "ending": ".exe"}, ".gif or .mp4"),
        ("film", {"of": "v0", "frames": 100_000}, "2 to 600"),
        ("film", {"of": "v0", "low": 1.0, "high": -1.0}, "from low to high"),
        ("film", {"of": "v7"}, "neither a component nor a direction"),
        ("measure", {"of": "0" * 16}, "neither a component nor a direction"),
        ("teach", {"plus": [], "minus": []}, "on both sides"),
        ("teach", {"plus": ["seed 1"], "minus": []}, "no states"),
        ("layers", {"side": 1000}, "1 to 128"),
        ("money", {}, "no such job"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused_in_one_line(made, kind, change, words):
    client = made(fit=False)
    client.worker.job("a", 1, kind, dict({"what": "picture", "state": client.state()}, **change))
    refused = client.until(Refused, id=1)
    assert words in refused.text and "\n" not in refused.text


def test_a_fifth_job_at_once_is_refused(made):
    client = made(fit=False)
    client.hold()
    client.worker.show("a", 1, client.state(seed=9), False)
    assert client.gen.entered.wait(LONG)
    for id in range(10, 15):
        client.worker.job("a", id, "save", {"what": "command", "state": client.state()})
    client.gen.gate.set()
    assert client.until(Refused, id=14).code == "limit"
    assert {client.until(Result, id=id).id for id in range(10, 14)} == {10, 11, 12, 13}


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


def test_out_of_memory_is_tried_once_more_without_what_is_kept(made, monkeypatch):
    client = made()
    client.until(Notice, level="calibrated")
    inside, failures = client.gen.inside, [MemoryError(), MemoryError()]

    def short(w, names, feed=None, **given):
        if "image" in names and failures:
            raise failures.pop()
        return inside(w, names, feed, **given)

    monkeypatch.setattr(client.gen, "inside", short)
    client.worker.show("a", 2, client.state(seed=2), False)
    assert "out of memory: 8 px" in client.until(Notice, level="error").text
    client.until(Done, id=2)
    assert [(frame.width, frame.exact) for frame in client.of(Frame, id=2)] == [(8, False)]
    client.worker.sheet("a", 3, "seeds", [client.state(seed=2)], 16)
    assert client.until(Sheet, id=3).pixels.shape == (8, 8, 3)


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
