"""The explorer's state: JSON there and back, its digest, and the reducer, as properties of random walks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.explorer.events import EVENTS, reduce
from ganspace_tf.explorer.state import LARGEST, MOST_EDITS, State, StateEdit, digest

MODEL = "0" * 64
DIRECTION = "0123456789abcdef"


def random_event(rng):
    """Any event with fields that can be right."""
    of = str(rng.choice(["v0", "v1", "v17", DIRECTION]))
    layers = sorted(int(k) for k in rng.randint(0, 10, 2))
    moved = {"sigma": round(float(rng.uniform(-3, 3)), 2), "on": bool(rng.randint(4))}
    moved.update(first_layer=layers[0], last_layer=layers[1] if rng.randint(3) else None)
    makers = {
        "set edit": lambda: dict(moved, of=of),
        "add edit": lambda: dict(moved, of=of),
        "drop edit": lambda: {"index": int(rng.randint(2))},
        "clear edits": dict,
        "set seed": lambda: {"seed": int(rng.randint(2**31))},
        "set latent": lambda: {"latent": [None, "f" * 16][rng.randint(2)]},
        "set class": lambda: {"class": [None, 3, "0:0.5+1:0.5"][rng.randint(3)]},
        "set psi": lambda: {"psi": [None, 0.7, 1.0, 0.5][rng.randint(4)]},
        "set cutoff": lambda: {"cutoff": [None, 4][rng.randint(2)]},
        "set noise": lambda: {"noise": ["stored", "none", "numpy:5"][rng.randint(3)]},
        "new noise": dict,
        "set centred": lambda: {"centred": bool(rng.randint(2))},
        "set transform": lambda: {"transform": [None, [0.1, 0.0, 20.0]][rng.randint(2)]},
        "set state": lambda: {"state": State(MODEL, seed=int(rng.randint(9))).to_json()},
    }
    assert set(makers) == set(EVENTS)
    name = str(rng.choice(sorted(makers)))
    return dict(makers[name](), event=name)


def walk(seed, steps=60):
    """States that events lead to, one after the other."""
    rng, state = np.random.RandomState(seed), State(MODEL)
    for _ in range(steps):
        event = random_event(rng)
        if event["event"] == "drop edit" and event["index"] >= len(state.edits):
            continue
        yield state, event, reduce(state, event)
        state = reduce(state, event)
        if len(state.edits) > 8:
            state = reduce(state, {"event": "clear edits"})


@pytest.mark.parametrize("seed", range(5))
def test_a_reducer_is_a_function_of_state_and_event_alone(seed):
    for before, event, after in walk(seed):
        told, kept = json.dumps(event), before.to_json()
        assert reduce(before, event) == after
        assert before.to_json() == kept and json.dumps(event) == told  # neither is changed


@pytest.mark.parametrize("seed", range(5))
def test_every_state_comes_back_from_its_json_with_the_same_digest(seed):
    for _, _, state in walk(seed):
        text = json.dumps(state.to_json())
        assert len(text) <= LARGEST
        again = State.from_json(json.loads(text))
        assert again == state and digest(again) == digest(state)


@pytest.mark.parametrize("seed", range(5))
def test_equal_pictures_have_equal_digests(seed):
    """What no picture depends on is in no digest."""
    rng = np.random.RandomState(seed)
    for _, _, state in walk(seed):
        where = int(rng.randint(len(state.edits) + 1))
        for idle in (StateEdit("v5", sigma=0.0), StateEdit("v5", sigma=2.0, on=False)):
            padded = replace(state, edits=(*state.edits[:where], idle, *state.edits[where:]))
            assert digest(padded) == digest(state)
        if state.latent:
            assert digest(replace(state, seed=7)) == digest(state)
        if state.psi in (None, 1):
            assert digest(replace(state, psi=None, cutoff=3)) == digest(replace(state, psi=1.0))
        if not state.active:
            assert digest(replace(state, centred=True, basis="a" * 64)) == digest(state)


def test_different_pictures_have_different_digests():
    base = State(MODEL, psi=0.7, edits=(StateEdit("v0", 0, 4, 1.0), StateEdit(DIRECTION, 0, 4, 1.0)))
    others = [
        replace(base, **changes)
        for changes in (
            {"model": "1" * 64},
            {"basis": "2" * 64},
            {"seed": 1},
            {"latent": "f" * 16},
            {"label": 3},
            {"psi": 0.5},
            {"psi": None},
            {"cutoff": 4},
            {"noise": "none"},
            {"centred": True},
            {"transform": (0.0, 0.0, 0.0)},
            {"edits": base.edits[:1]},
            {"edits": (base.edits[0]._replace(sigma=1.01), base.edits[1])},
            {"edits": (base.edits[0]._replace(last_layer=5), base.edits[1])},
            {"edits": (base.edits[0]._replace(of="v1"), base.edits[1])},
        )
    ]
    assert len({digest(state) for state in [base, *others]}) == len(others) + 1


def test_components_go_before_directions_whatever_the_order_of_sliders():
    """As on the command line, so that "copy command" draws the same bytes."""
    edits = (StateEdit(DIRECTION, sigma=1.0), StateEdit("v3", sigma=1.0), StateEdit("v1", sigma=1.0))
    state = State(MODEL, edits=edits)
    assert [edit.of for edit in state.active] == ["v3", "v1", DIRECTION]
    assert digest(state) == digest(replace(state, edits=(edits[1], edits[0], edits[2])))
    assert digest(state) != digest(replace(state, edits=edits[::-1]))


def test_setting_an_edit_keeps_what_is_not_said():
    state = reduce(State(MODEL), {"event": "set edit", "of": "v0", "sigma": 1.5, "first_layer": 2})
    state = reduce(state, {"event": "set edit", "of": "v0", "on": False})
    assert state.edits == (StateEdit("v0", 2, None, 1.5, False),)
    state = reduce(state, {"event": "set edit", "of": "v0", "on": True, "last_layer": 4})
    assert state.edits == (StateEdit("v0", 2, 4, 1.5, True),)


def test_new_noise_can_be_had_again():
    state = State(MODEL)
    for expected in ("numpy:0", "numpy:1", "numpy:2"):
        state = reduce(state, {"event": "new noise"})
        assert state.noise == expected
    assert reduce(replace(state, noise="numpy:4294967295"), {"event": "new noise"}).noise == "numpy:0"


def test_a_seed_takes_the_place_of_opened_latents():
    state = reduce(State(MODEL), {"event": "set latent", "latent": "f" * 16})
    assert reduce(state, {"event": "set seed", "seed": 3}).latent is None


WRONG_STATES = [
    ({"colour": 1}, "no field 'colour'"),
    ({"label": 1}, "called 'class'"),
    ({"format": 2}, "format 2"),
    ({"model": "xyz"}, "not a digest"),
    ({"seed": -1}, "outside 0"),
    ({"seed": True}, "seed"),
    ({"seed": 1.5}, "seed"),
    ({"psi": float("nan")}, "JSON"),
    ({"psi": "0.7"}, "psi"),
    ({"noise": "random"}, "stored, none, numpy:SEED"),
    ({"noise": "torch-cpu:1"}, "stored, none, numpy:SEED"),
    ({"cutoff": -1}, "below 0"),
    ({"transform": [0, 0]}, "x, y and degrees"),
    ({"transform": 3}, "lists"),
    ({"edits": "v0"}, "lists"),
    ({"edits": [{"of": "v0", "colour": 1}]}, "no field 'colour'"),
    ({"edits": [{"sigma": 1}]}, "of"),
    ({"edits": [{"of": "w0"}]}, "digest of a direction"),
    ({"edits": [{"of": "v0", "sigma": 1e9}]}, "outside"),
    ({"edits": [{"of": "v0", "first_layer": 4, "last_layer": 2}]}, "empty"),
    ({"edits": [{"of": "v0"}] * (MOST_EDITS + 1)}, "at most"),
    ({"class": [1]}, "label"),
    ({"class": "x" * 9000}, "8,192 bytes"),
    ({"centred": 1}, "centred"),
]


@pytest.mark.parametrize(("change", "words"), WRONG_STATES)
def test_what_is_no_state_is_refused_in_one_line(change, words):
    with pytest.raises(UsageError) as caught:
        State.from_json(dict(State(MODEL).to_json(), **change))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_left_out_has_its_default_but_for_the_model():
    assert State.from_json({"format": 1, "model": MODEL}) == State(MODEL)
    for record in ({"format": 1}, {"model": MODEL}, [], None, "state"):
        with pytest.raises(UsageError):
            State.from_json(record)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"event": "set colour"}, UnknownName),
        ({"event": ["set seed"]}, UnknownName),
        ({"event": "set seed"}, UsageError),
        ({"event": "set seed", "seed": 1, "psi": 1}, UsageError),
        ({"event": "set seed", "seed": "1"}, UsageError),
        ({"event": "drop edit", "index": 0}, UsageError),
        ({"event": "set state", "state": {}}, UsageError),
        ({"seed": 1}, UsageError),
        ("set seed", UsageError),
        ({"event": "set transform", "transform": [1, 2, 3, 4]}, UsageError),
    ],
)
def test_what_is_no_event_is_refused_in_one_line(event, kind):
    with pytest.raises(kind) as caught:
        reduce(State(MODEL), event)
    assert "\n" not in str(caught.value)


def test_state_events_and_messages_start_nothing():
    names = ["ganspace_tf.explorer." + name for name in ("state", "events", "messages", "working.turns")]
    code = "import sys, {}; print('tensorflow' in sys.modules)".format(", ".join(names))
    assert subprocess.check_output([sys.executable, "-c", code]).split() == [b"False"]
