"""Scripts written for the official repositories run on this package: the same calls, the same numbers."""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
import threading

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import nvlabs
from nvlabs import dnnlib_compat
from tests.official import assert_close, assert_same_pixels, seeded_pixels

KINDS = ("stylegan2-skip", "stylegan", "stylegan2-ada-cond")


@pytest.fixture(scope="module", autouse=True)
def _names_are_registered_for_this_file_alone():
    dnnlib_compat.register()
    yield
    for name in dnnlib_compat.MODULES:
        sys.modules.pop(name)


@pytest.fixture(scope="module")
def tflib(_names_are_registered_for_this_file_alone):
    """`dnnlib.tflib`, with a default session that ends with this file."""
    # as init_tf sets it: only what a run needs is placed and optimised, however large the graph has grown
    config = tf.ConfigProto(graph_options=tf.GraphOptions(place_pruned_graph=True))
    with tf.Session(graph=tf.Graph(), config=config):
        yield importlib.import_module("dnnlib.tflib")


@pytest.fixture(scope="module")
def unpickle(tiny_pickle, tflib):
    """What a script does: Python's own pickle, on an official file. Who changes variables puts them back."""

    @functools.lru_cache(maxsize=None)
    def load(kind):
        with open(str(tiny_pickle(kind)), "rb") as stream:
            return pickle.load(stream, encoding="latin1")

    return load


@pytest.fixture(scope="module")
def ours(tiny_pickle):
    """The same networks as nvlabs.load gives them."""
    return functools.lru_cache(maxsize=None)(lambda kind: nvlabs.load(tiny_pickle(kind)).Gs)


def z_of(net, n=2, seed=5):
    return np.random.RandomState(seed).randn(n, *net.input_shape[1:])


def labels_of(net, n=2):
    width = net.input_shapes[1][1]
    return np.eye(width)[:n] if width else None


# ------------------------------------------------------------------ networks


@pytest.mark.parametrize("kind", KINDS)
def test_run_gives_what_nvlabs_gives(unpickle, ours, kind):
    Gs, other = unpickle(kind)[2], ours(kind)
    z, labels = z_of(Gs), labels_of(Gs)
    for kwargs in ({}, {"truncation_psi": 0.7}, {"truncation_psi": None}):
        images = Gs.run(z, labels, randomize_noise=False, **kwargs)
        assert_close(images, other.run(z, labels, randomize_noise=False, **kwargs))
    w = Gs.components.mapping.run(z, labels)
    assert_close(w, other.components.mapping.run(z, labels))
    assert_close(
        Gs.components["synthesis"].run(w, randomize_noise=False, minibatch_size=1),
        other.components.synthesis.run(w, randomize_noise=False, minibatch_size=1),
    )


def test_the_seeded_recipe_of_the_official_scripts(unpickle, tflib, ours):
    """One RandomState: z first, then every noise variable in order; uint8 pixels."""
    import dnnlib

    Gs = unpickle("stylegan2-skip")[2]
    settings = dnnlib.EasyDict(randomize_noise=False)
    settings.output_transform = {"func": tflib.convert_images_to_uint8, "nchw_to_nhwc": True}
    settings.truncation_psi = 0.5
    noise_vars = [var for name, var in Gs.components.synthesis.vars.items() if name.startswith("noise")]
    rnd = np.random.RandomState(6600)
    z = rnd.randn(1, *Gs.input_shape[1:])
    tflib.set_vars({var: rnd.randn(*var.shape.as_list()) for var in noise_vars})
    pixels = Gs.run(z, None, **settings)
    Gs.components.synthesis.reset_vars()
    assert pixels.dtype == np.uint8 and pixels.shape == (1, 16, 16, 3)
    assert_same_pixels(pixels[0], seeded_pixels(ours("stylegan2-skip"), 6600))


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_can_be_had_as_expressions(unpickle, tflib, kind):
    Gs = unpickle(kind)[2]
    z, labels = z_of(Gs), labels_of(Gs)
    given = [tf.constant(z), None if labels is None else tf.constant(labels)]
    images, w = Gs.get_output_for(*given, return_dlatents=True, randomize_noise=False, truncation_psi=0.7)
    values = tflib.run([images, w])
    assert_close(values[0], Gs.run(z, labels, randomize_noise=False, truncation_psi=0.7))
    again = Gs.components.synthesis.get_output_for(tf.constant(values[1]), randomize_noise=False)
    assert_close(tflib.run(again), values[0])
    mapped = Gs.components.mapping.get_output_for(*given, return_as_list=True)
    assert len(mapped) == 1 and mapped[0].shape.as_list()[1:] == Gs.components.mapping.output_shape[1:]


