"""What a graph keeps of its weights from one run to the next: as if it were computed in every run.

`nvlabs.networks.ops.kept`: turned kernels, scaled weights, energies of channels.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow.compat.v1 as tf

import nvlabs
from nvlabs.networks.ops.kept import kept
from nvlabs.running.session import GraphSession
from tests.tiny import write_tiny

# every way in which weights are used
KINDS = ("stylegan", "stylegan-fused", "stylegan2-resnet", "stylegan2-revised", "stylegan2-ada-cond")


def pictures(network: nvlabs.Network) -> np.ndarray:
    z = np.random.RandomState(5).standard_normal((2, network.input_shape[1]))
    labels = np.eye(network.input_shapes[1][1], dtype=np.float32)[:2] if network.input_shapes[1][1] else None
    return network.run(z, labels, randomize_noise=False)


@pytest.mark.parametrize("family", KINDS)
def test_a_network_with_weights_assigned_is_the_network_that_has_these_weights(family: str, tmp_path) -> None:
    changed = nvlabs.load(write_tiny(tmp_path / "a.pkl", family), threads=1).Gs
    other = nvlabs.load(write_tiny(tmp_path / "b.pkl", family, seed=1), threads=1).Gs
    before, wanted = pictures(changed), pictures(other)
    assert (before != wanted).any()
    changed.copy_vars_from(other)
    np.testing.assert_array_equal(pictures(changed), wanted)


def test_closed_networks_open_again(tmp_path) -> None:
    network = nvlabs.load(write_tiny(tmp_path / "a.pkl", "stylegan2-skip"), threads=1).Gs
    before = pictures(network)
    network.close()
    np.testing.assert_array_equal(pictures(network), before)


def test_a_closed_network_is_that_of_its_file_again(tmp_path) -> None:
    network = nvlabs.load(write_tiny(tmp_path / "a.pkl", "stylegan2-skip"), threads=1).Gs
    name = "G_synthesis/8x8/ToRGB/bias"
    wanted = pictures(network)
    seen = {network.fingerprint_now}
    for change in (1, 2):
        network.set_var(name, network.get_var(name) + change)
        seen.add(network.fingerprint_now)
        network.close()
        assert network.fingerprint_now == network.fingerprint
        np.testing.assert_array_equal(pictures(network), wanted)
        assert network.fingerprint_now == network.fingerprint
    assert len(seen) == 3  # as it is in the file, and with each of the changes


@pytest.mark.parametrize("part", ["whole", "synthesis"])
def test_a_variant_is_closed_with_its_network_and_does_not_keep_assigned_weights(part: str, tmp_path) -> None:
    whole = nvlabs.load(write_tiny(tmp_path / "a.pkl", "stylegan2-skip"), threads=1).Gs
    network = whole if part == "whole" else whole.components.synthesis
    given = [np.ones((1, *network.input_shape[1:]))] + [None] * (network.num_inputs - 1)

    def clamped() -> np.ndarray:
        return network.run(*given, randomize_noise=False, conv_clamp=0.5)

    wanted = clamped()
    (variant,) = whole._model.variants.values()
    whole.set_var("G_synthesis/8x8/ToRGB/bias", whole.get_var("G_synthesis/8x8/ToRGB/bias") + 1)
    assert (clamped() != wanted).any()
    whole.close()
    assert variant._model._opened is None
    np.testing.assert_array_equal(clamped(), wanted)


@pytest.mark.parametrize("family", ["stylegan", "stylegan2-skip"])
def test_what_is_kept_is_no_variable_of_the_network(family: str, tmp_path) -> None:
    network = nvlabs.load(write_tiny(tmp_path / "a.pkl", family), threads=1).Gs
    stored = list(network.record().all_variables())
    pictures(network)
    assert list(network.vars) == stored
    assert list(network.record().all_variables()) == stored


def test_all_that_is_kept_follows_an_assignment() -> None:
    session = GraphSession(threads=1)
    with session.building():
        weight = session.variable("weight", np.full(3, 2.0))
        square, total = kept(tf.square(weight)), kept(tf.reduce_sum(weight))
    session.start()
    assert session.run(total) == 6
    session.set([(weight, np.array([1.0, 2.0, 3.0]))])
    values = session.run([total, square])
    assert values[0] == 6 and list(values[1]) == [1, 4, 9]


def test_it_is_computed_after_weights_were_set_not_in_every_run() -> None:
    session = GraphSession(threads=1)
    with session.building():
        weight = session.variable("weight", np.ones(4))
        value = kept(tf.square(weight))
    depends = set()
    waiting = [value.op]
    while waiting:
        operation = waiting.pop()
        depends.add(operation.type)
        waiting += [tensor.op for tensor in operation.inputs]
    assert depends - {"Identity"} == {"ReadVariableOp", "VarHandleOp"}


def test_in_a_graph_of_a_script_nothing_is_kept() -> None:
    with tf.Graph().as_default():
        tensor = tf.constant(1.0)
        assert kept(tensor) is tensor
