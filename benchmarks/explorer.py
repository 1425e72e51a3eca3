"""The explorer's session: previews, stages, drags and fair turns, as ratios of one run, on one core.

    python -m benchmarks explorer
    MINUTES=10 python -m benchmarks explorer     # the drag and the fifty clients for so long
    PARTS=sockets python -m benchmarks explorer  # one of fidelity, stages, drag, crowd, sockets, or several

config-f of 256 pixels has weights from a seed here: the time of its previews is measured, not how true they
are. That is measured on the trained demo networks, which are 64 pixels wide. Ratios are of CPU time where one
call is timed, and of what came out where a worker runs.
"""

from __future__ import annotations

import os
import resource
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List

import numpy as np

from benchmarks import explorer_sockets
from benchmarks.machine import cpu_seconds

RESOLUTION, CLIENTS = 256, 50
DRAG = 20.0  # seconds
ROUNDS = 10  # previews that each of the clients has at least


def measure() -> Iterator[str]:
    """One line a finding."""
    import ganspace_tf as gs
    from tests.tiny import write_tiny

    parts = os.environ.get("PARTS", "fidelity,stages,drag,crowd,sockets").split(",")
    if "fidelity" in parts:
        yield from fidelity()
    seconds = max(DRAG, 60 * float(os.environ.get("MINUTES", "0")))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GANSPACE_CACHE"] = folder
        path = os.path.join(folder, "net.pkl")
        sizes = {"resolution": RESOLUTION, "latent_size": 512, "dlatent_size": 512, "mapping_fmaps": 512}
        write_tiny(path, "stylegan2-skip", mapping_layers=8, fmap_base=16384, fmap_max=512, **sizes)
        gen = gs.load_generator(path, threads=1)
        comp = gs.decompose(gen, n=2000, components=5)
        session = gs.explore(gen, comp)
        if "stages" in parts:
            yield from stages(session)
        if "drag" in parts:
            yield from drag(session, seconds)
        if "crowd" in parts:
            yield from crowd(session, seconds)
        gen.close()
        if "sockets" in parts:
            basis = comp.save(os.path.join(folder, "c.npz"))
            yield from explorer_sockets.one_client(path, "--components", str(basis))
            yield from explorer_sockets.one_client("demo:stylegan2")
            yield from explorer_sockets.crowd("demo:stylegan2", seconds)


def fidelity() -> Iterator[str]:
    """How true previews are: 64 pictures fitted, 24 held out, each with and without an edit of two sigma."""
    import ganspace_tf as gs
    from ganspace_tf.explorer.staged.fitting import Fitting

    for name in ("demo:stylegan2", "demo:stylegan1", "demo:biggan"):
        gen = gs.load_generator(name, threads=1)
        space = "w" if gen.has_mapping else "generator.gen_z"
        fitting = Fitting(gs.explore(gen, gs.decompose(gen, n=5000, components=6, space=space, cache=False)))
        while fitting.result is None:
            fitting.step()
        for index, fitted in fitting.result.items():
            side, found = max(gen.stages.rows[index].size), fitted.fidelity
            line = "{}, {} of {} px: error {:.1f} levels{}, correlation of an edit's change {:.2f}: {}"
            plain = "" if found.plain is None else " (RGB as it is {:.1f})".format(found.plain)
            used = "used" if found.enough else "not used"
            yield line.format(name, side, gen.image_shape[2], found.error, plain, found.correlation, used)
        gen.close()


def stages(session: Any) -> Iterator[str]:
    """CPU time of partial runs against one run."""
    from ganspace_tf.explorer.staged.caches import Prefixes
    from ganspace_tf.explorer.staged.fitting import Fitting, preview
    from ganspace_tf.explorer.staged.passes import Passes

    gen = session.generator
    passes = Passes(gen)
    passes.prefixes.join("a")
    seeds = iter(range(1, 10**6))

    def run(target: int, fresh: bool = True) -> Callable[[], None]:
        def call() -> None:
            seed = next(seeds) if fresh else 0
            wanted = session.wanted(replace(session.initial, seed=seed))
            while True:
                step = passes.step("a", wanted, target)
                if step is None or step.stage == target:
                    return

        return call

    whole = session.wanted(session.initial)
    full = least(lambda: gen.images(whole.w, **whole.given))
    yield "{} px, one run: {:.0f} ms of one core".format(RESOLUTION, 1000 * full)
    for index, row in enumerate(passes.stages.rows):
        seconds = least(run(index))
        words = "staged full" if index == passes.last else "preview of {} px".format(max(row.size))
        yield "{}: {:.0f} ms, {:.2f} x one run".format(words, 1000 * seconds, seconds / full)
    run(passes.last)()
    for layer in (5, 9, 12, 13):
        base = replace(session.initial, seed=10**7)
        wanted = session.wanted(base)

        def late(layer: int = layer, wanted: Any = wanted) -> None:
            w = np.array(wanted.w)
            w[:, layer:] += next(seeds) * 1e-6
            moved = wanted._replace(w=w)
            while passes.step("a", moved, passes.last).stage != passes.last:  # type: ignore[union-attr]
                pass

        late()
        seconds = least(late)
        yield "full picture, first changed layer {}: {:.2f} x one run".format(layer, seconds / full)
    fitting = Fitting(session, pictures=2, held=1)
    while fitting.result is None:
        fitting.step()
    crowd = Passes(gen, Prefixes())
    crowd.prefixes.join("a")
    for index, fitted in fitting.result.items():
        crowd_step = crowd.step("a", whole, index)
        assert crowd_step is not None
        values, row = crowd_step.values, passes.stages.rows[index]
        seconds = least(lambda v=values, r=row, h=fitted.head: preview(gen, r, v, h))  # type: ignore[misc]
        yield "head of {} px: {:.1f} ms".format(max(row.size), 1000 * seconds)
    yield "solving all heads and 2 + 2 pictures took part of the background, not of a drag"