def test_gradients_reach_w_and_the_noise(unpickle, tflib):
    synthesis = unpickle("stylegan2-skip")[2].components.synthesis
    w = tf.constant(np.zeros([1] + synthesis.input_shape[1:], np.float32))
    images = synthesis.get_output_for(w, randomize_noise=False)
    slopes = tflib.run(tf.gradients(tf.reduce_sum(tf.square(images)), [w, synthesis.vars["noise0"]]))
    assert all(np.abs(slope).max() > 0 for slope in slopes)


def test_random_noise_is_drawn_at_every_run(unpickle, tflib):
    Gs = unpickle("stylegan2-skip")[2]
    images = Gs.get_output_for(tf.constant(z_of(Gs)), None, randomize_noise=True)
    assert not np.array_equal(tflib.run(images), tflib.run(images))


def test_values_set_by_a_script_count(unpickle, tflib):
    Gs = unpickle("stylegan2-skip")[2]
    z = z_of(Gs)
    before = Gs.run(z, None, randomize_noise=False, truncation_psi=0)
    tflib.set_vars({Gs.vars["dlatent_avg"]: np.full(Gs.vars["dlatent_avg"].shape.as_list(), 3.0)})
    assert not np.array_equal(Gs.run(z, None, randomize_noise=False, truncation_psi=0), before)
    assert (tflib.run(Gs.vars["dlatent_avg"]) == 3).all() and (Gs.get_var("dlatent_avg") == 3).all()
    Gs.reset_own_vars()
    assert np.array_equal(Gs.run(z, None, randomize_noise=False, truncation_psi=0), before)


def test_a_clone_has_variables_of_its_own(unpickle, tflib):
    Gs = unpickle("stylegan2-skip")[2]
    copy = Gs.clone(name="copy")
    z = z_of(Gs)
    before = Gs.run(z, None, randomize_noise=False)
    assert np.array_equal(copy.run(z, None, randomize_noise=False), before) and copy.scope != Gs.scope
    copy.set_var("dlatent_avg", np.zeros_like(copy.get_var("dlatent_avg")))
    assert np.array_equal(Gs.run(z, None, randomize_noise=False), before)
    copy.copy_vars_from(Gs)
    assert np.array_equal(copy.run(z, None, randomize_noise=False), before)


def test_networks_can_be_pickled_and_read_again_by_both(unpickle, tmp_path, tiny_pickle):
    nets = unpickle("stylegan2-skip")
    path = tmp_path / "again.pkl"
    path.write_bytes(pickle.dumps(nets, 4))
    ours, first = nvlabs.load(path), nvlabs.load(tiny_pickle("stylegan2-skip"))
    assert ours.Gs.fingerprint == first.Gs.fingerprint
    again = pickle.loads(path.read_bytes())
    z = z_of(nets[2])
    assert np.array_equal(
        again[2].run(z, None, randomize_noise=False), nets[2].run(z, None, randomize_noise=False)
    )
    assert (
        again[1].get_var(next(iter(again[1].vars))).shape == nets[1].get_var(next(iter(nets[1].vars))).shape
    )


def test_names_of_variables_go_both_ways(unpickle):
    Gs = unpickle("stylegan2-skip")[2]
    for name, variable in Gs.vars.items():
        assert Gs.get_var_local_name(variable) == Gs.var_global_to_local[variable.op.name] == name
        assert Gs.find_var(name) is variable
    assert "G_synthesis/noise0" in Gs.vars and "noise0" in Gs.components.synthesis.vars
    assert "dlatent_avg" in Gs.own_vars and "dlatent_avg" not in Gs.trainables


def test_output_arguments_of_the_first_stylegan(unpickle):
    Gs = unpickle("stylegan")[2]
    z = z_of(Gs)
    images = Gs.run(z, None, randomize_noise=False)
    pixels = Gs.run(z, None, randomize_noise=False, out_mul=127.5, out_add=127.5, out_dtype=np.uint8)
    expected = np.clip(np.rint(images * np.float32(127.5) + np.float32(127.5)), 0, 255)
    assert pixels.dtype == np.uint8 and np.abs(pixels - expected).max() <= 1
    assert (pixels == expected).mean() > 0.999  # a product may be rounded once or twice
    shrunk = Gs.run(z, None, randomize_noise=False, out_shrink=4)
    np.testing.assert_allclose(shrunk, images.reshape(2, 3, 4, 4, 4, 4).mean(axis=(3, 5)), atol=1e-5)


