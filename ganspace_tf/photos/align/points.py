"""The four points of a face from what detectors and people give: 68, 5 or 4 points, a mesh of 468.

A file of points is JSON: a list of pairs [x, y], or an object with the names of the four. Pixels of the photo
as a viewer shows it, x to the right, y down.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Tuple, Union

import numpy as np

from ganspace_tf import json_files
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.photos.align.geometry import FacePoints, frame_of

NAMES = FacePoints._fields
# Which points are averaged to each of the four, by the number of points: eyes, then corners of the mouth.
Groups = Tuple[List[int], List[int], List[int], List[int]]
GROUPS: Dict[int, Groups] = {
    4: ([0], [1], [2], [3]),
    5: ([0], [1], [3], [4]),  # the third is the tip of the nose: MTCNN, RetinaFace, InsightFace
    68: (list(range(36, 42)), list(range(42, 48)), [48], [54]),  # iBUG 300-W: dlib, face-alignment
    468: ([33, 160, 158, 133, 153, 144], [362, 385, 387, 263, 373, 380], [61], [291]),  # MediaPipe's mesh
}


def face_points(points: Any) -> FacePoints:
    """The four points from (n, 2) or (n, 3) pixels, n a key of GROUPS. Raises UsageError for another n."""
    values = np.asarray(points, np.float64)
    if values.ndim != 2 or values.shape[1] not in (2, 3) or len(values) not in GROUPS:
        counts = ", ".join(str(count) for count in GROUPS)
        raise UsageError("points of a face are {} pairs, not {}".format(counts, values.shape))
    return FacePoints(*(values[group, :2].mean(axis=0) for group in GROUPS[len(values)]))


def read_points(path: Union[str, "os.PathLike[str]"]) -> FacePoints:
    """The four points from a JSON file. Raises FileError, which names the file."""
    value = json_files.read_json(path)
    try:
        if isinstance(value, dict):
            missing = [name for name in NAMES if name not in value]
            if missing:
                raise UsageError("no {}; needed are {}".format(missing[0], ", ".join(NAMES)))
            value = [value[name] for name in NAMES]
        if not isinstance(value, list):
            raise UsageError("a list of pairs, or an object with {}, is needed".format(", ".join(NAMES)))
        if not all(_is_pair(pair) for pair in value):
            raise UsageError("a point is a pair of numbers, [x, y]")
        points = face_points(value or np.zeros((0, 2)))
        frame_of(points)
    except UsageError as error:
        raise FileError("{}: {}".format(path, error)) from None
    return points


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in value)
        and all(abs(part) < 1e300 for part in value)
    )
