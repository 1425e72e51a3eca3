"""Published networks and addresses into the store: under which name, checked how, compared the next time."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf import cli
from ganspace_tf.cli.name_groups import grouped
from ganspace_tf.errors import DownloadError, FileError, UnknownName, UsageError
from ganspace_tf.generators import catalogue, load
from ganspace_tf.generators import fetch as fetching
from ganspace_tf.generators.fetch import fetch
from tests import tiny
from tests.file_server import FAST, Served, names, page, running


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DNNLIB_CACHE_DIR", str(tmp_path / "dnnlib"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Bytes of two networks."""
    folder = tmp_path_factory.mktemp("nets")
    return [
        tiny.write_tiny(folder / (kind + ".pkl"), kind, resolution=8).read_bytes()
        for kind in ("stylegan2-skip", "stylegan")
    ]


@pytest.fixture
def kitten(server, models, nets, monkeypatch):
    """A row of the catalogue whose file is on the server."""
    url = server.gives(Served(nets[0]))
    row = catalogue.Entry("kitten", "stylegan2", 8, "kitten.pkl", url, "none")
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", row)
    return row


def content(path):
    with open(str(path), "rb") as stream:
        return stream.read()


# ------------------------------------------------------------------ names


def test_a_name_is_fetched_from_its_address(kitten, models, nets):
    done = fetch("kitten")
    assert done == (str(models / "kitten.pkl"), hashlib.sha256(nets[0]).hexdigest(), True)
    assert names(models) == ["kitten.pkl", "kitten.pkl.sha256"] and content(done.path) == nets[0]
    assert catalogue.local_copy(kitten) == load.locate("kitten") == done.path


def test_an_address_is_kept_under_its_own_name(server, models, nets, tmp_path):
    url = server.gives(Served(nets[0]))
    path = str(models / (hashlib.md5(url.encode()).hexdigest() + "_net.pkl"))
    assert fetch(url).path == path and content(path) == nets[0]
    asked = len(server.ranges)
    assert fetch(url) == (path, hashlib.sha256(nets[0]).hexdigest(), False)
    assert len(server.ranges) == asked  # it is there: no second download
    assert fetch(url, str(tmp_path / "own")).path == str(tmp_path / "own" / "net.pkl")


def test_no_address_passes_for_a_name_or_for_another_address(server, models, nets, tmp_path):
    for folder in (None, str(models)):  # also where the models folder is given as --folder
        url = server.gives(Served(nets[0]), "/x/stylegan2-cat-config-f.pkl")
        assert content(fetch(url, folder).path) == nets[0]
        assert catalogue.local_copy(catalogue.entry("stylegan2-cat-config-f")) is None
    with running() as second:
        other = second.gives(Served(nets[1]), "/x/stylegan2-cat-config-f.pkl")
        assert content(fetch(other).path) == nets[1] and content(fetch(url).path) == nets[0]
        with pytest.raises(FileError, match="is there already, from http"):
            fetch(other, os.path.dirname(fetch(url, str(tmp_path / "own")).path))
    with pytest.raises(DownloadError, match="refused"):
        fetch("http://127.0.0.1:9/x/stylegan2-cat-config-f.pkl", limits=FAST)


@pytest.mark.parametrize(
    "path, kept",
    [
        ("/a/net.npz", "net.npz"),
        ("/net.pt", "net.pt"),
        ("/..pkl", "pkl"),
        ("/uc", None),
        ("/", None),
        ("/a%2F..%2Fb.pkl", "a_2F.._2Fb.pkl"),
        ("/" + "x" * 300 + ".pkl", "x" * 116 + ".pkl"),
    ],
)
def test_file_names_are_safe(server, models, nets, tmp_path, path, kept):
    url = server.gives(Served(nets[0]), path) + "?id=a/b.pkl"
    done = os.path.basename(fetch(url, str(tmp_path / "own")).path)
    assert done == (kept if kept and "." in kept else hashlib.md5(url.encode()).hexdigest() + "_network.pkl")


@pytest.mark.parametrize(
    "given, error, words",
    [
        ("stylegan2-dog-config-f", UnknownName, "nearest"),
        ("biggan-deep-128", UsageError, "cannot be fetched: it is the folder"),
        ("ftp://example.com/net.pkl", UsageError, "only http"),
        ("file:///etc/passwd", UsageError, "only http"),
        ("http:///net.pkl", UsageError, "only http"),
        ("ftp://x/\x1b]0;owned\x07", UsageError, "ftp://x/%1B%5D0;owned%07|only http"),
    ],
)
def test_what_cannot_be_fetched_is_said_before_anything_is_opened(models, given, error, words):
    with pytest.raises(error, match=words) as caught:
        fetch(given)
    assert str(caught.value).isprintable() and not models.exists()


def test_a_network_that_comes_with_the_project_is_here():
    done = fetch("demo:stylegan2")
    assert hashlib.sha256(content(done.path)).hexdigest() == done.sha256 and not done.new