def test_unknown_arguments_are_ignored_as_officially_but_said(unpickle):
    Gs = unpickle("stylegan2-skip")[2]
    with pytest.warns(UserWarning, match="nonsense"):
        Gs.run(z_of(Gs), None, randomize_noise=False, nonsense=3)


def test_what_belongs_to_training_says_so(unpickle, tflib):
    G, D, Gs = unpickle("stylegan2-skip")
    for use in (
        lambda: tflib.Optimizer(name="Train"),
        lambda: tflib.autosummary("Loss", 0),
        lambda: tflib.Network("G", func_name="training.networks.G_main"),
        lambda: Gs.convert("G_main"),
        lambda: Gs.setup_as_moving_average_of(G),
        lambda: G.run(z_of(G), None, is_training=True),
        lambda: tflib.custom_ops.get_plugin("fused_bias_act.cu"),
    ):
        with pytest.raises(NotImplementedError, match="training"):
            use()
    with pytest.raises(AttributeError, match="training"):
        tflib.nonsense
    with pytest.raises(nvlabs.NetworkUsageError, match="not run"):
        D.run(z_of(G), None)


def test_without_init_tf_the_error_says_what_to_call(tiny_pickle):
    seen = []

    def script():  # in a thread of its own, as the default session is the thread's
        with open(str(tiny_pickle("stylegan2-skip")), "rb") as stream:
            Gs = pickle.load(stream)[2]
        for use in (lambda: Gs.run(np.zeros((1, 16)), None), lambda: Gs.vars):
            with pytest.raises(RuntimeError, match="init_tf"):
                use()
            seen.append(use)

    thread = threading.Thread(target=script)
    thread.start()
    thread.join()
    assert len(seen) == 2


# ------------------------------------------------------------------ dnnlib, tflib, pretrained_networks


def test_small_helpers(tflib):
    x = tf.constant([[1.0, 2.0], [4.0, 8.0]])
    values = tflib.run([tflib.log2(x), tflib.exp2(x), tflib.lerp(0.0, x, 0.5), tflib.lerp_clip(0.0, x, 9.0)])
    np.testing.assert_allclose(values[0], [[0, 1], [2, 3]], atol=1e-6)
    np.testing.assert_allclose(values[1], [[2, 4], [16, 256]], rtol=1e-6)
    assert np.array_equal(values[2], [[0.5, 1], [2, 4]]) and np.array_equal(values[3], [[1, 2], [4, 8]])
    assert tflib.shape_to_list(tf.placeholder(tf.float32, [None, 3]).shape) == [None, 3]
    assert tflib.run(tflib.flatten(x)).shape == (4,)
    assert tflib.is_tf_expression(x) and not tflib.is_tf_expression(np.zeros(2))


def test_variables_of_a_script(tflib):
    kept = tf.Variable([1.0, 2.0])
    tflib.init_uninitialized_vars()
    tflib.set_vars({kept: [5, 6]})
    fresh = tf.Variable([7.0])
    tflib.init_uninitialized_vars()
    assert tflib.run(kept).tolist() == [5, 6] and tflib.run(fresh).tolist() == [7]
    large = tflib.create_var_with_large_initial_value(np.arange(5, dtype=np.float32))
    assert tflib.run(large).tolist() == [0, 1, 2, 3, 4]
    operations = len(tf.get_default_graph().get_operations())
    tflib.set_vars({kept: [8, 9]})
    assert len(tf.get_default_graph().get_operations()) == operations  # made once


def test_scopes_start_at_the_root(tflib):
    with tf.name_scope("outer"), tflib.absolute_name_scope("inner"):
        assert tf.constant(1).op.name == "inner/Const"
    with tf.variable_scope("outer"), tflib.absolute_variable_scope("inner"):
        assert tf.get_variable("v", []).op.name == "inner/v"


def test_init_tf_makes_one_session_and_draws_one_number():
    """In a thread of its own, as the default session is the thread's."""
    tflib = importlib.import_module("dnnlib.tflib")
    seen = {}

    def script():
        np.random.seed(3)
        tflib.init_tf({"rnd.np_random_seed": 3})
        seen["draw"] = np.random.randint(1 << 31)
        first = tf.get_default_session()
        tflib.init_tf()
        seen["same"] = tf.get_default_session() is first
        first.__exit__(None, None, None)
        first.close()

    thread = threading.Thread(target=script)
    thread.start()
    thread.join()
    state = np.random.RandomState(3)
    state.randint(1 << 31)
    assert seen == {"draw": state.randint(1 << 31), "same": True}
