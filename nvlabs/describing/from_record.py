"""From a record to its checked description (spec.py): families, defaults, every variable named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional, Tuple, Union

from nvlabs.describing.forks import Fork, fork_of, is_forked
from nvlabs.describing.shapes import check_variables, mapping_shapes, synthesis_shapes
from nvlabs.describing.spec import (
    PERSISTENT,
    GeneratorSpec,
    Kernel,
    MappingSpec,
    SynthesisSpec,
    size_text,
)
from nvlabs.describing.static_arguments import (
    ADA,
    DEFAULTS,
    STYLEGAN,
    STYLEGAN2,
    STYLEGAN3,
    STYLEGAN_ACTIVATIONS,
    check_agreement,
    check_arguments,
)
from nvlabs.describing.stylegan3 import StyleGAN3Spec, stylegan3_spec
from nvlabs.errors import NetworkFileError, UnsupportedNetwork
from nvlabs.reading.records import FileRecords, NetworkRecord

PART_NAMES = {"synthesis": "G_synthesis", "mapping": "G_mapping"}
REVISED = "G_synthesis_stylegan_revised"
# The build functions of each family: whole generator, synthesis part, mapping part.
FUNCTIONS = {
    STYLEGAN: (("G_style",), ("G_synthesis",), ("G_mapping",)),
    STYLEGAN2: (("G_main",), ("G_synthesis_stylegan2", REVISED), ("G_mapping",)),
    ADA: (("G_main",), ("G_synthesis",), ("G_mapping",)),
    STYLEGAN3: (
        ("training.networks_stylegan3.Generator",),
        ("training.networks_stylegan3.SynthesisNetwork",),
        ("training.networks_stylegan3.MappingNetwork",),
    ),
}
OF_ADA_KIND = (ADA, STYLEGAN3)  # families that embed labels, and keep no lod


def generator_spec(record: NetworkRecord) -> GeneratorSpec:
    """What the record describes, once every argument and every variable of it was found to fit.

    The family follows from build functions and variables, not from the version number, because newer code
    re-saves older networks under its own number.
    Raises UnsupportedNetwork (not a generator, or an option that is not built) or VariableMismatch.
    """
    try:
        return _checked_spec(record)
    except NetworkFileError as error:
        raise type(error)("%s: %s" % (record.name[:60] or "the generator", error.reason)) from None


def usable(records: FileRecords) -> FileRecords:
    """The records once Gs, and G if it is there, are found to fit; raises NetworkFileError.

    A G of a PyTorch edition that does not fit is left out with a note, as is a D that cannot be read: other
    programs put into these places what they like.
    """
    generator_spec(records.Gs)
    if records.G is None:
        return records
    try:
        generator_spec(records.G)
    except NetworkFileError as error:
        if records.G.version != PERSISTENT:
            raise
        notes = [*records.facts.get("notes", []), "G is left out: %s" % error.reason]
        return replace(records, G=None, facts=dict(records.facts, notes=notes))
    return records


def _checked_spec(record: NetworkRecord) -> GeneratorSpec:
    family = _family(record)
    forked = is_forked(record)
    for place, part in [("the generator", record)] + list(record.components.items()):
        check_arguments(part.static_kwargs, place, forked)
        check_agreement(record.static_kwargs, part.static_kwargs, place)
    fork = fork_of(record)
    try:
        return _spec(family, record, fork)
    except NetworkFileError as error:
        raise type(error)("a network of %s: %s" % (fork, error.reason) if fork else error.reason) from None


def _spec(family: str, record: NetworkRecord, fork: Optional[Fork]) -> GeneratorSpec:
    whole = dict(DEFAULTS[family], **record.static_kwargs)
    synthesis = _any_synthesis_spec(family, record, fork)
    mapping = _mapping_spec(family, record, synthesis)
    spec = GeneratorSpec(
        family=family,
        version=record.version,
        name=record.name,
        mapping=mapping,
        synthesis=synthesis,
        truncation_psi=whole["truncation_psi"],
        truncation_cutoff=whole["truncation_cutoff"],
        truncation_psi_val=whole["truncation_psi_val"],
        truncation_cutoff_val=whole["truncation_cutoff_val"],
        has_average=record.version != PERSISTENT or "dlatent_avg" in record.variables,
    )
    _check_all_variables(record, spec)
    return spec


def _family(record: NetworkRecord) -> str:
    """The family, decided by the synthesis part; everything else must then agree."""
    parts = record.components
    if set(parts) != set(PART_NAMES):
        kind = "a discriminator" if record.build_func_name.startswith("D_") else "not a whole generator"
        raise UnsupportedNetwork(
            "this is %s (build function %s, parts: %s); a generator has the parts synthesis and mapping"
            % (kind, record.build_func_name[:60], ", ".join(sorted(parts))[:60] or "none")
        )
    synthesis, mapping = parts["synthesis"], parts["mapping"]
    styled = any(name.endswith("/StyleMod/weight") for name in synthesis.variables)
    modulated = any(name.endswith("/mod_weight") for name in synthesis.variables)
    if record.build_func_name == "G_style" or (styled and not modulated):
        family = STYLEGAN
    elif synthesis.build_func_name in FUNCTIONS[STYLEGAN2][1]:
        family = STYLEGAN2
    elif synthesis.build_func_name in FUNCTIONS[STYLEGAN3][1]:
        family = STYLEGAN3
    else:
        family = ADA
    built_by = (record.build_func_name, synthesis.build_func_name, mapping.build_func_name)
    if not all(function in known for function, known in zip(built_by, FUNCTIONS[family])):
        raise UnsupportedNetwork(
            "built by %s, which is no generator of StyleGAN, StyleGAN2, StyleGAN2-ADA or StyleGAN3"
            % (", ".join(name[:60] or "''" for name in built_by))
        )
    for key, name in PART_NAMES.items():
        if parts[key].name != name or parts[key].components:
            raise UnsupportedNetwork(
                "the part %s is called %r; %r without parts is needed" % (key, parts[key].name, name)
            )
    return family


Synthesis = Union[SynthesisSpec, StyleGAN3Spec]


def _mapping_spec(family: str, record: NetworkRecord, synthesis: Synthesis) -> MappingSpec:
    given = record.components["mapping"].static_kwargs
    kwargs = dict(DEFAULTS[family], **given)
    fmaps = kwargs["mapping_fmaps"]
    if fmaps is None and family not in OF_ADA_KIND:
        raise UnsupportedNetwork(
            "mapping: argument mapping_fmaps is None, which only StyleGAN2-ADA understands"
        )
    label_fmaps = kwargs["latent_size"]
    if family in OF_ADA_KIND and kwargs["label_fmaps"] is not None:
        label_fmaps = kwargs["label_fmaps"]
    if kwargs["dlatent_size"] != synthesis.dlatent_size:
        raise UnsupportedNetwork(
            "the parts disagree about dlatent_size: %d and %d"
            % (kwargs["dlatent_size"], synthesis.dlatent_size)
        )
    if kwargs["dlatent_broadcast"] not in (None, synthesis.num_layers):
        raise UnsupportedNetwork(
            "mapping: argument dlatent_broadcast is %d; a network of %s pixels has %d layers"
            % (kwargs["dlatent_broadcast"], size_text(synthesis.image_size), synthesis.num_layers)
        )
    return MappingSpec(
        latent_size=kwargs["latent_size"],
        label_size=kwargs["label_size"],
        dlatent_size=kwargs["dlatent_size"],
        layers=kwargs["mapping_layers"],
        fmaps=kwargs["dlatent_size"] if fmaps is None else fmaps,
        lrmul=float(kwargs["mapping_lrmul"]),
        nonlinearity=_activation(family, kwargs["mapping_nonlinearity"]),
        normalize_latents=kwargs["normalize_latents"],
        use_wscale=kwargs["use_wscale"] if family == STYLEGAN else True,
        label_rule="embed" if family in OF_ADA_KIND else "concat",
        label_fmaps=label_fmaps if kwargs["label_size"] else 0,
        gain_in_weight=family == STYLEGAN,
        broadcast=synthesis.num_layers,
    )


def _any_synthesis_spec(family: str, record: NetworkRecord, fork: Optional[Fork]) -> Synthesis:
    part = record.components["synthesis"]
    kwargs = dict(DEFAULTS[family], **part.static_kwargs)
    if family == STYLEGAN3:
        return stylegan3_spec(kwargs)
    return _synthesis_spec(family, part, kwargs, fork)


def _synthesis_spec(
    family: str, part: NetworkRecord, kwargs: Dict[str, Any], fork: Optional[Fork]
) -> SynthesisSpec:
    resolution = kwargs["resolution"] if fork is None else fork.resolution
    if fork is not None and family == STYLEGAN:
        raise UnsupportedNetwork("the first StyleGAN's; of such forks StyleGAN2 and StyleGAN2-ADA are drawn")
    lowest = 0 if family == STYLEGAN else kwargs["fmap_min"]  # StyleGAN has no lower bound
    fmaps = {2**r: _fmaps(kwargs, r - 1, lowest) for r in range(2, resolution.bit_length())}
    options: Dict[str, Any] = {"resample_kernel": _kernel(kwargs["resample_kernel"])}
    if fork is not None:
        fmaps = fork.fmaps(part.variables, fmaps)
        options.update(start=fork.start, block_names=fork.block_names)
    if min(fmaps.values()) < 1:
        raise UnsupportedNetwork(
            "synthesis: fmap_base %s is too small for %d pixels" % (kwargs["fmap_base"], resolution)
        )
    architecture = kwargs["architecture"]
    if part.build_func_name == REVISED:
        architecture = "revised"
    if family == STYLEGAN:
        architecture, options = "growing", _stylegan_options(kwargs)
    if family == ADA:
        options["conv_clamp"] = None if kwargs["conv_clamp"] is None else float(kwargs["conv_clamp"])
    return SynthesisSpec(
        style="stylegan" if family == STYLEGAN else "stylegan2",
        architecture=architecture,
        resolution=resolution,
        num_channels=kwargs["num_channels"],
        dlatent_size=kwargs["dlatent_size"],
        fmaps=fmaps,
        const_fmaps=fmaps[4] if kwargs.get("fmap_const") is None or family != ADA else kwargs["fmap_const"],
        nonlinearity=_activation(family, kwargs["nonlinearity"]),
        use_noise=kwargs["use_noise"] if family != STYLEGAN2 else True,
        randomize_noise=kwargs["randomize_noise"],
        **options,
    )


def _stylegan_options(kwargs: Dict[str, Any]) -> Dict[str, Any]:
    if not kwargs["use_styles"] or not kwargs["const_input_layer"]:
        raise UnsupportedNetwork("synthesis: use_styles=False and const_input_layer=False are not built here")
    fused = kwargs["fused_scale"]
    sizes = [2**r for r in range(3, kwargs["resolution"].bit_length())]
    return {
        "blur_filter": tuple(float(tap) for tap in kwargs["blur_filter"] or ()) or None,
        "fused_scale": {size: size >= 128 if fused == "auto" else fused for size in sizes},
        "use_wscale": kwargs["use_wscale"],
        "use_pixel_norm": kwargs["use_pixel_norm"],
        "use_instance_norm": kwargs["use_instance_norm"],
        "norm_epsilon": float(kwargs["epsilon"]),
    }


def _fmaps(kwargs: Dict[str, Any], stage: int, lowest: int) -> int:
    """Channels at resolution 2^(stage + 1): fmap_base / 2^(stage fmap_decay), within its bounds."""
    count = int(kwargs["fmap_base"] / 2.0 ** (stage * kwargs["fmap_decay"]))
    return min(max(count, lowest), kwargs["fmap_max"])


def _kernel(taps: Any) -> Kernel:
    if taps is None:
        return (1.0, 1.0)  # nearest neighbour
    if isinstance(taps[0], (list, tuple)):
        return tuple(tuple(float(tap) for tap in row) for row in taps)
    return tuple(float(tap) for tap in taps)


def _activation(family: str, name: str) -> str:
    if family == STYLEGAN and name not in STYLEGAN_ACTIVATIONS:
        raise UnsupportedNetwork(
            "the activation %r is not known to StyleGAN; %s are" % (name, " and ".join(STYLEGAN_ACTIVATIONS))
        )
    return name


def _check_all_variables(record: NetworkRecord, spec: GeneratorSpec) -> None:
    synthesis, mapping = spec.synthesis, spec.mapping
    own: Dict[str, Tuple[int, ...]] = {"dlatent_avg": (mapping.dlatent_size,)} if spec.has_average else {}
    if spec.family not in OF_ADA_KIND:
        own["lod"] = ()
    check_variables(
        record.variables, own, "", "a %s generator with dlatent_size %d" % (spec.family, mapping.dlatent_size)
    )
    check_variables(
        record.components["synthesis"].variables,
        synthesis_shapes(synthesis),
        "G_synthesis/",
        "a %s %s" % (spec.family, synthesis.in_words()),
    )
    check_variables(
        record.components["mapping"].variables,
        mapping_shapes(mapping),
        "G_mapping/",
        "a %s mapping network (%d layers, latent_size %d, fmaps %d, dlatent_size %d, %d labels)"
        % (
            spec.family,
            mapping.layers,
            mapping.latent_size,
            mapping.fmaps,
            mapping.dlatent_size,
            mapping.label_size,
        ),
    )
