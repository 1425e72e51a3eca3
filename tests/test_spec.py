"""From records to specifications: families, defaults, shapes, and refusals before anything is built."""

from __future__ import annotations

import pathlib
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from nvlabs.describing.from_record import generator_spec
from nvlabs.describing.shapes import mapping_shapes, parameter_count, synthesis_shapes
from nvlabs.describing.spec import GeneratorSpec, MappingSpec, SynthesisSpec
from nvlabs.errors import NetworkFileError, UnsupportedNetwork, VariableMismatch
from nvlabs.reading.unpickle import read_records
from tests import tiny

GOLDENS = pathlib.Path(__file__).parent / "goldens" / "nvlabs"
CASES = sorted(path.stem for path in GOLDENS.glob("*.pkl"))


def with_part(record, key, **changes):
    """The record with fields of one part changed; key None is the whole generator."""
    if key is None:
        return replace(record, **changes)
    parts = OrderedDict(record.components)
    parts[key] = replace(parts[key], **changes)
    return replace(record, components=parts)


def with_kwargs(record, **kwargs):
    """The record as if it had been built with further static arguments."""
    for key in (None, "synthesis", "mapping"):
        part = record if key is None else record.components[key]
        record = with_part(record, key, static_kwargs={**part.static_kwargs, **kwargs})
    return record


def without_kwargs(record, *names):
    for key in (None, "synthesis", "mapping"):
        part = record if key is None else record.components[key]
        kept = {name: value for name, value in part.static_kwargs.items() if name not in names}
        record = with_part(record, key, static_kwargs=kept)
    return record


def with_variable(record, key, name, value):
    part = record if key is None else record.components[key]
    variables = OrderedDict(part.variables)
    variables[name] = value
    return with_part(record, key, variables=variables)


@pytest.fixture
def Gs():
    return tiny.tiny_records("stylegan2-skip").Gs


# Families


@pytest.mark.parametrize("case", CASES)
def test_every_network_of_the_originals_is_understood(case):
    spec = generator_spec(read_records(GOLDENS / (case + ".pkl")).Gs)
    assert (
        spec.family == {"sg1": "stylegan", "sg2": "stylegan2", "ada": "stylegan2-ada"}[case[:3]]
        or "configa" in case
    )


def test_goldens_cover_every_family_architecture_and_label_rule():
    specs = [generator_spec(read_records(GOLDENS / (case + ".pkl")).Gs) for case in CASES]
    seen = {(spec.family, spec.synthesis.architecture) for spec in specs}
    assert seen >= {
        ("stylegan", "growing"),
        ("stylegan2", "skip"),
        ("stylegan2", "resnet"),
        ("stylegan2", "orig"),
        ("stylegan2", "revised"),
        ("stylegan2-ada", "skip"),
        ("stylegan2-ada", "resnet"),
    }
    labelled = {spec.family for spec in specs if spec.mapping.label_size}
    assert labelled == {"stylegan", "stylegan2", "stylegan2-ada"}
    assert any(spec.synthesis.fused_scale.get(128) for spec in specs)
    assert {(spec.family, spec.version) for spec in specs} >= {
        ("stylegan", 3),
        ("stylegan", 4),
        ("stylegan2", 4),
    }
    assert all((GOLDENS / (case + ".npz")).exists() for case in CASES)


@pytest.mark.parametrize("name", sorted(tiny.FAMILIES))
def test_every_tiny_network_is_understood(name):
    records = tiny.tiny_records(name)
    for record in (records.G, records.Gs):
        spec = generator_spec(record)
        assert spec.family == (
            "stylegan"
            if tiny.is_stylegan(name)
            else "-".join(name.split("-")[:2])
            if "ada" in name
            else "stylegan2"
        )


def test_the_version_number_does_not_decide_the_family():
    """Config a is saved with version 4, and newer code re-saves older networks under its own number."""
    record = tiny.tiny_records("stylegan").Gs
    for version in (3, 4, 5):
        spec = generator_spec(replace(record, version=version))
        assert (spec.family, spec.truncation_psi, spec.truncation_cutoff) == ("stylegan", 0.7, 8)
    assert generator_spec(replace(tiny.tiny_records("stylegan2-skip").Gs, version=5)).family == "stylegan2"


# Defaults: what a file leaves out takes the value of its family's code


