"""Sliders of single style channels, and other names for sliders."""

from __future__ import annotations

from typing import Any, Callable, Dict

from ganspace_tf.edits import parse_any_edits
from ganspace_tf.explorer.drawn.drawing import look_of
from ganspace_tf.explorer.jobs.arguments import given
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.styles.channels import SAMPLES


def channel(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """text: S(layer, channel), with "= +2" where the slider is to start; state: with its class, over which
    sigmas are measured. A slider of it.
    """
    session, done = painter.session, [0]
    classes = look_of(given(arguments, "state", State), session.generator).classes

    def progress(new: int) -> None:
        pause((done[0], SAMPLES, "measuring channels"))
        done[0] += new

    label = classes[0] if classes else None
    text = given(arguments, "text", str)
    found = session.channel(text, label, progress)
    sigma = parse_any_edits(text)[0].sigma if "=" in text else None
    return dict(session.told(found), sigma=sigma)


def rename(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """of: a direction; name: what it is called from now on."""
    session = painter.session
    return session.told(session.rename(given(arguments, "of", str), given(arguments, "name", str)))
