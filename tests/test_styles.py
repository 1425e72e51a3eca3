"""The S space: layers as the paper counts them, statistics of channels, edits S(layer, channel), pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.edits import Edit, edits_to_json, parse_any_edits, parse_edit, parse_edits
from ganspace_tf.errors import UsageError
from ganspace_tf.render.frames import Look, seed_frames, sweep_frames
from ganspace_tf.render.path import Keyframe, Path
from ganspace_tf.render.sheets import Strips
from ganspace_tf.styles.channels import style_channels
from ganspace_tf.styles.edits import StyleEdit, apply_style_edits, column_of
from nvlabs.describing.spec import SynthesisSpec
from nvlabs.describing.styles import style_layers
from tests import ada_pytorch_recipe, tiny
from tests.persistent_writer import write

KINDS = ["stylegan2-skip", "stylegan2-resnet", "stylegan2-revised", "stylegan2-ada", "stylegan2-cond"]
ADA_PYTORCH = "stylegan2-ada-pytorch"


@pytest.fixture(scope="module", params=[*KINDS, ADA_PYTORCH])
def gen(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.pkl"
    if request.param == ADA_PYTORCH:
        write(path, ada_pytorch_recipe.generator(ada_pytorch_recipe.Design(resolution=16)))
    else:
        tiny.write_tiny(path, request.param)
    generator = gs.load_generator(path)
    yield generator
    generator.close()


def official(architecture, resolution=1024):
    """The published networks: 512 feature maps up to 64 pixels, then halved."""
    sizes = [2**k for k in range(2, resolution.bit_length())]
    fmaps = {size: min(512, 32768 // size) for size in sizes}
    return SynthesisSpec("stylegan2", architecture, resolution, 3, 512, fmaps, 512, "lrelu", True, False)


# ------------------------------------------------------------------ layers and channels


def test_layers_are_those_of_the_paper():
    """Wu et al. 2021, section 3: 9,088 channels at 1024 pixels, 6,048 of feature maps and 3,040 of ToRGB."""
    layers = style_layers(official("skip"))
    assert len(layers) == 26 and sum(layer.channels for layer in layers) == 9088
    assert sum(layer.channels for layer in layers if layer.rgb) == 3040
    assert [layer.scope for layer in layers[:5]] == [
        *("4x4/Conv", "4x4/ToRGB", "8x8/Conv0_up", "8x8/Conv1", "8x8/ToRGB")
    ]
    assert [layer.reads for layer in layers[:5]] == [0, 1, 1, 2, 3]
    assert [layer.rgb for layer in style_layers(official("resnet"))].count(True) == 1


def test_the_styles_of_a_layer_are_what_its_weights_make_of_its_w(gen):
    """The affine map of each layer (Karras et al. 2020, section 2.2), +1, in the order of the table."""
    w = gen.w(n=3, seed=1)
    w = w + 0.3 * np.random.RandomState(2).standard_normal(w.shape).astype(np.float32)
    styles, part = gen.activations(w, "s", latent="w"), gen.network.components.synthesis
    start = 0
    for layer in gen.style_layers:
        weight, bias = (part.get_var(layer.scope + end) for end in ("/mod_weight", "/mod_bias"))
        wanted = w[:, layer.reads].astype(np.float64) @ weight / np.sqrt(len(weight)) + bias + 1
        assert weight.shape[1] == layer.channels == part.get_var(layer.scope + "/weight").shape[2]
        assert np.abs(styles[:, start : start + layer.channels] - wanted).max() < 1e-5  # float32
        start += layer.channels
    assert styles.shape == (3, start)


def test_statistics_are_those_of_many_styles(gen):
    channels = style_channels(gen, n=2000, seed=0)
    styles = gen.activations(gen.map_rows(gen.z(n=2000, seed=0)), "s", latent="w").astype(np.float64)
    assert np.abs(channels.mean - styles.mean(axis=0)).max() < 1e-4
    assert np.abs(channels.stdev / styles.std(axis=0, ddof=1) - 1).max() < 1e-3  # the same rows, in float32


@pytest.mark.parametrize("n", [0, 1, 2.5])
def test_a_spread_takes_two_latents(gen, n):
    with pytest.raises(UsageError, match=r"at least 2|whole number"):
        style_channels(gen, n=n)
    assert np.isfinite(style_channels(gen, n=2).stdev).all()


def test_every_channel_has_its_place(gen):
    channels = style_channels(gen, n=50)
    edits = [channels.edit(column) for column in range(len(channels.mean))]
    assert [column_of(gen.style_layers, edit) for edit in edits] == list(range(len(edits)))
    assert [edit.stdev for edit in edits] == [float(str(value)) for value in channels.stdev]
    assert len({edit.place for edit in edits}) == len(edits)


# ------------------------------------------------------------------ edits


def test_notation_and_json_are_read_back():
    edit = StyleEdit(6, 501, 2.0)
    for text in ("S(6, 501) = +2", "s(6_501)=2 σ", " S( 6 , 501 ) = 2"):
        assert parse_edit(text) == edit
    assert parse_edit("S(6, 501)") == StyleEdit(6, 501) and str(edit) == "S(6, 501) = +2"
    assert parse_edit("S(6, 501) = −.5: a-smile") == StyleEdit(6, 501, -0.5, name="a-smile")
    both = [Edit(3, 1, 2), StyleEdit(6, 501, -1.5, 0.25, 0.1, "wings")]
    assert parse_any_edits(edits_to_json(both)) == both
    assert parse_any_edits("E(v3, 1-2); S(6_501) = 2") == [Edit(3, 1, 2), edit]


@pytest.mark.parametrize("text", ["S(6)", "S(6, 5-7)", "S(-1, 3)", "S(v6, 501)", "S(6, 501) = much"])
def test_what_is_no_edit_is_refused(text):
    with pytest.raises(UsageError, match="is not a"):
        parse_any_edits(text)


def test_where_edits_of_w_go_those_of_channels_are_refused():
    with pytest.raises(UsageError, match=r"S\(6, 501\) moves a style channel"):
        parse_edits("S(6, 501) = 2")
    for wrong in ({"layer": 1, "channel": True}, {"layer": 1.5, "channel": 1}, {"layer": 1, "channel": -1}):
        with pytest.raises(UsageError):
            StyleEdit.from_json(wrong)


def test_an_edit_moves_its_channel_and_no_other(gen):
    channels = style_channels(gen, n=50)
    styles = gen.activations(gen.w(n=4, seed=0), "s", latent="w")
    column = len(channels.mean) // 2
    moved = apply_style_edits(styles, gen.style_layers, [channels.edit(column, -2)])
    sigma = (moved - styles)[:, column] / channels.stdev[column]
    assert np.abs(sigma + 2).max() < 1e-4 and not np.delete(moved - styles, column, axis=1).any()
    assert np.array_equal(channels.apply(styles, str(channels.edit(column, -2))), moved)
    with pytest.raises(UsageError, match="does not go here"):
        channels.apply(styles, "E(v0) = 2")
    to = apply_style_edits(styles, gen.style_layers, [channels.edit(column, 3)], centred=True)
    assert np.abs((to[:, column] - channels.mean[column]) / channels.stdev[column] - 3).max() < 1e-4
    with pytest.raises(UsageError, match="has no sigma"):
        apply_style_edits(styles, gen.style_layers, [StyleEdit(0, 0)])


# ------------------------------------------------------------------ pictures


@pytest.mark.parametrize("psi", [None, 0.7])
def test_an_edit_of_zero_is_the_unedited_picture_to_the_bit(gen, psi):
    w, edits = gen.w(seeds=[1, 2, 3]), [style_channels(gen, n=50).edit(k) for k in (0, 9, 30)]
    plain, styles = gen.images(w, psi=psi), gen.activations(w, "s", latent="w", psi=psi)
    assert np.array_equal(gen.images(w, psi=psi, feed={"s": styles}), plain)
    frames = sweep_frames(gen, w, None, edits, [0.0], Look(psi=psi))
    assert np.array_equal(frames[:, 0], seed_frames(gen, [1, 2, 3], Look(psi=psi)))


def test_large_networks_make_an_image_at_a_time_and_their_styles_too(tmp_path, monkeypatch):
    """Sums over batches of another size may have other bits."""
    generator = gs.load_generator(tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip"))
    monkeypatch.setattr(type(generator), "alone", True)
    fetched, own = [], generator.network.fetch
    monkeypatch.setattr(
        generator.network,
        "fetch",
        lambda names, w, **given: fetched.append(len(w)) or own(names, w=w, **given),
    )
    edit = StyleEdit(2, 1, mean=0.0, stdev=1.0)
    frames = sweep_frames(generator, generator.w(seeds=[1, 2]), None, [edit], [0.0, 1.0], Look())
    assert set(fetched) == {1} and np.array_equal(frames[:, 0], seed_frames(generator, [1, 2], Look()))


def test_a_sweep_shows_what_feeding_the_edited_styles_shows(gen):
    channels, look = style_channels(gen, n=50), Look(psi=0.7)
    edit, w = channels.edit(5), gen.w(seeds=[4, 5])
    frames = sweep_frames(gen, w, None, [edit], [-3.0, 3.0], look)
    for s, sigma in enumerate((-3.0, 3.0)):
        styles = gen.activations(w, "s", latent="w", psi=0.7)  # psi does not scale the edit
        styles[:, 5] += np.float32(sigma) * channels.stdev[5]
        wanted = gs.to_uint8(gen.images(w, feed={"s": styles}))
        assert np.abs(frames[:, s].astype(int) - wanted).max() <= 1  # float32 sums of other batches


def test_edits_of_both_kinds_go_together_and_come_back_from_the_recipe(gen):
    comp = gs.decompose(gen, n=200, components=3)
    edit = style_channels(gen, n=50).edit(20, 4.0)
    picture = Strips(seeds=[1], swept=[Edit(0)], sigmas=[0.0, 1.0], held=[edit])
    assert Strips.from_json(picture.to_json()) == picture and picture.used() == [0]
    w = gs.apply_edits(gen.w(seeds=[1]), comp, [Edit(0)])
    alone = sweep_frames(gen, w, None, [], [0.0], Look(), held=[edit])
    both = sweep_frames(gen, gen.w(seeds=[1]), comp, [Edit(0)], [1.0], Look(), held=[edit])
    assert np.array_equal(alone, both)


@pytest.mark.parametrize(
    "space, psis", [("w", ("", "")), ("w", (0.2, 1.0)), ("w+", (0.5, "")), ("z", ("", ""))]
)
def test_a_walk_holds_channels_at_every_truncation(gen, space, psis):
    """Its ends are the edited pictures of its seeds: psi changes the styles, not what the edit adds."""
    edit = style_channels(gen, n=50).edit(5, 3.0)
    stops = [list(Keyframe(seed, psi=psi)) for seed, psi in zip((4, 5), psis)]
    walk = Path(keyframes=stops, frames=3, space=space, held=[edit])
    assert Path.from_json(walk.to_json()) == walk and walk.used() == []
    film = walk.film(gen)
    for end, seed, psi in ((0, 4, psis[0]), (2, 5, psis[1])):
        look = Look(psi=None if psi == "" else psi)
        wanted = sweep_frames(gen, gen.w(seeds=[seed]), None, [], [0.0], look, held=[edit])[0, 0]
        assert np.abs(film[end].astype(int) - wanted).max() <= 1  # float32 sums of other batches
    plain = replace(walk, held=[]).film(gen)
    assert np.abs(film.astype(int) - plain).max() > 1


@pytest.mark.parametrize("space", ["w", "w+"])
def test_a_walk_moves_channels_from_keyframe_to_keyframe(gen, space):
    edit = style_channels(gen, n=50).edit(5, 3.0)
    stops = [list(Keyframe(4)), list(Keyframe(4, [edit.to_json()], psi=0.5))]
    walk = Path(keyframes=stops, frames=3, space=space)
    assert Path.from_json(walk.to_json()) == walk and walk.used() == [] and walk.edits() == [edit]
    for frame, share, psi in zip(walk.film(gen), (0.0, 0.5, 1.0), (None, 0.75, 0.5)):
        wanted = sweep_frames(gen, gen.w(seeds=[4]), None, [edit], [3.0 * share], Look(psi=psi))[0, 0]
        assert np.abs(frame.astype(int) - wanted).max() <= 1  # float32 sums of other batches


def test_the_styles_of_all_layers_can_be_decomposed(gen):
    comp = gs.decompose(gen, n=300, components=2, space="s")
    assert comp.act_directions.shape[1:] == (sum(layer.channels for layer in gen.style_layers),)


# ------------------------------------------------------------------ command line, and what is refused


def test_a_strip_of_a_channel_is_replayed_to_the_byte(tmp_path, capsys):
    path = str(tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-ada"))
    words = ["edit", path, "--edit", "S(2, 1); S(3, 0) = +2", "--seeds", "1,2", "--out"]
    assert main([*words, str(tmp_path / "a.png")]) == 0
    assert main(["replay", str(tmp_path / "a.png"), "--out", str(tmp_path / "b.png")]) == 0
    assert "the same pixels" in capsys.readouterr().out
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


REFUSED = [
    ("stylegan2-skip", "edit", "S(99, 0)", "the network has style layers 0-7"),
    ("stylegan2-skip", "edit", "S(3, 80)", "style layer 3 (8x8/Conv1) has channels 0-7"),
    ("stylegan", "edit", "S(0, 0)", "has no style channels, as StyleGAN2 and StyleGAN2-ADA have"),
    ("stylegan2-skip", "edit", "S(0, 0); E(v0)", "--components FILE"),
    ("stylegan", "walk", "S(0, 0) = +1", "has no style channels, as StyleGAN2 and StyleGAN2-ADA have"),
    ("stylegan2-skip", "walk", "S(0, 0)", "a walk holds its edits, so each needs a strength"),
]


@pytest.mark.parametrize("kind, verb, edit, said", REFUSED)
def test_what_a_network_does_not_have_is_refused_in_one_line(tmp_path, capsys, kind, verb, edit, said):
    path = str(tiny.write_tiny(tmp_path / "net.pkl", kind))
    assert main([verb, path, "--edit", edit, "--out", str(tmp_path / "out.png")]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line and "\n" not in line and not (tmp_path / "out.png").exists()
