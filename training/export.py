"""Write the averaged generator of a run as an official network file, with pictures to check the file by.

    python -m training.export --state /path/to/state/stylegan2 --out stylegan2.pkl
    python -m training.check_export stylegan2.pkl stylegan2.check.npz      (where TensorFlow is installed)

The file is (None, None, Gs). Beside it lie latents and what this code makes of them: w, and pictures with the
stored noise.
"""

from __future__ import annotations

import argparse
import copy
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

from nvlabs.reading import container
from nvlabs.reading.records import FileRecords, NetworkRecord
from training import loop
from training.train import open_run

# state version and build functions of the generator, its synthesis part and its mapping part
FORMATS = {
    "stylegan": (3, "G_style", "G_synthesis", "G_mapping"),
    "stylegan2": (4, "G_main", "G_synthesis_stylegan2", "G_mapping"),
}
CHECKED = 16  # latents that the file is checked by


def to_record(generator, settings, name="Gs"):
    """A generator as the data of an official network file.

    Convolution weights become [k, k, in, out]; everything else is stored as it is trained.
    """
    version, top, synthesis, mapping = FORMATS[settings.family]
    shared = {"num_channels": 3, "resolution": settings.resolution, "label_size": 0}
    shared.update(fmap_base=settings.fmap_base, fmap_max=settings.fmap_max)
    shared.update(latent_size=settings.latent, dlatent_size=settings.width)
    shared.update(mapping_layers=settings.mapping_layers, mapping_fmaps=settings.mapping_fmaps)
    shared.update(mapping_lrmul=settings.mapping_lrmul)
    lod = OrderedDict(lod=np.zeros([], dtype=np.float32))
    own = OrderedDict(lod, dlatent_avg=generator.dlatent_avg.numpy())
    inner = OrderedDict(lod) if settings.family == "stylegan" else OrderedDict()
    inner.update(_variables(generator.synthesis))
    broadcast = dict(shared, dlatent_broadcast=generator.n_layers)
    parts = OrderedDict(
        synthesis=NetworkRecord(version, "G_synthesis", shared, OrderedDict(), synthesis, inner),
        mapping=NetworkRecord(
            version, "G_mapping", broadcast, OrderedDict(), mapping, _variables(generator.mapping)
        ),
    )
    return NetworkRecord(version, name, shared, parts, top, own)


def _variables(module):
    """Buffers and parameters by their names in the file, buffers (noise) first."""
    named = list(module.named_buffers()) + list(module.named_parameters())
    kept = module.state_dict()  # leaves the resampling kernels out, which are no variables
    return OrderedDict(
        (name.replace(".", "/"), _official(name, tensor.detach())) for name, tensor in named if name in kept
    )


def _official(name, tensor):
    if name.endswith(".weight") and tensor.dim() == 4:
        tensor = tensor.permute(2, 3, 1, 0)
    return np.array(tensor.numpy(), dtype=np.float32, order="C")


@torch.no_grad()
def expected(generator, settings):
    """Latents, their w and their pictures without truncation and with the stored noise, as arrays by name.

    Computed in double precision: eight mapping layers amplify the rounding of two float32 implementations so
    far that setting one against the other says less about either. `float32` is how far PyTorch's own float32
    is off in pictures.
    """
    z = torch.randn(CHECKED, settings.latent, generator=torch.Generator().manual_seed(1))
    single = generator(z, random_noise=False)
    generator = copy.deepcopy(generator).double()
    w = generator.mapping(z.double())
    images = generator.synthesis(w[:, None].expand(-1, generator.n_layers, -1), random_noise=False)
    off = (single - images).abs().max()
    return {
        "z": z.numpy(),
        "w": w.numpy(),
        "images": images.contiguous().numpy(),
        "float32": off.numpy(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", required=True)
    parser.add_argument(
        "--out", required=True, help="network file to write; the pictures go to NAME.check.npz"
    )
    args = parser.parse_args()
    run = open_run(args.state)
    container.save(FileRecords(None, None, to_record(run.average, run.settings)), args.out)
    np.savez(Path(args.out).with_suffix(".check.npz"), **expected(run.average, run.settings))
    print("%s: %s after %d pictures" % (args.out, run.settings.family, run.images))


if __name__ == "__main__":
    loop.command(main)
