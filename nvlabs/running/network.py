"""`Network`: what users hold. The interface that scripts know from the official code, over graphs of our own.

A generator file gives three of them, as (G, D, Gs); a generator has two parts, `components.mapping` and
`components.synthesis`, which share its variables. Everything given to `run` is fed, so calls with other psi,
labels, noise or batch sizes never add to the graph.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from nvlabs.describing.from_record import generator_spec, usable
from nvlabs.describing.spec import GeneratorSpec
from nvlabs.errors import NetworkFileError, NetworkUsageError
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.running import arguments
from nvlabs.running.model import Model
from nvlabs.running.stored import AttributeDict, Shape, StoredNetwork
from nvlabs.running.transforms import Transform


class RunnableNetwork(StoredNetwork):
    """A network whose inputs can be turned into outputs."""

    used_keywords = frozenset()  # type: ignore[var-annotated]

    @property
    def spec(self) -> GeneratorSpec:
        """What the file says this generator is."""
        spec = self._model.spec
        if spec is None:
            raise NetworkUsageError("%s is kept for its variables only" % self.name)
        return spec

    def run(
        self,
        *in_arrays: Any,
        input_transform: Optional[Dict[str, Any]] = None,
        output_transform: Optional[Dict[str, Any]] = None,
        return_as_list: bool = False,
        print_progress: bool = False,
        minibatch_size: Optional[int] = None,
        num_gpus: int = 1,
        assume_frozen: bool = False,
        **dynamic_kwargs: Any,
    ) -> Any:
        """Feeds arrays, one per input, and returns the output array.

        Args:
            in_arrays: one per input; None for absent labels. The batch size comes from the first.
            input_transform, output_transform: dict(func=f, ...) with a function of tensors, applied before or
                after, e.g. dict(func=nvlabs.convert_images_to_uint8, nchw_to_nhwc=True).
            return_as_list: return a list of outputs instead of the single one.
            print_progress: print a line per minibatch.
            minibatch_size: at most so many samples at a time; None for all at once.
            num_gpus, assume_frozen: accepted for compatibility; one device runs everything, and graphs are
                always frozen.
            dynamic_kwargs: arguments of the network that override those in the file for this call:
                truncation_psi, truncation_cutoff, truncation_psi_val, truncation_cutoff_val, is_validation
                (generator), dlatent_broadcast (mapping), randomize_noise, noise_mode, noise (synthesis;
                noise_mode: 'random', 'const' or 'none'; noise: one array (1|N, 1, s, s) per stored map,
                instead of stored or random ones), conv_clamp and others that change the network (such a call
                runs on a variant of it).

        Raises:
            NetworkUsageError: wrong number of inputs, a wrong shape, an unknown argument.
        """
        kwargs = arguments.sort_keywords(self.part, dynamic_kwargs, self.used_keywords)
        rebuilding = {name: kwargs.pop(name) for name in list(kwargs) if name in arguments.REBUILDING}
        if rebuilding:
            variant = self._variant(rebuilding)
            return variant.run(*in_arrays, input_transform=input_transform, output_transform=output_transform,
                               return_as_list=return_as_list, print_progress=print_progress,
                               minibatch_size=minibatch_size, **kwargs)  # fmt: skip
        if input_transform is not None:
            in_arrays = tuple(Transform(input_transform)(*in_arrays))
        arrays = self._checked(in_arrays)
        finish = None if output_transform is None else Transform(output_transform)
        outputs, slices = [], arguments.minibatches(len(arrays[0]), minibatch_size)
        for number, rows in enumerate(slices):
            if print_progress:
                print("\r%d / %d" % (rows.start, len(arrays[0])), end="", flush=True)
            value = self._run_rows(
                [array[rows] for array in arrays], self._rows_of(kwargs, rows, len(arrays[0]))
            )
            outputs.append([value] if finish is None else list(finish(value)))
            if print_progress and number == len(slices) - 1:
                print("\r%d / %d" % (rows.stop, len(arrays[0])))
        joined = [np.concatenate(column) if len(column) > 1 else column[0] for column in zip(*outputs)]
        return joined if return_as_list or len(joined) != 1 else joined[0]

    @staticmethod
    def _rows_of(kwargs: Dict[str, Any], rows: slice, batch: int) -> Dict[str, Any]:
        """The arguments for one minibatch: noise given per sample is cut like the inputs."""
        if kwargs.get("noise") is None:
            return kwargs
        maps = arguments.noise_maps(kwargs["noise"])
        per_sample = [batch > 1 and array.shape[:1] == (batch,) for array in maps]
        return dict(kwargs, noise=[array[rows] if own else array for array, own in zip(maps, per_sample)])

    def _checked(self, in_arrays: Sequence[Any]) -> List[np.ndarray]:
        if len(in_arrays) != self.num_inputs:
            raise NetworkUsageError(
                "%s takes %d inputs (%s; None for absent labels), but %d were given"
                % (self.name, self.num_inputs, ", ".join(self.input_names), len(in_arrays))
            )
        if in_arrays[0] is None:
            raise NetworkUsageError("%s must not be None: the batch size comes from it" % self.input_names[0])
        arrays = [arguments.check_array(self.input_names[0], in_arrays[0], self.input_shapes[0])]
        for labels in in_arrays[1:]:
            arrays.append(arguments.labels_array(labels, len(arrays[0]), self.spec.mapping.label_size))
        return arrays

    def _run_rows(self, arrays: List[np.ndarray], kwargs: Dict[str, Any]) -> np.ndarray:
        raise NotImplementedError

    def _variant(self, static_kwargs: Dict[str, Any]) -> "RunnableNetwork":
        """This network with other static arguments, kept for the next call, its variables brought up to
        date."""
        arguments.check_rebuilding(self.spec, static_kwargs)
        key = repr(sorted(static_kwargs.items()))
        variants = self._model.variants  # one for the whole and its parts
        if key not in variants:
            while len(variants) >= 2:
                variants.popitem(last=False)[1].close()
            try:
                variant = make_generator(with_arguments(self._model.record(), static_kwargs))
            except NetworkFileError as error:
                raise NetworkUsageError(str(error)) from None
            variant.copied_revision = self._model.revision
            variants[key] = variant
        variant = variants[key]
        if variant.copied_revision != self._model.revision:
            variant._model.set({name: self._model.get(name) for name in self._model.names})
            variant.copied_revision = self._model.revision
        return variant if self.part == "generator" else variant.components[self.part]

    def _noise_feed(self, graph: Any, batch: int, kwargs: Dict[str, Any]) -> Dict[Any, np.ndarray]:
        maps, sizes = kwargs.get("noise"), self.spec.synthesis.noise_sizes
        fresh = arguments.random_noise(kwargs, self.spec.synthesis.randomize_noise)
        if maps is None and fresh:
            random = np.random.default_rng()
            maps = [random.standard_normal((batch, 1, *size), np.float32) for size in sizes]
        elif maps is None and fresh is None:
            maps = [np.zeros((1, 1, *size), np.float32) for size in sizes]
        return graph.feed_noise(maps, batch)

    def _images(self, graph: Any, feed: Dict[Any, np.ndarray], lod_name: str) -> np.ndarray:
        """The image; blended with the coarser ones where progressive growing has not finished (lod above
        0)."""
        return graph.fetch([arguments.IMAGES], feed, growing=self._is_growing(graph, lod_name))[0]

    def _is_growing(self, graph: Any, lod_name: str) -> bool:
        return lod_name in graph.variables and float(self._model.get(lod_name)) != 0


class MappingNetwork(RunnableNetwork):
    """z (N, latent_size) and labels to w: (N, L, D), or (N, D) with dlatent_broadcast=None."""

    part = "mapping"
    used_keywords = arguments.BROADCAST
    input_names = ("latents_in", "labels_in")
    output_names = ("dlatents_out",)

    @property
    def input_shapes(self) -> List[Shape]:  # type: ignore[override]
        spec = self.spec.mapping
        return [[None, spec.latent_size], [None, spec.label_size]]

    @property
    def output_shapes(self) -> List[Shape]:  # type: ignore[override]
        spec = self.spec.mapping
        return [
            [None, spec.dlatent_size] if spec.broadcast is None else [None, spec.broadcast, spec.dlatent_size]
        ]

    def _run_rows(self, arrays: List[np.ndarray], kwargs: Dict[str, Any]) -> np.ndarray:
        graph = self._model.open()
        w = graph.session.run(graph.w, {graph.latents: arrays[0], graph.labels: arrays[1]})
        layers = kwargs.get("dlatent_broadcast", self.spec.mapping.broadcast)
        return w if layers is None else np.repeat(w[:, np.newaxis], int(layers), axis=1)

    def run_fast(self, *in_arrays: Any) -> np.ndarray:
        """w of every row in float32 throughout, in under half the time: (N, dlatent_size).

        For statistics over many rows. It differs from `run` by some 1e-6 of a w's length, in other digits on
        every kind of processor, so pictures do not start here. Raises NetworkUsageError as `run` does.
        """
        return self._model.mapping(self._prefix).rows(*self._checked(in_arrays))


class SynthesisNetwork(RunnableNetwork):
    """w per layer (N, L, D) to images (N, C, H, W). Never truncates: that is the generator's part."""

    part = "synthesis"
    used_keywords = arguments.NOISE
    input_names = ("dlatents_in",)
    output_names = ("images_out",)

    @property
    def input_shapes(self) -> List[Shape]:  # type: ignore[override]
        spec = self.spec.synthesis
        return [[None, spec.num_layers, spec.dlatent_size]]

    @property
    def output_shapes(self) -> List[Shape]:  # type: ignore[override]
        spec = self.spec.synthesis
        return [[None, spec.num_channels, *spec.image_size]]

    def _run_rows(self, arrays: List[np.ndarray], kwargs: Dict[str, Any]) -> np.ndarray:
        graph = self._model.open()
        feed = {graph.dlatents: arrays[0]}
        feed.update(self._noise_feed(graph, len(arrays[0]), kwargs))
        return self._images(graph, feed, self._prefix + "lod")


