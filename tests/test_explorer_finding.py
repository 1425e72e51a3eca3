"""Without components: the explorer is there at once, they are sought in the background, sliders come."""

from __future__ import annotations

import argparse
import threading

import pytest

import ganspace_tf as gs
from ganspace_tf.cli import explore
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.messages import Done, Found, Notice
from ganspace_tf.explorer.session import Session
from ganspace_tf.explorer.state import State
from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_client import clients
from tests.explorer_server import PictureGenerator, running
from tests.staged_gan import StagedGAN, basis_of
from tests.test_explorer_protocol import Talk


@pytest.fixture()
def made():
    with clients() as make:
        yield make


class Search:
    """Finds components as soon as it may, block by block."""

    def __init__(self, found):
        self.found, self.may = found, threading.Event()

    def __call__(self, told):
        told(0, 4)
        while not self.may.wait(0.01):
            told(3, 4)
        told(4, 4)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_pictures_are_drawn_while_components_are_sought_and_previews_are_fitted_afterwards(made):
    gen = StagedGAN()
    search = Search(basis_of(gen))
    client = made(gen=gen, session=Session(gen, later=search))
    for id in range(1, 6):
        client.worker.show("a", id, State(gen.fingerprint, seed=id), False)
        client.until(Done, id=id)
    assert not client.of(Found)
    search.may.set()
    found = client.until(Found)
    assert [slider["of"] for slider in found.sliders] == ["v0", "v1", "v2"]
    assert found.initial["basis"] == client.session.components.digest
    told = [notice.text for notice in client.of(Notice, level="finding")]
    assert (told[0], told[-1]) == ("finding components: 0 of 4 samples", "finding components: 4 of 4 samples")
    client.until(Notice, level="calibrated")
    kinds = [
        type(one)
        for one in client.told
        if isinstance(one, Found) or getattr(one, "level", "") == "calibrated"
    ]
    assert kinds == [Found, Notice]
    client.worker.show("a", 9, client.state(1.0), False)
    client.until(Done, id=9)


def test_a_search_that_finds_nothing_is_said_and_the_rest_goes_on(made):
    gen = StagedGAN()
    search = Search(UsageError("too few rows"))
    search.may.set()
    client = made(gen=gen, session=Session(gen, later=search))
    assert client.until(Notice, level="error").text == "no components: too few rows"
    assert client.until(Found).sliders == []
    client.worker.show("a", 1, State(gen.fingerprint, seed=1), False)
    client.until(Done, id=1)


def test_a_search_ends_with_the_worker(made):
    gen = StagedGAN()
    reached = []

    def endless(told):
        try:
            while True:
                told(1, 2)
        finally:
            reached.append("end")

    client = made(gen=gen, session=Session(gen, later=endless))
    client.until(Notice, level="finding")
    client.worker.close()
    assert reached == ["end"]


def test_components_of_another_network_are_refused():
    gen = StagedGAN()
    with pytest.raises(gs.GanspaceError):
        Session(gen).found(basis_of(StagedGAN(seed=1)))


def test_the_command_takes_components_from_the_cache_or_leaves_them_for_later(monkeypatch, tmp_path):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path))
    gen = PictureGenerator()
    monkeypatch.setattr(explore.work, "open_generator", lambda network, threads: gen)
    monkeypatch.setattr(explore, "start_tensorflow", lambda: None)
    args = argparse.Namespace(
        network="net.pkl", threads=None, components=None, direction=[], directions=None, any_basis=False
    )
    first = explore.open_session(args, lambda text: None)
    assert first.components is None and not first.sliders
    found = first.later(lambda done, total: None)
    second = explore.open_session(args, lambda text: None)
    assert second.components.digest == found.digest and second.later is None
    assert len(second.sliders) == gen.dlatent_size
    assert not second.any_basis
    args.any_basis = True
    assert explore.open_session(args, lambda text: None).any_basis


def searched():
    """(a session that seeks, what lets it find)."""
    gen = PictureGenerator()
    search = Search(gs.decompose(gen, n=2000, components=4, cache=False))
    return Session(gen, model="small", later=search), search


def test_who_is_there_hears_of_the_sliders_and_who_comes_later_has_them():
    session, search = searched()
    with running(session) as (url, token, _), Talk(url, token) as first:
        assert first.welcome["sliders"] == [] and "finding components" in first.welcome["finding"]
        search.may.set()
        found = first.until("found")[0]
        assert [slider["of"] for slider in found["sliders"]] == ["v0", "v1", "v2", "v3"]
        with Talk(url, token) as second:
            assert second.welcome["sliders"] == found["sliders"] and second.welcome["finding"] is None
            assert second.state == found["initial"]


@needs_chromium
def test_the_page_is_of_use_while_components_are_sought(seen):
    """And what an earlier visit moved comes back with them."""
    session, search = searched()
    search.may.set()
    with running(session) as (url, token, _):
        there = seen(url, token)
        there.slide(0, 12)
        before, link = there.state(), there.page.url
        context = there.page.context
    session, search = searched()
    port = int(url.rsplit(":", 1)[1].strip("/"))
    with running(session, port=port) as (url, token, _):
        there = seen(url, token, context=context, ready=False)
        there.page.wait_for_selector(".seeking:not([hidden])", timeout=WAIT)
        assert "finding components" in there.page.inner_text(".seeking")
        there.exact()
        assert there.page.locator("#rows input").count() == 0
        search.may.set()
        there.page.wait_for_selector("#rows input[type=range]", timeout=WAIT)
        there.exact()
        assert there.state() == before and there.page.url == link
        assert (there.pixels() == session.show(State.from_json(before))).all()
        assert there.page.locator(".seeking").is_hidden() and there.errors == []
