"""Networks of scripts in the default graph: official names, templates, variables that export, inputs of the
script's own."""

from __future__ import annotations

import functools
import importlib
import pickle
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import nvlabs
from nvlabs import dnnlib_compat
from nvlabs.reading.records import FileRecords
from nvlabs.writing import container
from tests import tiny
from tests.official import assert_close

KINDS = ("stylegan2-skip", "stylegan", "stylegan2-ada-cond")


@pytest.fixture(autouse=True)
def _names_are_registered_for_this_file_alone():
    dnnlib_compat.register()
    yield
    for name in dnnlib_compat.MODULES:
        sys.modules.pop(name)


@pytest.fixture
def tflib(_names_are_registered_for_this_file_alone):
    """`dnnlib.tflib`, with a default session of the test's own."""
    with new_session():
        yield importlib.import_module("dnnlib.tflib")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """stored(kind): a file with Gs alone, which uses the stored noise unless told otherwise."""
    folder = tmp_path_factory.mktemp("stored")

    @functools.lru_cache(maxsize=None)
    def write(kind):
        records = tiny.tiny_records(kind, randomize_noise=False, resolution=8)
        path = str(folder / (kind + ".pkl"))
        container.save(FileRecords(None, None, records.Gs), path)
        return path

    return write


def unpickled(path):
    with open(str(path), "rb") as stream:
        return pickle.load(stream, encoding="latin1")


def inputs(net, n=2, seed=5):
    """z, and labels or None."""
    width = net.input_shapes[1][1]
    return np.random.RandomState(seed).randn(n, *net.input_shape[1:]), np.eye(width)[:n] if width else None


def fed(net, scope, z, labels):
    zeros = np.zeros((len(z), net.input_shapes[1][1]))
    return {scope + "/latents_in:0": z, scope + "/labels_in:0": zeros if labels is None else labels}


def new_session():
    return tf.Session(graph=tf.Graph(), config=tf.ConfigProto(allow_soft_placement=True))


# ------------------------------------------------------------------ names and templates


def test_every_network_has_a_scope_that_tells_it_from_those_before(tflib, tiny_pickle):
    first, second = (unpickled(tiny_pickle("stylegan2-skip")) for _ in range(2))
    G, D, Gs = first
    nets = [G, *G.components.values(), D, Gs, *Gs.components.values()]
    assert " ".join(net.scope for net in nets) == "G G_synthesis G_mapping D Gs G_synthesis_1 G_mapping_1"
    assert second[2].scope == "Gs_1" and second[2].components.synthesis.scope == "G_synthesis_3"
    assert Gs.clone().components.mapping.scope == "G_mapping_4"


@pytest.mark.parametrize("kind", KINDS)
def test_variables_have_the_official_names_and_are_collected_from_loading_on(kind, tflib, tiny_pickle):
    nets = unpickled(tiny_pickle(kind))
    in_graph = {variable.name[:-2] for variable in tf.global_variables()}
    for net, parts in zip(nets, (("G_synthesis", "G_mapping"), (), ("G_synthesis_1", "G_mapping_1"))):
        named = {"%s/%s" % (net.scope, name) for name in net.own_vars}
        for part, scope in zip(net.components.values(), parts):
            named |= {"%s/%s" % (scope, name) for name in part.vars}
        assert named == {variable.op.name for variable in net.vars.values()} <= in_graph
    assert len(in_graph) == sum(len(net.vars) for net in nets) == len(tf.global_variables())
    assert "G_synthesis_1/4x4/Const/const" in in_graph
    trained = {variable for net in nets for variable in net.trainables.values()}
    assert set(tf.trainable_variables()) == trained


@pytest.mark.parametrize("kind", KINDS)
def test_templates_give_what_run_gives(kind, tflib, stored):
    Gs = unpickled(stored(kind))[2]
    z, labels = inputs(Gs)
    w = tflib.run("G_mapping/dlatents_out:0", fed(Gs, "G_mapping", z, labels))
    assert_close(w, Gs.components.mapping.run(z, labels))
    images = tflib.run("G_synthesis/images_out:0", {"G_synthesis/dlatents_in:0": w})
    assert_close(images, Gs.components.synthesis.run(w))
    truncated = tflib.run("Gs/images_out:0", fed(Gs, "Gs", z, labels))
    assert_close(truncated, Gs.run(z, labels))
    assert np.abs(truncated - images).max() > 0.01  # truncation as the file's family has it


