"""A generator in the graph that it shares with a script, under the names of the official class: variables,
and for each of its networks a template, a formula of placeholders to results.

Scripts find these by name (`G_synthesis_1/dlatents_in`, `Gs/images_out`), export them, and take the network's
inputs and outputs from them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import GeneratorSpec, Size
from nvlabs.dnnlib_compat.expressions import Expressions
from nvlabs.networks.ops import conv
from nvlabs.reading.records import NetworkRecord
from nvlabs.running import arguments
from nvlabs.running.graph import GeneratorGraph
from nvlabs.running.session import SharedSession


class Template(NamedTuple):
    """A network as a formula. layers: name → tensor in the graph's own layout, in the order of the data."""

    inputs: List[Any]
    outputs: List[Any]
    layers: "OrderedDict[str, Any]"


class SharedGraph(GeneratorGraph):
    """The graph of a generator in the default graph and session of the thread.

    Its own formula, z to images, is the template of the whole generator: truncated and with noise as the file
    says. `run` feeds it. templates: by part, 'generator', 'synthesis' or 'mapping'.
    """

    session: SharedSession
    feeds_by_endpoint = False  # scripts feed layers by name

    def __init__(
        self, spec: GeneratorSpec, arrays: "OrderedDict[str, np.ndarray]", record: NetworkRecord
    ) -> None:
        self._parts = {key: part.name for key, part in record.components.items()}
        synthesis, mapping = self._parts["synthesis"], self._parts["mapping"]
        session = SharedSession(scopes_wanted(record))
        super().__init__(spec, arrays, synthesis, mapping, session=session)
        w = [None, spec.synthesis.num_layers, spec.synthesis.dlatent_size]
        z = {"latents_in": self.latents.shape.as_list(), "labels_in": self.labels.shape.as_list()}
        layers = OrderedDict(
            (name, endpoint.tensor) for name, endpoint in self.endpoints.items() if not endpoint.parts
        )
        self.templates = {
            "synthesis": self._template("synthesis", {"dlatents_in": w}, "images_out"),
            "mapping": self._template("mapping", z, "dlatents_out"),
            "generator": Template([self.latents, self.labels], [self.grown_images], layers),
        }

    def _template(self, part: str, inputs: Dict[str, List[Optional[int]]], output: str) -> Template:
        """The template of one part, in the part's own scope."""
        layers: "OrderedDict[str, Any]" = OrderedDict()

        def mark(name: str, tensor: Any, parts: Sequence[Any] = ()) -> Any:
            if parts:  # of several layers, and none itself
                return tensor
            layers[name] = tf.identity(tensor)
            return layers[name]

        synthesis, mapping = (self._parts[key] + "/" for key in ("synthesis", "mapping"))
        with self.session.building(self._parts[part] + "/"):
            holders = [tf.placeholder(tf.float32, shape, name) for name, shape in inputs.items()]
            results = getattr(Expressions(self, self.spec, synthesis, mapping, mark), part)(holders, {})
            return Template(holders, [tf.identity(results[0], name=output)], layers)

    def _truncation_inputs(self) -> Tuple[Any, Any]:
        given = arguments.truncation(self.spec, {})
        coefficients = arguments.truncation_coefficients(self.spec, *given)
        if coefficients is None:
            return tf.ones([self.spec.synthesis.num_layers]), tf.constant(False)
        return tf.constant(coefficients), tf.constant(True)

    def _noise_input(self, stored: Any, size: Size) -> Any:
        if not self.spec.synthesis.randomize_noise:
            return super()._noise_input(stored, size)
        return tf.random_normal([tf.shape(self.dlatents)[0], 1, *size])

    def feed_noise(self, maps: Optional[Sequence[np.ndarray]], batch: int) -> Dict[Any, np.ndarray]:
        if maps is None:
            names = ["%s/noise%d" % (self._parts["synthesis"], index) for index in range(len(self.noise))]
            maps = self.session.get([self.variables[name] for name in names])
        return super().feed_noise(maps, batch)

    def channels_first(self, tensor: Any) -> Any:
        """A layer's tensor as the official graph has it, (N, C, H, W) or (N, D)."""
        if tensor.shape.ndims != 4:
            return tensor
        with self.session.graph.as_default():
            return conv.to_nchw(tensor, self.session.layout)


def scopes_wanted(record: NetworkRecord) -> "OrderedDict[str, str]":
    """What the variables' names of a network and its parts begin with, to the networks' names; see
    SharedSession."""
    names = OrderedDict((part.name + "/", part.name) for part in record.parts())
    names[""] = record.name
    return names
