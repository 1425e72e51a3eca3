"""The float32 mapping for rows of a decomposition: close to the exact one, the same whatever is around."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose
from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from nvlabs.networks.mapping import SLOW_LRELU
from nvlabs.networks.ops.digits import SLOW_CASTS
from nvlabs.running.mapping_graph import GRAIN, ROWS
from nvlabs.running.network import make_generator
from tests import tiny
from tests.linear_generator import LinearGenerator

SIZE = {"latent_size": 64, "dlatent_size": 64, "mapping_fmaps": 64, "mapping_layers": 4, "resolution": 8}
KINDS = ("stylegan", "stylegan2-skip", "stylegan2-ada")


@pytest.fixture(scope="module", params=KINDS)
def gen(request):
    generator = NvlabsGenerator(make_generator(tiny.tiny_records(request.param, **SIZE).Gs, threads=1))
    yield generator
    generator.close()


def latents(n):
    return np.random.RandomState(0).standard_normal((n, 64)).astype(np.float32)


def test_it_is_the_exact_mapping_but_for_rounding(gen):
    exact, fast = gen.map_rows(latents(300)), gen.map_rows_fast(latents(300))
    assert fast.dtype == np.float32 and fast.shape == exact.shape
    # sums of 64 products in four layers, each off by some units of 6e-8 at most
    assert np.abs(fast - exact).max() <= 3e-6 * np.abs(exact).max()
    assert not np.array_equal(fast, exact)


def test_labels_reach_it():
    records = tiny.tiny_records("stylegan2-ada", label_size=3, **SIZE)
    gen = NvlabsGenerator(make_generator(records.Gs, threads=1))
    labels = np.eye(3, dtype=np.float32)[np.arange(50) % 3]
    exact, fast = gen.map_rows(latents(50), labels), gen.map_rows_fast(latents(50), labels)
    assert np.abs(fast - exact).max() <= 3e-6 * np.abs(exact).max()
    assert np.abs(fast - gen.map_rows_fast(latents(50))).max() > 1e-3


@pytest.mark.parametrize("batch", [1, 2, 7, 100, GRAIN, 300])
def test_a_row_does_not_depend_on_those_beside_it(gen, batch):
    z = latents(600)
    whole = gen.map_rows_fast(z)
    parts = [gen.map_rows_fast(z[start : start + batch]) for start in range(0, 600, batch)]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("rows", ROWS)
def test_rows_are_the_same_however_many_run_at_a_time(gen, rows):
    z = latents(rows + 3)
    few = [gen.map_rows_fast(z[start : start + GRAIN]) for start in range(0, len(z), GRAIN)]
    assert np.array_equal(gen.map_rows_fast(z), np.concatenate(few))


def test_it_follows_assignments():
    gen = NvlabsGenerator(make_generator(tiny.tiny_records("stylegan2-skip", **SIZE).Gs, threads=1))
    before = gen.map_rows_fast(latents(4))
    bias = gen.network.components.mapping.get_var("Dense3/bias")
    gen.network.components.mapping.set_var("Dense3/bias", bias + 50)
    after = gen.map_rows_fast(latents(4))
    assert np.abs(after - before).max() > 0.01
    assert np.abs(after - gen.map_rows(latents(4))).max() <= 3e-6 * np.abs(after).max()


def test_components_are_those_of_the_exact_path(gen):
    class Exact(NvlabsGenerator):
        map_rows_fast = NvlabsGenerator.map_rows

    asked = {"n": 3000, "components": 20, "cache": False}
    fast, exact = decompose(gen, **asked), decompose(Exact(gen.network), **asked)
    assert np.abs(fast.stdev / exact.stdev - 1).max() <= 1e-6
    assert np.abs(1 - np.abs(np.einsum("kd,kd->k", fast.directions, exact.directions))).max() <= 1e-6


class Counting(LinearGenerator):
    """Counts the rows through each path."""

    def __init__(self):
        super().__init__()
        self.exact = self.fast = 0

    def map_rows(self, z, labels=None):
        self.exact += len(z)
        return super().map_rows(z, labels)

    def map_rows_fast(self, z, labels=None):
        self.fast += len(z)
        return LinearGenerator.map_rows(self, z, labels)


# n = 5000, 3 components: rows through (the fast path, the exact one); pca reads 2048 again for its precision.
PATHS = {
    "w": ({}, (7048, 0)),
    "z, with a regression": ({"space": "z"}, (12048, 0)),
    "ipca": ({"estimator": "ipca"}, (5000, 0)),
    "endpoint, its w by regression": ({"space": "wide"}, (5000, 12048)),
    "compat": (
        {"compat": "ganspace", "batch": 100},
        (0, 16000),
    ),  # whole blocks of 2000; twice 5000 for sigmas
}


@pytest.mark.parametrize("name", PATHS)
def test_rows_through_each_path(name):
    options, expected = PATHS[name]
    gen = Counting()
    decompose(gen, n=5000, components=3, cache=False, **options)
    assert (gen.fast, gen.exact) == expected


def test_pictures_start_from_the_exact_path():
    gen = Counting()
    gen.w(seeds=[1, 2, 3])
    assert (gen.fast, gen.exact) == (0, 3)


def test_operations_of_the_fast_graph_and_no_graph_beside_it(monkeypatch):
    """One float32 product a layer, of the size the network states, and each row through it once."""
    from nvlabs.running import mapping_graph, model

    rows = []
    run = mapping_graph.GraphSession.run
    monkeypatch.setattr(
        mapping_graph.GraphSession,
        "run",
        lambda self, what, feed: rows.append(len(next(iter(feed.values())))) or run(self, what, feed),
    )
    network = make_generator(tiny.tiny_records("stylegan2-skip", **SIZE).Gs, threads=1)
    decompose(NvlabsGenerator(network), n=5000, components=5, cache=False)
    assert sum(rows) == 4096 + 1024 + 2048  # 904 rows filled up to a multiple of 256; 2048 for the precision
    built = network._model.mapping(network.components.mapping._prefix)
    assert isinstance(network._model, model.Model) and network._model._opened is None  # no synthesis
    found = built.session.graph.get_operations()
    products = [op for op in found if "MatMul" in op.type or op.type == "Einsum"]
    assert [op.type for op in products] == ["MatMul"] * 4
    assert sum(2 * int(np.prod(op.inputs[1].shape.as_list())) for op in products) == 4 * 2 * 64 * 64
    assert not [op for op in found for out in op.outputs if "float64" in out.dtype.name]
    of_rows = [op for op in found if op.outputs and op.outputs[0].shape.rank == 2]
    of_rows = [op for op in of_rows if op.outputs[0].shape.as_list()[0] is None]
    slopes = 4 if SLOW_LRELU else 0
    kinds = Counter(op.type for op in of_rows)
    assert kinds["Mul"] == 1 + slopes  # the norm of z, and no gain behind the layers
    assert kinds["LeakyRelu"] == 4 - slopes


def test_a_run_of_the_exact_mapping_widens_no_weight():
    """Weights are cast and scaled when they are set: a run only reads them."""
    network = make_generator(tiny.tiny_records("stylegan2-skip", **SIZE).Gs, threads=1)
    gen = NvlabsGenerator(network)
    gen.map_rows(latents(2))
    graph = network._model.open()
    found, waiting = set(), [graph.w.op]
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [one.op for one in op.inputs]
    products = [op for op in found if op.type in ("MatMul", "Einsum")]
    assert len(products) == 4
    casts = [out for op in found if op.type == "Cast" for out in op.outputs]
    # z; to and fro a layer, of which the last one is not widened again; where casts are slow, the last alone
    assert len([out for out in casts if out.shape.rank == 2]) == 1 + (1 if SLOW_CASTS else 2 * 5 - 1)
    assert not [out for out in casts if out.shape.as_list() == [64, 64]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_exact_mapping_follows_assignments_to_the_bit(kind):
    """What is kept of the weights is made anew: as a network that was opened with these values."""
    first, second = (tiny.tiny_records(kind, seed, **SIZE).Gs for seed in (0, 1))
    changed, opened = (NvlabsGenerator(make_generator(record, threads=1)) for record in (first, second))
    before, wanted = changed.map_rows(latents(9)), opened.map_rows(latents(9))
    mapping = changed.network.components.mapping
    mapping.copy_vars_from(opened.network.components.mapping)
    after = changed.map_rows(latents(9))
    assert np.array_equal(after, wanted) and not np.array_equal(after, before)


PROGRAM = """
import hashlib, sys
sys.path.insert(0, "tests")
import numpy as np, tiny
from nvlabs.running.network import make_generator
size = {"latent_size": 512, "dlatent_size": 512, "mapping_fmaps": 512, "mapping_layers": 8, "resolution": 8}
network = make_generator(tiny.tiny_records("stylegan2-skip", **size).Gs, threads=int(sys.argv[1]))
z = np.random.RandomState(0).standard_normal((4500, 512)).astype(np.float32)
digest = hashlib.sha256()
for rows in (z, z[:70]):
    digest.update(network.components.mapping.run_fast(rows, None).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_number_of_threads_changes_no_bit():
    """In processes of their own: TensorFlow makes its pool of threads once."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(threads)], stdout=subprocess.PIPE, check=True
        ).stdout
        for threads in (1, 2, 7, 64)
    }
    assert len(outputs) == 1 and len(outputs.pop().strip()) == 2 * hashlib.sha256().digest_size