def test_defaults_of_stylegan():
    spec = generator_spec(tiny.tiny_records("stylegan").Gs)
    assert (spec.truncation_psi, spec.truncation_cutoff) == (0.7, 8)
    assert spec.mapping.gain_in_weight and spec.mapping.lrmul == 0.01 and spec.mapping.normalize_latents
    assert spec.synthesis.blur_filter == (1.0, 2.0, 1.0) and spec.synthesis.use_instance_norm
    assert not spec.synthesis.use_pixel_norm and spec.synthesis.has_lod
    assert spec.synthesis.fused_scale == {8: False, 16: False}


def test_defaults_of_stylegan2_and_ada():
    for name in ("stylegan2-skip", "stylegan2-ada"):
        spec = generator_spec(tiny.tiny_records(name).Gs)
        assert (spec.truncation_psi, spec.truncation_cutoff) == (0.5, None)
        assert spec.synthesis.resample_kernel == (1.0, 3.0, 3.0, 1.0)
        assert not spec.mapping.gain_in_weight and not spec.synthesis.has_lod
        assert spec.synthesis.randomize_noise
    assert spec.synthesis.conv_clamp == 256.0
    assert spec.mapping.fmaps == spec.mapping.dlatent_size  # ADA's own default


def test_widths_that_the_file_does_not_state():
    record = read_records(GOLDENS / "sg2_latent512_16.pkl").Gs
    assert "latent_size" not in record.static_kwargs
    assert generator_spec(record).mapping.latent_size == 512


def test_static_truncation_overrides_the_default():
    assert generator_spec(tiny.tiny_records("stylegan2-configa").Gs).truncation_psi == 0.6
    record = tiny.tiny_records("stylegan").Gs
    changed = replace(
        record, static_kwargs={**record.static_kwargs, "truncation_cutoff": None, "truncation_psi_val": 1.0}
    )
    spec = generator_spec(changed)
    assert (spec.truncation_cutoff, spec.truncation_psi_val) == (None, 1.0)


def test_fused_scale():
    assert generator_spec(tiny.tiny_records("stylegan-fused").Gs).synthesis.fused_scale == {8: True, 16: True}
    fused = generator_spec(read_records(GOLDENS / "sg1_128_fused.pkl").Gs).synthesis.fused_scale
    assert fused == {8: False, 16: False, 32: False, 64: False, 128: True}


def test_unknown_arguments_are_tolerated(Gs):
    record = with_kwargs(Gs, conditioning="none", w_avg_beta=0.9, fused_modconv=True)
    assert generator_spec(record) == generator_spec(Gs)


@pytest.mark.parametrize(
    "kernel, expected",
    [(None, (1.0, 1.0)), ([1, 2, 1], (1.0, 2.0, 1.0)), ([[1, 1], [1, 1]], ((1.0, 1.0),) * 2)],
)
def test_kernels(Gs, kernel, expected):
    assert generator_spec(with_kwargs(Gs, resample_kernel=kernel)).synthesis.resample_kernel == expected


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("name", ["stylegan", "stylegan2-skip", "stylegan2-ada"])
def test_any_number_of_image_channels(name, channels):
    assert (
        generator_spec(tiny.tiny_records(name, num_channels=channels).Gs).synthesis.num_channels == channels
    )


# Shapes


