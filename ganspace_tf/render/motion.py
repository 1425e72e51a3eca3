"""Moving and turning the picture of a StyleGAN3 network, by the matrix that its Fourier input takes."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np


def input_transform(
    translate: Optional[Sequence[float]] = None, rotate: Optional[float] = None
) -> np.ndarray:
    """The matrix (3, 3) for `Generator.images(transform=…)` that turns the picture and then moves it.

    translate: (x, y) in sides of the picture, to the right and down; rotate: degrees, counterclockwise. The
    numbers mean the same in the scripts of StyleGAN3: the input gets the inverse of the motion, as its matrix
    says where in the picture a sample comes from. It stands in for the one that the network stores.
    """
    x, y = (0.0, 0.0) if translate is None else (float(value) for value in translate)
    angle = np.deg2rad(rotate or 0.0)
    cosine, sine = np.cos(angle), np.sin(angle)
    motion = np.array([[cosine, sine, x], [-sine, cosine, y], [0.0, 0.0, 1.0]])
    return np.linalg.inv(motion)


def motion_label(x: float, y: float, rotate: float) -> str:
    """A motion as captions say it: x +0.1, y −0.2, 30°."""
    return "x {:+.2f}, y {:+.2f}, {:.0f}°".format(x, y, rotate).replace("-", "−")


def of_look(translate: Any, rotate: Any) -> Optional[np.ndarray]:
    """The matrix of a picture's settings; None where neither is given: then the stored one is used."""
    return None if translate is None and rotate is None else input_transform(translate, rotate)
