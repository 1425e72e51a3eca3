"""`ganspace convert LATENTS OUT --network NET`: latents in the forms of other programs."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.fields import LONGEST_LIST
from ganspace_tf.photos import records
from ganspace_tf.photos.records import Record, read_record, write_latents
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.pkl"
    found = gs.load_generator(write_tiny(path, "stylegan2-skip", resolution=16))
    yield found
    found.close()


@pytest.fixture
def rows(gen):
    return np.random.RandomState(0).standard_normal((3, gen.n_layers, gen.dlatent_size)).astype(np.float32)


@pytest.fixture
def run(gen, rows, tmp_path, monkeypatch, capsys):
    """Run `convert` in a folder with theirs.npy; (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganspace_tf.generators.load_generator", lambda name, threads=None: gen)
    (tmp_path / "net.pkl").write_bytes(b"")
    np.save("theirs.npy", rows)

    def call(*words):
        code = main(["convert", *[str(word) for word in words]])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return call


def test_latents_of_others_become_ours_and_say_where_they_are_from(run, gen, rows):
    assert run("theirs.npy", "ours.npz", "--network", "net.pkl")[0] == 0
    assert (gs.load_latents("ours.npz", gen) == rows).all()
    record = read_record("ours.npz")
    assert (record.fingerprint, record.space) == (gen.fingerprint, "w+")
    assert [row["source"] for row in record.rows] == ["theirs.npy"] * 3
    with open("ours.npz", "rb") as one:
        first = one.read()
    assert run("theirs.npy", "ours.npz", "--network", "net.pkl")[0] == 0
    with open("ours.npz", "rb") as two:
        assert first == two.read()


def test_ada_pytorch_reads_ours_in_its_own_three_lines(run, gen, rows):
    """Its generate.py takes ws = load(file)["w"], and the shape (*, num_ws, w_dim)."""
    assert run("theirs.npy:1", "w.npz", "--network", "net.pkl", "--as", "nvlabs-ada-pytorch")[0] == 0
    w = np.load("w.npz")["w"]
    assert w.dtype == np.float32 and w.shape == (1, gen.n_layers, gen.dlatent_size)
    assert (w[0] == rows[1]).all()


def test_ada_takes_18_layers_alone_and_that_is_said(run, gen, rows):
    code, _, said = run("theirs.npy:2", "d.npz", "--network", "net.pkl", "--as", "nvlabs-ada")
    assert code == 0 and "takes 18 layers alone" in said and "have {}".format(gen.n_layers) in said
    assert (np.load("d.npz")["dlatents"] == rows[2:]).all()


@pytest.mark.parametrize("form", ["npz", "nvlabs-ada", "nvlabs-ada-pytorch", "npy"])
def test_what_is_written_is_read_again(run, gen, rows, form):
    out = "out.npy" if form == "npy" else "out.npz"
    assert run("theirs.npy:0", out, "--network", "net.pkl", "--as", form)[0] == 0
    assert (gs.load_latents(out, gen) == rows[:1]).all()


def test_what_our_file_knows_of_a_row_goes_along(run, gen, rows):
    run("theirs.npy", "all.npz", "--network", "net.pkl")
    code, out, _ = run("all.npz:2,0", "two.npz", "--network", "net.pkl", "--json")
    assert code == 0 and json.loads(out)["latents"] == 2
    before, after = read_record("all.npz").rows, read_record("two.npz").rows
    assert after == [before[2], before[0]]
    assert (gs.load_latents("two.npz", gen) == rows[[2, 0]]).all()


def test_what_is_known_of_long_names_goes_along_but_not_what_may_be_anothers(run, gen, rows):
    """Rows are called by the end of a long name, so two of one end cannot be told apart."""
    names = ["a" * 70 + ".jpg", "one" + "b" * 70 + ".jpg", "two" + "b" * 70 + ".jpg"]
    known = [{"name": name, "sha256": name[:3]} for name in names]
    write_latents("all.npz", rows, Record(gen.fingerprint, gen.name, "w+", known))
    assert run("all.npz", "again.npz", "--network", "net.pkl")[0] == 0
    assert [row.get("sha256") for row in read_record("again.npz").rows] == ["aaa", None, None]


def record_of(count, name="{}"):
    return Record("f" * 64, "net", "w", [{"name": name.format(k)} for k in range(count)])


def test_as_many_rows_are_written_as_are_read(tmp_path, monkeypatch):
    path, w = tmp_path / "w.npz", np.zeros((LONGEST_LIST + 1, 1, 1), np.float32)
    write_latents(path, w[:-1], record_of(LONGEST_LIST))
    assert len(read_record(path).rows) == LONGEST_LIST
    with pytest.raises(UsageError, match="at most 100,000, not 100,001"):
        write_latents(path, w, record_of(len(w)))
    monkeypatch.setattr(records, "MAX_TEXT", 10_000)
    with pytest.raises(UsageError, match="a file holds 10,000"):
        write_latents(path, w[:100], record_of(100, "{:0100d}"))
    monkeypatch.undo()
    assert len(read_record(path).rows) == LONGEST_LIST  # as it was


def test_rows_of_one_name_are_numbered_in_time_that_grows_with_their_number():
    record = record_of(LONGEST_LIST, "{}.jpg")
    record.rows[7]["name"] = "3.jpg"
    before = time.process_time()
    called = record.called
    assert time.process_time() - before < 30  # comparing every name with every other takes minutes
    assert called[:8] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg:3", "4.jpg", "5.jpg", "6.jpg", "3.jpg:7"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("theirs.npy", "x.npz", "--as", "npz"), 2, "need --network"),
        (("theirs.npy", "x.npz", "--network", "net.pkl", "--as", "pkl"), 2, "unknown form of latents"),
        (("theirs.npy", "x.npz", "--network", "net.pkl", "--as", "npy"), 2, "end in .npy"),
        (("theirs.npy", "x.txt", "--network", "net.pkl"), 2, "end in .npz"),
        (("theirs.npy", "x.npz", "--network", "net.pkl", "--as", "nvlabs-ada"), 2, "holds 3 latents"),
        (("theirs.npy", "no/x.npz", "--network", "net.pkl"), 1, "no folder"),
        (("net.pkl", "x.npz", "--network", "net.pkl"), 1, "net.pkl"),
        (("none.npy", "x.npz", "--network", "net.pkl"), 1, "none.npy"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run, tmp_path, words, code, said):
    got, _, error = run(*words)
    lines = [line for line in error.splitlines() if "note:" not in line]
    assert got == code and len(lines) == 1 and said in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.pkl", "theirs.npy"]


def test_latents_of_another_network_are_not_taken_over(run, gen, tmp_path):
    run("theirs.npy", "ours.npz", "--network", "net.pkl")
    record = read_record("ours.npz")
    write_latents("other.npz", gs.load_latents("ours.npz", gen), record._replace(fingerprint="e" * 64))
    code, _, error = run("other.npz", "x.npz", "--network", "net.pkl")
    assert code == 1 and "--trust-latents" in error and not (tmp_path / "x.npz").exists()
    assert run("other.npz", "x.npz", "--network", "net.pkl", "--trust-latents")[0] == 0
    with pytest.raises((BasisMismatch, FileError)):
        gs.load_latents("other.npz", gen)
