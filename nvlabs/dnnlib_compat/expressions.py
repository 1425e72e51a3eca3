"""`get_output_for`: a network's outputs as expressions of the caller's tensors, in the graph that both
share.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import GeneratorSpec
from nvlabs.errors import NetworkUsageError
from nvlabs.networks.mapping import Mark, build_mapping, truncate
from nvlabs.running import arguments
from nvlabs.running.graph import SYNTHESIS_BUILDERS, GeneratorGraph

Variable = Callable[[str], Any]


class Expressions:
    """The formulas of one generator over the variables of its graph.

    graph: holds the variables. spec: what to build, possibly with other arguments than the graph itself.
    synthesis, mapping: prefixes of the parts' variables, such as "G_synthesis/". mark: called with the name
    and tensor of every layer (see `networks.mapping.Mark`); returns the tensor to go on with.
    """

    def __init__(
        self,
        graph: GeneratorGraph,
        spec: GeneratorSpec,
        synthesis: str,
        mapping: str,
        mark: Optional[Mark] = None,
    ) -> None:
        self._graph, self._spec = graph, spec
        self._synthesis, self._mapping = synthesis, mapping
        self._mark: Mark = mark or (lambda name, tensor, parts=(): tensor)

    def mapping(self, inputs: Sequence[Any], kwargs: Dict[str, Any]) -> List[Any]:
        """z (N, latent_size) and labels (N, label_size) or None to [w (N, L, D)], or (N, D) with
        dlatent_broadcast None.
        """
        spec = self._spec.mapping
        latents, labels = self._batch(inputs, [spec.latent_size, spec.label_size])
        w = build_mapping(spec, self._variables(self._mapping), latents, labels, self._mark)
        layers = kwargs.get("dlatent_broadcast", spec.broadcast)
        if layers is None:
            return [w]
        return [self._mark("Broadcast", tf.tile(w[:, tf.newaxis], [1, int(layers), 1]))]

    def synthesis(self, inputs: Sequence[Any], kwargs: Dict[str, Any]) -> List[Any]:
        """w (N, L, D) to [images (N, C, H, W)]."""
        spec, variable = self._spec.synthesis, self._variables(self._synthesis)
        (dlatents,) = inputs
        dlatents = tf.cast(dlatents, tf.float32)
        dlatents.set_shape([None, spec.num_layers, spec.dlatent_size])
        noise = kwargs.get("noise")
        if noise is None and kwargs.get("randomize_noise", spec.randomize_noise):
            batch = tf.shape(dlatents)[0]
            noise = [tf.random_normal([batch, 1, *size]) for size in spec.noise_sizes]
        elif noise is None:
            noise = [variable("noise%d" % index) for index in range(len(spec.noise_sizes))]
        layout = self._graph.session.layout
        build = SYNTHESIS_BUILDERS[self._spec.builder]
        return [build(spec, variable, dlatents, noise, layout, self._mark).grown_images]

    def generator(self, inputs: Sequence[Any], kwargs: Dict[str, Any]) -> List[Any]:
        """z and labels to [images], and the truncated w with return_dlatents."""
        layers = self._spec.synthesis.num_layers
        (w,) = self.mapping(inputs, dict(kwargs, dlatent_broadcast=layers))
        given = arguments.truncation(self._spec, kwargs)
        coefficients = arguments.truncation_coefficients(self._spec, *given)
        if coefficients is not None:
            w = truncate(w, self._graph.variables["dlatent_avg"], tf.constant(coefficients))
        with tf.control_dependencies(self._hand_down_lod()):
            images = self.synthesis([w], kwargs)
        return images + [w] if kwargs.get("return_dlatents") else images

    def _hand_down_lod(self) -> List[Any]:
        """As in the originals, running the whole network copies its `lod` into the synthesis part."""
        own, part = (self._graph.variables.get(name) for name in ("lod", self._synthesis + "lod"))
        return [] if own is None or part is None else [part.assign(own)]

    def _variables(self, prefix: str) -> Variable:
        return lambda name: tf.identity(self._graph.variables[prefix + name])

    def _batch(self, inputs: Sequence[Any], widths: Sequence[int]) -> List[Any]:
        """Inputs as float32 tensors of these widths; None as zeros for the batch size of the others."""
        if len(inputs) != len(widths):
            raise NetworkUsageError("%d expressions are needed, %d were given" % (len(widths), len(inputs)))
        given = [None if x is None else tf.cast(x, tf.float32) for x in inputs]
        first = next((x for x in given if x is not None), None)
        if first is None:
            raise NetworkUsageError("all inputs are None: the batch size is not known")
        for x, width in zip(given, widths):
            if x is not None:
                x.set_shape([None, width])
        batch = tf.shape(first)[0]
        return [tf.zeros([batch, width]) if x is None else x for x, width in zip(given, widths)]
