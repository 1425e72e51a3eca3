"""Networks of other projects in the same kind of file: recognised by the names they use, refused by name."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from nvlabs.errors import NetworkFileError, UnsafePickle, UnsupportedNetwork

READ = "; StyleGAN2-ADA-PyTorch and StyleGAN3 networks are read"
NOT_STYLE = "it has no w space of the StyleGAN kind"

# Names of classes in persistent objects that only other projects have.
CLASSES: Dict[str, str] = {
    "TriPlaneGenerator": "an EG3D network (it renders a 3-D volume)",
    "SuperresGenerator": "a StyleGAN-XL super-resolution network",
}
# Beginnings of module names, and one class, of globals that official files do not have.
MODULES: Tuple[Tuple[str, str], ...] = (
    ("networks.generator.", "a StyleGAN-T network"),
    ("networks.shared.", "a StyleGAN-T network"),
    ("pg_modules.networks_fastgan", "a Projected GAN network of the FastGAN kind: " + NOT_STYLE),
    ("pg_modules.", "a part of a Projected GAN network"),
    (
        "torch.nn.modules.sparse.Embedding",
        "a StyleGAN-XL network (its truncation has a centre for each class)",
    ),
    ("torch.jit", "a TorchScript file (a feature detector, say), which is no generator"),
    ("__torch__", "a TorchScript file (a feature detector, say), which is no generator"),
)


def known(label: str) -> Optional[UnsupportedNetwork]:
    """The refusal of a network that holds a global ('module.name') of another project; None for any other."""
    for start, what in MODULES:
        if label.startswith(start):
            return UnsupportedNetwork("%s%s" % (what, READ))
    return None


def refusal(label: str) -> NetworkFileError:
    """The refusal of a network that holds a global that is not on the list."""
    return known(label) or UnsafePickle(
        "asks for %r, which no network file needs; nothing was run. Get the file from its original source"
        % label[:80]
    )


def check_class(name: str) -> None:
    """Refuses the classes of other projects; raises UnsupportedNetwork."""
    if name in CLASSES:
        raise UnsupportedNetwork("%s%s" % (CLASSES[name], READ))
