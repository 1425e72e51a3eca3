"""Half-written files: nobody sees one, nobody guesses its name, and the next run removes those of the killed.

A program that kills itself with SIGKILL in the middle of a write stands for every kill -9 and every power
button: no code of it runs afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ganspace_tf import cache
from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkNotWritten
from nvlabs.writing import atomic
from nvlabs.writing.atomic import replacing, sweep, whole_file

ROOT = Path(__file__).resolve().parent.parent
LOCKS = pytest.mark.skipif(atomic.fcntl is None, reason="this system has no advisory locks")


def unfinished(folder) -> list:
    return sorted(path for path in Path(str(folder)).iterdir() if path.name.startswith(".unfinished-"))


def ended(code: str, *words: object, **environment: object) -> int:
    """Exit code of a program of its own; that of a signal is negative."""
    own = {name: str(value) for name, value in environment.items()}
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, env=dict(os.environ, PYTHONPATH=str(ROOT), **own)).returncode


KILL = "import os, signal, sys; kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
HALF = KILL + (
    "from nvlabs.writing.atomic import replacing\n"
    "with replacing(sys.argv[1]) as stream:\n"
    "    stream.write(b'half'); stream.flush(); kill()\n"
)


# ------------------------------------------------------------------ one file


@pytest.mark.parametrize("writer", [replacing, whole_file])
def test_a_file_is_there_when_it_is_whole(writer, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    with writer(path) as stream:
        stream.write(b"half")
        stream.flush()
        assert path.read_bytes() == b"before"
        assert [file.read_bytes() for file in unfinished(tmp_path)] == [b"half"]
        stream.write(b" and half")
    assert path.read_bytes() == b"half and half" and os.listdir(str(tmp_path)) == ["a.bin"]


def test_a_stopped_writer_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"before" and os.listdir(str(tmp_path)) == ["a.bin"]


def test_other_programs_may_fill_the_file_by_its_name(tmp_path):
    with replacing(tmp_path / "a.bin") as stream:
        Path(stream.name).write_bytes(b"by another program")
    assert (tmp_path / "a.bin").read_bytes() == b"by another program"


@pytest.mark.skipif(not hasattr(os, "umask") or os.name == "nt", reason="modes are POSIX's")
def test_a_finished_file_has_the_mode_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.bin"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_a_file_that_replaces_another_has_its_mode_from_the_first_byte_on(tmp_path, mode):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(mode)
    (tmp_path / "link").symlink_to(path)
    with replacing(tmp_path / "link") as stream:
        assert os.stat(stream.name).st_mode & 0o777 == mode | 0o600  # ours to write and to sweep
        stream.write(b"new")
    assert path.stat().st_mode & 0o777 == mode and path.read_bytes() == b"new"


@pytest.mark.parametrize("trouble", ["none", "refused"])
def test_a_system_without_modes_writes_all_the_same(tmp_path, monkeypatch, trouble):
    def refused(descriptor, mode):
        raise PermissionError(1, "Operation not permitted")

    if trouble == "none":
        monkeypatch.delattr(atomic.os, "fchmod", raising=False)
    else:
        monkeypatch.setattr(atomic.os, "fchmod", refused, raising=False)
    for content in (b"old", b"new"):
        with replacing(tmp_path / "a.bin") as stream:
            stream.write(content)
        assert (tmp_path / "a.bin").read_bytes() == content


def test_names_cannot_be_guessed_and_long_names_can_be_written(tmp_path):
    names = set()
    for _ in range(3):
        with replacing(tmp_path / ("n" * 250)) as stream:
            names.add(os.path.basename(stream.name))
    assert len(names) == 3 and all(atomic._NAMES.fullmatch(name) for name in names)


def test_a_link_in_the_place_of_the_unfinished_file_is_not_followed(tmp_path, monkeypatch):
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    guessed = tmp_path / atomic.UNFINISHED.format(atomic._system(), "0" * 32)
    guessed.symlink_to(target)
    monkeypatch.setattr(atomic.secrets, "token_hex", lambda size: "0" * 32)
    with pytest.raises(NetworkNotWritten, match="exists"), whole_file(tmp_path / "a.bin"):
        pass
    assert target.read_bytes() == b"precious"


def test_a_linked_target_keeps_its_link_and_a_device_stays_a_device(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with whole_file(tmp_path / "link") as stream:
        stream.write(b"x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_bytes() == b"x"
    with whole_file(os.devnull) as stream:
        stream.write(b"x")
    assert not os.path.isfile(os.devnull)


@pytest.mark.parametrize("place", ["missing/a.bin", "folder", "a\0.bin"])
def test_what_the_system_refuses_is_one_line_of_either_tree(place, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(NetworkNotWritten, match="cannot be written"), whole_file(tmp_path / place):
        pass
    with pytest.raises(FileError, match="cannot write"):
        cache.write_file(tmp_path / place, lambda stream: stream.write(b"x"))
    assert os.listdir(str(tmp_path)) == ["folder"]


# ------------------------------------------------------------------ who owns an unfinished file


@LOCKS
def test_the_next_write_in_the_folder_removes_what_the_killed_left(tmp_path):
    for _ in range(3):  # each removes that of the one before
        assert ended(HALF, tmp_path / "a.bin") == -signal.SIGKILL
        assert len(unfinished(tmp_path)) == 1 and not (tmp_path / "a.bin").exists()
    with replacing(tmp_path / "other.bin") as stream:
        assert [str(path) for path in unfinished(tmp_path)] == [stream.name]
    assert os.listdir(str(tmp_path)) == ["other.bin"]


@LOCKS
def test_living_writers_side_by_side_leave_each_other_alone(tmp_path):
    """Another process and this one, several times each: also a thread's own lock is not its neighbour's."""
    code = HALF.replace(
        "kill()", "print('ready', flush=True); sys.stdin.readline(); stream.write(b' and half')"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "other.bin")]
    options = {
        "env": dict(os.environ, PYTHONPATH=str(ROOT)),
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
    }
    with subprocess.Popen(words, **options) as other:
        assert other.stdout.readline() == b"ready\n"
        with replacing(tmp_path / "a.bin") as first, replacing(tmp_path / "a.bin") as second:
            first.write(b"one")
            second.write(b"two")
            sweep(tmp_path)
            assert len(unfinished(tmp_path)) == 3
        assert (tmp_path / "a.bin").read_bytes() == b"one"  # the last to finish
        other.communicate(b"\n")
    assert other.returncode == 0 and (tmp_path / "other.bin").read_bytes() == b"half and half"
    assert unfinished(tmp_path) == []


@LOCKS
def test_a_process_number_that_somebody_else_has_now_does_not_matter(tmp_path):
    """No number is written down: the lock of the dead is gone, whoever has their number."""
    assert ended(HALF, tmp_path / "a.bin") == -signal.SIGKILL
    (left,) = unfinished(tmp_path)
    os.utime(str(left), (2**31, 2**31))  # nor does its time
    sweep(tmp_path)
    assert unfinished(tmp_path) == []


@LOCKS
def test_a_file_that_was_swept_before_it_was_held_is_begun_anew(tmp_path, monkeypatch):
    hold, swept = atomic._hold, []

    def late(descriptor):
        if not swept:
            swept.append(True)
            sweep(tmp_path)  # a sweep between making the file and holding it
        return hold(descriptor)

    monkeypatch.setattr(atomic, "_hold", late)
    with replacing(tmp_path / "a.bin") as stream:
        stream.write(b"x")
    assert swept and (tmp_path / "a.bin").read_bytes() == b"x" and os.listdir(str(tmp_path)) == ["a.bin"]


@pytest.mark.parametrize("case", ["another system", "no locks on this file system", "no locks at all"])
def test_where_locks_say_nothing_only_a_day_without_a_change_does(case, tmp_path, monkeypatch):
    system = atomic._system()
    if case == "another system":
        system = "{:08x}".format(int(system, 16) ^ 1)
    elif case == "no locks at all":
        monkeypatch.setattr(atomic, "fcntl", None)
    elif atomic.fcntl is not None:

        def refuse(*_):
            raise OSError(37, "No locks available")

        monkeypatch.setattr(atomic.fcntl, "flock", refuse)
    new, old = (tmp_path / atomic.UNFINISHED.format(system, digit * 32) for digit in "01")
    for path, age in ((new, 3600), (old, atomic.UNCHANGED_SECONDS + 60)):
        path.write_bytes(b"half")
        os.utime(str(path), (time.time() - age, time.time() - age))
    with replacing(tmp_path / "a.bin") as stream:
        stream.write(b"x")
    assert sorted(os.listdir(str(tmp_path))) == [new.name, "a.bin"]


def test_a_system_that_does_not_say_when_it_was_started_goes_by_its_name(tmp_path, monkeypatch):
    def no_proc(path, *mode, **options):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory")
        return open(path, *mode, **options)

    monkeypatch.setattr(atomic, "open", no_proc, raising=False)
    monkeypatch.setattr(atomic.platform, "node", lambda: "one")
    one = atomic._system()
    monkeypatch.setattr(atomic.platform, "node", lambda: "other")
    assert atomic._system() != one and len(one) == 8
    with replacing(tmp_path / "a.bin"):
        pass


def test_only_our_own_files_are_swept(tmp_path):
    """Not what only looks alike, not what a link of such a name leads to, not a folder."""
    kept = [".unfinished-x.part", ".unfinished-{}-0.part".format(atomic._system()), "a.part"]
    for name in kept:
        (tmp_path / name).write_bytes(b"somebody's")
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    names = [atomic.UNFINISHED.format(atomic._system(), digit * 32) for digit in "01"]
    (tmp_path / names[0]).symlink_to(target)
    (tmp_path / names[1]).mkdir()
    sweep(tmp_path)
    assert sorted(os.listdir(str(tmp_path))) == sorted([*kept, *names, "precious"])
    sweep(tmp_path / "nowhere")


def test_many_threads_write_one_file(tmp_path):
    path, failed = tmp_path / "a.bin", []

    def work(byte):
        try:
            for _ in range(10):
                cache.write_file(path, lambda stream: stream.write(byte * 10_000))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(bytes([65 + i]),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(set(path.read_bytes())) == 1 and path.stat().st_size == 10_000
    assert os.listdir(str(tmp_path)) == ["a.bin"]


# ------------------------------------------------------------------ every writer, killed where it hurts

MADE = KILL + "import numpy as np; os.fsync = kill  # all is written, nothing has its name yet\n"
NETWORK = "from tests.tiny import tiny_records; from nvlabs.writing.container import save\n"
PIXELS = "from ganspace_tf.render import files; frames = np.zeros((2, 16, 16, 3), np.uint8)\n"
DIRECTION = "from ganspace_tf.directions import NamedDirection as N\n"
COMPONENTS = (
    "import ganspace_tf; rows = np.eye(1, 4, dtype='f4'); one = np.ones(1, 'f4')\n"
    "comp = ganspace_tf.Components(rows, rows[0], one, one, dict(latent='w', components=1), '')\n"
)
WRITERS = {
    "network.pkl": NETWORK + "save(tiny_records('stylegan2-skip'), sys.argv[1])",
    "network.npz": NETWORK + "save(tiny_records('stylegan2-skip'), sys.argv[1])",
    "picture.png": PIXELS + "files.save_png(sys.argv[1], frames[0], {})",
    "film.gif": PIXELS + "files.save_film(sys.argv[1], frames)",
    "film.mp4": PIXELS + "files.save_film(sys.argv[1], frames)",
    "components.npz": COMPONENTS + "comp.save(sys.argv[1])",
    "direction.json": DIRECTION + "N('n', '', [1.0, 0.0], 1.0, [0.0, 0.0]).save(sys.argv[1])",
    "page.html": "from ganspace_tf.render.files import write_bytes; write_bytes(sys.argv[1], b'<p>')",
}


@LOCKS
@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_writer_leaves_the_old_file_and_a_good_run_leaves_no_other(name, tmp_path):
    if name == "film.mp4":
        pytest.importorskip("imageio_ffmpeg")
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    out.mkdir(), scratch.mkdir()
    (out / name).write_bytes(b"before")
    for _ in range(2):
        assert ended(MADE + WRITERS[name], out / name, TMPDIR=scratch) == -signal.SIGKILL
        assert (out / name).read_bytes() == b"before" and len(unfinished(out)) == 1
    assert ended(MADE.replace("os.fsync = kill", "pass") + WRITERS[name], out / name, TMPDIR=scratch) == 0
    left = {path.name for path in out.iterdir()} - {name, Path(name).with_suffix(".json").name}
    assert left == set() and (out / name).read_bytes() != b"before"
    assert list(scratch.iterdir()) == []


@LOCKS
def test_a_program_killed_while_ffmpeg_writes_leaves_nothing_in_the_temporary_folder(tmp_path):
    """A stand-in for ffmpeg kills the program that waits for it."""
    out, scratch, fake = tmp_path / "out", tmp_path / "scratch", tmp_path / "ffmpeg"
    out.mkdir(), scratch.mkdir()
    fake.write_text('#!/bin/sh\necho half >"$(eval echo \\${$#})"\nkill -9 $PPID\n')
    fake.chmod(0o755)
    code = KILL + "import numpy as np\nfrom ganspace_tf.render import video, files\n"
    code += "video.ffmpeg_program = lambda: sys.argv[2]\n"
    code += "files.save_film(sys.argv[1], np.zeros((2, 16, 16, 3), np.uint8))"
    assert ended(code, out / "a.mp4", fake, TMPDIR=scratch) == -signal.SIGKILL and len(unfinished(out)) == 1
    assert list(scratch.iterdir()) == []
    cache.write_file(out / "b.bin", lambda stream: stream.write(b"x"))
    assert os.listdir(str(out)) == ["b.bin"]
