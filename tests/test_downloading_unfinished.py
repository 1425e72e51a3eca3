"""The unfinished file and its note: found again, believed only if ours and fitting, never through a link."""

from __future__ import annotations

import json
import os
import stat

import pytest

from nvlabs.downloading import download, partial
from nvlabs.errors import NetworkNotWritten
from tests.file_server import BODY, FAST, Downloads, Served, names, running


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def get(tmp_path):
    return Downloads(tmp_path).get


def unfinished(tmp_path, url):
    made = partial.Partial(str(tmp_path / "partial"), url)
    (tmp_path / "partial").mkdir(exist_ok=True)
    return made.path, made.path[: -len("part")] + "json", made.path[: -len("part")] + "sha256"


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("kind", ["symlink", "hard link", "symlink to nothing", "fifo", "open to others"])
def test_what_is_not_ours_is_not_written_and_not_believed(server, get, tmp_path, which, kind):
    url = server.gives(Served(BODY))
    path, victim = unfinished(tmp_path, url)[which], tmp_path / "victim"
    victim.write_bytes(b"precious")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "open to others":
        note = {"address": url, "version": '"v1"', "length": len(BODY), "name": None}
        with open(path, "wb") as stream:
            stream.write(json.dumps(note).encode() if which == 1 else b"x" * 1000)
        os.chmod(path, 0o666)
    else:
        (os.link if kind == "hard link" else os.symlink)(str(victim), path)
    if kind.endswith("nothing"):
        victim.unlink()
    assert get(url) == BODY and server.ranges == [None]
    assert victim.exists() != kind.endswith("nothing")
    assert not victim.exists() or victim.read_bytes() == b"precious"
    for name in names(tmp_path / "out"):
        facts = os.lstat(str(tmp_path / "out" / name))
        assert stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1
    assert names(tmp_path / "partial") == []


def test_a_folder_in_the_place_is_named(server, get, tmp_path):
    url = server.gives(Served(BODY))
    os.mkdir(unfinished(tmp_path, url)[0])
    with pytest.raises(NetworkNotWritten, match="cannot be written"):
        get(url)


NOTES = {
    "for another address": {"address": "http://else/"},
    "of no version": {"version": None},
    "of a version that is no text": {"version": 7},
    "of another version": {"version": '"v0"'},
    "of a length that is no number": {"length": "many"},
    "of fewer bytes than there are": {"length": 10},
    "of more bytes than the server has": {"length": len(BODY) + 1},
    "without a name": {"name": 3},
}


@pytest.mark.parametrize("what", [*sorted(NOTES), "in another form", "nested", "absent"])
def test_bytes_without_a_note_that_fits_are_not_gone_on_with(server, get, tmp_path, what):
    url = server.gives(Served(BODY))
    part, note, _ = unfinished(tmp_path, url)
    right = {"address": url, "version": '"v1"', "length": len(BODY), "name": None}
    text = {"in another form": "{", "nested": "[" * 60000}.get(
        what, json.dumps(dict(right, **NOTES.get(what, {})))
    )
    for path, data in ((part, b"x" * 1000), (note, text.encode())):
        if path == part or what != "absent":
            with open(path, "wb") as stream:
                stream.write(data)
            os.chmod(path, 0o600)
    assert get(url) == BODY


def test_bytes_with_a_note_that_fits_are_gone_on_with(server, get, tmp_path):
    """The other side of the test above: there, the note is what is refused."""
    url = server.gives(Served(BODY))
    part, note, _ = unfinished(tmp_path, url)
    right = {"address": url, "version": '"v1"', "length": len(BODY), "name": None}
    for path, data in ((part, BODY[:1000]), (note, json.dumps(right).encode())):
        with open(path, "wb") as stream:
            stream.write(data)
        os.chmod(path, 0o600)
    assert get(url) == BODY and server.ranges == ["bytes=1000-"]


def test_two_at_one_address_do_not_meet(server, get, tmp_path):
    pytest.importorskip("fcntl")
    url = server.gives(Served(BODY))
    with partial.Partial(str(tmp_path / "partial"), url).held():
        with pytest.raises(partial.BeingDownloaded, match="another process is downloading it"):
            get(url)
        assert get(server.gives(Served(BODY), "/nets/other.pkl")) == BODY
    assert get(url) == BODY


def test_trouble_with_the_disk_is_named_and_leaves_nothing(server, get, tmp_path, fill_disk):
    url = server.gives(Served(BODY))
    fill_disk()
    with pytest.raises(NetworkNotWritten, match="cannot be written: No space left"):
        get(url)
    assert names(tmp_path / "out") == []


def test_a_folder_that_cannot_be_is_named_before_anything_is_asked(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    url = server.gives(Served(BODY))
    for target, partials in (("file/net.pkl", "partial"), ("out/net.pkl", "file/partial")):
        with pytest.raises(NetworkNotWritten, match="cannot be written"):
            download(url, lambda served: str(tmp_path / target), str(tmp_path / partials), FAST)  # noqa: B023
    assert server.ranges == []