def least(call: Callable[[], Any]) -> float:
    """CPU seconds of a call, after two that prepare."""
    call()
    call()
    return cpu_seconds(call, 4)


class Told:
    """A worker whose messages are counted. seen: frames are acknowledged at once."""

    def __init__(self, session: Any) -> None:
        from ganspace_tf.explorer.messages import Done, Frame, Notice
        from ganspace_tf.explorer.worker import Worker

        self.frames: List[Any] = []
        self.done: Dict[Any, threading.Event] = {}
        self._kinds = Frame, Done, Notice
        self._ready = threading.Event()
        self.worker = Worker(session, self._deliver, fit=False)
        self._ready.wait()

    def _deliver(self, message: Any) -> None:
        frame, done, notice = self._kinds
        if isinstance(message, frame):
            self.frames.append((time.perf_counter(), message))
            self.worker.seen(message.client, message.id, message.stage)
        elif isinstance(message, done):
            self.done.setdefault((message.client, message.id), threading.Event()).set()
        elif isinstance(message, notice) and message.level == "ready":
            self._ready.set()

    def wait(self, client: str, id: int) -> None:
        self.done.setdefault((client, id), threading.Event()).wait()


def drag(session: Any, seconds: float) -> Iterator[str]:
    """A slider that moves 50 times a second; RGB as it is, since weights from a seed have no true preview."""
    from ganspace_tf.explorer.state import StateEdit

    told = Told(session)
    worker = told.worker
    worker.join("a")
    began, id, memory = time.perf_counter(), 0, []
    while time.perf_counter() - began < seconds:
        id += 1
        edit = StateEdit("v0", 0, None, 2 * float(np.sin(id / 50)))
        worker.show("a", id, replace(session.initial, edits=(edit,)), True)
        time.sleep(0.02)
        memory.append(now_gib())
    released = time.perf_counter()
    worker.show("a", id + 1, replace(session.initial, edits=(StateEdit("v0", 0, None, 1.2345),)), False)
    told.wait("a", id + 1)
    after = time.perf_counter() - released
    previews = [frame for when, frame in told.frames if when < released]
    busy = sum(frame.ms for frame in previews) / 1000
    share = len(previews) / (seconds / (busy / len(previews)))
    yield "drag of {:.0f} s: {} previews of {} px, {:.2f} x what the stage's time allows".format(
        seconds, len(previews), Counter(frame.width for frame in previews).most_common(1)[0][0], share
    )
    full = sum(stage["ms"] for stage in worker.stages()) / 1000
    yield "full picture after release: {:.2f} x (one stage + all stages)".format(
        after / (full + previews[-1].ms / 1000)
    )
    tenth = max(1, len(memory) // 10)
    yield "memory at the end {:.3f} x that after a tenth of the time".format(memory[-1] / memory[tenth])
    began = time.perf_counter()
    worker.show("a", id + 2, replace(session.initial, edits=(StateEdit("v0", 0, None, 1.2345),)), False)
    told.wait("a", id + 2)
    yield "the same picture again, from the cache: {:.4f} x a full one".format(
        (time.perf_counter() - began) / full
    )
    worker.close()


def crowd(session: Any, seconds: float) -> Iterator[str]:
    """Fifty clients that drag all the time, without sockets."""
    from ganspace_tf.explorer.state import StateEdit

    told = Told(session)
    names = ["c{}".format(k) for k in range(CLIENTS)]
    states = {}
    for k, name in enumerate(names):
        told.worker.join(name)
        edits = [StateEdit("v0", 0, None, round(2 * float(np.sin(t / 10 + k)), 4)) for t in range(63)]
        states[name] = [replace(session.initial, seed=k, edits=(edit,)) for edit in edits]
    seconds = max(seconds, ROUNDS * CLIENTS * told.worker.stages()[0]["ms"] / 1000)
    began, id = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        id += 1
        for name in names:
            told.worker.show(name, id, states[name][id % 63], True)
        time.sleep(0.05)
    used = Counter()  # type: ignore[var-annotated]
    for _, frame in told.frames:
        used[frame.client] += frame.ms
    fair = sum(used.values()) / CLIENTS
    yield "{} clients, {:.0f} s: worst has {:.2f} x the fair share, best {:.2f} x; {} frames".format(
        CLIENTS,
        seconds,
        min(used[name] for name in names) / fair,
        max(used.values()) / fair,
        len(told.frames),
    )
    told.worker.close()


def now_gib() -> float:
    """Memory that this process holds now, in GiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2.0**30
