"""Named directions and components as one basis, for pictures that use several."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.edits import AnyEdit
from ganspace_tf.errors import BasisMismatch, UsageError


def of_latents(directions: Iterable[AnyDirection]) -> List[NamedDirection]:
    """Those directions that a basis is made of: all but those of style channels."""
    return [one for one in directions if isinstance(one, NamedDirection)]


def placed(directions: Iterable[AnyDirection], first: int) -> List[Tuple[int, AnyDirection]]:
    """Each direction with its place in the basis that `joined` makes of them behind `first` components."""
    found, place = [], first
    for one in directions:
        found.append((place, one))
        place += len(one.components()) if isinstance(one, NamedDirection) else 0
    return found


def edits_at(one: AnyDirection, place: int, sigma: float) -> List[AnyEdit]:
    """What goes along a direction, in the basis in which it has this place."""
    if not isinstance(one, NamedDirection):
        return [*one.edits(sigma)]
    return [replace(edit, component=place + edit.component) for edit in one.edits(sigma)]


def joined(
    directions: Sequence[NamedDirection], comp: Optional[Components] = None, used: Iterable[int] = ()
) -> Components:
    """The directions as a basis, behind the components (K, D) if there are any: direction i is component
    K + i.

    used: components that edits name. What "centred" edits remove is measured from a mean, and every
    direction has its own: the mean of the basis has the same coordinate along each of them, and along the
    used components, as the mean that belongs to it. Raises UsageError for directions of w together with some
    of z, BasisMismatch for other widths; whether they belong to a model is asked with `check_model`.
    """
    parts = ([] if comp is None else [comp]) + [named.components() for named in directions]
    first = parts[0]
    if len(parts) == 1:
        return first
    for part in parts[1:]:
        if part.latent != first.latent:
            raise UsageError(
                "directions of {} and of {} cannot be combined".format(first.latent, part.latent)
            )
        if part.directions.shape[1] != first.directions.shape[1]:
            raise BasisMismatch(
                "directions are {} and {} numbers wide: of two models".format(
                    first.directions.shape[1], part.directions.shape[1]
                )
            )
    return Components(
        directions=np.concatenate([part.directions for part in parts]),
        mean=_mean(parts, list(used) if comp is not None else [0]),
        stdev=np.concatenate([part.stdev for part in parts]),
        variance_ratio=np.concatenate([part.variance_ratio for part in parts]),
        settings={
            "source": "directions",
            "names": [named.name for named in directions],
            "latent": first.latent,
            "components": sum(len(part) for part in parts),
        },
        fingerprint=first.fingerprint,
    )


def _mean(parts: Sequence[Components], used: Sequence[int]) -> np.ndarray:
    """The mean (D,) nearest to the first part's with the coordinates that `joined` promises."""
    mean = np.asarray(parts[0].mean, np.float64)
    rows = [(part, k) for part in parts[1:] for k in range(len(part))] + [(parts[0], k) for k in used]
    axes = np.array([part.directions[k] for part, k in rows], np.float64)
    wanted = np.array([axes[i] @ np.asarray(part.mean, np.float64) for i, (part, _) in enumerate(rows)])
    moved = mean + np.linalg.pinv(axes) @ (wanted - axes @ mean)
    return moved.astype(np.float32)
