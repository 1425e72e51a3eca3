"""Functions of a graph that are written node by node do what they say, in any graph and to the bit."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.functions import Writer, total
from nvlabs.running.session import GraphSession

RNG = np.random.RandomState(0)
A, B = (RNG.standard_normal((5, 5)).astype(np.float32) for _ in range(2))


@pytest.fixture(scope="module")
def function():
    """(a, b, n [1]) → rows of a but the last n, those of b from n on, and sums of a, b and their product."""
    writer = Writer()
    a, b, n, back = (writer.argument(kind) for kind in (tf.float32, tf.float32, tf.int32, tf.int32))
    zero, one = writer.constant([0]), writer.constant([1])
    early = writer.rows(a, zero, back, one)
    writer.after = (early,)
    late = writer.rows(b, n, zero, one, to_the_end=True)
    writer.after = ()
    return writer.function("test_function", [early, late, total(a, b, writer.product(a, b)), (a - b) + b])


def evaluate(build, threads=1):
    session = GraphSession(threads=threads)
    with session.building() as graph:
        results = build()
    session.start()
    values = session.run(results)
    session.close()
    return values, graph.as_graph_def()


def call(function, a, b, n):
    return function(tf.constant(a), tf.constant(b), tf.constant([n]), tf.constant([-n]))


def test_it_gives_what_its_nodes_say(function):
    (early, late, sums, there_and_back), _ = evaluate(lambda: call(function, A, B, 2))
    np.testing.assert_array_equal(early, A[:3])
    np.testing.assert_array_equal(late, B[2:])
    np.testing.assert_allclose(sums, A + B + A @ B, atol=1e-6)  # ten products of numbers near 1
    np.testing.assert_array_equal(there_and_back, (A - B) + B)  # nothing was simplified away


def test_a_graph_has_it_once_however_often_it_is_called(function):
    def twice():
        return call(function, A, B, 2), call(function, B, A, 1)

    (first, second), graph = evaluate(twice)
    assert [one.signature.name for one in graph.library.function] == ["test_function"]
    assert sum(node.op == "PartitionedCall" for node in graph.node) == 2
    np.testing.assert_array_equal(second[0], B[:4])
    alone, _ = evaluate(lambda: call(function, A, B, 2))  # and in another graph
    for one, other in zip(first, alone):
        np.testing.assert_array_equal(one, other)


def test_shapes_are_those_of_each_call(function):
    large = np.ones((9, 9), np.float32)
    results, _ = evaluate(lambda: call(function, large, large, 4))
    assert [one.shape for one in results] == [(5, 9), (5, 9), (9, 9), (9, 9)]
