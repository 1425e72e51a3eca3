"""Blocks on Dask workers: the same bytes as alone, whoever does them and whatever happens to them.

One cluster of two workers serves the whole file: it takes seconds to start.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import zipfile
from pathlib import Path
from typing import Any, Dict, Iterator, List

import numpy as np
import pytest
from PIL import Image

import ganspace_tf
from ganspace_tf.cli import main
from ganspace_tf.cluster import Cluster, parse_address
from ganspace_tf.cluster.aligned import aligned
from ganspace_tf.cluster.worker import NetworkAt, Room
from ganspace_tf.decomposition import checkpoint, decompose, randomised
from ganspace_tf.errors import ClusterError, UsageError
from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from ganspace_tf.render.frames import Look, render
from tests import tiny

RUNS: Dict[str, Dict[str, Any]] = {
    "w": {"n": 9000},
    "blocks of 1000, the last one short": {"n": 4300, "batch": 1000},
    "sixty small blocks, several a task": {"n": 6000, "batch": 100},
    "z, with a regression": {"n": 3000, "space": "z", "batch": 500},
    "endpoint in w": {"n": 300, "space": "G_synthesis/4x4/Conv", "batch": 64},
    "ipca: rows travel": {"n": 3000, "estimator": "ipca", "batch": 500},
    "fbpca": {"n": 3000, "estimator": "fbpca", "batch": 700},
    "the original's rows": {"n": 2500, "compat": "ganspace", "batch": 100, "estimator": "ipca"},
    "auto": {"n": "auto", "precision": 20.0, "most": 9000, "batch": 500},
    "orthogonal frames": {"n": 4000, "sampling": "orthogonal", "batch": 300},
    "auto, orthogonal": {"n": "auto", "precision": 20.0, "most": 9000, "sampling": "orthogonal"},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, started in a folder of its own, which has to stay empty."""
    folder, before = tmp_path_factory.mktemp("cwd"), os.getcwd()
    os.chdir(str(folder))
    try:
        with Cluster("local:2") as found:
            yield found
        assert os.listdir(str(folder)) == []
    finally:
        os.chdir(before)


@pytest.fixture()
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Square:
    """What the tests of order and of faults do on workers: slowly, the first items slowest."""

    def __init__(self, gen: Any, request: Any):
        self.gen, self.request = gen, request

    def __call__(self, item: int) -> Dict[str, Any]:
        time.sleep(self.request["seconds"] / (1 + item))
        return {"pid": os.getpid(), "square": np.full(3, item, np.float32) ** 2}


class Fails:
    def __init__(self, gen: Any, request: Any):
        self.error = request

    def __call__(self, item: int) -> None:
        raise self.error


def squares(cluster: Cluster, gen: Any, n: int = 12, seconds: float = 0.2) -> Iterator[Any]:
    return cluster.in_order(Square, gen, {"seconds": seconds}, range(n), "item {}".format)


@pytest.mark.parametrize("name", RUNS)
def test_the_bytes_are_those_of_one_machine(name: str, cluster: Cluster, generator: Any) -> None:
    options = dict({"components": 3}, cache=False, **RUNS[name])
    alone, together = (decompose(generator, cluster=where, **options) for where in (None, cluster))
    assert together.digest == alone.digest
    assert together.settings == alone.settings


