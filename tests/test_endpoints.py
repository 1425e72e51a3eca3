"""The endpoints that a description promises are those that the graph has: names, shapes and order."""

from __future__ import annotations

from collections import OrderedDict

import pytest

import nvlabs
from nvlabs.running.network import make_generator
from tests import ada_pytorch_recipe, test_ada_pytorch, test_stylegan3, tiny
from tests.forked import FORKS, forked_records
from tests.persistent_writer import write


def check(network):
    promised = network.endpoints
    graph = network._model.open().endpoints
    assert promised == OrderedDict((name, endpoint.shape) for name, endpoint in graph.items())


@pytest.mark.parametrize("kind", sorted(tiny.FAMILIES))
def test_of_every_family_and_architecture(kind):
    check(make_generator(tiny.tiny_records(kind).Gs))


@pytest.mark.parametrize("fork", FORKS)
def test_of_the_forks_that_are_not_square(fork):
    check(make_generator(forked_records(fork, (3, 5)).Gs))


@pytest.mark.parametrize("kind", ["stylegan2-resnet", "stylegan2-orig", "stylegan2-revised", "stylegan2-ada"])
def test_of_a_fork_of_every_architecture(kind):
    check(make_generator(forked_records("min_h", (2, 3), 2, kind).Gs))


@pytest.mark.parametrize("kind", sorted(test_ada_pytorch.DESIGNS))
def test_of_stylegan2_of_the_pytorch_edition(kind, tmp_path):
    module = ada_pytorch_recipe.generator(test_ada_pytorch.DESIGNS[kind], seed=2)
    check(nvlabs.load(write(tmp_path / "net.pkl", module)).Gs)


@pytest.mark.parametrize("kind", ["t", "labels", "three rates, one step of four"])
def test_of_stylegan3(kind, tmp_path):
    check(nvlabs.load(write(tmp_path / "net.pkl", test_stylegan3.made(kind))).Gs)


def test_they_are_known_before_there_is_a_graph():
    network = make_generator(tiny.tiny_records("stylegan2-skip").Gs)
    assert len(network.endpoints) > 10 and network._model._opened is None