class GeneratorNetwork(RunnableNetwork):
    """z (N, latent_size) and labels to images (N, C, H, W), truncated by default as the file's family
    does."""

    part = "generator"
    used_keywords = arguments.TRUNCATION | arguments.NOISE
    input_names = ("latents_in", "labels_in")
    output_names = ("images_out",)
    copied_revision = 0

    def __init__(self, model: Model, record: NetworkRecord):
        super().__init__(model, record)
        synthesis, mapping = record.parts()
        self.components = AttributeDict(
            synthesis=SynthesisNetwork(model, synthesis, synthesis.name + "/"),
            mapping=MappingNetwork(model, mapping, mapping.name + "/"),
        )

    @property
    def input_shapes(self) -> List[Shape]:  # type: ignore[override]
        return self.components.mapping.input_shapes

    @property
    def output_shapes(self) -> List[Shape]:  # type: ignore[override]
        return self.components.synthesis.output_shapes

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the network as it is in the file: its form and all variables, whatever the
        container."""
        return self._model.fingerprint()

    @property
    def fingerprint_now(self) -> str:
        """The same of the network with the variables' current values."""
        return self._model.fingerprint_now()

    @property
    def endpoints(self) -> "OrderedDict[str, Tuple[int, ...]]":
        """Name → shape per sample of every layer that `fetch` can give and be fed: (C, H, W) or (D,)."""
        return self._model.endpoints()

    def clone(self, name: Optional[str] = None, **new_static_kwargs: Any) -> "GeneratorNetwork":
        """A new network with copies of all variables and, if given, other static arguments."""
        record = with_arguments(self._model.record(), new_static_kwargs)
        return make_generator(record if name is None else replace(record, name=name))

    def fetch(
        self,
        names: Sequence[str],
        z: Any = None,
        labels: Any = None,
        w: Any = None,
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        noise: Optional[Sequence[np.ndarray]] = None,
        feed: Optional[Dict[str, np.ndarray]] = None,
        transform: Any = None,
        own_layout: bool = False,
    ) -> Dict[str, np.ndarray]:
        """Values of endpoints, running no more of the network than they need.

        Args:
            names: endpoints (see `endpoints`), or 'images_out'.
            z, labels: (N, latent_size) and (N, label_size); or w: (N, L, D), taken as it is, which skips the
                mapping.
            psi, cutoff: truncation between mapping and synthesis; off by default. Only with z.
            noise: one array (1|N, 1, s, s) per noise map; None for the stored ones.
            feed: endpoint → value that replaces what the network would compute there.
            transform: StyleGAN3: (3, 3) or (N, 3, 3) in the place of the stored transformation of its input.
            own_layout: feature maps, fetched and fed, as the graph keeps them (see `layout`), which spares
                turning large ones to NCHW and back.

        Returns:
            name → (N, C, H, W) or (N, D). Images are NCHW in any case.
        """
        graph, spec = self._model.open(), self.spec
        if (z is None) == (w is None):
            raise NetworkUsageError("fetch takes either z or w")
        if w is not None:
            first = arguments.check_array("w", w, self.components.synthesis.input_shapes[0])
            values = {graph.dlatents: first}
        else:
            first = arguments.check_array("z", z, self.input_shapes[0])
            values = {graph.latents: first}
            values[graph.labels] = arguments.labels_array(labels, len(first), spec.mapping.label_size)
            values.update(self._truncation_feed(graph, psi, cutoff))
        values.update(graph.feed_noise(noise, len(first)))
        if transform is not None:
            values.update(graph.feed_transform(transform, len(first)))
        for name, value in (feed or {}).items():
            values.update(graph.feed_endpoint(name, value, own_layout))
        return dict(zip(names, graph.fetch(names, values, own_layout, self.growing)))

    def open_loss(self, noise: bool = False, more: Any = None) -> Any:
        """A `loss_graph.LossGraph` on this network as it is now: how far images of w are from pictures, and
        the gradient by w, and with noise=True by the noise maps. more: a term of the caller's. Close it when
        done.
        """
        from nvlabs.running.first_start import start_tensorflow

        start_tensorflow()
        from nvlabs.running.loss_graph import LossGraph

        return LossGraph(self._model.extended, self.growing, noise, more)

    @property
    def layout(self) -> str:
        """Of feature maps inside the graph: "NHWC" or "NCHW"."""
        return str(self._model.open().session.layout)

    @property
    def growing(self) -> bool:
        """Whether images are blended with coarser ones, as progressive growing has not finished."""
        return self._is_growing(self._model.open(), self.components.synthesis._prefix + "lod")

    def _truncation_feed(self, graph: Any, psi: Any, cutoff: Any) -> Dict[Any, Any]:
        given = {"truncation_psi": psi, "truncation_cutoff": cutoff}
        coefficients = arguments.truncation_coefficients(self.spec, *arguments.truncation(self.spec, given))
        if coefficients is None:
            return {graph.truncating: False}
        return {graph.truncating: True, graph.coefficients: coefficients}

    def _run_rows(self, arrays: List[np.ndarray], kwargs: Dict[str, Any]) -> np.ndarray:
        graph = self._model.open()
        feed = {graph.latents: arrays[0], graph.labels: arrays[1]}
        feed.update(self._truncation_feed(graph, *arguments.truncation(self.spec, kwargs)))
        feed.update(self._noise_feed(graph, len(arrays[0]), kwargs))
        self.hand_down_lod()
        return self._images(graph, feed, self.components.synthesis._prefix + "lod")

    def hand_down_lod(self) -> None:
        """Copies the network's `lod` into its synthesis part, where it stays. `run` does so, as in the
        originals; call it where growing has not finished and the part is to draw as the whole would.
        """
        part = self.components.synthesis._prefix + "lod"
        if "lod" in self._local and part in self._local:
            own = self._model.get("lod")
            if own != self._model.get(part):
                self._model.set({part: own})