def test_templates_are_placeholders_and_results(tflib, tiny_pickle):
    D, Gs = unpickled(tiny_pickle("stylegan2-skip"))[1:]
    nets = [Gs, Gs.components.synthesis, Gs.components.mapping]
    assert [t.name for net in nets for t in net.input_templates] == [
        *["Gs/latents_in:0", "Gs/labels_in:0", "G_synthesis_1/dlatents_in:0"],
        *["G_mapping_1/latents_in:0", "G_mapping_1/labels_in:0"],
    ]
    assert {t.op.type for net in nets for t in net.input_templates} == {"Placeholder"}
    results = [t for net in nets for t in net.output_templates]
    names = "Gs/images_out:0 G_synthesis_1/images_out:0 G_mapping_1/dlatents_out:0"
    assert " ".join(t.name for t in results) == names
    shapes = [shape for net in nets for shape in net.output_shapes]
    assert [t.shape.as_list() for t in results] == shapes
    with pytest.raises(nvlabs.NetworkUsageError, match="not run"):
        D.input_templates


def test_the_template_draws_noise_where_the_file_says_so(tflib, tiny_pickle):
    Gs = unpickled(tiny_pickle("stylegan2-skip"))[2]
    w = np.zeros((1, *Gs.components.synthesis.input_shape[1:]))
    images = [tflib.run(Gs.components.synthesis.output_templates[0], {"G_synthesis_1/dlatents_in:0": w})]
    images.append(tflib.run("G_synthesis_1/images_out:0", {"G_synthesis_1/dlatents_in:0": w}))
    assert not np.array_equal(*images)


def test_style_channels_are_found_and_can_be_changed(tflib, stored):
    """As tools that edit single style channels do: `<layer>/add` is the style, (N, channels)."""
    Gs = unpickled(stored("stylegan2-skip"))[2]
    z, _ = inputs(Gs)
    w = Gs.components.mapping.run(z, None)
    name, feed = "G_synthesis/8x8/Conv1/add:0", {"G_synthesis/dlatents_in:0": w}
    styles, images = tflib.run([name, "G_synthesis/images_out:0"], feed)
    scope = "8x8/Conv1/"
    weight, bias = (Gs.components.synthesis.get_var(scope + end) for end in ("mod_weight", "mod_bias"))
    np.testing.assert_allclose(styles, w[:, 2] @ weight / np.sqrt(len(weight)) + bias + 1, atol=1e-5)
    same = tflib.run("G_synthesis/images_out:0", {**feed, name: styles})
    assert_close(same, images)
    styles[:, 0] += 5
    assert np.abs(tflib.run("G_synthesis/images_out:0", {**feed, name: styles}) - images).max() > 0.01


def test_names_do_not_depend_on_what_surrounds_the_loading(tflib, stored):
    with tf.name_scope("outer"), tf.variable_scope("scope"), tf.device("/gpu:0"):
        Gs = unpickled(stored("stylegan2-skip"))[2]
    assert Gs.scope == "Gs" and Gs.components.synthesis.vars["noise0"].op.name == "G_synthesis/noise0"
    assert tf.get_default_graph().get_tensor_by_name("Gs/images_out:0") is not None
    assert Gs.run(inputs(Gs)[0], None).shape == (2, 3, 8, 8)


def test_layers_are_those_of_the_template(tflib, stored):
    parts = unpickled(stored("stylegan2-skip"))[2].components
    for part in ("synthesis", "mapping"):
        check_layers(part, parts[part], tflib)


def check_layers(part, net, tflib):
    names, tensors, variables = zip(*net.list_layers())
    expected = {
        "mapping": "latents_in labels_in Normalize Dense0 Dense1 Broadcast dlatents_out",
        "synthesis": "dlatents_in 4x4/Const 4x4/Conv 4x4/ToRGB "
        "8x8/Conv0_up 8x8/Conv1 8x8/Upsample 8x8/ToRGB images_out",
    }
    assert " ".join(names) == expected[part]
    feed = {t: np.zeros([2] + t.shape.as_list()[1:]) for t in net.input_templates}
    values = dict(zip(names, tflib.run(list(tensors), feed)))
    if part == "synthesis":
        assert values["8x8/Conv0_up"].shape == (2, 8, 8, 8) and values["4x4/ToRGB"].shape == (2, 3, 4, 4)
    assert sum(len(found) for found in variables) == len(net.trainables)
    operations = len(tf.get_default_graph().get_operations())
    net.list_layers()
    assert len(tf.get_default_graph().get_operations()) == operations


def test_without_a_session_at_loading_the_graph_is_built_at_first_use(stored):
    Gs = unpickled(stored("stylegan2-skip"))[2]
    with new_session():
        assert Gs.scope == "Gs"
        assert tf.get_default_graph().get_tensor_by_name("Gs/images_out:0") is not None


# ------------------------------------------------------------------ export


