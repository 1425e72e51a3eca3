"""Principal components of a million w: the fit against scikit-learn, the command against its mapping network.

    python -m benchmarks pca

All rows are 512 numbers wide, and 80 components are kept. CPU seconds; the last line is of clock time.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from typing import Callable, Iterator, Tuple

import numpy as np

from benchmarks.machine import cpu_seconds
from benchmarks.release import beside
from tests import tiny

K, D, N = 80, 512, 10_000
LONG, SHORT = 1_000_000, 100_000
NETWORK = {"latent_size": D, "dlatent_size": D, "mapping_fmaps": D, "mapping_layers": 8, "resolution": 8}
# A process of its own on so many cores: clock time of a decomposition after a first short one.
ON_CORES = """
import os, sys, time
os.sched_setaffinity(0, range(int(sys.argv[2])))
from ganspace_tf.cli.quiet import be_quiet
be_quiet()
import ganspace_tf as gs
gen = gs.load_generator(sys.argv[1])
gs.decompose(gen, n=5000, cache=False)
began = time.time()
gs.decompose(gen, n=1_000_000, cache=False)
print(time.time() - began)
"""


def measure() -> Iterator[str]:
    """One line a finding."""
    yield from fitting()
    with tempfile.TemporaryDirectory() as folder:
        path = str(tiny.write_tiny(os.path.join(folder, "mapping.pkl"), "stylegan2-skip", **NETWORK))
        yield from whole_command(path, folder)
        yield second_core(path)


def fitting() -> Iterator[str]:
    """Seconds per 10,000 rows that are already there."""
    from sklearn.decomposition import IncrementalPCA as ScikitLearn

    from ganspace_tf.decomposition.ipca import IncrementalPCA
    from ganspace_tf.decomposition.pca import PCA

    random = np.random.RandomState(0)
    x = (random.standard_normal((N, D)) * np.geomspace(4, 0.02, D)).astype(np.float32)

    def peer(block: int) -> float:
        model = ScikitLearn(K)
        model.partial_fit(x[:block])  # the first block is cheaper than all others
        return cpu_seconds(lambda: [model.partial_fit(x[i : i + block]) for i in range(0, N, block)], 2)

    def ours(model: object, block: int) -> float:
        update: Callable = model.update  # type: ignore[attr-defined]
        return cpu_seconds(lambda: [update(x[i : i + block]) for i in range(0, N, block)])

    wide = x.astype(np.float64)
    bounds = cpu_seconds(lambda: x.T @ x), cpu_seconds(lambda: wide.T @ wide)
    two, ten = peer(2000), peer(N)
    exact, gram = ours(PCA(K, D), 4096), ours(IncrementalPCA(K, D), 2000)
    fitted = PCA(K, D)
    fitted.update(x)
    last = cpu_seconds(fitted.finish)
    yield "10,000 rows: scikit-learn's IncrementalPCA {:.3f} s in blocks of 2,000, {:.3f} s in one".format(
        two, ten
    )
    yield "  the matrix product x^T x alone {:.3f} s in float32, {:.3f} s in float64".format(*bounds)
    yield "  pca {:.3f} s: {:.1f} x and {:.1f} x faster, and {:.3f} s once at the end".format(
        exact, two / exact, ten / exact, last
    )
    yield "  ipca {:.3f} s in blocks of 2,000: {:.1f} x faster".format(gram, two / gram)


def whole_command(path: str, folder: str) -> Iterator[str]:
    """`ganspace pca` from its start to its end, and how much of that is the mapping network."""
    import ganspace_tf

    gen = ganspace_tf.load_generator(path)
    z = gen.z(n=N, seed=0)
    gen.map_rows_fast(z)
    mapping, exact, drawing = (
        cpu_seconds(call)
        for call in (lambda: gen.map_rows_fast(z), lambda: gen.map_rows(z), lambda: gen.z(n=N, seed=0))
    )
    gen.close()
    wide = np.random.RandomState(0).standard_normal((2000, 2000))
    rate = 2e-9 * 2000**3 / cpu_seconds(lambda: wide @ wide)
    yield "10,000 rows: mapping network {:.3f} s, drawing z {:.3f} s".format(mapping, drawing)
    yield "  as for pictures {:.3f} s: {:.0f} % of NumPy's float64 products at {:.0f} GFLOP/s".format(
        exact, 100 * N * 2e-9 * 8 * D * D / exact / rate, rate
    )
    seconds, memory = {}, {}
    for n in (SHORT, LONG):
        seconds[n], memory[n] = command(path, n, folder)
    for n in (SHORT, LONG):
        share = 100 * mapping * n / N / seconds[n]
        yield "ganspace pca -n {:,}: {:.1f} s, {:.0f} % in the mapping network, {:.2f} GiB at most".format(
            n, seconds[n], share, memory[n]
        )
    rate = (seconds[LONG] - seconds[SHORT]) / (LONG - SHORT) * N
    yield "  without its start {:.3f} s per 10,000 rows, {:.0f} % in the mapping network".format(
        rate, 100 * mapping / rate
    )
    peer = peer_pipeline()
    yield "  the usual pipeline {:.3f} s: {}".format(peer, beside("pca end to end", peer / rate))


def peer_pipeline() -> float:
    """CPU seconds per 10,000 rows of float32 normals, a plain float32 mapping network and scikit-learn's
    IncrementalPCA in blocks of 2,000; nothing of this project.
    """
    import tensorflow.compat.v1 as tf
    from sklearn.decomposition import IncrementalPCA as ScikitLearn

    def normals() -> np.ndarray:
        return np.random.RandomState(0).standard_normal((N, D)).astype(np.float32)

    random, graph = np.random.RandomState(1), tf.Graph()
    with graph.as_default():
        z = tf.placeholder(tf.float32, (None, D))
        w = z * tf.rsqrt(tf.reduce_mean(tf.square(z), axis=1, keepdims=True) + 1e-8)
        for _ in range(8):
            w = tf.matmul(w, tf.constant(random.standard_normal((D, D)).astype(np.float32) / 16))
            w = tf.maximum(w, w * 0.2)
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    x, model = normals(), ScikitLearn(K)
    model.partial_fit(x)
    with tf.Session(graph=graph, config=config) as session:
        session.run(w, {z: x})
        mapped = cpu_seconds(lambda: session.run(w, {z: x}))
    fitted = cpu_seconds(lambda: [model.partial_fit(x[i : i + 2000]) for i in range(0, N, 2000)], 2)
    return mapped + fitted + cpu_seconds(normals)


def command(path: str, n: int, folder: str) -> Tuple[float, float]:
    """CPU seconds and GiB of a `ganspace pca` with an empty cache."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, GANSPACE_CACHE=os.path.join(folder, "cache{}".format(n)))
    arguments = ["pca", path, "-n", str(n), "-k", str(K), "--out", os.path.join(folder, "c.npz")]
    subprocess.run(
        [sys.executable, "-m", "ganspace_tf", *arguments],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss / 2.0**20


def second_core(path: str) -> str:
    """Clock time on one core and on all."""
    cores = os.cpu_count() or 1
    if cores == 1 or not hasattr(os, "sched_setaffinity"):
        return "this machine has one core"
    times = []
    for used in (1, cores):
        done = subprocess.run(
            [sys.executable, "-c", ON_CORES, path, str(used)],
            stdout=subprocess.PIPE,
            check=True,
            universal_newlines=True,
        )
        times.append(float(done.stdout))
    return "a million rows without start: {:.1f} s by the clock on one core, {:.1f} s on {}: {:.2f} x".format(
        times[0], times[1], cores, times[0] / times[1]
    )