def test_a_run_that_was_begun_alone_goes_on_with_a_cluster_and_back(
    cluster: Cluster, generator: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: Dict[str, Any] = {"n": 6000, "components": 3, "batch": 500}
    undisturbed = decompose(generator, cache=False, **options)
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    begun = []

    def stops_after(blocks: int, where: Any) -> None:
        seen = []

        def progress(done: int, total: int) -> None:
            seen.append(done)
            if len(seen) > blocks:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            decompose(generator, cluster=where, progress=progress, **options)
        begun.append(seen[0])

    stops_after(3, None)
    stops_after(3, cluster)
    stops_after(3, None)
    finished = decompose(generator, cluster=cluster, **options)
    assert begun == [0, 1500, 3000]
    assert finished.digest == undisturbed.digest
    assert decompose(generator, **options).path == finished.path  # an entry of the cache like any other


@pytest.fixture()
def wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A network with a layer of 16,384 numbers, too many for a scatter matrix; groups are of three blocks."""
    monkeypatch.setattr(randomised, "GROUPS", 5)
    path = tiny.write_tiny(tmp_path / "wide.pkl", "stylegan2-skip", resolution=32, fmap_base=512, fmap_max=16)
    yield ganspace_tf.load_generator(path)


def test_sketches_are_summed_up_on_workers_and_a_killed_one_changes_no_bit(
    cluster: Cluster, wide: Any, cache: Path
) -> None:
    options: Dict[str, Any] = {"n": 61, "components": 2, "space": "32x32/Conv1", "batch": 4}
    undisturbed = decompose(wide, cache=False, **options)
    assert undisturbed.settings["method"] == "SketchPCA"
    assert decompose(wide, cache=False, cluster=cluster, **options).digest == undisturbed.digest

    def stops_after(rows: int, where: Any) -> None:
        def progress(done: int, total: int) -> None:
            if done >= rows:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            decompose(wide, cluster=where, progress=progress, **options)

    stops_after(20, None)  # in the middle of a group
    stops_after(44, cluster)
    stops_after(81, None)
    killed: List[int] = []

    def kill(done: int, total: int) -> None:
        if done > 100 and not killed:
            killed.append(sorted(cluster.client.run(os.getpid).values())[0])
            os.kill(killed[0], signal.SIGKILL)

    assert decompose(wide, cluster=cluster, progress=kill, **options).digest == undisturbed.digest
    assert killed


def test_photos_are_projected_to_the_same_bytes_without_a_gradient_here(
    cluster: Cluster,
    generator: Any,
    cache: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = str(tmp_path / "photo.png")
    Image.fromarray(ganspace_tf.to_uint8(generator.images(generator.w(seeds=[3])))[0]).save(photo)
    words = ["--space", "w", "--steps", "6", "--starts", "3", "--candidates", "8", "--noise", "fit", "--json"]

    def projected(*more: str) -> Any:
        out = tmp_path / "found.npz"
        assert main(["project", generator.path, photo, *words, "--out", str(out), *more]) == 0
        with zipfile.ZipFile(str(out)) as found:
            arrays = {name: found.read(name) for name in found.namelist() if name.endswith(".npy")}
        return json.loads(capsys.readouterr().out), arrays

    alone, latents = projected()
    opened, build = [], NvlabsGenerator.open_loss

    def open_loss(*given: Any) -> Any:
        opened.append(given)
        return build(*given)

    monkeypatch.setattr(NvlabsGenerator, "open_loss", open_loss)
    told, others = projected("--cluster", cluster.address)
    assert opened == []
    assert others == latents and len(latents) > 1
    assert [row["loss"] for row in told["rows"]] == [row["loss"] for row in alone["rows"]]
    assert "cluster" not in alone and told["cluster"]["workers"][0]["blocks"] > 1


@pytest.mark.parametrize(
    "verb, words",
    [
        ("sample", ["--seeds", "0-3", "--out", "grid.png"]),
        ("walk", ["--seeds", "0,1", "--frames", "4", "--out", "walk.png"]),
        ("visualize", ["--components", "c.npz", "--show", "0", "--out", "sheet.html"]),
        ("edit", ["--components", "c.npz", "--edit", "E(v0)", "--frames", "3", "--out", "strip.png"]),
    ],
)
def test_json_tells_what_every_worker_did(
    verb: str,
    words: List[str],
    cluster: Cluster,
    generator: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    decompose(generator, n=300, components=2, cache=False).save("c.npz")
    assert main([verb, generator.path, *words, "--json", "--cluster", cluster.address]) == 0
    told = json.loads(capsys.readouterr().out)["cluster"]
    assert told["cluster"] == cluster.address and told["workers"]
    assert all(one["blocks"] > 0 and one["seconds"] > 0 for one in told["workers"])


def test_results_come_in_order_and_those_under_way_are_few(cluster: Cluster, generator: Any) -> None:
    asked = []

    def items() -> Iterator[int]:
        for item in range(20):
            asked.append(item)
            yield item

    done = 0
    for item, result in cluster.in_order(Square, generator, {"seconds": 0.3}, items(), str):
        assert item == done and list(result["square"]) == [item**2] * 3
        done += 1
        assert len(asked) - done <= 2 + 4  # one a thread, and twice as many that may wait for their turn
    assert done == 20
    names = [one["worker"] for one in cluster.summary()["workers"]]
    assert len(names) == len(set(names)) >= 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_worker_killed_in_the_middle_costs_time_and_no_bit(cluster: Cluster, generator: Any) -> None:
    pids, seen = set(), []
    for item, result in squares(cluster, generator, 30):
        pids.add(result["pid"])
        seen.append((item, float(result["square"][0])))
        if item in (3, 11):
            os.kill(result["pid"], signal.SIGKILL)
    assert seen == [(item, float(item**2)) for item in range(30)]
    assert len(pids) >= 3


def test_a_network_that_a_worker_cannot_find_is_sent_to_it(
    cluster: Cluster, tiny_pickle: Any, tmp_path: Path
) -> None:
    path = tmp_path / "gone.pkl"
    path.write_bytes(Path(str(tiny_pickle("stylegan"))).read_bytes())
    gen = ganspace_tf.load_generator(path)
    alone = decompose(gen, n=900, components=2, cache=False)
    path.write_bytes(Path(str(tiny_pickle("stylegan2-skip"))).read_bytes())  # another one in its place
    assert decompose(gen, n=900, components=2, cache=False, cluster=cluster).digest == alone.digest


def test_a_network_that_cannot_be_sent_is_refused_in_one_line(
    cluster: Cluster, tiny_pickle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gone.pkl"
    path.write_bytes(Path(str(tiny_pickle("stylegan2-resnet"))).read_bytes())
    gen = ganspace_tf.load_generator(path)
    path.unlink()
    monkeypatch.setattr(gen, "neutral", lambda: None)
    with pytest.raises(
        ClusterError, match=r"worker tcp://\S+ has no \S+gone.pkl with the fingerprint .*sent$"
    ):
        decompose(gen, n=900, components=2, cache=False, cluster=cluster)


@pytest.mark.parametrize("compat", [None, "ganspace"])
def test_frames_are_the_same_bytes_in_the_same_order(
    compat: Any, cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, look = generator.w(seeds=range(11)), Look(psi=0.7, batch=3, noise="numpy:1", compat=compat)
    told: Dict[str, Any] = {"alone": [], "together": []}
    alone = render(generator, w, look, progress=told["alone"].append)
    monkeypatch.setattr(generator, "cluster", cluster)
    together = render(generator, w, look, progress=told["together"].append)
    assert together.tobytes() == alone.tobytes() and together.shape == alone.shape
    assert told["together"] == told["alone"] == [3, 3, 3, 2]


@pytest.mark.parametrize("endpoint, sent", [("s", True), ("G_synthesis/16x16/Conv0_up", False)])
def test_frames_that_are_fed_travel_where_they_are_lighter_than_their_pixels(
    endpoint: str, sent: bool, cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, look = generator.w(seeds=range(5)), Look(batch=2)
    fed = generator.activations(w, endpoint, latent="w")

    def feed_of(rows: slice) -> Dict[str, np.ndarray]:
        return {generator.resolve_endpoint(endpoint): fed[rows] * np.float32(1.5)}

    alone = render(generator, w, look, feed_of=feed_of)
    assert not np.array_equal(alone, render(generator, w, look))
    before = sum(one["blocks"] for one in cluster.summary()["workers"])
    monkeypatch.setattr(generator, "cluster", cluster)
    assert render(generator, w, look, feed_of=feed_of).tobytes() == alone.tobytes()
    assert sum(one["blocks"] for one in cluster.summary()["workers"]) - before == (3 if sent else 0)


def test_errors_of_this_program_come_as_they_are_and_others_say_which_block(
    cluster: Cluster, generator: Any
) -> None:
    with pytest.raises(UsageError, match=r"^psi=9: too much$"):
        list(cluster.in_order(Fails, generator, UsageError("psi=9: too much"), [1]))
    with pytest.raises(ClusterError, match=r"^block 7: ZeroDivisionError: by zero$"):
        list(cluster.in_order(Fails, generator, ZeroDivisionError("by zero"), [7], "block {}".format))


def test_what_was_summed_up_is_kept_when_the_cluster_fails(
    cluster: Cluster, generator: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: Dict[str, Any] = {"n": 6000, "components": 3, "batch": 500}
    taken = Cluster.note

    def note(self: Cluster, outcome: Any) -> None:
        taken(self, outcome)
        if sum(one["blocks"] for one in self.summary()["workers"]) >= before + 4:
            raise ClusterError("the scheduler is gone")

    before = sum(one["blocks"] for one in cluster.summary()["workers"])
    monkeypatch.setattr(Cluster, "note", note)
    with pytest.raises(ClusterError):
        decompose(generator, cluster=cluster, **options)
    monkeypatch.setattr(Cluster, "note", taken)
    seen = []
    decompose(generator, progress=lambda done, total: seen.append(done), **options)
    assert seen[0] == 1500  # three blocks were taken before the one that failed


def test_arrays_from_the_wire_are_copied_to_where_they_would_be() -> None:
    raw = np.zeros(4 * 6 + 1, np.uint8)
    odd = raw[1:].view(np.float32)  # at an odd address
    fine = np.arange(6, dtype=np.float32)
    found = aligned({"a": (odd, [fine, 3])})
    assert not odd.flags.aligned and found["a"][0].flags.aligned
    assert found["a"][1][0] is fine and found["a"][1][1] == 3


def test_two_threads_that_need_a_network_open_it_once(generator: Any) -> None:
    room, opened = Room(None), []
    at = NetworkAt(generator.path, generator.fingerprint, 1)

    def ask() -> None:
        with room.lock:
            opened.append(room.generator(at))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4 and len({id(found) for found in opened}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "local",
        "local:0",
        "local:-1",
        "local:x",
        "http://a:1",
        "tcp://a",
        "2",
        "",
        "tcp://a:b",
        "tcp://a:99999",
        "local:99999",
    ],
)
def test_what_is_no_cluster_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(UsageError, match="cluster=" + text):
        parse_address(text)


def test_what_is_one() -> None:
    assert parse_address("local:7") == (7, "")
    for place in ("tcp://10.0.0.1:8786", "tls://host:1", "folder/scheduler.json"):
        assert parse_address(place) == (0, place)
    with pytest.raises(UsageError, match="client of Dask"):
        Cluster(7)
