"""The widget without a notebook: controls are events of the session, pictures are those of the worker.
What a kernel adds is tested by running notebooks/explorer.ipynb in one.
"""

from __future__ import annotations

import asyncio
import io
import socket

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.explorer.history import MOST, History, record, redo, undo
from ganspace_tf.explorer.state import State
from tests.staged_gan import StagedGAN, basis_of

pytest.importorskip("ipywidgets")


@pytest.fixture()
def view(tmp_path):
    gen = StagedGAN()
    made = gs.explore(gen, basis_of(gen)).widget(fit=False, out=str(tmp_path / "a.png"))
    yield made
    made.close()


def drawn(view):
    """The picture once it is exact."""
    asyncio.new_event_loop().run_until_complete(view.drawn(60))
    return np.asarray(Image.open(io.BytesIO(view.image.value)))


def test_the_picture_follows_the_controls(view):
    session = view.session
    assert (drawn(view) == session.show(session.initial)).all()
    view.controls["v0"].value = 1.5
    view.controls["seed"].value = 4
    view.controls["psi"].value = 0.5
    state = session.state
    assert (state.seed, state.psi) == (4, 0.5)
    assert [(edit.of, edit.sigma, edit.last_layer) for edit in state.edits] == [("v0", 1.5, 3)]
    assert (drawn(view) == session.show(state)).all() and view.status.value.startswith("exact")


def test_undo_goes_back_by_control_and_fills_the_controls_in(view):
    before = view.session.state
    for sigma in (0.5, 1.0, 1.5):
        view.controls["v0"].value = sigma
    view.controls["seed"].value = 3
    buttons = {button.description: button for button in view.box.children[0].children[2].children}
    buttons["undo"].click()
    assert view.controls["seed"].value == 0 and view.controls["v0"].value == 1.5
    buttons["undo"].click()
    assert view.session.state == before and view.controls["v0"].value == 0
    buttons["redo"].click()
    assert view.controls["v0"].value == 1.5
    assert (drawn(view) == view.session.show(view.session.state)).all()
    buttons["save"].click()
    assert view.status.value.startswith("saved ")


def test_before_shows_the_same_seed_without_edits(view):
    view.controls["seed"].value = 5
    view.controls["v1"].value = 2.0
    with_edit = drawn(view)
    view.controls["before"].value = True
    plain = State(**dict(vars(view.session.state), edits=()))
    assert (drawn(view) == view.session.show(plain)).all()
    view.controls["before"].value = False
    assert (drawn(view) == with_edit).all()


def test_the_page_of_the_same_session_is_a_link_away(view):
    pytest.importorskip("starlette")
    page = next(one for one in _all(view.box) if getattr(one, "description", "") == "page")
    page.click()
    page.click()  # the same one again
    url = view._server.url
    assert url.startswith("http://127.0.0.1:") and 'href="{}"'.format(url) in view.link.value
    view.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0])), timeout=5)


def _all(box):
    return [box] + [found for one in getattr(box, "children", ()) for found in _all(one)]


def test_what_the_network_does_not_have_has_no_control(view):
    assert "class" not in view.controls and "noise" in view.controls
    gen = StagedGAN(n_classes=3)
    other = gs.explore(gen).widget(fit=False)
    assert "class" in other.controls and len(other.controls["class"].options) == 3
    other.close()


def test_history_is_a_list_with_a_place_in_it():
    states = [State("0" * 64, seed=seed) for seed in range(MOST + 10)]
    history = History(states[0])
    assert undo(history) == history == redo(history) == record(history, states[0], "seed")
    for state in states[1:4]:
        history = record(history, state, "seed")
    assert undo(history).now == states[0]  # one control, one step
    assert redo(undo(history)).now == states[3]
    branch = record(undo(history), states[7], "psi")
    assert redo(branch) == branch and undo(branch).now == states[0]
    for k, state in enumerate(states):
        history = record(history, state, str(k))
    assert len(history.past) == MOST
    for _ in range(2 * MOST):
        history = undo(history)
    assert history.now == states[-1 - MOST] and len(history.future) == MOST