def test_a_checkpoint_holds_the_networks(tflib, stored, tmp_path):
    """tf.train.Saver in one program; in another the graph and the values come from its files alone."""
    Gs = unpickled(stored("stylegan2-skip"))[2]
    z, _ = inputs(Gs)
    expected = Gs.run(z, None)
    tf.train.Saver().save(tf.get_default_session(), str(tmp_path / "model"))
    with new_session() as session:
        saver = tf.train.import_meta_graph(str(tmp_path / "model.meta"))
        session.run(tf.global_variables_initializer())
        saver.restore(session, str(tmp_path / "model"))
        assert_close(session.run("Gs/images_out:0", fed(Gs, "Gs", z, None)), expected)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_frozen_graph_needs_no_variables(kind, tflib, stored):
    Gs = unpickled(stored(kind))[2]
    z, labels = inputs(Gs)
    w = Gs.components.mapping.run(z, labels)
    graph = tf.get_default_graph().as_graph_def()
    frozen = tf.graph_util.convert_variables_to_constants(
        tf.get_default_session(), graph, ["G_synthesis/images_out"]
    )
    assert {node.name for node in frozen.node if node.op == "Placeholder"} == {"G_synthesis/dlatents_in"}
    assert not [node.name for node in frozen.node if "Variable" in node.op or "VarHandle" in node.op]
    with new_session() as session:
        (images,) = tf.import_graph_def(frozen, return_elements=["G_synthesis/images_out:0"])
        value = session.run(images, {"import/G_synthesis/dlatents_in:0": w})
    assert_close(value, Gs.components.synthesis.run(w))


def test_a_saved_model_is_made_of_the_templates(tflib, stored, tmp_path):
    Gs = unpickled(stored("stylegan2-skip"))[2]
    z, _ = inputs(Gs)
    expected, folder = Gs.run(z, None), str(tmp_path / "export")
    given, results = ({t.name: t for t in ts} for ts in (Gs.input_templates, Gs.output_templates))
    tf.saved_model.simple_save(tf.get_default_session(), folder, inputs=given, outputs=results)
    with new_session() as session:
        model = tf.saved_model.loader.load(session, ["serve"], folder)
        signature = model.signature_def["serving_default"]
        feed = fed(Gs, "Gs", z, None)
        assert set(signature.inputs) == set(feed)
        assert_close(session.run(signature.outputs["Gs/images_out:0"].name, feed), expected)


def test_initialisers_empty_the_variables_and_reset_fills_them_again(tflib, stored):
    Gs = unpickled(stored("stylegan2-skip"))[2]
    z, _ = inputs(Gs)
    before = Gs.run(z, None)
    tflib.run(tf.global_variables_initializer())
    assert not Gs.get_var("G_synthesis/4x4/Const/const").any()
    Gs.reset_vars()
    assert np.array_equal(Gs.run(z, None), before)


# ------------------------------------------------------------------ inputs of the script's own


def test_an_encoder_optimises_a_variable_of_its_own(tflib, stored):
    """A photo encoder's loop: the builder makes the variable, the picture's tensor is found by name."""
    Gs = unpickled(stored("stylegan2-skip"))[2]
    synthesis = Gs.components.synthesis
    shape = (2, *synthesis.input_shape[1:])

    def latents(name, batch_size):
        assert name == "dlatents_in"
        return tf.get_variable("learnable", (batch_size, *shape[1:]), initializer=tf.zeros_initializer())

    builders = [functools.partial(latents, batch_size=2), lambda name: tf.zeros((2, 0))]
    images = synthesis.run(np.zeros(shape), custom_inputs=builders, randomize_noise=False, minibatch_size=2)
    assert_close(images, synthesis.run(np.zeros(shape)))
    (variable,) = [v for v in tf.global_variables() if "learnable" in v.name]
    graph = tf.get_default_graph()
    picture = graph.get_tensor_by_name("G_synthesis/_Run/concat:0")
    again = graph.get_tensor_by_name("G_synthesis/_Run/concat/concat:0")
    pixels = tflib.convert_images_to_uint8(picture, nchw_to_nhwc=True, uint8_cast=False)
    other = synthesis.run(Gs.components.mapping.run(*inputs(Gs)))
    target = tflib.convert_images_to_uint8(other, nchw_to_nhwc=True)
    loss = tf.reduce_mean(tf.square(pixels - target.astype(np.float32)))
    step = tf.train.AdamOptimizer(0.1).minimize(loss, var_list=[variable])
    tflib.init_uninitialized_vars()
    losses = [tflib.run([loss, step])[0] for _ in range(20)]
    assert losses[-1] < 0.8 * losses[0]
    found = tflib.run(variable)
    for tensor in (picture, again):
        assert_close(tflib.run(tensor), synthesis.run(found))
    operations = len(graph.get_operations())
    builders = [functools.partial(latents, batch_size=2), builders[1]]
    images = synthesis.run(np.zeros(shape), custom_inputs=builders, randomize_noise=False)
    assert_close(images, synthesis.run(found))
    assert len(graph.get_operations()) == operations  # the same builders: built once