# ------------------------------------------------------------------ what arrives


def test_bytes_that_are_no_network_get_no_name(server, models):
    for junk in (b"garbage", b"PK\x03\x04 and no more", b"\x80\x02."):
        with pytest.raises(DownloadError, match="what came is no network file"):
            fetch(server.gives(Served(junk)), limits=FAST)
    assert names(models) == []


def test_a_page_says_where_to_save_the_file_by_hand(server, models):
    url = server.gives(page("<html><title>Quota</title></html>"))
    with pytest.raises(DownloadError) as caught:
        fetch(url, limits=FAST)
    digest = hashlib.md5(url.encode()).hexdigest()
    assert str(caught.value).endswith("save the file as {}".format(models / (digest + "_net.pkl")))


def test_the_size_has_a_limit_the_catalogues_first(kitten, server, nets, monkeypatch):
    with pytest.raises(DownloadError, match=r"larger than 100 bytes.*; --max-size takes more"):
        fetch("kitten", max_size=100)
    row = replace(kitten, size=len(nets[0]) - 1)
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", row)
    for largest in (None, 10**9):
        with pytest.raises(DownloadError, match="larger than"):
            fetch("kitten", max_size=largest)
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", replace(row, size=len(nets[0])))
    with pytest.raises(DownloadError, match="larger than 100 bytes"):
        fetch("kitten", max_size=100)
    assert fetch("kitten", limits=replace(FAST, max_bytes=1)).new  # more than is taken of unknown files


def test_the_catalogues_checksum_counts(kitten, nets, models, monkeypatch):
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", replace(kitten, sha256="0" * 64))
    with pytest.raises(DownloadError, match=r"is not 0000.*, as the catalogue says"):
        fetch("kitten")
    right = replace(kitten, sha256=hashlib.sha256(nets[0]).hexdigest())
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", right)
    assert fetch("kitten").sha256 == right.sha256
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", replace(kitten, sha256="0" * 64))
    with pytest.raises(FileError, match="not that of the published file"):
        fetch("kitten")


# ------------------------------------------------------------------ what is there already


