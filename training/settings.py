"""What one training run is: sizes, losses, speeds. Saved with every checkpoint, so that a run is continued
as it began.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

from ganspace_tf.errors import UnknownName, UsageError
from training.ends import strengths


class Numbers:
    """What the settings of every kind of run can do; those that derive from it are frozen dataclasses."""

    resolution: int
    fmap_base: int
    fmap_max: int

    def fmaps(self, share: float = 1.0) -> Dict[int, int]:
        """Channels at each resolution: min(fmap_base / 2^(r - 1), fmap_max) at 2^r, or a share of them."""
        last = self.resolution.bit_length() - 1
        return {
            2**r: int(share * min(self.fmap_base // 2 ** (r - 1), self.fmap_max)) for r in range(2, last + 1)
        }

    def changed(self, texts: List[str]):
        """The same with some numbers changed, each given as "name=value"; a list is given as "192,128,64" and
        stays as long as it is. Raises UnknownName for a name that is no setting, UsageError for a value that
        is none.
        """
        known = {name: value for name, value in self.as_dict().items() if value is not None}
        given = {}
        for text in texts:
            name, _, value = text.partition("=")
            if name not in known:
                raise UnknownName.among("setting", name, known)
            given[name] = _like(name, known[name], value)
        return dataclasses.replace(self, **given)

    def as_dict(self):
        return dataclasses.asdict(self)


def _like(name, known, text):
    """A value of the kind of a known one. Raises UsageError."""
    if isinstance(known, (list, tuple)):
        values = text.split(",")
        if len(values) != len(known):
            raise UsageError("%s must be %d whole numbers, not %r" % (name, len(known), text))
        return tuple(_like(name, one, value) for one, value in zip(known, values))
    kind = type(known)
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise UsageError("%s must be %s, not %r" % (name, wanted, text)) from None


@dataclass(frozen=True)
class Settings(Numbers):
    """All numbers of a run. Feature maps follow the rule of the official files, see `fmaps`."""

    family: str = "stylegan2"  # or "stylegan"
    world: str = "beetles"  # a row of ganspace_tf.demo.worlds.WORLDS
    parent: Optional[str] = None  # state folder this run was fine-tuned from
    resolution: int = 64
    fmap_base: int = 512
    fmap_max: int = 48
    d_maps: float = 1.0  # feature maps of the discriminator as a share of the generator's
    group: int = 4  # pictures whose spread the discriminator sees
    spread_maps: int = 1  # ... in so many maps, each of some channels
    latent: int = 512
    width: int = 512
    mapping_layers: int = 8
    mapping_lrmul: float = 0.01
    mapping_rate: float = 1.0  # learning rate of the mapping as a multiple of `rate`, beside mapping_lrmul
    mapping_fmaps: int = 256  # half of the official width: a file of 7 MB instead of 13
    batch: int = 16
    ends: str = ""  # what `training.ends` does to the pictures shown: "aspect=1,gloss=-0.5"
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

    def __post_init__(self):
        strengths(self.ends)  # refused before pictures are drawn by it


@dataclass(frozen=True)
class BigGANSettings(Numbers):
    """All numbers of a run that trains BigGAN-deep; the names that `Settings` has as well mean the same.

    The discriminator is that of StyleGAN2, with feature maps by the rule of the official files.
    """

    family: str = "biggan-deep"
    world: str = "beetles"
    parent: Optional[str] = None
    resolution: int = 32
    channels: Sequence[int] = (192, 192, 192, 192, 192, 96)  # put out by the blocks
    latent: int = 64
    embed: int = 64
    fmap_base: int = 1024
    fmap_max: int = 128
    group: int = 4
    spread_maps: int = 32
    pool: int = 8000  # drawings of each species that are shown, both ways round
    ends: str = ""
    batch: int = 36
    loss: str = "relativistic"  # a row of training.losses.LOSSES
    rate: float = 5e-4  # of the generator; weights under spectral norm are not equalised
    rate_d: float = 2.5e-3
    beta2: float = 0.99
    r1: float = 0.1
    r2: float = 0.0  # the same penalty on pictures of the generator
    r1_every: int = 16
    ema_images: float = 5000.0
    ema_rampup: float = 0.05
    fade: int = 0
    bfloat16: int = 1  # whether convolutions are computed in it, but for the R1 penalty
    decay: int = 0  # the rates fall evenly over so many images, 0: they stay
    least: float = 0.1  # ... to this share
    seed: int = 0

    def __post_init__(self):
        strengths(self.ends)
