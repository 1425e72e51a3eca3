"""What one training run is: sizes, losses, speeds. Saved with every checkpoint, so that a run is continued
as it began.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, List, Optional


@dataclass(frozen=True)
class Settings:
    """All numbers of a run. Feature maps follow the rule of the official files, see `fmaps`."""

    family: str = "stylegan2"  # or "stylegan"
    world: str = "beetles"  # a row of ganspace_tf.demo.worlds.WORLDS
    parent: Optional[str] = None  # state folder this run was fine-tuned from
    resolution: int = 64
    fmap_base: int = 512
    fmap_max: int = 48
    latent: int = 512
    width: int = 512
    mapping_layers: int = 8
    mapping_lrmul: float = 0.01
    mapping_fmaps: int = 256  # half of the official width: a file of 4 MB instead of 10
    batch: int = 16
    rate: float = 2.5e-3
    beta2: float = 0.99
    r1: float = 0.2
    r1_every: int = 16
    mixing: float = 0.9  # share of batches whose pictures take their styles from two latents
    ema_images: float = 5000.0  # half-life of the moving average of the weights
    ema_rampup: float = 0.05  # ... at most this share of the images shown so far
    fade: int = 0  # the largest layers come in gradually over so many images
    noise_from: int = 100_000  # noise strengths stay 0 until so many images were shown
    dlatent_avg_beta: float = 0.995
    seed: int = 0

    def fmaps(self) -> Dict[int, int]:
        """Channels at each resolution: min(fmap_base / 2^(r - 1), fmap_max) at 2^r."""
        last = self.resolution.bit_length() - 1
        return {2**r: min(self.fmap_base // 2 ** (r - 1), self.fmap_max) for r in range(2, last + 1)}

    def changed(self, texts: List[str]) -> "Settings":
        """The same with some numbers changed, each given as "name=value"."""
        given = dict(text.split("=", 1) for text in texts)
        return dataclasses.replace(
            self, **{name: type(getattr(self, name))(value) for name, value in given.items()}
        )

    def as_dict(self):
        return dataclasses.asdict(self)
