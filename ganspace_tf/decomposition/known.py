"""What a file of components says of its own precision, in words: for answers, labels and titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Sequence

from ganspace_tf.decomposition.precision import UNKNOWN, Precision, read_precision

if TYPE_CHECKING:
    from ganspace_tf.decomposition.components import Components


def known_of(comp: Components) -> Optional[Precision]:
    """What the file of components says; None for one that does not."""
    record = comp.settings.get("precision")
    return None if record is None else read_precision(record)


def is_of_rows(comp: Components) -> bool:
    """Whether the statement is about components of rows, of which directions of w or z were made by a
    regression. These are known less well: the regression has an error of its own.
    """
    return comp.act_directions is not None


def in_words(comp: Components) -> List[str]:
    """Lines for people; none where nothing was stated."""
    known = known_of(comp)
    if known is None:
        return []
    count = len(known.angles)
    text = "v0 within {}".format(angle_in_words(known.angles[0]))
    if count == 1:
        text += " of the true one"
    else:
        text = "all {} together within {} of the true ones, {}".format(
            count, angle_in_words(known.angle), text
        )
    text += " ({:g} % confidence, n = {:,})".format(100 * known.confidence, known.rows)
    if is_of_rows(comp):
        text = "components of the rows: {}; directions of {} made of them are known less well".format(
            text, comp.latent
        )
    if known.asked is not None and known.angle > known.asked:
        text += "; not the {:g}° asked for: stopped at --most {:,}".format(known.asked, known.most or 0)
    return [text] + ([] if not known.groups else ["cannot be told apart: " + groups_in_words(known.groups)])


def angle_in_words(degrees: float) -> str:
    """ "2.9°"; "an unknown angle" where first order says nothing."""
    return "an unknown angle" if degrees > UNKNOWN else "{:.2g}°".format(degrees)


def groups_in_words(groups: List[List[int]]) -> str:
    """ "v3 and v4; v13 to v16"."""
    parts = ["v{} {} v{}".format(g[0], "and" if len(g) == 2 else "to", g[-1]) for g in groups]
    return "; ".join(parts)


def note_on(comp: Components, component: int) -> str:
    """A few signs for a label beside a component: "±2.9°", or "≈ v14" for what it cannot be told from; ""
    where nothing is known.
    """
    known = known_of(comp)
    if known is None or component >= len(known.angles):
        return ""
    for group in known.groups:
        if component in group:
            others = [k for k in group if k != component]
            return "≈ v{}".format(others[0]) if len(others) == 1 else "≈ v{}-v{}".format(group[0], group[-1])
    angle = known.angles[component]
    if is_of_rows(comp):
        return ""  # what is labelled is another direction
    return "" if angle > UNKNOWN else "±{:.2g}°".format(angle)


def warnings_on(comp: Components, used: Sequence[int]) -> List[str]:
    """A line for every component of an edit that the sample does not know by itself."""
    known = known_of(comp)
    if known is None:
        return []
    lines = []
    for k in sorted(set(used)):
        group = next((group for group in known.groups if k in group), None)
        sample = "v{}: a sample of {:,} ".format(k, known.rows)
        if group is not None:
            lines.append(sample + "cannot tell apart " + groups_in_words([group]))
        elif k < len(known.angles) and known.angles[k] > UNKNOWN:
            lines.append(sample + "does not say how far it is from the true one")
    return lines
