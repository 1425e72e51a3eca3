"""Frames that share layers: the bytes of frames that are made one by one, and less work."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.generators import base
from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from ganspace_tf.generators.stages import Cut
from ganspace_tf.measure import effects
from ganspace_tf.measure.meter import Meter
from ganspace_tf.render import past
from ganspace_tf.render.frames import Look, render, to_uint8
from nvlabs.running.network import make_generator
from nvlabs.running.session import GraphSession
from tests import tiny
from tests.families import FAMILIES, load


@pytest.fixture(scope="module", params=FAMILIES)
def gen(request, tmp_path_factory):
    found = load(request.param, tmp_path_factory.mktemp("net"))
    yield found
    found.close()


@pytest.fixture
def alone(monkeypatch):
    """Every network counts as a large one."""
    monkeypatch.setattr(base, "ALONE_BYTES", 1)


@pytest.fixture
def runs(gen, monkeypatch):
    """(endpoints fetched, endpoints fed) of every run of `inside`."""
    seen, inside = [], gen.inside

    def counted(w, names, feed=None, **given):
        seen.append((tuple(names), tuple(feed or ())))
        return inside(w, names, feed, **given)

    monkeypatch.setattr(gen, "inside", counted)
    return seen


def latents(gen, n=1, seed=0):
    return gen.map(np.random.RandomState(seed).standard_normal((n, gen.latent_size)).astype(np.float32))


def one_by_one(gen, w, **given):
    return np.concatenate([to_uint8(gen.images(w[i : i + 1], batch=1, **given)) for i in range(len(w))])


def moved(w, first, steps):
    """Frames whose layers from `first` on differ."""
    rows = np.repeat(w, steps, axis=0)
    rows[:, first:] += np.linspace(-1, 1, steps, dtype=np.float32)[:, None, None]
    return rows


# ------------------------------------------------------------------ cuts of every family


def test_a_cut_is_made_of_as_many_layers_as_it_says(gen):
    cuts, w = gen.stages.cuts, latents(gen)
    assert [cut.reads for cut in cuts] == sorted({cut.reads for cut in cuts})
    assert cuts[-1].reads < gen.n_layers
    for cut in cuts:
        before = gen.inside(w, cut.names)
        later, last = np.array(w), np.array(w)
        later[:, cut.reads :] += 1
        last[:, cut.reads - 1] += 1
        assert all((gen.inside(later, cut.names)[name] == before[name]).all() for name in cut.names)
        assert any((gen.inside(last, cut.names)[name] != before[name]).any() for name in cut.names)


def test_from_a_cut_on_the_image_is_that_of_a_whole_run_to_the_bit(gen):
    w, image = latents(gen), gen.stages.image
    for cut in gen.stages.cuts:
        other = np.array(w)
        other[:, cut.reads :] += 0.5
        feed = gen.inside(w, cut.names)
        assert (gen.inside(other, [image], feed)[image] == gen.images(other, batch=1)).all(), cut


# ------------------------------------------------------------------ frames


@pytest.mark.parametrize("late", [0, 2, -1])
def test_frames_have_the_bytes_of_frames_made_one_by_one(gen, alone, late):
    first = late % gen.n_layers
    w = np.concatenate([moved(latents(gen, seed=seed), first, 4) for seed in (0, 1)])
    assert (render(gen, w, Look(psi=0.7)) == one_by_one(gen, w, psi=0.7)).all()


def test_layers_before_an_edit_run_once(gen, alone, runs):
    w = moved(latents(gen), gen.n_layers - 1, 5)
    render(gen, w, Look())
    last = gen.stages.cuts[-1]
    fed = [set(feed) for _, feed in runs]
    if last.reads == gen.n_layers - 1:  # BigGAN's attention and StyleGAN3's last layers come between
        assert fed[1:] == [set(last.names)] * 5  # the first frame stops there too
    assert not fed[0] and all(fed[1:])


def test_equal_frames_are_made_once(gen, alone, runs):
    one, two = latents(gen, 2)[:, None]
    frames = render(gen, np.concatenate([one, two, one, one]), Look())
    assert len(runs) == 2
    assert (frames[0] == frames[2]).all() and (frames[0] == frames[3]).all()
    assert (frames[0] != frames[1]).any()


def test_what_else_a_frame_depends_on_is_not_mixed_up(gen, alone):
    w = np.repeat(latents(gen), 3, axis=0)
    if gen.n_classes and not gen.has_mapping:
        found = render(gen, w, Look(), labels=[0, 1, 0])
        expected = [one_by_one(gen, w[:1], labels=[label])[0] for label in (0, 1, 0)]
        assert (found == expected).all() and (found[0] != found[1]).any()
    if gen.takes_transform:
        turns = np.stack([np.eye(3), [[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.eye(3)]).astype(np.float32)
        found = render(gen, w, Look(), transforms=turns)
        expected = [one_by_one(gen, w[:1], transform=turns[i : i + 1])[0] for i in range(3)]
        assert (found == expected).all() and (found[0] != found[1]).any()
    if gen.noise_shapes:
        found = render(gen, w, Look(noise="numpy:3"))
        assert (found == one_by_one(gen, w, noise="numpy:3")).all()
        fresh = render(gen, w, Look(noise="random"))  # another picture every time, not three times one
        assert (fresh[0] != fresh[1]).any()


def test_small_networks_run_in_batches_as_before(gen, runs):
    render(gen, moved(latents(gen), 1, 3), Look())
    assert runs == [] and not gen.alone


# ------------------------------------------------------------------ measured edits


def brightness(pictures):
    return {"brightness": pictures.mean(axis=(1, 2, 3), dtype=float)}


def as_numbers(pictures):
    return pictures.reshape(len(pictures), -1).astype(float)


def test_measured_edits_of_one_latent_go_on_from_its_first_layers(gen, alone, runs):
    w, step = latents(gen, 3), np.zeros((gen.n_layers, 1), np.float32)
    step[-1] = 1
    meter = Meter(gen, brightness, w)
    moves = [lambda rows, size=size: [rows + size * step, rows - size * step] for size in (1.0, 2.0)]
    del runs[:]
    found = effects.numbers_at(meter, w, moves, as_numbers)
    assert [bool(fed) for _, fed in runs] == [False, True, True, True, True] * len(w)  # two for the first
    for move, numbers in zip(moves, found):
        for edited, rows in zip(move(w), numbers):
            assert (rows == as_numbers(one_by_one(gen, edited))).all()


# Edited from this layer on: convolutions that every frame but the first runs, of 11 at 32 px: one in the
# layer of 4 px, two in each later size, and one to colour, a matrix product, in every size.
CONVOLUTIONS = {0: 11, 3: 7, 5: 4, 6: 2, 7: 1}


@pytest.mark.parametrize("first", CONVOLUTIONS)
def test_convolutions_of_a_film(first, alone, monkeypatch):
    """What all runs of a film compute, counted in the graph: from what is fetched back to what is fed."""
    counted, run = [], GraphSession.run

    def counting(session, fetches, feed=None):
        counted.append(convolutions_between(fetches, feed or {}))
        return run(session, fetches, feed)

    network = make_generator(tiny.tiny_records("stylegan2-skip", resolution=32).Gs, threads=1)
    gen = NvlabsGenerator(network)
    w = moved(latents(gen), first, 5)
    monkeypatch.setattr(GraphSession, "run", counting)
    render(gen, w, Look())
    gen.close()
    behind = CONVOLUTIONS[first]
    assert counted == ([11 - behind] if behind < 11 else []) + [behind] * 5


def convolutions_between(fetches, feed):
    """How many a run does: those that what is fetched depends on, and that do not stand before what is
    fed."""
    fed, seen = {id(tensor) for tensor in feed}, set()
    waiting = list(fetches) if isinstance(fetches, (list, tuple)) else [fetches]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) not in fed and tensor.op not in seen:
            seen.add(tensor.op)
            waiting += list(tensor.op.inputs)
    return sum(op.type in ("Conv2D", "Conv2DBackpropInput", "BatchMatMulV2") for op in seen)


def test_progress_counts_every_frame(gen, alone):
    w, told = np.repeat(moved(latents(gen), 1, 2), 2, axis=0), []
    render(gen, w, Look(), progress=told.append)
    assert told == [1] * 4


# ------------------------------------------------------------------ the plan


CUTS = [Cut((name,), reads) for name, reads in (("a", 1), ("b", 3), ("c", 4), ("d", 6))]
LAYERS = 8


def checked(w, room=10**9, sizes=(1, 1, 1, 1)):
    """A plan, followed step by step: what a run goes on from is there and was made of the same w."""
    same = past.prefixes(w, [])
    runs = past.plan(same, CUTS, sizes, room)
    held = {}
    for i, run in enumerate(runs):
        if run.like is not None:
            assert run.like < i and (w[run.like] == w[i]).all()
            continue
        if run.start is not None:
            assert (w[held[run.start], : CUTS[run.start].reads] == w[i, : CUTS[run.start].reads]).all()
        for cut in run.forget:
            del held[cut]
        for cut in run.keep:
            assert cut not in held and (run.start is None or cut > run.start)
            held[cut] = i
        assert sum(sizes[cut] for cut in held) <= room
    return runs


def random_frames(seed, count):
    """Frames of zeros and ones that begin with as many zeros."""
    random = np.random.RandomState(seed)
    w = np.repeat(random.randint(0, 2, (count, LAYERS, 1)), 2, axis=2)
    w[:, : random.randint(LAYERS)] = 0
    return w


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_can_be_followed(seed):
    w = random_frames(seed, 12)
    for room in (0, 2, 10):
        checked(w, room)


def frames_of(changes):
    """Frames with zeros, but their own number from layer `change` on."""
    w = np.zeros((len(changes), LAYERS, 1))
    for i, change in enumerate(changes):
        w[i, change:] = i + 1
    return w


def test_a_film_goes_on_from_the_last_cut_before_its_edit():
    runs = checked(frames_of([5] * 6))
    assert [run.start for run in runs] == [None] + [2] * 5
    assert [run.keep for run in runs] == [(2,)] + [()] * 5


def test_rows_of_a_sheet_begin_at_what_they_share_with_the_row_before():
    runs = checked(frames_of([6, 6, 6, 3, 3, 3, 7, 7]))
    assert [run.start for run in runs] == [None, 3, 3, 1, 1, 1, 1, 3]
    assert runs[0].keep == (3, 1)


def test_nothing_is_kept_that_nobody_needs():
    assert all(run == past.Run(None, None, (), ()) for run in checked(frames_of([0, 0, 0])))


def test_maps_that_have_no_room_are_made_again():
    runs = checked(frames_of([5] * 3), room=3, sizes=(1, 4, 4, 4))
    assert [run.start for run in runs] == [None, None, None]


# ------------------------------------------------------------------ the order


def shared(one, two):
    """How many of the first layers are the same."""
    return next((layer for layer in range(LAYERS) if (one[layer] != two[layer]).any()), LAYERS)


def ranges_of(firsts, lasts):
    """Frames with zeros, but ones in layers from `first` to `last`."""
    w = np.zeros((len(firsts), LAYERS, 1))
    for row, first, last in zip(w, firsts, lasts):
        row[first : last + 1] = 1
    return w


@pytest.mark.parametrize("seed", range(20))
def test_in_order_every_frame_goes_on_from_the_last_cut_that_any_before_has_made(seed):
    w = random_frames(seed, 20)
    ordered = w[past.order(past.prefixes(w, []))]
    assert sorted(map(bytes, ordered)) == sorted(map(bytes, w))
    for i, run in enumerate(checked(ordered)):
        most = max((shared(ordered[i], before) for before in ordered[:i]), default=0)
        assert (run.like is not None) == (most == LAYERS)
        if run.like is None:
            usable = [cut for cut in range(len(CUTS)) if CUTS[cut].reads <= most]
            assert run.start == max(usable, default=None)


def test_ranges_that_begin_in_one_layer_share_what_they_edit():
    w = ranges_of([3, 5, 3, 0, 3], [3, 7, 7, 7, 5])
    order = past.order(past.prefixes(w, []))
    starts = dict(zip(order, (run.start for run in checked(w[order]))))
    # nobody has layer 0 of 0 to 7; 5 to 7 leaves the first three to 3 to 3, which leaves those up to 3 to
    # 3 to 7, which leaves those up to 5 to 3 to 5
    assert starts == {3: None, 1: None, 0: 1, 2: 2, 4: 3}
    assert list(order) == [3, 1, 0, 2, 4]


def test_frames_come_in_the_order_in_which_they_are_asked_for(gen, alone):
    random, L = np.random.RandomState(0), gen.n_layers
    w = np.repeat(latents(gen), 2 * L, axis=0)
    for i, row in enumerate(w[:-1]):
        row[i % L : random.randint(L) + 1] += 1 + i % 2
    assert (render(gen, w, Look()) == one_by_one(gen, w)).all()