@pytest.mark.parametrize("junk", ["garbage", "nothing", "half", "page", "folder", "fifo", "link to nothing"])
def test_what_is_there_is_checked_before_it_is_called_success(kitten, server, models, nets, junk):
    models.mkdir()
    place = models / "kitten.pkl"
    data = {"garbage": b"garbage", "nothing": b"", "half": nets[0][: len(nets[0]) // 2], "page": b"<html>"}
    if junk in data:
        place.write_bytes(data[junk])
    elif junk == "folder":
        place.mkdir()
    elif junk == "fifo":
        os.mkfifo(str(place))
    else:
        place.symlink_to(models / "gone")
    with pytest.raises(
        FileError, match=r"kitten.pkl: is there already.*; remove it, or give another --folder"
    ):
        fetch("kitten")
    assert server.ranges == [] and names(models) == ["kitten.pkl"]


@pytest.mark.parametrize("more", [b"", b"junk"])
def test_a_network_that_came_between_a_look_and_a_download_is_checked_like_any(
    server, models, nets, monkeypatch, more
):
    url, download = server.gives(Served(nets[0])), fetching.download

    def late(*args, **options):
        monkeypatch.setattr(fetching, "download", download)
        with open(fetch(url).path, "ab") as stream:
            stream.write(more)
        return download(*args, **options)

    monkeypatch.setattr(fetching, "download", late)
    if more:
        with pytest.raises(FileError, match="when it was downloaded"):
            fetch(url)
    else:
        assert not fetch(url).new
    assert len(server.ranges) == 1


def test_a_network_that_was_put_there_by_hand_gets_its_digest(kitten, server, models, nets):
    models.mkdir()
    (models / "kitten.pkl").write_bytes(nets[1])
    done = fetch("kitten")
    assert done == (str(models / "kitten.pkl"), hashlib.sha256(nets[1]).hexdigest(), False)
    assert names(models) == ["kitten.pkl", "kitten.pkl.sha256"] and server.ranges == []
    assert names(models.parent / "cache" / "downloads") == []


def test_a_file_that_changed_since_is_not_called_success(kitten, models, nets):
    fetch("kitten")
    (models / "kitten.pkl").write_bytes(nets[1])  # a good network, but another one
    digests = [hashlib.sha256(data).hexdigest() for data in reversed(nets)]
    with pytest.raises(FileError, match="SHA-256 is {}, it was {} when it was downloaded".format(*digests)):
        fetch("kitten")


def test_an_address_that_gives_another_file_than_last_time_says_so(kitten, server, models, nets):
    fetch("kitten")
    (models / "kitten.pkl").unlink()
    server.gives(Served(nets[1]))
    with pytest.raises(DownloadError, match="kept from last time; remove it to take another"):
        fetch("kitten")
    assert names(models) == ["kitten.pkl.sha256"]
    (models / "kitten.pkl.sha256").unlink()
    assert content(fetch("kitten").path) == nets[1]


def test_the_official_scripts_copies_are_checked_and_get_nothing_beside_them(kitten, server, tmp_path, nets):
    """The scripts take a second file that begins with the MD5 for a sign of damage."""
    folder = tmp_path / "dnnlib" / "downloads"
    folder.mkdir(parents=True)
    copy = folder / (kitten.cache_prefix + "_kitten.pkl")
    copy.write_bytes(nets[0])
    assert fetch("kitten").path == str(copy) and names(folder) == [copy.name]
    copy.write_bytes(nets[0][:100])
    with pytest.raises(FileError, match="is there already, but"):
        fetch("kitten")


# ------------------------------------------------------------------ the command


def test_the_command_prints_the_path_and_shows_the_digest(kitten, models, nets, capsys):
    assert cli.main(["fetch", "kitten"]) == 0
    out, err = capsys.readouterr()
    assert out == "{}\n".format(models / "kitten.pkl")
    assert err == "ganspace: note: kitten: downloaded, SHA-256 {}\n".format(
        hashlib.sha256(nets[0]).hexdigest()
    )
    assert cli.main(["fetch", "kitten", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"kitten": str(models / "kitten.pkl")} and "was here" in err


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--max-size", "1K"], 1, "larger than 1 kB (.*announced).*--max-size takes more"),
        (["--max-size", "0.5K"], 1, "larger than 500 bytes"),
        (["--max-size", "0"], 2, "write a number with K, M or G"),
        (["--max-size", "4T"], 2, "write a number with K, M or G"),
        (["--max-size", "-1"], 2, "max-size"),
        (["--filter", "cat"], 2, "--filter lists and NAME downloads"),
    ],
)
def test_the_command_refuses(kitten, models, capsys, words, code, said):
    assert cli.main(["fetch", "kitten", *words]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and re.search(said, err)
    assert names(models) == []


def test_sizes_are_powers_of_1000():
    from ganspace_tf.cli.values import size

    given = {"4G": 4 * 10**9, "250m": 25 * 10**7, "1.5 GB": 15 * 10**8, "640K": 640_000, "7": 7}
    assert {text: size(text) for text in given} == given


def test_the_list_is_short_and_every_name_is_in_it(models, capsys):
    assert cli.main(["fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 45 < len(catalogue.CATALOGUE) and lines[-1].startswith("models folder: ")
    shown = [name for line in lines if line.startswith("  ") for name in expanded(line.split()[0])]
    assert sorted(shown) == sorted(catalogue.CATALOGUE)


def test_a_filter_lists_one_by_one(models, capsys):
    assert cli.main(["fetch", "--filter", "Car 512 -f"]) == 0
    (line,) = capsys.readouterr().out.splitlines()[:-2]
    assert line.split()[:3] == ["stylegan2-car-config-f", "stylegan2", "512"] and "NVIDIA" in line
    assert cli.main(["fetch", "--filter", "cifar", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["networks"]] == [
        "stylegan2-ada-cifar10",
        "stylegan2-ada-pytorch-cifar10",
        "stylegan2-pytorch-cifar10-32x32",
    ]
    assert cli.main(["fetch", "--filter", "zebra"]) == 2
    assert "no network has all words of 'zebra'" in capsys.readouterr().err


def test_what_is_here_is_counted(kitten, models, monkeypatch, capsys):
    second = replace(kitten, name="kitten-2", filename="kitten-2.pkl", url="http://127.0.0.1:9/")
    rows = [replace(kitten, name="kitten-1"), second]
    for row in rows:
        monkeypatch.setitem(catalogue.CATALOGUE, row.name, row)
    fetch("kitten-1")
    assert cli.main(["fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "{1,2}" in line] == [
        ["kitten-{1,2}", "8", "1", "of", "2", "here"]
    ]


def expanded(pattern):
    """What a shell makes of braces."""
    parts = [part.strip("{}").split(",") for part in re.findall(r"\{[^}]*\}|[^{}]+", pattern)]
    return ["".join(choice) for choice in itertools.product(*parts)]


@pytest.mark.parametrize("seed", range(20))
def test_groups_stand_for_exactly_the_names(seed):
    rng = np.random.RandomState(seed)
    parts = [["".join(rng.choice(list("abc"), 2)) for _ in range(3)] for _ in range(rng.randint(1, 5))]
    every = sorted({"-".join(choice) for choice in itertools.product(*parts)})
    given = [every[i] for i in rng.permutation(len(every))[: rng.randint(1, len(every) + 1)]] + ["alone"]
    groups = grouped(given)
    assert sorted(name for group in groups for name in expanded(group.pattern)) == sorted(given)
    assert all(sorted(expanded(group.pattern)) == sorted(group.names) for group in groups)
    assert all(group.names == [name for name in given if name in group.names] for group in groups)
    if len(given) == len(every) + 1 and len(parts) > 1:
        assert len(groups) == 2  # all that there is: one group, and the one that stands alone
