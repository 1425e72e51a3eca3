"""What finds faces, by name: a function that opens it and a row of DETECTORS each.

Opened, a detector is a function: a photo (H, W, 3) uint8 → Found.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Callable, ContextManager, Dict, Iterator, Optional

import numpy as np

from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.photos.align.points import face_points
from ganspace_tf.photos.faces.find import Face, Found, distinct, find_faces

Detector = Callable[[np.ndarray], Found]
MODEL = "shape_predictor_68_face_landmarks.dat"
UPSAMPLED = 1  # times that dlib doubles the photo: faces from 40 pixels on are found


@contextmanager
def open_mesh(threads: Optional[int] = None) -> Iterator[Detector]:
    """The two networks that come along."""
    from ganspace_tf.photos.faces.graph import FaceNetworks

    networks = FaceNetworks(threads)
    try:
        yield lambda pixels: find_faces(pixels, networks)
    finally:
        networks.close()


@contextmanager
def open_dlib(threads: Optional[int] = None) -> Iterator[Detector]:
    """dlib's detector and its 68 points, which FFHQ was cut out with. Raises GanspaceError without them."""
    try:
        dlib = importlib.import_module("dlib")
        # not imported: it asks setuptools' pkg_resources where its files are, which newer ones lack
        found: Any = importlib.util.find_spec("face_recognition_models")
        model = os.path.join(next(iter(found.submodule_search_locations)), "models", MODEL)
    except (ImportError, AttributeError, TypeError):  # no dlib; no such package: found is None
        raise GanspaceError(
            "--detector dlib needs the packages dlib (or dlib-bin) and face_recognition_models: "
            "pip install dlib-bin face_recognition_models"
        ) from None
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(model)

    def find(pixels: np.ndarray) -> Found:
        boxes, scores, _ = detector.run(pixels, UPSAMPLED, -1.0)
        faces = []
        for box, score in zip(boxes, scores):
            outline = np.array([(point.x, point.y) for point in predictor(pixels, box).parts()], np.float64)
            try:
                if score >= 0:
                    faces.append(Face(face_points(outline), outline, min(1.0, float(score))))
            except UsageError:  # points that are no face's
                continue
        return Found(distinct(faces), max([0.0, *(min(1.0, float(score)) for score in scores)]))

    yield find


DETECTORS: Dict[str, Callable[[Optional[int]], ContextManager[Detector]]] = OrderedDict(
    mesh=open_mesh, dlib=open_dlib
)
