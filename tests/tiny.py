"""Generators of a few kilobytes, of every family and architecture, made in memory from a seed.

records = tiny_records("stylegan2-skip")            # nvlabs.reading.records.FileRecords
path = write_tiny(tmp_path / "net.pkl", "stylegan2-ada")
"""

from __future__ import annotations

import zlib
from collections import OrderedDict

import numpy as np

from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.writing.container import save

SOURCE = "raise RuntimeError('embedded source must not be executed')\n"
SIZES = {
    "num_channels": 3,
    "resolution": 16,
    "label_size": 0,
    "latent_size": 16,
    "dlatent_size": 12,
    "mapping_fmaps": 14,
    "mapping_layers": 2,
    "fmap_base": 64,
    "fmap_max": 8,
}
# name: (state version, build function of the synthesis part, arguments beyond SIZES)
FAMILIES = {
    "stylegan": (3, "G_synthesis", {}),
    "stylegan-cond": (3, "G_synthesis", {"label_size": 3}),
    "stylegan-fused": (3, "G_synthesis", {"fused_scale": True}),
    "stylegan2-configa": (4, "G_synthesis", {"truncation_psi": 0.6}),
    "stylegan2-skip": (4, "G_synthesis_stylegan2", {}),
    "stylegan2-resnet": (4, "G_synthesis_stylegan2", {"architecture": "resnet"}),
    "stylegan2-orig": (4, "G_synthesis_stylegan2", {"architecture": "orig"}),
    "stylegan2-revised": (4, "G_synthesis_stylegan_revised", {}),
    "stylegan2-cond": (4, "G_synthesis_stylegan2", {"label_size": 3}),
    "stylegan2-ada": (5, "G_synthesis", {"conv_clamp": 256, "num_fp16_res": 4}),
    "stylegan2-ada-cond": (5, "G_synthesis", {"label_size": 3, "label_fmaps": 10, "resolution": 8}),
    "stylegan2-ada-resnet": (
        5,
        "G_synthesis",
        {"architecture": "resnet", "use_noise": False, "fmap_const": 6},
    ),
}
TRUNCATION = ("truncation_psi", "truncation_cutoff")  # stay with the whole generator


def tiny_records(name: str, seed: int = 0, **kwargs) -> FileRecords:
    """G, D and Gs of the kind `name` (see FAMILIES) with random values that depend on name and seed alone.

    Further arguments change sizes and options, for example resolution=8 or num_channels=1.
    """
    random = np.random.RandomState(zlib.crc32(name.encode()) % 100000 + seed)
    return FileRecords(
        _generator(name, "G", random, kwargs),
        _discriminator(name, random),
        _generator(name, "Gs", random, kwargs),
    )


def write_tiny(path, name: str, seed: int = 0, **kwargs):
    """Saves `tiny_records(name, seed, **kwargs)`, as .npz where the path says so, and returns the path."""
    save(tiny_records(name, seed, **kwargs), path)
    return path


def is_stylegan(name: str) -> bool:
    """Whether the network has the maths of the first StyleGAN."""
    return name.startswith("stylegan-") or name in ("stylegan", "stylegan2-configa")


def _generator(name, title, random, changes):
    version, function, options = FAMILIES[name]
    kwargs = {**SIZES, **options, **changes}
    if version == 5:
        kwargs.pop("mapping_fmaps")
    shared = {key: value for key, value in kwargs.items() if key not in TRUNCATION}
    rows = _stylegan_rows(shared) if is_stylegan(name) else _stylegan2_rows(shared, function)
    layers = 2 * shared["resolution"].bit_length() - 4
    parts = OrderedDict()
    parts["synthesis"] = _record(version, "G_synthesis", function, shared, rows, random)
    mapping_kwargs = {"dlatent_broadcast": layers, **shared}
    parts["mapping"] = _record(
        version, "G_mapping", "G_mapping", mapping_kwargs, _mapping_rows(shared, version), random
    )
    own = [("dlatent_avg", (shared["dlatent_size"],))]
    if version < 5:
        own.insert(0, ("lod", ()))
    if function == "G_synthesis_stylegan_revised":
        kwargs["synthesis_func"] = function
    return _record(version, title, "G_style" if is_stylegan(name) else "G_main", kwargs, own, random, parts)


def _discriminator(name, random):
    version = FAMILIES[name][0]
    kwargs = {"num_channels": 3, "resolution": 16, "label_size": 0}
    return _record(
        version, "D", "D_stylegan2", kwargs, [("Output/weight", (8, 1)), ("Output/bias", (1,))], random
    )


def _record(version, name, function, kwargs, rows, random, parts=None):
    variables = OrderedDict((row, _value(row, shape, random)) for row, shape in rows)
    return NetworkRecord(version, name, dict(kwargs), parts or OrderedDict(), function, variables, SOURCE)


