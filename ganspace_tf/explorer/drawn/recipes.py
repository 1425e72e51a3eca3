"""From a recipe back to the state that it was made of."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.directions import NamedDirection, StyleDirection
from ganspace_tf.directions.named import as_list
from ganspace_tf.edits import AnyEdit, Edit, parted
from ganspace_tf.errors import BasisMismatch, UsageError
from ganspace_tf.explorer.drawn.drawing import direction_digest
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.recipe import unpack_components
from ganspace_tf.render.pictures import picture_from_recipe
from ganspace_tf.render.starts import unpack_latents
from ganspace_tf.styles.edits import StyleEdit

if TYPE_CHECKING:
    from ganspace_tf.explorer.subject import Subject

SOURCE = "the recipe"
SHORTEST = 1e-6  # of a direction that is taken for the same


def state_of(session: Subject, recipe: Dict[str, Any]) -> State:
    """The state of a recipe of one picture: one seed or latent, edits that each have their strength.

    Directions that the session does not know are taken out of the recipe and added. Raises BasisMismatch for
    another network's, GanspaceErrors for what no state can say (strips, films, labels, other rules).
    """
    fingerprint = recipe["model"].get("fingerprint")
    if fingerprint not in (None, session.generator.fingerprint):
        raise BasisMismatch("this recipe is of model {:.12}, {} is {:.12}".format(
            str(fingerprint), session.generator.name, session.generator.fingerprint))  # fmt: skip
    picture: Any = picture_from_recipe(recipe)
    if recipe["verb"] not in ("edit", "sample") or not _single(picture):
        raise UsageError("this recipe is of more than one picture: a state is one seed with its edits")
    look, edits = picture.look, list(getattr(picture, "held", []))
    if (
        look.compat is not None
        or getattr(picture, "mode", "latent") != "latent"
        or len(look.classes or [0]) > 1
    ):
        raise UsageError("this recipe is drawn by other rules than the explorer's (compat, mode or classes)")
    seed, latent = 0, None
    if picture.latents is not None:
        if "file" in picture.latents:  # recipes come from anywhere: none makes this machine open its files
            raise UsageError("this recipe starts from a file of many latents: a state starts from one")
        latent = session.add_latent(unpack_latents(picture.latents, session.generator).rows[0])
    else:
        seed = picture.seeds[0]
    transform = None
    if look.translate is not None or look.rotate is not None:
        x, y = look.translate or (0.0, 0.0)
        transform = (float(x), float(y), float(look.rotate or 0.0))
    comp = session.components
    return State(
        session.generator.fingerprint,
        None if comp is None else comp.digest,
        seed=seed,
        latent=latent,
        label=look.classes[0] if look.classes else None,
        psi=look.psi,
        cutoff=look.cutoff,
        noise=look.noise,
        edits=_edits(session, recipe, edits),
        centred=bool(getattr(picture, "centred", False)),
        transform=transform,
    )


def _single(picture: Any) -> bool:
    """Whether it is one frame without labels."""
    plain = not picture.labels and not picture.psis and picture.count() == 1
    return bool(plain and not getattr(picture, "swept", []))


def _edits(session: Subject, recipe: Dict[str, Any], edits: List[AnyEdit]) -> Tuple[StateEdit, ...]:
    """The edits by what they are of: those of w, then those of style channels."""
    moved, channels = parted(edits)
    return (*_of_latents(session, recipe, moved), *_of_channels(session, channels))


def _of_channels(session: Subject, edits: Sequence[StyleEdit]) -> Iterator[StateEdit]:
    """Edits of style channels; those of one direction, which have its name and strength, become one again."""
    for (name, sigma), group in groupby(edits, key=lambda edit: (edit.name, edit.sigma)):
        for each in [list(group)] if name else [[one] for one in group]:
            named = StyleDirection.of_edits(name or each[0].place, session.generator.fingerprint, each)
            of = direction_digest(named)
            yield StateEdit(
                of if session.knows(of) else session.add_direction(named)["of"], sigma=float(sigma)
            )


def _of_latents(session: Subject, recipe: Dict[str, Any], edits: List[Edit]) -> Tuple[StateEdit, ...]:
    """Edits of w; those of one direction with a row a layer become one again."""
    if not edits:
        return ()
    used = unpack_components(recipe.get("components") or {}, SOURCE)
    last = session.generator.n_layers - 1
    found: List[StateEdit] = []
    for edit in edits:
        vector, stdev = used.directions[edit.component], float(used.stdev[edit.component])
        of = _component(session, edit.component, vector, stdev)
        by_rows = of is None
        if of is None:
            of, by_rows = _direction(session, vector, stdev, edit.name)
        if of is None:
            named = NamedDirection(
                edit.name or "v{}".format(edit.component), session.generator.fingerprint, as_list(vector),
                stdev, as_list(used.mean), used.latent, layers=(edit.first_layer, edit.last_layer),
            )  # fmt: skip
            of = session.add_direction(named)["of"]
        ends = edit.first_layer, last if edit.last_layer is None else edit.last_layer
        if by_rows and found and (found[-1].of, found[-1].sigma) == (of, edit.sigma):
            before = found.pop()
            ends = min(before.first_layer, ends[0]), max(before.last_layer or 0, ends[1])
        found.append(StateEdit(of, ends[0], ends[1], float(edit.sigma)))
    return tuple(_whole(session, edit) for edit in found)


def _whole(session: Subject, edit: StateEdit) -> StateEdit:
    """An edit along all rows of a direction that has one for every layer is on the layers of the direction,
    also where their rows are zero.
    """
    named = session.known().directions.get(edit.of)
    if not isinstance(named, NamedDirection) or not named.per_layer:
        return edit
    layers = [row.first_layer for row in named.edits()]
    if not layers or (edit.first_layer, edit.last_layer) != (min(layers), max(layers)):
        return edit
    last = session.generator.n_layers - 1 if named.layers[1] is None else named.layers[1]
    return edit._replace(first_layer=named.layers[0], last_layer=last)


def _component(session: Subject, index: int, vector: np.ndarray, stdev: float) -> Optional[str]:
    """The component of the session that it is."""
    comp = session.components
    if comp is None or index >= len(comp) or stdev != float(comp.stdev[index]):
        return None
    return "v{}".format(index) if (np.asarray(comp.directions[index]) == vector).all() else None


def _direction(
    session: Subject, vector: np.ndarray, stdev: float, name: Optional[str]
) -> Tuple[Optional[str], bool]:
    """The direction of the session that it is or is a row of, the one of that name if there are several, on
    layers of their own; whether it has a row for every layer.
    """
    known = session.known().directions
    for of in sorted(known, key=lambda of: known[of].name != name):
        named = known[of]
        if not isinstance(named, NamedDirection):
            continue
        basis = named.components()
        for row, own in zip(basis.directions, basis.stdev):
            if np.abs(row - vector).max() <= SHORTEST and abs(float(own) - stdev) <= SHORTEST * max(
                1.0, stdev
            ):
                return of, named.per_layer
    return None, False
