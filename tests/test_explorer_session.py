"""A session: states as pictures, recipes there and back, sliders, commands, directions to keep."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.decomposition.known import note_on
from ganspace_tf.errors import BasisMismatch, GanspaceError, UnknownName, UsageError
from ganspace_tf.explorer.drawn.drawing import direction_digest
from ganspace_tf.explorer.state import State, StateEdit, digest
from ganspace_tf.render import starts
from ganspace_tf.render.files import read_recipe
from ganspace_tf.render.pictures import picture_from_recipe
from tests.linear_gan import LinearGAN
from tests.staged_gan import basis_of

PSI = 0.7


@pytest.fixture()
def gen():
    return LinearGAN()


def named(gen, name="wings", layers=(1, 2), axis=3):
    vector = np.eye(gen.dlatent_size)[axis]
    return gs.NamedDirection(
        name, gen.fingerprint, vector.tolist(), 0.5, gen.b.tolist(), layers=layers, sigma_range=(-1.5, 3.0)
    )


def by_layer(gen):
    rows = np.zeros((gen.n_layers, gen.dlatent_size))
    rows[1, 5] = rows[2, 6] = np.sqrt(2)
    return gs.NamedDirection("twist", gen.fingerprint, rows.tolist(), 0.5, gen.b.tolist())


@pytest.fixture()
def session(gen):
    return gs.explore(gen, basis_of(gen), directions=[named(gen), by_layer(gen)])


def edited(session):
    wings, twist = (slider["of"] for slider in session.sliders[:2])
    edits = (StateEdit(wings, 1, 2, 1.2), StateEdit("v0", 0, 1, -2.0), StateEdit(twist, 0, 3, 0.5))
    return replace(session.initial, seed=4, edits=edits)


def test_the_first_state_is_seed_0_at_psi_07_with_nothing_moved(session, gen):
    expected = gs.to_uint8(gen.images(gen.w(seeds=[0]), psi=PSI))[0]
    assert session.initial.psi == PSI and session.initial.edits == ()
    assert (session.show(session.initial) == expected).all()
    assert (session.picture() == expected).all()


def test_a_state_is_what_edits_and_generator_make_of_it(session, gen):
    state = replace(
        session.initial, seed=4, edits=(StateEdit("v0", 0, 1, -2.0), StateEdit("v2", 0, None, 1.0))
    )
    edits = gs.parse_edits("E(v0, 0-1) = -2; E(v2) = +1")
    for centred in (False, True):
        w = gs.apply_edits(gen.w(seeds=[4]), basis_of(gen), edits, centred)
        expected = gs.to_uint8(gen.images(w, psi=PSI))[0]
        assert (session.show(replace(state, centred=centred)) == expected).all()


def test_sliders_name_directions_first_with_their_layers_and_ends(session):
    names = [slider["name"] for slider in session.sliders]
    assert names == ["wings", "twist", "v0", "v1", "v2"]
    wings, v0 = session.sliders[0], session.sliders[2]
    assert (wings["first_layer"], wings["last_layer"], wings["low"], wings["high"]) == (1, 2, -1.5, 3.0)
    assert (v0["of"], v0["first_layer"], v0["last_layer"], v0["low"], v0["high"]) == ("v0", 0, 3, -2.0, 2.0)
    assert v0["note"] == "50 %" and not v0["measured"]
    assert (wings["known"], v0["known"]) == ("", "")  # nothing is stated of this basis
    session.set_range("v0", -3, 1)
    assert (session.sliders[2]["low"], session.sliders[2]["measured"]) == (-3.0, True)
    assert session.knows("v2") and not session.knows("v3") and not session.knows("0" * 16)
    assert session.knows(wings["of"])


def test_sliders_say_how_well_the_sample_knows_their_component(gen):
    comp = gs.decompose(gen, n=500, components=2, cache=False)
    assert [slider["known"] for slider in gs.explore(gen, comp).sliders] == [
        note_on(comp, 0),
        note_on(comp, 1),
    ]
    assert note_on(comp, 0)[0] in "±≈"


def test_facts_for_the_page_say_which_controls_there_are(session):
    facts = session.model
    assert facts["resolution"] == 16 and len(facts["layers"]) == 4
    assert facts["truncates"] and facts["has_noise"]
    assert not facts["has_classes"] and not facts["has_transform"] and facts["classes"] is None
    classes = gs.explore(LinearGAN(n_classes=3)).model
    assert classes["has_classes"] and classes["n_classes"] == 3


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_a_recipe_draws_the_same_bytes_and_brings_the_state_back(session, gen, tmp_path, centred, moved):
    state = replace(edited(session) if moved else session.initial, centred=centred and moved)
    path = session.save(tmp_path / "a.png", state)
    recipe = read_recipe(path)
    from ganspace_tf.recipe import pixel_digest, unpack_components

    packed = recipe["components"]
    comp = None if packed is None else unpack_components(packed, "a")
    pixels = picture_from_recipe(recipe).draw(gen, comp)
    assert (pixels == session.show(state)).all() and pixel_digest(pixels) == recipe["pixels"]
    again = session.state_of(recipe)
    assert digest(again) == digest(replace(state, edits=state.active))


def test_a_session_that_does_not_know_a_direction_takes_it_out_of_the_recipe(session, gen, tmp_path):
    state = replace(edited(session), edits=edited(session).edits[:2])
    recipe = read_recipe(session.save(tmp_path / "a.png", state))
    other = gs.explore(gen)
    again = other.state_of(recipe)
    assert [slider["name"] for slider in other.sliders] == ["v0", "wings"]
    assert (other.show(again) == session.show(state)).all()


def test_opened_latents_are_kept_in_the_recipe(session, gen, tmp_path):
    rows = np.random.RandomState(1).randn(gen.n_layers, gen.dlatent_size).astype(np.float32)
    state = replace(session.initial, latent=session.add_latent(rows), edits=(StateEdit("v1", 0, 3, 1.0),))
    recipe = read_recipe(session.save(tmp_path / "a.png", state))
    other = gs.explore(gen, basis_of(gen))
    assert (other.show(other.state_of(recipe)) == session.show(state)).all()
    assert session.add_latent(rows[0]) != state.latent  # one w for all layers is another latent
    with pytest.raises(UnknownName, match="open their file again"):
        other.show(replace(state, latent="f" * 16))


def test_no_recipe_makes_the_session_open_a_file(session, gen, tmp_path, monkeypatch):
    """Recipes come from anywhere; one that names a path would tell whether something is there."""
    rows = np.random.RandomState(1).randn(gen.n_layers, gen.dlatent_size).astype(np.float32)
    recipe = read_recipe(
        session.save(tmp_path / "a.png", replace(session.initial, latent=session.add_latent(rows)))
    )
    there = {"count": 1, "file": str(tmp_path / "a.png"), "called": "a.png", "inside": None, "as_w": False}
    named = dict(recipe["settings"], latents=dict(there, sha256="0" * 64))
    monkeypatch.setattr(starts, "sha256_of", lambda path: pytest.fail("it was opened"))
    with pytest.raises(UsageError, match="a file of many latents"):
        session.state_of(dict(recipe, settings=named))


def test_what_cannot_be_drawn_is_refused_before_anything_is_computed(session, gen):
    base = session.initial
    wrong = [
        (replace(base, model="1" * 64), BasisMismatch),
        (replace(base, basis="1" * 64, edits=(StateEdit("v0", sigma=1.0),)), BasisMismatch),
        (replace(base, edits=(StateEdit("v3", sigma=1.0),)), UnknownName),
        (replace(base, edits=(StateEdit("0" * 16, sigma=1.0),)), UnknownName),
        (replace(base, edits=(StateEdit("v0", 0, 4, 1.0),)), UsageError),
        (replace(base, cutoff=9), UsageError),
        (replace(base, label=0), UsageError),
        (replace(base, transform=(0.0, 0.0, 0.0)), UsageError),
    ]
    gen.calls = 0
    for state, kind in wrong:
        with pytest.raises(kind) as caught:
            session.show(state)
        assert "\n" not in str(caught.value)
    assert gen.calls == 0
    with pytest.raises(BasisMismatch):
        gs.explore(gen, basis_of(LinearGAN(seed=9)))
    with pytest.raises(BasisMismatch):
        gs.explore(gen, directions=[named(LinearGAN(seed=9))])


def test_a_recipe_of_something_else_is_refused_in_one_line(session, gen, tmp_path):
    recipe = read_recipe(session.save(tmp_path / "a.png", edited(session)))
    settings = recipe["settings"]
    wrong = [
        dict(recipe, model=dict(recipe["model"], fingerprint="1" * 64)),
        dict(recipe, verb="visualize"),
        dict(recipe, verb="nothing"),
        dict(recipe, components=None),
        dict(recipe, settings=dict(settings, seeds=[1, 2])),
        dict(recipe, settings=dict(settings, sigmas=[0.0, 1.0])),
        dict(recipe, settings=dict(settings, labels=True)),
        dict(recipe, settings=dict(settings, look=dict(settings["look"], compat="ganspace"))),
        dict(recipe, settings=dict(settings, look=dict(settings["look"], noise="random"))),
    ]
    for one in wrong:
        with pytest.raises(GanspaceError) as caught:
            session.state_of(one)
        assert "\n" not in str(caught.value)


def test_one_vector_on_other_layers_is_another_slider(gen):
    both = [named(gen, "wings", (1, 2)), named(gen, "legs", (0, 1))]
    session = gs.explore(gen, basis_of(gen), directions=both)
    wings, legs = session.sliders[:2]
    assert (wings["name"], legs["name"]) == ("wings", "legs")
    for of, ends in ((wings["of"], (1, 2)), (legs["of"], (0, 1))):
        state = replace(session.initial, edits=(StateEdit(of, *ends, 1.2),))
        assert session.state_of(session.recipe(state)).edits == state.edits


def test_one_moved_slider_is_saved_as_it_is_and_several_as_one(session, gen):
    wings = session.sliders[0]
    one = session.named(replace(session.initial, edits=(StateEdit(wings["of"], 1, 2, 1.2),)), "folded")
    assert (one.name, one.layers, one.sigma_range) == ("folded", (1, 2), (-1.5, 3.0))
    assert one.preview and direction_digest(one) == wings["of"]
    other = session.named(replace(session.initial, edits=(StateEdit(wings["of"], 0, 1, 1.2),)), "legs")
    assert (other.layers, other.vector) == ((0, 1), one.vector)
    assert direction_digest(other) != wings["of"]
    for edits in (
        (StateEdit("v0", 1, 2, 1.0), StateEdit("v1", 1, 2, -1.0)),  # one vector
        (StateEdit("v0", 0, 1, 1.0), StateEdit("v1", 1, 3, -1.0)),  # a row for every layer
    ):
        state = replace(session.initial, edits=edits)
        several = session.named(state, "both")
        assert several.per_layer == (edits[0].first_layer != edits[1].first_layer)
        of = session.add_direction(several)["of"]
        last = gen.n_layers - 1 if several.layers[1] is None else several.layers[1]
        same = replace(state, edits=(StateEdit(of, several.layers[0], last, 1.0),))
        # one sigma of it is what was seen; a level is lost where float32 sums end up on the other side
        assert np.abs(session.show(same).astype(int) - session.show(state)).max() <= 1
    with pytest.raises(UsageError, match="no slider is moved"):
        session.named(session.initial, "nothing")
    cancelled = (StateEdit("v0", 0, 3, 1.0), StateEdit("v0", 0, 3, -1.0))
    with pytest.raises(UsageError, match="cancel each other"):
        session.named(replace(session.initial, edits=cancelled), "nothing")


def test_the_command_draws_the_same_pixels(tmp_path, monkeypatch, tiny_pickle):
    """Run as it is printed, by the command line itself."""
    monkeypatch.chdir(tmp_path)
    path = str(tiny_pickle("stylegan2-skip"))
    gen = gs.load_generator(path)
    comp = gs.decompose(gen, n=200, components=3, cache=False)
    comp = comp.at(comp.save(tmp_path / "c.npz"))
    vector = np.eye(gen.dlatent_size)[2].tolist()
    wings = gs.NamedDirection("wings", gen.fingerprint, vector, 0.5, [0.0] * gen.dlatent_size, layers=(1, 3))
    wings.save(tmp_path / "wings.json")
    session = gs.explore(gen, comp, [wings], model=path)
    of = session.sliders[0]["of"]
    base = replace(session.initial, seed=3)
    states = [
        replace(base, psi=None, noise="numpy:5"),
        replace(base, cutoff=2, centred=True, edits=(StateEdit(of, 1, 3, -1.5), StateEdit("v1", 0, 2, 2.0))),
    ]
    for state in states:
        words = shlex.split(session.command(state))
        assert words[:3] == ["ganspace", "edit" if state.edits else "sample", path]
        assert main(words[1:]) == 0
        recipe = read_recipe(words[-1])
        assert session.state_of(recipe) == replace(state, edits=state.active)
        again = session.recipe(state, session.show(state))
        assert again["pixels"] == recipe["pixels"]
    moved = replace(base, edits=(StateEdit(of, 0, 2, 1.0),))  # on other layers than the direction's own
    assert session.command(moved).startswith("ganspace replay ")
    gen.close()


def test_what_was_found_in_another_model_is_taken_where_that_is_asked_for(gen):
    comp, wings = replace(basis_of(gen), fingerprint="0" * 64), replace(named(gen), fingerprint="0" * 64)
    for basis, directions in ((comp, []), (None, [wings])):
        with pytest.raises(BasisMismatch, match=r"another model|belongs to model"):
            gs.explore(gen, basis, directions)
    own, session = (
        gs.explore(gen, basis_of(gen), [named(gen)]),
        gs.explore(gen, comp, [wings], any_basis=True),
    )
    edits = [tuple(StateEdit(slider["of"], 1, 2, 2.0) for slider in one.sliders) for one in (own, session)]
    pictures = [one.show(replace(one.initial, edits=each)) for one, each in zip((own, session), edits)]
    assert (pictures[0] == pictures[1]).all() and (pictures[0] != own.picture()).any()
    assert " --any-basis " in session.command(replace(session.initial, edits=edits[1][:1]))
    narrow = replace(comp, directions=comp.directions[:, :3], mean=comp.mean[:3])
    with pytest.raises(BasisMismatch, match="wide"):
        gs.explore(gen, narrow, any_basis=True)


def test_notation_says_what_is_moved(session):
    assert session.notation(edited(session)) == "E(v0, 0-1) = -2; wings = +1.2; twist = +0.5"
    assert session.notation(session.initial) == ""
    assert session.notation(State(session.generator.fingerprint)) == ""