@pytest.mark.parametrize("kind", ["stylegan", "stylegan2-ada-cond"])
def test_every_network_runs_on_given_tensors(kind, tflib, stored):
    Gs = unpickled(stored(kind))[2]
    z, labels = inputs(Gs)
    given = {"latents_in": z, "labels_in": labels}
    made = []

    def build(name):
        made.append(name)
        return tf.zeros((2, 0)) if given[name] is None else tf.constant(given[name], tf.float32)

    pixels = {"func": tflib.convert_images_to_uint8, "nchw_to_nhwc": True}
    images = Gs.run(None, None, custom_inputs=[build] * 2, truncation_psi=0.5, output_transform=pixels)
    expected = Gs.run(z, labels, truncation_psi=0.5, output_transform=pixels)
    assert images.dtype == np.uint8 and np.abs(images.astype(int) - expected).max() <= 1
    (w,) = Gs.components.mapping.run(z, labels, custom_inputs=[build] * 2, return_as_list=True)
    assert_close(w, Gs.components.mapping.run(z, labels))
    assert made == ["latents_in", "labels_in"] * 2
    assert tf.get_default_graph().get_tensor_by_name("Gs/_Run/concat:0").dtype == tf.uint8


def test_a_variable_that_has_a_value_keeps_it(tflib, stored):
    synthesis = unpickled(stored("stylegan2-skip"))[2].components.synthesis
    value = np.full((1, *synthesis.input_shape[1:]), 0.5, np.float32)

    def build(name):
        variable = tf.get_variable("mine", value.shape)
        tflib.set_vars({variable: value})
        return variable

    assert_close(synthesis.run(np.zeros_like(value), custom_inputs=[build]), synthesis.run(value))


@pytest.mark.parametrize("given", [[], [3], 7], ids=str)
def test_custom_inputs_are_functions(given, tflib, stored):
    synthesis = unpickled(stored("stylegan2-skip"))[2].components.synthesis
    with pytest.raises(nvlabs.NetworkUsageError, match="custom_inputs is a list of functions"):
        synthesis.run(np.zeros((1, *synthesis.input_shape[1:])), custom_inputs=given)


# ------------------------------------------------------------------ devices; what is imported but not here


def test_what_is_placed_on_a_gpu_runs_without_one(stored, _names_are_registered_for_this_file_alone):
    tflib = importlib.import_module("dnnlib.tflib")
    with new_session():
        session = tflib.create_session()
    with session.as_default(), session.graph.as_default():
        with tf.device("/gpu:0"):
            Gs = unpickled(stored("stylegan2-skip"))[2]
            images = Gs.get_output_for(tf.zeros((1, 16)), None)
        assert tflib.run(images).shape == (1, 3, 8, 8)


ABSENT = (
    "from dnnlib.tflib.autosummary import autosummary as use",
    "from dnnlib.tflib.optimizer import Optimizer as use",
    "from dnnlib.tflib import autosummary, optimizer; use = autosummary.save_summaries",
    "from dnnlib.tflib.ops.upfirdn_2d import upsample_2d as use",
    "from dnnlib.tflib.ops.fused_bias_act import fused_bias_act as use",
    "import dnnlib.tflib.custom_ops; use = dnnlib.tflib.custom_ops.get_plugin",
    "import dnnlib.submission.run_context as run_context; use = run_context.RunContext",
    "from dnnlib.submission import submit; use = submit.run_wrapper",
    "import dnnlib; use = dnnlib.RunContext",
)


@pytest.mark.parametrize("lines", ABSENT)
def test_what_scripts_import_but_do_not_use_imports_and_fails_when_called(lines, tflib):
    space = {}
    compile_and_run(lines, space)
    with pytest.raises(NotImplementedError) as error:
        space["use"]("x", y=1)
    message = str(error.value)
    assert message.startswith("dnnlib.") and "not part of nvlabs" in message
    assert "\n" not in message and ". " not in message  # one sentence


def compile_and_run(lines, space):
    """The lines as a module of their own."""
    exec(compile(lines, "lines", "exec"), space)


def test_a_class_that_is_not_here_cannot_be_derived_from(tflib):
    with pytest.raises(NotImplementedError, match=r"dnnlib\.tflib\.optimizer\.Optimizer is not part"):

        class Own(tflib.optimizer.Optimizer):
            pass


def test_tfutil_is_tflib(tflib):
    from dnnlib.submission.submit import SubmitConfig, submit_run
    from dnnlib.tflib import tfutil
    from dnnlib.tflib.tfutil import TfExpression

    assert tfutil.run is tflib.run and tfutil.set_vars is tflib.set_vars and TfExpression is not None
    assert callable(submit_run) and SubmitConfig().num_gpus == 1