def full_size(family, resolution, architecture="skip", base=16384):
    """The parts of an official network of full size."""
    sizes = [2**r for r in range(2, resolution.bit_length())]
    fmaps = {size: min(2 * base // size, 512) for size in sizes}
    stylegan = family == "stylegan"
    mapping = MappingSpec(512, 0, 512, 8, 512, 0.01, "lrelu", True, True, "concat", 0, stylegan, None)
    style = "stylegan" if stylegan else "stylegan2"
    return mapping, SynthesisSpec(
        style, architecture, resolution, 3, 512, fmaps, fmaps[4], "lrelu", True, True
    )


# Published totals; StyleGAN's at 1024 is the number in its own documentation.
@pytest.mark.parametrize(
    "family, resolution, architecture, base, total",
    [
        ("stylegan", 1024, "growing", 8192, 26219627),
        ("stylegan", 256, "growing", 8192, 26086229),
        ("stylegan2", 1024, "skip", 16384, 30370060),
        ("stylegan2", 512, "skip", 16384, 30276583),
        ("stylegan2", 1024, "skip", 8192, 24900764),
        ("stylegan2", 1024, "revised", 8192, 24900764),
        ("stylegan2", 512, "resnet", 8192, 24533490),
        ("stylegan2", 256, "orig", 8192, 23512528),
    ],
)
def test_parameters_of_the_official_networks(family, resolution, architecture, base, total):
    mapping, synthesis = full_size(family, resolution, architecture, base)
    assert parameter_count(mapping_shapes(mapping)) + parameter_count(synthesis_shapes(synthesis)) == total
    assert synthesis.num_layers == 2 * resolution.bit_length() - 4


def test_noise_maps_of_both_styles():
    assert full_size("stylegan", 16, "growing")[1].noise_sizes == tuple((s, s) for s in (4, 4, 8, 8, 16, 16))
    assert full_size("stylegan2", 16)[1].noise_sizes == tuple((s, s) for s in (4, 8, 8, 16, 16))


@pytest.mark.parametrize("case", CASES)
def test_variables_come_in_the_order_of_the_originals(case):
    record = read_records(GOLDENS / (case + ".pkl")).Gs
    spec = generator_spec(record)
    assert list(record.components["synthesis"].variables) == list(synthesis_shapes(spec.synthesis))
    assert list(record.components["mapping"].variables) == list(mapping_shapes(spec.mapping))


# Refusals


@pytest.mark.parametrize("name", ["stylegan", "stylegan2-resnet", "stylegan2-ada-cond"])
def test_each_missing_variable_is_named(name):
    record = tiny.tiny_records(name).Gs
    for key in (None, "synthesis", "mapping"):
        part = record if key is None else record.components[key]
        for variable in part.variables:
            rest = OrderedDict((other, value) for other, value in part.variables.items() if other != variable)
            with pytest.raises(NetworkFileError) as refused:
                generator_spec(with_part(record, key, variables=rest))
            assert variable in str(refused.value)


def test_extra_and_misshapen_variables_are_named(Gs):
    with pytest.raises(VariableMismatch, match="G_synthesis/8x8/Conv2/weight"):
        generator_spec(with_variable(Gs, "synthesis", "8x8/Conv2/weight", np.zeros(3, np.float32)))
    with pytest.raises(
        VariableMismatch, match=r"G_mapping/Dense0/weight has the shape \[14, 16\].*\[16, 14\]"
    ):
        transposed = Gs.components["mapping"].variables["Dense0/weight"].T.copy()
        generator_spec(with_variable(Gs, "mapping", "Dense0/weight", transposed))
    with pytest.raises(VariableMismatch, match="noise_strength"):
        generator_spec(with_variable(Gs, "synthesis", "4x4/Conv/noise_strength", np.zeros(1, np.float32)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(Gs, bad):
    """A network with one of them gives pictures of one colour: better said at once."""
    weight = Gs.components["synthesis"].variables["8x8/Conv1/weight"].copy()
    weight[0, 0, 0, 0] = bad
    with pytest.raises(VariableMismatch, match=r"8x8/Conv1/weight.*NaN"):
        generator_spec(with_variable(Gs, "synthesis", "8x8/Conv1/weight", weight))


@pytest.mark.parametrize(
    "name, value",
    [
        *[("resolution", value) for value in (48, 2, 0, -32, 32.0, "32", 2**20, True, None)],
        *[("num_channels", value) for value in (0, -1, 3.0)],
        *[("mapping_layers", value) for value in (0, 10**9, "8")],
        *[(size, value) for size in ("latent_size", "dlatent_size") for value in (0, -1, 10**9, None)],
        *[("label_size", value) for value in (-1, None, 1.5)],
        *[("fmap_base", value) for value in (10**12, 0, float("nan"), "a")],
        *[("fmap_max", value) for value in (0, 10**12, 8.0)],
        *[("architecture", value) for value in ("foo", None, 3)],
        *[("nonlinearity", value) for value in ("os.system", None)],
        ("mapping_nonlinearity", "foo"),
        *[
            ("resample_kernel", value)
            for value in ([], [0, 0], [float("nan")], [[1, 2], []], [[1, 2], [3]], "abc", [None])
        ],
        *[("truncation_psi", value) for value in ("a", float("nan"), [])],
        ("truncation_cutoff", 1.5),
        *[("conv_clamp", value) for value in (0, -1.0, "256")],
        ("dtype", "float16"),
        ("normalize_latents", "yes"),
    ],
)
def test_arguments_out_of_range_are_refused_with_what_is_allowed(Gs, name, value):
    with pytest.raises(UnsupportedNetwork, match="argument %s is .* allowed" % name):
        generator_spec(with_kwargs(Gs, **{name: value}))


def test_arguments_and_variables_must_describe_the_same_network(Gs):
    for kwargs in ({"fmap_max": 4}, {"label_size": 5}, {"dlatent_size": 13}, {"mapping_layers": 3}):
        with pytest.raises(VariableMismatch):
            generator_spec(with_kwargs(Gs, **kwargs))
    for resolution, layers in ((8, 4), (32, 8)):
        with pytest.raises(VariableMismatch, match="resolution %d" % resolution):
            generator_spec(with_kwargs(Gs, resolution=resolution, dlatent_broadcast=layers))
    with pytest.raises(VariableMismatch, match="512"):
        generator_spec(without_kwargs(Gs, "dlatent_size"))


def test_the_parts_must_agree_with_the_whole(Gs):
    kwargs = {**Gs.components["mapping"].static_kwargs, "latent_size": 17}
    with pytest.raises(UnsupportedNetwork, match="latent_size is 17 there but 16"):
        generator_spec(with_part(Gs, "mapping", static_kwargs=kwargs))
    kwargs = {**Gs.components["mapping"].static_kwargs, "dlatent_broadcast": 5}
    with pytest.raises(UnsupportedNetwork, match=r"dlatent_broadcast is 5; .* 6 layers"):
        generator_spec(with_part(Gs, "mapping", static_kwargs=kwargs))


@pytest.mark.parametrize("function", ["G_foo", "", "os.system", "D_stylegan2", "G_paper"])
@pytest.mark.parametrize("key", [None, "synthesis", "mapping"])
def test_unknown_build_functions(Gs, key, function):
    with pytest.raises(UnsupportedNetwork, match="built by"):
        generator_spec(with_part(Gs, key, build_func_name=function))


def test_family_by_function_and_by_variables_must_agree(Gs):
    with pytest.raises(NetworkFileError):
        generator_spec(with_part(Gs, None, build_func_name="G_style"))
    with pytest.raises(NetworkFileError):
        generator_spec(with_part(Gs, "synthesis", build_func_name="G_synthesis"))
    with pytest.raises(NetworkFileError):
        generator_spec(with_part(tiny.tiny_records("stylegan").Gs, None, build_func_name="G_main"))


def test_networks_that_are_no_generators(Gs):
    records = tiny.tiny_records("stylegan2-skip")
    with pytest.raises(UnsupportedNetwork, match="discriminator"):
        generator_spec(records.D)
    with pytest.raises(UnsupportedNetwork, match="synthesis and mapping"):
        generator_spec(records.Gs.components["mapping"])
    for key in ("mapping", "synthesis"):
        rest = OrderedDict((other, part) for other, part in Gs.components.items() if other != key)
        with pytest.raises(UnsupportedNetwork):
            generator_spec(replace(Gs, components=rest))
    with pytest.raises(UnsupportedNetwork):
        generator_spec(replace(Gs, components=OrderedDict(Gs.components, extra=records.D)))


def test_parts_under_wrong_names(Gs):
    with pytest.raises(UnsupportedNetwork, match="G_synthesis"):
        generator_spec(with_part(Gs, "synthesis", name="G_mapping"))
    swapped = OrderedDict([("synthesis", Gs.components["mapping"]), ("mapping", Gs.components["synthesis"])])
    with pytest.raises(UnsupportedNetwork):
        generator_spec(replace(Gs, components=swapped))


def test_options_of_stylegan_that_no_published_network_has():
    record = tiny.tiny_records("stylegan").Gs
    for option in ("use_styles", "const_input_layer"):
        with pytest.raises(UnsupportedNetwork, match=option):
            generator_spec(with_kwargs(record, **{option: False}))
    with pytest.raises(UnsupportedNetwork, match="swish"):
        generator_spec(with_kwargs(record, nonlinearity="swish"))
    with pytest.raises(UnsupportedNetwork, match="too small"):
        generator_spec(with_kwargs(record, fmap_base=4))


def test_specs_are_values():
    first, second = (generator_spec(tiny.tiny_records("stylegan2-skip").Gs) for _ in range(2))
    assert isinstance(first, GeneratorSpec) and first == second
