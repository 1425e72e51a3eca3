"""Faces in a photo: a detector says where one may be, a mesh of 468 points whether it is one and how it lies.

The photo is looked at whole and in overlapping squares of a half and a quarter of its longer side, so that a
face may be small in it. Both networks have to agree: the detector alone takes cats and cups for faces. The
mesh is asked a second time, in the square that the first mesh fills: what only looked like a face in the
detector's box is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, NamedTuple, Sequence

import numpy as np
from PIL import Image

from ganspace_tf.photos.align.geometry import FacePoints, frame_of
from ganspace_tf.photos.align.points import face_points
from ganspace_tf.photos.align.resample import view
from ganspace_tf.photos.faces import boxes

if TYPE_CHECKING:
    from ganspace_tf.photos.faces.graph import FaceNetworks

DETECTOR_SCORE = MESH_SCORE = 0.5
SURE = 0.99  # what the mesh has to say of a face the second time; of a rocket it said 0.96
LEVELS = 3
LOOKED_AT = 1024  # pixels of the longer side of what the detector sees
BATCH = 16
MOST = 64  # places in a photo that the mesh is tried on, the best first
MESH_INPUT, MARGIN = 192, 1.5  # pixels of the mesh's picture; its side, in sides of the detector's box
SAME = 0.3  # of the larger one's side: squares whose middles are nearer are of one face
EYE_LEFT, EYE_RIGHT = 33, 263  # outer corners, in the mesh


class Face(NamedTuple):
    """points: the four that count. landmarks: (n, 2) all that the detector gives, in pixels of the photo; n
    is 468 of the mesh. score: 0 to 1, the lower one of what both networks say.
    """

    points: FacePoints
    landmarks: np.ndarray
    score: float

    @property
    def side(self) -> float:
        """Pixels of the square that would be cut out."""
        return frame_of(self.points).side


class Found(NamedTuple):
    """faces: from left to right. best: the highest score of anything, 0 to 1."""

    faces: List[Face]
    best: float


def find_faces(pixels: np.ndarray, networks: FaceNetworks) -> Found:
    """The faces in a photo (H, W, 3) uint8, as turned as heads are; upside down ones are not found."""
    candidates = detected(pixels, networks)
    likely = boxes.merged(candidates.chosen(candidates.scores >= DETECTOR_SCORE))
    best = float(candidates.scores.max())
    if not len(likely.scores):
        return Found([], best)
    likely = likely.chosen(np.arange(len(likely.scores)) < MOST)
    first = _meshed(pixels, [_around_box(likely, k) for k in range(len(likely.scores))], networks)
    scores = [min(float(score), face.score) for score, face in zip(likely.scores, first)]
    kept = [(face, score) for face, score in zip(first, scores) if score >= MESH_SCORE]
    second = _meshed(pixels, [_around_mesh(face.landmarks) for face, _ in kept], networks)
    faces = [face._replace(score=score) for (face, score), again in zip(kept, second) if again.score >= SURE]
    return Found(distinct(faces), max(face.score for face in faces) if faces else max(scores))


def largest(faces: Sequence[Face]) -> int:
    """The number of the largest face, from 0."""
    return int(np.argmax([face.side for face in faces]))


def detected(pixels: np.ndarray, networks: FaceNetworks) -> boxes.Boxes:
    """All boxes of the detector, whatever their scores, in pixels of the photo."""
    height, width = pixels.shape[:2]
    scale = max(1.0, max(width, height) / LOOKED_AT)
    image = Image.fromarray(pixels)
    if scale > 1:
        small = tuple(max(1, round(length / scale)) for length in (width, height))
        image = image.resize(small, Image.BILINEAR)
    levels = max(n for n in range(1, LEVELS + 1) if n == 1 or max(image.size) >= boxes.INPUT * 2 ** (n - 1))
    squares = boxes.tiles(image.size, levels)
    found = []
    for start in range(0, len(squares), BATCH):
        part = squares[start : start + BATCH]
        seen = np.stack([_tile(image, *square) for square in part])
        for square, numbers, scores in zip(part, *networks.detect(seen)):
            found.append(boxes.decoded(numbers, scores).moved(square[:2], square[2]))
    # image and photo agree at their edges; pixel centres lie at halves there, at whole numbers here
    return boxes.joined(found).moved((-0.5, -0.5), max(width, height) / max(image.size))


def _tile(image: Image.Image, left: float, top: float, side: float) -> np.ndarray:
    """A square of an image as the detector wants it; black where it leaves the image."""
    across, down = (min(float(side), length) for length in image.size)
    size = tuple(max(1, round(boxes.INPUT * length / float(side))) for length in (across, down))
    box = (max(left, 0.0), max(top, 0.0))
    small = np.asarray(image.resize(size, Image.BILINEAR, (*box, box[0] + across, box[1] + down)))
    seen = np.full((boxes.INPUT, boxes.INPUT, 3), -1, np.float32)
    y, x = (boxes.INPUT - size[1]) // 2, (boxes.INPUT - size[0]) // 2
    seen[y : y + size[1], x : x + size[0]] = small / np.float32(127.5) - 1
    return seen


def _around_box(found: boxes.Boxes, which: int) -> np.ndarray:
    """The square (4, 2) that the mesh wants of a box, turned so that the eyes are level."""
    corners, (eye_left, eye_right) = found.corners[which], found.keypoints[which, :2]
    return _square(
        (corners[:2] + corners[2:]) / 2, eye_right - eye_left, MARGIN * max(corners[2:] - corners[:2])
    )


def _around_mesh(mesh: np.ndarray) -> np.ndarray:
    """The square (4, 2) that the mesh wants of a face whose mesh (468, 2) is known."""
    along = mesh[EYE_RIGHT] - mesh[EYE_LEFT]
    axes = _square(np.zeros(2), along, 2.0)
    x, y = axes[3] - axes[0], axes[1] - axes[0]
    across, down = mesh @ x / 2, mesh @ y / 2
    middle = x * (across.max() + across.min()) / 4 + y * (down.max() + down.min()) / 4
    return _square(middle, along, MARGIN * max(np.ptp(across), np.ptp(down)))


def _meshed(pixels: np.ndarray, quads: Sequence[np.ndarray], networks: FaceNetworks) -> List[Face]:
    """What the mesh finds in each square (4, 2) of a photo."""
    faces: List[Face] = []
    for start in range(0, len(quads), BATCH):
        views = [view(pixels, quad, MESH_INPUT) for quad in quads[start : start + BATCH]]
        seen = np.stack([picture for picture, _ in views]).astype(np.float32) / 255
        for (_, quad), points, raw in zip(views, *networks.mesh(seen)):
            shares = (points[:, :2].astype(np.float64) + 0.5) / MESH_INPUT
            mesh = quad[0] + shares[:, :1] * (quad[3] - quad[0]) + shares[:, 1:] * (quad[1] - quad[0])
            faces.append(Face(face_points(mesh), mesh, float(boxes.sigmoid(raw))))
    return faces


def _square(centre: np.ndarray, along: np.ndarray, side: float) -> np.ndarray:
    """Corners (4, 2) of a square whose upper side goes `along`."""
    x = np.asarray(along, np.float64) / max(float(np.hypot(*along)), 1e-9) * side / 2
    y = np.array([-x[1], x[0]])
    return np.stack([centre - x - y, centre - x + y, centre + x + y, centre + x - y])


def distinct(faces: Sequence[Face]) -> List[Face]:
    """Each face once, where several boxes led to it; from left to right."""
    kept: List[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        frame = frame_of(face.points)
        others = [frame_of(other.points) for other in kept]
        if all(np.hypot(*(frame.centre - o.centre)) > SAME * max(frame.side, o.side) for o in others):
            kept.append(face)
    return sorted(kept, key=lambda face: float(frame_of(face.points).centre[0]))
