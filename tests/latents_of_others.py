"""Files of latents as other programs write them: FIXTURES for the rows of spec/own-photos.md, section 3.

Puzer's, pbaylies' and rolux's files are one form, as are NVlabs' pictures-only projector and none at all.
"""

from __future__ import annotations

import io
from typing import Any, Callable, Dict, NamedTuple

import numpy as np

from tests.linear_gan import LinearGAN
from tests.torch_writer import write_legacy, write_zip

WIDTH = 512


class Fixture(NamedTuple):
    """name: of the file. write: of a path and rows (n, L, 512) float32, of which it takes the first `count`;
    its w are those of layer 0 where `plus` is False. layers: of the network.
    """

    name: str
    write: Callable[[Any, np.ndarray], Any]
    count: int = 1
    plus: bool = True
    layers: int = 18


def _npz(**keys: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any, np.ndarray], Any]:
    return lambda path, rows: np.savez(str(path), **{key: part(rows) for key, part in keys.items()})


def _npy(part: Callable[[np.ndarray], Any]) -> Callable[[Any, np.ndarray], Any]:
    return lambda path, rows: np.save(str(path), part(rows))


def _rosinality(path: Any, rows: np.ndarray) -> None:
    noise = [np.zeros((1, 1, 4, 4), np.float32)]
    photos = [("a.jpg", rows[0]), ("b.jpg", rows[1])]
    write_zip(
        path, {name: {"img": np.zeros(3, np.float32), "latent": w, "noise": noise} for name, w in photos}
    )


def _restyle(rows: np.ndarray) -> Dict[str, Any]:
    """Name → a list over iterations, pickled."""
    return {name: [np.zeros_like(rows[0]), rows[k]] for k, name in enumerate(("a.jpg", "b.jpg"))}


FIXTURES: Dict[str, Fixture] = {
    "stylegan2-ada": Fixture("dlatents.npz", _npz(dlatents=lambda rows: rows[:1])),
    "ada-pytorch": Fixture(
        "projected_w.npz", _npz(w=lambda rows: np.repeat(rows[:1, :1], rows.shape[1], 1)), plus=False
    ),
    "stylegan3-fun": Fixture("projected_final.npy", _npy(lambda rows: rows[:1])),
    "puzer": Fixture("me_01.npy", _npy(lambda rows: rows[0])),
    "rosinality": Fixture("me.pt", _rosinality, 2),
    "e4e": Fixture("latents.pt", write_zip, 3),
    "e4e-old": Fixture("latents_old.pt", write_legacy, 3),
    "e4e-cars": Fixture("cars.pt", write_zip, 3, layers=16),
    "psp": Fixture("codes.npy", _npy(lambda rows: rows), 3),
    "psp-w": Fixture("codes_w.pt", lambda path, rows: write_zip(path, rows[:, 0]), 3, plus=False),
    "restyle": Fixture("restyle.npy", _npy(_restyle), 2),
    "pti": Fixture("0.pt", lambda path, rows: write_zip(path, rows[:1])),
    "styleclip": Fixture("w_plus.npy", _npy(lambda rows: rows), 3),
    "styleclip-pt": Fixture("latent_1.pt", lambda path, rows: write_zip(path, rows[:1])),
}


class Network(LinearGAN):
    """What a file is checked against: a name, layers and a width."""

    def __init__(self, layers: int):
        super().__init__()
        self.n_layers, self.dlatent_size = layers, WIDTH
        self.image_shape = (3, 2 ** (layers // 2 + 1), 2 ** (layers // 2 + 1))


def rows_of(layers: int, width: int = WIDTH) -> np.ndarray:
    """w of three pictures, (3, L, width) float32."""
    return 2 * np.random.RandomState(7).standard_normal((3, layers, width)).astype(np.float32)


def saved(array: Any) -> bytes:
    """The bytes of a .npy file; objects are pickled."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