class Networks(NamedTuple):
    """The networks of a file. G and D are None in a file that holds a generator alone."""

    G: Optional[GeneratorNetwork]
    D: Optional[StoredNetwork]
    Gs: GeneratorNetwork


def with_arguments(record: NetworkRecord, static_kwargs: Dict[str, Any]) -> NetworkRecord:
    """The record with further static arguments, handed to the parts as the originals do."""
    parts = [(key, with_arguments(part, static_kwargs)) for key, part in record.components.items()]
    return replace(
        record, static_kwargs=dict(record.static_kwargs, **static_kwargs), components=OrderedDict(parts)
    )


def make_generator(
    record: NetworkRecord, threads: Optional[int] = None, layout: Optional[str] = None
) -> GeneratorNetwork:
    """A generator from its record; a NetworkFileError says what does not fit."""
    return GeneratorNetwork(Model(record, generator_spec(record), threads, layout), record)


def make_networks(
    records: FileRecords, threads: Optional[int] = None, layout: Optional[str] = None
) -> Networks:
    """All networks of a file. Graphs are built when first used."""
    records = usable(records)
    G = None if records.G is None else make_generator(records.G, threads, layout)
    D = None if records.D is None else StoredNetwork(Model(records.D, None, threads), records.D)
    return Networks(G, D, make_generator(records.Gs, threads, layout))