def _value(name, shape, random):
    """Sizes at which pictures come out with a standard deviation near 0.5 and every variable matters."""
    value = random.standard_normal(shape)
    if name == "lod":
        value = 0.0
    elif name.startswith("Dense") and name.endswith("weight"):
        value = value * 100  # the mapping part runs with lrmul 0.01
    elif name.startswith("Dense"):
        value = value * 10
    elif "ToRGB" in name and name.rsplit("/", 1)[-1] in ("weight", "bias"):
        value = value * 0.4
    elif not name.endswith("weight") and not name.startswith("noise") and not name.endswith("const"):
        value = value * 0.2
    return np.asarray(value, np.float32)


def _mapping_rows(kwargs, version):
    inputs, labels = kwargs["latent_size"], kwargs["label_size"]
    rows = []
    if labels:
        width = kwargs.get("label_fmaps", inputs) if version == 5 else inputs
        rows.append(("LabelEmbed/weight" if version == 5 else "LabelConcat/weight", (labels, width)))
        if version == 5:
            rows.append(("LabelEmbed/bias", (width,)))
        inputs += width
    hidden = kwargs.get("mapping_fmaps", kwargs["dlatent_size"])
    widths = [hidden] * (kwargs["mapping_layers"] - 1) + [kwargs["dlatent_size"]]
    for layer, width in enumerate(widths):
        rows += [("Dense%d/weight" % layer, (inputs, width)), ("Dense%d/bias" % layer, (width,))]
        inputs = width
    return rows


def _widths(kwargs):
    sizes = [2**r for r in range(2, kwargs["resolution"].bit_length())]
    return {size: min(2 * kwargs["fmap_base"] // size, kwargs["fmap_max"]) for size in sizes}


def _stylegan_rows(kwargs):
    widths, resolution = _widths(kwargs), kwargs["resolution"]
    sizes = sorted(widths)

    def epilogue(scope, width):
        style = [("/StyleMod/weight", (kwargs["dlatent_size"], 2 * width)), ("/StyleMod/bias", (2 * width,))]
        return [
            (scope + end, shape) for end, shape in [("/Noise/weight", (width,)), ("/bias", (width,))] + style
        ]

    rows = [("lod", ())]
    rows += [("noise%d" % i, (1, 1, s, s)) for i, s in enumerate(s for size in sizes for s in (size, size))]
    rows += [("4x4/Const/const", (1, widths[4], 4, 4))] + epilogue("4x4/Const", widths[4])
    inputs = widths[4]
    for size in sizes:
        width = widths[size]
        for layer in ["Conv"] if size == 4 else ["Conv0_up", "Conv1"]:
            scope = "%dx%d/%s" % (size, size, layer)
            rows += [(scope + "/weight", (3, 3, inputs, width))] + epilogue(scope, width)
            inputs = width
        lod = resolution.bit_length() - size.bit_length()
        rows += [("ToRGB_lod%d/weight" % lod, (1, 1, width, kwargs["num_channels"]))]
        rows += [("ToRGB_lod%d/bias" % lod, (kwargs["num_channels"],))]
    return rows


def _stylegan2_rows(kwargs, function):
    widths, resolution, style = _widths(kwargs), kwargs["resolution"], kwargs["dlatent_size"]
    revised = function == "G_synthesis_stylegan_revised"
    architecture = "skip" if revised else kwargs.get("architecture", "skip")
    noise = kwargs.get("use_noise", True)
    inputs = kwargs.get("fmap_const", widths[4])
    rows = [("lod", ())] if revised else []
    sides = [side for size in sorted(widths) for side in ([size] if size == 4 else [size, size])]
    rows += [("noise%d" % index, (1, 1, side, side)) for index, side in enumerate(sides)] if noise else []
    rows.append(("4x4/Const/const", (1, inputs, 4, 4)))
    for size in sorted(widths):
        width, scope = widths[size], "%dx%d/" % (size, size)
        block = inputs
        for layer in ["Conv"] if size == 4 else ["Conv0_up", "Conv1"]:
            ends = [
                ("weight", (3, 3, inputs, width)),
                ("mod_weight", (style, inputs)),
                ("mod_bias", (inputs,)),
            ]
            ends += [("noise_strength", ())] if noise else []
            rows += [("%s%s/%s" % (scope, layer, end), shape) for end, shape in ends + [("bias", (width,))]]
            inputs = width
        if architecture == "resnet" and size > 4:
            rows.append((scope + "Skip/weight", (1, 1, block, width)))
        if architecture == "skip" or size == resolution:
            rgb = (
                "ToRGB_lod%d/" % (resolution.bit_length() - size.bit_length())
                if revised
                else scope + "ToRGB/"
            )
            rows += [
                (rgb + "weight", (1, 1, width, kwargs["num_channels"])),
                (rgb + "mod_weight", (style, width)),
            ]
            rows += [(rgb + "mod_bias", (width,)), (rgb + "bias", (kwargs["num_channels"],))]
    return rows
