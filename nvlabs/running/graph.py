"""A generator as one TensorFlow graph: z → w → truncated w per layer → images, every layer a named endpoint.

Fetching an endpoint runs only what it needs; feeding one runs only what comes after it. Psi, cutoff, labels,
noise and w are all fed, so one frozen graph serves every call.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import GeneratorSpec, Size
from nvlabs.errors import NetworkUsageError
from nvlabs.networks.mapping import build_mapping, truncate
from nvlabs.networks.ops.digits import SLOW_CASTS
from nvlabs.networks.synthesis_stylegan1 import StyleGAN1Synthesis
from nvlabs.networks.synthesis_stylegan2 import PyTorchStyleGAN2Synthesis, StyleGAN2Synthesis
from nvlabs.networks.synthesis_stylegan3 import StyleGAN3Synthesis
from nvlabs.running.arguments import IMAGES, noise_maps
from nvlabs.running.session import GraphSession

SYNTHESIS_BUILDERS: Dict[str, Callable[..., Any]] = {
    "stylegan": StyleGAN1Synthesis,
    "stylegan2": StyleGAN2Synthesis,
    "stylegan2-pytorch": PyTorchStyleGAN2Synthesis,
    "stylegan3-pytorch": StyleGAN3Synthesis,
}
# These, and the noise maps, are kept by the network, not learned by its optimiser.
UNTRAINED = ("lod", "dlatent_avg", "freqs", "phases", "transform", "magnitude_ema")


def is_trainable(name: str) -> bool:
    """Whether a variable, by the last parts of its name, is one that training changes by gradient."""
    leaf = name.split("/")[-1]
    return leaf not in UNTRAINED and not (leaf.startswith("noise") and leaf[5:].isdigit())


class Endpoint(NamedTuple):
    """A layer's output: its tensor in the graph's own layout, and its shape per sample, (C, H, W) or (D,).
    parts: where it only shows others side by side, these, which are what is fed: a run that needs some of
    them does not wait for all. read: what the next layer reads, and what is fed, where the tensor only
    shows its numbers.
    """

    tensor: Any
    shape: Tuple[int, ...]
    parts: Sequence[Any] = ()
    read: Any = None


class GeneratorGraph:
    """The graph of one generator, built and started on construction.

    Args:
        spec: what to build.
        arrays: all variables by combined name ('dlatent_avg', 'G_synthesis/4x4/Const/const', ...).
        synthesis_name, mapping_name: names of the two parts, the prefixes in `arrays` and in `endpoints`.
        threads, layout: see `GraphSession`.
        session: where to build, if not in a session of its own.
        extend: called with this object, to add operations (a loss, gradients) before the graph is frozen.
    """

    feeds_by_endpoint = True  # and never by the name of a tensor

    def __init__(
        self,
        spec: GeneratorSpec,
        arrays: "OrderedDict[str, np.ndarray]",
        synthesis_name: str = "G_synthesis",
        mapping_name: str = "G_mapping",
        threads: Optional[int] = None,
        layout: Optional[str] = None,
        session: Optional[GraphSession] = None,
        extend: Optional[Callable[["GeneratorGraph"], None]] = None,
    ):
        self.spec = spec
        self.session = session or GraphSession(threads, layout)
        self.endpoints: "OrderedDict[str, Endpoint]" = OrderedDict()
        self.variables: "OrderedDict[str, Any]" = OrderedDict()
        with self.session.building():
            for name, value in arrays.items():
                self.variables[name] = self.session.variable(name, value, is_trainable(name))
            self._build_mapping(mapping_name)
            self._build_synthesis(synthesis_name)
            if extend is not None:
                extend(self)
        self.session.start()

    def _marker(self, prefix: str) -> Callable[..., Any]:
        layout = self.session.layout

        def mark(name: str, tensor: Any, parts: Sequence[Any] = (), read: Any = None) -> Any:
            tensor = tf.identity(tensor)
            shape = tensor.shape.as_list()[1:]
            if len(shape) == 3 and layout == "NHWC":
                shape = [shape[2], shape[0], shape[1]]
            self.endpoints[prefix + name] = Endpoint(tensor, tuple(shape), parts, read)
            return tensor

        return mark

    def _build_mapping(self, part: str) -> None:
        spec, synthesis = self.spec.mapping, self.spec.synthesis
        self.latents = tf.placeholder(tf.float32, [None, spec.latent_size], name="latents_in")
        self.labels = tf.placeholder(tf.float32, [None, spec.label_size], name="labels_in")
        with tf.name_scope(part):
            self.w = build_mapping(
                spec,
                lambda name: self.variables[part + "/" + name],
                self.latents,
                self.labels,
                self._marker(part + "/"),
                shows_layers=SLOW_CASTS and self.feeds_by_endpoint,
            )
            broadcast = tf.tile(self.w[:, tf.newaxis], [1, synthesis.num_layers, 1], name="dlatents_out")
        self.coefficients, self.truncating = self._truncation_inputs()
        if self.spec.has_average:
            truncated = truncate(broadcast, self.variables["dlatent_avg"], self.coefficients)
            broadcast = tf.where_v2(self.truncating, truncated, broadcast)
        self.dlatents = self._marker("")("Truncation", broadcast)
        self.dlatents.set_shape([None, synthesis.num_layers, synthesis.dlatent_size])

    def _truncation_inputs(self) -> Tuple[Any, Any]:
        """What truncation is fed by: c_l (L,), and whether there is any. None by default."""
        L = self.spec.synthesis.num_layers
        ones = np.ones(L, np.float32)
        coefficients = tf.placeholder_with_default(ones, [L], name="truncation_coefficients")
        return coefficients, tf.placeholder_with_default(False, [], name="truncating")

    def _build_synthesis(self, part: str) -> None:
        spec = self.spec.synthesis
        with tf.name_scope(part):
            self.noise: List[Any] = []
            for index, size in enumerate(spec.noise_sizes):
                self.noise.append(self._noise_input(self.variables["%s/noise%d" % (part, index)], size))
            images = SYNTHESIS_BUILDERS[self.spec.builder](
                spec,
                lambda name: self.variables[part + "/" + name],
                self.dlatents,
                self.noise,
                self.session.layout,
                self._marker(part + "/"),
            )
        self.images, self.transform = images.fixed_images, images.transform
        self.grown_images = tf.identity(images.grown_images, name="images_out")

    def _noise_input(self, stored: Any, size: Size) -> Any:
        """What the noise of a layer is fed by, (1|N, 1, h, w). The stored map by default."""
        return tf.placeholder_with_default(stored, [None, 1, *size], name="noise_in")

    def feed_noise(self, maps: Optional[Sequence[np.ndarray]], batch: int) -> Dict[Any, np.ndarray]:
        """Feed for one array (1, 1, h, w) or (batch, 1, h, w) per noise input, in the network's order; None
        for the stored maps."""
        if maps is None:
            return {}
        maps, sizes = noise_maps(maps), self.spec.synthesis.noise_sizes
        if len(maps) != len(sizes):
            raise NetworkUsageError(
                "this network has %d noise maps, but %d were given" % (len(sizes), len(maps))
            )
        feed = {}
        for index, (tensor, array, size) in enumerate(zip(self.noise, maps, sizes)):
            if array.shape not in ((1, 1, *size), (batch, 1, *size)):
                raise NetworkUsageError(
                    "noise map %d has shape (1, 1, %d, %d) or (%d, 1, %d, %d), not %s"
                    % (index, *size, batch, *size, array.shape)
                )
            feed[tensor] = array
        return feed

    def feed_transform(self, matrices: Any, batch: int) -> Dict[Any, np.ndarray]:
        """Feed for the transformation of a StyleGAN3 network's input: (3, 3), or (batch, 3, 3).

        Raises NetworkUsageError, also for a network whose input cannot be moved.
        """
        if self.transform is None:
            raise NetworkUsageError(
                "only StyleGAN3 networks take a transform; this is a %s network" % self.spec.family
            )
        array = np.asarray(matrices, np.float32)
        if array.shape not in ((3, 3), (1, 3, 3), (batch, 3, 3)) or not np.isfinite(array).all():
            raise NetworkUsageError(
                "a transform is a matrix (3, 3) or (%d, 3, 3) of finite numbers, not %s"
                % (batch, array.shape)
            )
        return {self.transform: array.reshape(-1, 3, 3)}

    def feed_endpoint(self, name: str, value: np.ndarray, own_layout: bool = False) -> Dict[Any, np.ndarray]:
        """Feed that replaces an endpoint's value, given as (N, C, H, W) or (N, D); own_layout: as `fetch`
        gives it in the graph's own layout.
        """
        endpoint = self.find_endpoint(name)
        value = np.asarray(value, np.float32)
        turned = value.ndim == 4 and self.session.layout == "NHWC"
        shape = value.shape[3:] + value.shape[1:3] if turned and own_layout else value.shape[1:]
        if shape != endpoint.shape:
            raise NetworkUsageError(
                "endpoint %s has shape (N, %s), but the value given has shape %s"
                % (name, ", ".join(map(str, endpoint.shape)), value.shape)
            )
        if turned and not own_layout:
            value = value.transpose(0, 2, 3, 1)
        if endpoint.parts:
            ends = np.cumsum([part.shape.as_list()[1] for part in endpoint.parts])
            return dict(zip(endpoint.parts, np.split(value, ends[:-1], axis=1)))
        return {endpoint.tensor if endpoint.read is None else endpoint.read: value}

    def find_endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name.

        Raises:
            NetworkUsageError: there is none; the message lists those there are.
        """
        try:
            return self.endpoints[name]
        except KeyError:
            known = ", ".join(self.endpoints)
            raise NetworkUsageError("no endpoint is called %r; there are: %s" % (name, known)) from None

    def fetch(
        self,
        names: Sequence[str],
        feed: Dict[Any, np.ndarray],
        own_layout: bool = False,
        growing: bool = False,
    ) -> List[np.ndarray]:
        """Values of endpoints and of IMAGES, all from one run; feature maps as (N, C, H, W), or as the graph
        keeps them with own_layout, which spares turning them. growing: the images are blended by `lod`.
        """
        images = self.grown_images if growing else self.images
        tensors = [images if name == IMAGES else self.find_endpoint(name).tensor for name in names]
        values = list(self.session.run(tensors, feed))
        if self.session.layout == "NHWC" and not own_layout:
            for index, name in enumerate(names):
                if name != IMAGES and values[index].ndim == 4:
                    values[index] = np.ascontiguousarray(values[index].transpose(0, 3, 1, 2))
        return values
