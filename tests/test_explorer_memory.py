"""The explorer's worker where memory runs out: pictures become smaller, other work is refused, both once."""

from __future__ import annotations

import pytest

from ganspace_tf.explorer.jobs import JOBS
from ganspace_tf.explorer.messages import Done, Frame, Notice, Refused, Result, Sheet
from tests.explorer_client import clients


@pytest.fixture()
def made():
    with clients() as make:
        yield make


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


def test_a_shortage_that_is_over_leaves_pictures_as_they_were_asked_for(made, monkeypatch):
    client = made(fit=False)
    inside = client.gen.inside

    def never(w, names, feed=None, **given):
        raise MemoryError

    monkeypatch.setattr(client.gen, "inside", never)
    for id in (2, 3):
        client.worker.show("a", id, client.state(seed=id), False)
        assert "not even the first stage fits" in client.until(Refused, id=id).text
    monkeypatch.setattr(client.gen, "inside", inside)
    client.worker.show("a", 4, client.state(seed=4), False)
    client.until(Done, id=4)
    assert client.of(Frame, id=4)


def test_a_job_that_ran_out_of_memory_is_refused_and_not_half_done(made, monkeypatch):
    client = made(fit=False)

    def short(painter, arguments, pause):
        pause((1, 2, "begun"))
        raise MemoryError

    monkeypatch.setitem(JOBS, "measure", short)
    client.worker.job("a", 5, "measure", {"of": "v0", "state": client.state(seed=5)})
    assert "more than there is" in client.until(Refused, id=5).text
    assert not client.of(Result, id=5)
