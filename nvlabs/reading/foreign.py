"""Networks of other projects in the same kind of file: recognised by the names they use, refused by name."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from nvlabs.errors import NetworkFileError, UnsafePickle, UnsupportedNetwork

# What to do: with another project's network, and with a file that is none.
READ = "; run it with its own project's code: StyleGAN2-ADA-PyTorch and StyleGAN3 networks are read here"
GIVE = "; give a network of StyleGAN2-ADA-PyTorch or StyleGAN3: the snapshot of a training, with G_ema in it"
NOT_STYLE = "it has no w space of the StyleGAN kind"
TORCHSCRIPT = "a TorchScript file (a feature detector, say), which is no generator"

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
    ("torch.jit", TORCHSCRIPT),
    ("__torch__", TORCHSCRIPT),
)


def known(label: str) -> Optional[UnsupportedNetwork]:
    """The refusal of a network that holds a global ('module.name') of another project; None for any other."""
    for start, what in MODULES:
        if label.startswith(start):
            return UnsupportedNetwork(what + (GIVE if what == TORCHSCRIPT else READ))
    return None


def refusal(label: str) -> NetworkFileError:
    """The refusal of a network that holds a global that is not on the list."""
    return known(label) or UnsafePickle(
        "asks for %r, which no network file needs; nothing was run. Get the file from its original source"
        % label[:80]
    )


def no_network(what: str) -> UnsupportedNetwork:
    """The refusal of a PyTorch file that is something else than a network."""
    return UnsupportedNetwork(what + GIVE)


def check_class(name: str) -> None:
    """Refuses the classes of other projects; raises UnsupportedNetwork."""
    if name in CLASSES:
        raise UnsupportedNetwork("%s%s" % (CLASSES[name], READ))
