"""The checked description of a generator: all that a graph builder needs, plain records, no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Dict, Optional, Tuple, Union

from nvlabs.describing.stylegan3 import StyleGAN3Spec

Size = Tuple[int, int]  # height, width
Kernel = Union[Tuple[float, ...], Tuple[Tuple[float, ...], ...]]
PERSISTENT = 6  # state version of networks that a PyTorch edition wrote


@dataclass(frozen=True)
class MappingSpec:
    """z (N, latent_size) and labels (N, label_size) to w (N, dlatent_size)."""

    latent_size: int
    label_size: int
    dlatent_size: int
    layers: int
    fmaps: int  # width of the hidden layers
    lrmul: float
    nonlinearity: str
    normalize_latents: bool
    use_wscale: bool
    label_rule: str  # 'concat': normalise after joining (StyleGAN, StyleGAN2); 'embed': each half alone (ADA)
    label_fmaps: int  # width of the label half; 0 without labels
    gain_in_weight: bool  # True: sqrt(2) scales the weight (StyleGAN); False: it follows the activation
    broadcast: Optional[int]  # repeat w to (N, broadcast, dlatent_size)


@dataclass(frozen=True)
class SynthesisSpec:
    """w (N, L, dlatent_size) to images (N, num_channels, *image_size)."""

    style: str  # 'stylegan' | 'stylegan2': which maths
    architecture: str  # 'growing' (StyleGAN) | 'skip' | 'resnet' | 'orig' | 'revised'
    resolution: int  # 4 for the first block, doubled by every further one: the side, but for the forks
    num_channels: int
    dlatent_size: int
    fmaps: Dict[int, int]  # output channels of each block, {4: 512, 8: 512, ...}
    const_fmaps: int  # channels of the learned constant
    nonlinearity: str
    use_noise: bool
    randomize_noise: bool
    resample_kernel: Kernel = (1.0, 3.0, 3.0, 1.0)
    conv_clamp: Optional[float] = None
    blur_filter: Optional[Tuple[float, ...]] = None
    fused_scale: Dict[int, bool] = field(default_factory=dict)  # by output resolution of the up-convolution
    use_wscale: bool = True
    use_pixel_norm: bool = False
    use_instance_norm: bool = False
    use_styles: bool = True
    norm_epsilon: float = 1e-8  # of the instance norm; the PyTorch port of StyleGAN has 1e-5
    # the non-square forks: height and width of the constant, and the blocks' names, if not "4x4", "8x8", ...
    start: Size = field(default=(4, 4), metadata={"later": True})
    block_names: Tuple[str, ...] = field(default=(), metadata={"later": True})

    @property
    def resolution_log2(self) -> int:
        return self.resolution.bit_length() - 1

    @property
    def num_layers(self) -> int:
        """L, the number of per-layer w vectors: 2 log2(resolution) - 2."""
        return 2 * self.resolution_log2 - 2

    def block(self, log2: int) -> str:
        """The name of the block that is 2^log2 pixels in official networks, the beginning of its variables'
        names."""
        return self.block_names[log2 - 2] if self.block_names else "%dx%d" % (2**log2, 2**log2)

    def size(self, log2: int) -> Size:
        """Height and width of what that block puts out."""
        height, width = self.start
        return height << (log2 - 2), width << (log2 - 2)

    @property
    def image_size(self) -> Size:
        """Height and width of the images."""
        return self.size(self.resolution_log2)

    @property
    def noise_sizes(self) -> Tuple[Size, ...]:
        """Height and width of the stored noise maps, with sides 4, 4, 8, 8, ... (StyleGAN: L) or 4, 8, 8, ...
        (StyleGAN2: L - 1) in official networks."""
        if not self.use_noise:
            return ()
        if self.style == "stylegan":
            return tuple(self.size(layer // 2 + 2) for layer in range(self.num_layers))
        return tuple(self.size((layer + 5) // 2) for layer in range(self.num_layers - 1))

    @property
    def num_noise(self) -> int:
        return len(self.noise_sizes)

    @property
    def feature_maps(self) -> Dict[str, int]:
        """Channels by resolution."""
        return {size_text(self.size(size.bit_length() - 1)): count for size, count in self.fmaps.items()}

    def in_words(self) -> str:
        """For messages: what the shapes follow from."""
        return "synthesis network (%s, resolution %s, %d to %d feature maps, dlatent_size %d)" % (
            self.architecture,
            size_text(self.image_size),
            max(self.fmaps.values()),
            min(self.fmaps.values()),
            self.dlatent_size,
        )

    @property
    def has_lod(self) -> bool:
        """Whether the synthesis part blends resolutions by its `lod` variable (progressive growing)."""
        return self.architecture in ("growing", "revised")


@dataclass(frozen=True)
class GeneratorSpec:
    """A whole generator: family, parts, and the truncation that `run` applies when not told otherwise."""

    family: str  # 'stylegan' | 'stylegan2' | 'stylegan2-ada' | 'stylegan3'
    version: int
    name: str
    mapping: MappingSpec
    synthesis: Union[SynthesisSpec, StyleGAN3Spec]
    truncation_psi: Optional[float]
    truncation_cutoff: Optional[int]
    truncation_psi_val: Optional[float]
    truncation_cutoff_val: Optional[int]
    has_average: bool = True  # an average w to truncate towards; the PyTorch editions may have none

    @property
    def edition(self) -> str:
        """Whose code wrote it: 'tensorflow' or 'pytorch'; decides what layers are called."""
        return "pytorch" if self.version == PERSISTENT else "tensorflow"

    @property
    def builder(self) -> str:
        """Which synthesis network is built: a key of `running.graph.SYNTHESIS_BUILDERS`."""
        return self.synthesis.style + ("-pytorch" if self.version == PERSISTENT else "")


def size_text(size: Size) -> str:
    """The side of a square, or height x width."""
    height, width = size
    return "%d" % width if height == width else "%d x %d" % size


def form(spec: Any) -> Tuple[Any, ...]:
    """The values of a part's description, for fingerprints. What came later counts only where it says
    something, so that the fingerprints of networks without it stay what they were."""
    values = [(entry, getattr(spec, entry.name)) for entry in fields(spec)]
    return tuple(v for entry, v in values if not (entry.metadata.get("later") and v == entry.default))
