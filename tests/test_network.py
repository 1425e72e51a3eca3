"""`Network`: the interface of the official code, on frozen graphs."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import nvlabs
from nvlabs.running.network import make_generator, make_networks
from tests import tiny
from tests.layouts import NO_NCHW, nchw_runs

ROUNDING = 2e-5  # two orders of the same float32 sums


@pytest.fixture(scope="module", params=sorted(tiny.FAMILIES))
def Gs(request):
    network = make_generator(tiny.tiny_records(request.param).Gs, threads=1)
    yield network
    network.close()


@pytest.fixture(scope="module")
def stylegan2():
    network = make_generator(tiny.tiny_records("stylegan2-skip").Gs, threads=1)
    yield network
    network.close()


def latents(network, n=3, seed=0):
    return np.random.RandomState(seed).randn(n, network.input_shape[1])


def labels(network, n=3):
    size = network.input_shapes[1][1]
    return np.eye(size, dtype=np.float32)[np.arange(n) % size] if size else None


def operations(network):
    return len(network._model.open().session.graph.get_operations())


# The interface


def test_shapes_and_names(Gs):
    mapping, synthesis = Gs.components.mapping, Gs.components["synthesis"]
    assert Gs.input_names == ("latents_in", "labels_in") and Gs.output_names == ("images_out",)
    assert (Gs.num_inputs, synthesis.num_inputs, mapping.num_inputs) == (2, 1, 2)
    assert mapping.output_shape == synthesis.input_shape == [None, Gs.spec.synthesis.num_layers, 12]
    assert mapping.input_shapes == Gs.input_shapes and Gs.output_shapes == synthesis.output_shapes
    size = Gs.spec.synthesis.resolution
    assert Gs.output_shape == [None, 3, size, size]


def test_run_is_mapping_then_truncation_then_synthesis(Gs):
    z = latents(Gs)
    w = Gs.components.mapping.run(z, labels(Gs))
    average = Gs.get_var("dlatent_avg")
    truncated = average + (w - average) * np.float32(0.4)
    L = w.shape[1]
    images = Gs.run(z, labels(Gs), truncation_psi=0.4, truncation_cutoff=L, randomize_noise=False)
    by_hand = Gs.components.synthesis.run(truncated, randomize_noise=False)
    np.testing.assert_allclose(images, by_hand, atol=ROUNDING)
    assert images.dtype == np.float32


def test_the_same_w_for_all_layers(Gs):
    z = latents(Gs)
    w = Gs.components.mapping.run(z, labels(Gs), dlatent_broadcast=None)
    repeated = Gs.components.mapping.run(z, labels(Gs))
    assert w.shape == (3, 12)
    assert np.array_equal(repeated, np.repeat(w[:, None], repeated.shape[1], axis=1))


def test_default_truncation_is_the_familys(Gs):
    z, spec = latents(Gs), Gs.spec
    cutoff = 8 if spec.family == "stylegan" else None
    psi = Gs.static_kwargs.get("truncation_psi", 0.7 if spec.family == "stylegan" else 0.5)
    given = Gs.run(z, labels(Gs), truncation_psi=psi, truncation_cutoff=cutoff, randomize_noise=False)
    assert np.array_equal(Gs.run(z, labels(Gs), randomize_noise=False), given)


def test_rows_do_not_depend_on_their_company(Gs):
    z = latents(Gs, 5)
    together = Gs.run(z, labels(Gs, 5), randomize_noise=False)
    in_twos = Gs.run(z, labels(Gs, 5), randomize_noise=False, minibatch_size=2)
    np.testing.assert_allclose(together, in_twos, atol=ROUNDING)


def test_thousand_calls_leave_the_graph_as_it_was(stylegan2):
    z = latents(stylegan2, 1)
    stylegan2.run(z, None)
    before, different = operations(stylegan2), set()
    for psi in np.linspace(-1, 2, 1000):
        images = stylegan2.run(z, None, truncation_psi=psi, truncation_cutoff=3, randomize_noise=False)
        different.add(images.tobytes())
    assert operations(stylegan2) == before
    assert len(different) > 990


def test_nothing_outside_is_touched(stylegan2):
    stylegan2.run(latents(stylegan2, 1), None)
    assert len(tf.get_default_graph().get_operations()) == 0
    assert tf.get_default_session() is None


def test_variables_by_local_name(Gs):
    names = list(Gs.vars)
    assert (
        "dlatent_avg" in names
        and "G_synthesis/4x4/Const/const" in names
        and "G_mapping/Dense0/weight" in names
    )
    assert next(iter(Gs.components.mapping.vars)).split("/")[0] in ("Dense0", "LabelConcat", "LabelEmbed")
    assert not {"lod", "dlatent_avg", "noise0"} & {name.split("/")[-1] for name in Gs.trainables}
    assert set(Gs.own_vars) <= {"lod", "dlatent_avg"}
    variable = Gs.find_var("dlatent_avg")
    assert np.array_equal(Gs.get_var(variable), Gs.get_var("dlatent_avg"))
    with pytest.raises(KeyError, match="synthesis/nothing"):
        Gs.get_var("synthesis/nothing")


def test_setting_a_variable_changes_the_picture_and_back(stylegan2):
    z, name = latents(stylegan2), "G_synthesis/16x16/ToRGB/bias"
    before, old = stylegan2.run(z, None, randomize_noise=False), stylegan2.get_var(name)
    stylegan2.set_var(name, old + 1)
    np.testing.assert_allclose(stylegan2.run(z, None, randomize_noise=False), before + 1, atol=ROUNDING)
    stylegan2.set_vars({stylegan2.vars[name]: old})
    assert np.array_equal(stylegan2.run(z, None, randomize_noise=False), before)


def test_set_var_wants_the_exact_shape_and_changes_nothing_otherwise(stylegan2):
    average = stylegan2.get_var("dlatent_avg")
    with pytest.raises(nvlabs.NetworkUsageError, match=r"shape \(12,\).*shape \(\)"):
        stylegan2.set_vars({"G_synthesis/noise0": np.zeros((1, 1, 4, 4)), "dlatent_avg": 0.0})
    assert np.array_equal(stylegan2.get_var("dlatent_avg"), average)
    assert stylegan2.get_var("G_synthesis/noise0").any()


def test_scalars_are_scalars(stylegan2):
    strength = stylegan2.get_var("G_synthesis/4x4/Conv/noise_strength")
    assert strength.shape == () and strength.dtype == np.float32


def test_static_kwargs_cannot_be_changed_from_outside(stylegan2):
    stylegan2.static_kwargs["resolution"] = 7
    assert stylegan2.static_kwargs.resolution == 16
    with pytest.raises(AttributeError, match="no entry"):
        stylegan2.static_kwargs.nothing


def test_record_holds_what_was_set(stylegan2):
    average = stylegan2.get_var("dlatent_avg")
    stylegan2.set_var("dlatent_avg", average + 1)
    assert np.array_equal(stylegan2.record().variables["dlatent_avg"], average + 1)
    part = stylegan2.components.mapping.record()
    assert part.name == "G_mapping" and "Dense0/weight" in part.variables
    stylegan2.set_var("dlatent_avg", average)


def test_save_then_load_is_exact(Gs, tmp_path):
    path = nvlabs.save(Gs, tmp_path / "net.pkl")
    again = nvlabs.load(path).Gs
    assert again.fingerprint == Gs.fingerprint
    z = latents(Gs)
    images = again.run(z, labels(Gs), randomize_noise=False)
    assert np.array_equal(images, Gs.run(z, labels(Gs), randomize_noise=False))
    again.close()


def test_a_file_has_three_networks_and_d_keeps_its_variables(tmp_path):
    nets = make_networks(tiny.tiny_records("stylegan2-skip"))
    assert [type(net).__name__ for net in nets] == ["GeneratorNetwork", "StoredNetwork", "GeneratorNetwork"]
    name = next(iter(nets.D.vars))
    nets.D.set_var(name, nets.D.get_var(name) + 1)
    nvlabs.save(nets, tmp_path / "three.pkl")
    again = nvlabs.load(tmp_path / "three.pkl")
    assert np.array_equal(again.D.get_var(name), nets.D.get_var(name))
    assert again.G.fingerprint == nets.G.fingerprint != nets.Gs.fingerprint


def test_fingerprint_follows_the_weights_alone(tmp_path):
    one, other = (make_generator(tiny.tiny_records("stylegan2-skip", seed=s).Gs) for s in (0, 1))
    assert len(one.fingerprint) == 64 and one.fingerprint != other.fingerprint
    assert one.fingerprint == make_generator(tiny.tiny_records("stylegan2-skip").Gs).fingerprint


def test_clone_is_independent(stylegan2):
    copy = stylegan2.clone("copy")
    average = stylegan2.get_var("dlatent_avg")
    copy.set_var("dlatent_avg", average + 1)
    assert copy.name == "copy" and np.array_equal(stylegan2.get_var("dlatent_avg"), average)
    copy.copy_vars_from(stylegan2)
    assert np.array_equal(copy.get_var("dlatent_avg"), average)
    copy.close()


def test_arguments_that_change_the_graph_run_on_a_variant(stylegan2):
    z = latents(stylegan2)
    before = operations(stylegan2)
    plain = stylegan2.run(z, None, randomize_noise=False)
    other = stylegan2.run(z, None, randomize_noise=False, resample_kernel=[1, 2, 1])
    assert operations(stylegan2) == before and np.abs(plain - other).max() > 0.01
    name = "G_synthesis/16x16/ToRGB/bias"
    old = stylegan2.get_var(name)
    stylegan2.set_var(name, old + 1)
    moved = stylegan2.run(z, None, randomize_noise=False, resample_kernel=[1, 2, 1])
    np.testing.assert_allclose(moved, other + 1, atol=ROUNDING)
    stylegan2.set_var(name, old)


def test_threads_share_a_network(stylegan2):
    z = latents(stylegan2, 4)
    expected = stylegan2.run(z, None, randomize_noise=False)
    results = [None] * 4

    def work(i):
        results[i] = stylegan2.run(z[i : i + 1], None, randomize_noise=False)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    np.testing.assert_allclose(np.concatenate(results), expected, atol=ROUNDING)


# Noise


def test_random_noise_differs_per_call_and_sample(Gs):
    if not Gs.spec.synthesis.use_noise:
        pytest.skip("no noise in this network")
    w = np.repeat(Gs.components.mapping.run(latents(Gs, 1), labels(Gs, 1)), 2, axis=0)
    one, two = Gs.components.synthesis.run(w), Gs.components.synthesis.run(w)
    assert not np.array_equal(one[0], one[1]) and not np.array_equal(one, two)
    stored = Gs.components.synthesis.run(w, randomize_noise=False)
    np.testing.assert_allclose(stored[0], stored[1], atol=ROUNDING)


def test_noise_can_be_given(Gs):
    sizes = Gs.spec.synthesis.noise_sizes
    if not sizes:
        pytest.skip("no noise in this network")
    synthesis = Gs.components.synthesis
    w = Gs.components.mapping.run(latents(Gs), labels(Gs))
    stored = [synthesis.get_var("noise%d" % i) for i in range(len(sizes))]
    assert np.array_equal(synthesis.run(w, noise=stored), synthesis.run(w, randomize_noise=False))
    own = [np.random.RandomState(i).randn(3, 1, *size) for i, size in enumerate(sizes)]
    images = synthesis.run(w, noise=own)
    np.testing.assert_allclose(synthesis.run(w, noise=own, minibatch_size=1), images, atol=ROUNDING)
    assert np.abs(images - synthesis.run(w, noise=stored)).max() > 1e-4


def test_noise_of_the_wrong_size_is_named(stylegan2):
    w = stylegan2.components.mapping.run(latents(stylegan2), None)
    with pytest.raises(nvlabs.NetworkUsageError, match="5 noise maps, but 1"):
        stylegan2.components.synthesis.run(w, noise=[np.zeros((1, 1, 4, 4))])
    wrong = [np.zeros((1, 1, s, s)) for s in (4, 8, 8, 16, 8)]
    with pytest.raises(nvlabs.NetworkUsageError, match=r"noise map 4 has shape \(1, 1, 16, 16\)"):
        stylegan2.components.synthesis.run(w, noise=wrong)


# Endpoints


def test_every_endpoint_can_be_fetched_and_fed(Gs):
    z = latents(Gs)
    names = list(Gs.endpoints)
    values = Gs.fetch([*names, "images_out"], z=z, labels=labels(Gs))
    for name in names:
        assert values[name].shape == (3,) + Gs.endpoints[name] or values[name].shape[0] == 1, name
        fed = Gs.fetch(["images_out"], z=z, labels=labels(Gs), feed={name: values[name]})["images_out"]
        np.testing.assert_allclose(fed, values["images_out"], atol=ROUNDING, err_msg=name)


def test_feeding_a_layer_changes_the_picture(stylegan2):
    z = latents(stylegan2)
    name = "G_synthesis/8x8/Conv1"
    values = stylegan2.fetch([name, "images_out"], z=z)
    moved = stylegan2.fetch(["images_out"], z=z, feed={name: values[name] + 1})["images_out"]
    assert np.abs(moved - values["images_out"]).max() > 0.01


def test_a_fed_layer_cuts_off_what_comes_before(stylegan2):
    """NaN in w reaches only layers that still use it: with the last ToRGB fed, none does."""
    w = np.full((1, 6, 12), np.nan, np.float32)
    fed = np.ones((1, 3, 16, 16), np.float32)
    images = stylegan2.fetch(["images_out"], w=w, feed={"G_synthesis/16x16/ToRGB": fed})["images_out"]
    assert np.array_equal(images, fed)


def test_unknown_endpoint_lists_the_known_ones(stylegan2):
    with pytest.raises(
        nvlabs.NetworkUsageError, match=r"no endpoint is called 'convs\.1'.*G_synthesis/8x8/Conv0_up"
    ):
        stylegan2.fetch(["convs.1"], z=latents(stylegan2))


def test_layers_are_listed_and_printed(Gs, capsys):
    names = [name for name, _, _ in Gs.list_layers()]
    assert "G_mapping/Dense0" in names and "Truncation" in names and "G_synthesis/4x4/Conv" in names
    Gs.print_layers()
    printed = capsys.readouterr().out
    total = sum(int(np.prod(v.shape.as_list())) for v in Gs.trainables.values())
    assert printed.splitlines()[-1].split() == ["Total", str(total)]
    assert all(any(line.startswith(name) for line in printed.splitlines()) for name in names)


@pytest.mark.skipif(not nchw_runs(), reason=NO_NCHW)
def test_both_layouts_give_the_same_numbers(Gs):
    channels_first = make_generator(Gs.record(), threads=1, layout="NCHW")
    z = latents(Gs)
    names = [*Gs.endpoints, "images_out"]
    values = channels_first.fetch(names, z=z, labels=labels(Gs))
    for name, expected in Gs.fetch(names, z=z, labels=labels(Gs)).items():
        np.testing.assert_allclose(values[name], expected, atol=1e-4, err_msg=name)
    channels_first.close()


# Wrong use


@pytest.mark.parametrize(
    "arrays, message",
    [
        ((np.zeros((2, 16)),), "takes 2 inputs"),
        ((None, None), "latents_in must not be None"),
        ((np.zeros((2, 15)), None), r"shape \(N, 16\), not \(2, 15\)"),
        ((np.zeros(16), None), r"shape \(N, 16\), not \(16,\)"),
        ((np.zeros((0, 16)), None), "empty"),
        ((np.zeros((2, 16)), np.zeros((2, 3))), r"labels_in must have shape \(N, 0\)"),
        (("text", None), "array of numbers"),
    ],
)
def test_wrong_inputs_are_named(stylegan2, arrays, message):
    with pytest.raises(nvlabs.NetworkUsageError, match=message):
        stylegan2.run(*arrays)


@pytest.mark.parametrize(
    "keywords, message",
    [
        ({"truncation_psi": "0.7"}, "truncation_psi is one number"),
        ({"truncation_psi": float("nan")}, "finite"),
        ({"truncation_cutoff": 2.5}, "whole number"),
        ({"truncation_cutoff": float("nan")}, "whole number of layers or None, not nan"),
        ({"truncation_cutoff": float("inf")}, "whole number of layers or None, not inf"),
        ({"truncation_psi": [0.5]}, "truncation_psi is one number or None, not a list of 1"),
        ({"truncation_pssi": 0.5}, "unknown argument 'truncation_pssi'; did you mean truncation_psi"),
        ({"minibatch_size": 0}, "minibatch_size"),
        ({"minibatch_size": "a"}, "minibatch_size is a whole number from 1 up or None, not 'a'"),
        ({"noise": 5}, "noise is a list of arrays, one for each noise map, not 5"),
        ({"noise": [5] * 5}, r"noise map 0 has shape .*, not \(\)"),
        ({"nonlinearity": "lrelo"}, "nonlinearity.*lrelo"),
        ({"output_transform": "uint8"}, "transform"),
    ],
)
def test_wrong_arguments_are_named(stylegan2, keywords, message):
    with pytest.raises(nvlabs.NetworkUsageError, match=message):
        stylegan2.run(latents(stylegan2), None, **keywords)


def test_psi_given_to_the_synthesis_part_is_pointed_out(stylegan2):
    w = stylegan2.components.mapping.run(latents(stylegan2), None)
    with pytest.warns(UserWarning, match="truncation_psi has no effect on the synthesis network"):
        stylegan2.components.synthesis.run(w, truncation_psi=0.5)


def test_too_many_layers_or_too_few_are_refused(stylegan2):
    for layers in (5, 7):
        with pytest.raises(nvlabs.NetworkUsageError, match=r"dlatents_in must have shape \(N, 6, 12\)"):
            stylegan2.components.synthesis.run(np.zeros((1, layers, 12)))


# Transforms


def test_own_transforms_are_functions_of_tensors(stylegan2):
    z = latents(stylegan2)
    images = stylegan2.run(z, None, randomize_noise=False)
    doubled = stylegan2.run(z, None, randomize_noise=False, output_transform={"func": tf.multiply, "y": 2.0})
    assert np.array_equal(doubled, images * 2)
    mirrored = stylegan2.run(
        -z, None, randomize_noise=False, input_transform={"func": lambda x, y: (tf.negative(x), None)}
    )
    assert np.array_equal(mirrored, images)


def test_return_as_list(stylegan2):
    outputs = stylegan2.run(latents(stylegan2), None, return_as_list=True)
    assert isinstance(outputs, list) and len(outputs) == 1


def test_progress_is_printed_on_demand(stylegan2, capsys):
    stylegan2.run(latents(stylegan2), None, minibatch_size=2, print_progress=True)
    assert capsys.readouterr().out.endswith("3 / 3\n")
