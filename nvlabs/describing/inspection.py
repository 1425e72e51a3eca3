"""What a network file is, in one JSON-able dictionary, without TensorFlow."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from typing import Any, Dict, List, Optional, Union

import numpy as np

from nvlabs.describing.from_record import generator_spec, usable
from nvlabs.describing.shapes import parameter_count, synthesis_shapes
from nvlabs.describing.spec import PERSISTENT, GeneratorSpec, SynthesisSpec
from nvlabs.describing.stylegan3 import StyleGAN3Spec
from nvlabs.describing.styles import style_layers
from nvlabs.errors import DamagedFile, about_file
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.reading.unpickle import read_records

BLOCK = 1 << 20


def inspect(path: Union[str, "os.PathLike[str]"], source: bool = False) -> Dict[str, Any]:
    """Family, sizes, arguments and variables of a network file, checked as for loading it.

    Of a PyTorch edition's file also what it says of its training ('training_set_kwargs', 'augment_pipe'),
    which layers are marked for float16 ('half_precision'; all run in float32 here), and 'notes' on what is
    left out.

    'parameters' counts what was trained: no noise maps, `lod`, `dlatent_avg`. 'variables' lists name,
    shape, mean and standard deviation. With `source`, the text of the code in the file is in it too,
    by network; it is only shown, never run.
    Raises NetworkFileError, as `load` does.
    """
    return describe(read_records(path), path, source)


def describe(
    records: FileRecords, path: Union[str, "os.PathLike[str]"], source: bool = False
) -> Dict[str, Any]:
    """The same for records that were read from `path` by other means. Raises NetworkFileError."""
    with about_file(path):
        records = usable(records)
        spec = generator_spec(records.Gs)
    try:
        summary = {"file": os.fspath(path), "bytes": os.path.getsize(path), "sha256": _sha256(path)}
    except OSError as error:  # it went away after it was read
        raise DamagedFile("cannot be read: %s" % (error.strerror or error), os.fspath(path)) from None
    summary.update(_generator(spec, records.Gs))
    summary.update(records.facts)
    summary["networks"] = {name: _network(record) for name, record in records.by_name().items()}
    summary["variables"] = _variables(records.Gs)
    if source:
        summary["source"] = _sources(records)
    return summary


def _generator(spec: GeneratorSpec, record: NetworkRecord) -> Dict[str, Any]:
    mapping, synthesis = spec.mapping, spec.synthesis
    shapes = {name: value.shape for name, value in record.all_variables().items()}
    return {
        "kind": "generator",
        "family": spec.family,
        "edition": spec.edition,
        "version": spec.version,
        "name": spec.name,
        "resolution": max(synthesis.image_size),
        "image_shape": [synthesis.num_channels, *synthesis.image_size],
        "channels": synthesis.num_channels,
        "latent_size": mapping.latent_size,
        "dlatent_size": mapping.dlatent_size,
        "labels": mapping.label_size,
        "architecture": synthesis.architecture,
        "layers": synthesis.num_layers,
        "style_layers": [layer._asdict() for layer in style_layers(synthesis)],
        "mapping_layers": mapping.layers,
        "mapping_fmaps": mapping.fmaps,
        "feature_maps": synthesis.feature_maps,
        "noise_maps": [h if h == w else [h, w] for h, w in synthesis.noise_sizes],
        "lod": float(record.variables["lod"]) if synthesis.has_lod else None,
        "half_precision": _half_precision(synthesis, record),
        "truncation_psi": spec.truncation_psi,
        "truncation_cutoff": spec.truncation_cutoff,
        "parameters": parameter_count(shapes),
        "synthesis_parameters": parameter_count(synthesis_shapes(synthesis)),
    }


def _half_precision(synthesis: Union[SynthesisSpec, StyleGAN3Spec], record: NetworkRecord) -> List[str]:
    """Layers or blocks that the original computes in float16 where it can: names of the PyTorch editions."""
    if isinstance(synthesis, StyleGAN3Spec):
        return synthesis.half_layers
    count = record.components["synthesis"].static_kwargs.get("num_fp16_res")
    blocks = ["b%d" % size for size in sorted(synthesis.fmaps) if size > 4]
    return blocks[-count:] if type(count) is int and count > 0 else []


def _network(record: NetworkRecord) -> Dict[str, Any]:
    shapes = {name: value.shape for name, value in record.all_variables().items()}
    return {
        "name": record.name,
        "version": record.version,
        "build_functions": _build_functions(record, record.name),
        "static_kwargs": record.static_kwargs,
        "variables": len(shapes),
        "parameters": parameter_count(shapes),
    }


def _build_functions(record: NetworkRecord, name: str) -> "OrderedDict[str, str]":
    found = OrderedDict([(name, record.build_func_name)])
    for part in record.parts():
        found.update(_build_functions(part, part.name))
    return found


def _variables(record: NetworkRecord) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = []
    for name, value in record.all_variables().items():
        mean, std = value.mean(dtype=np.float64), value.std(dtype=np.float64)
        rows.append({"name": name, "shape": list(value.shape), "mean": float(mean), "std": float(std)})
    return rows


def _sources(records: FileRecords) -> Dict[str, Optional[str]]:
    found: Dict[str, Optional[str]] = {}
    for name, record in records.by_name().items():
        found[name] = record.source
        if record.version != PERSISTENT:  # the PyTorch editions have one text for all parts
            found.update(("%s.%s" % (name, key), part.source) for key, part in record.components.items())
    return found


def _sha256(path: Union[str, "os.PathLike[str]"]) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
