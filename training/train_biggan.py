"""Train BigGAN-deep on the species of the drawn world; run it again with the same folder to go on.

    nice python -m training.train_biggan --state /path/to/state/biggan --images 300000

`training.loop` says how to stop a run.
"""

from __future__ import annotations

import argparse

import torch

from ganspace_tf.biggan.structure import planned_structure
from ganspace_tf.demo import quality, species
from ganspace_tf.demo.scorer import load_scorer
from training import biggan, loop, losses, state
from training.discriminator import ProjectionDiscriminator
from training.loop import adam, apply
from training.settings import BigGANSettings


class Run(loop.Run):
    """Hinge loss, projection discriminator with R1 penalty, latents as the network will be used with."""

    Settings = BigGANSettings
    SHEET = 8 * len(species.SPECIES)

    def networks(self):
        s = self.settings
        structure = planned_structure(s.channels, len(species.SPECIES), s.latent, s.embed)
        return biggan.Generator(structure), ProjectionDiscriminator(
            s.fmaps(), s.fade > 0, len(species.SPECIES)
        )

    def optimisers(self):
        s = self.settings
        return adam(self.generator, s.rate, (0.0, s.beta2)), adam(
            self.discriminator, s.rate_d, (0.0, s.beta2)
        )

    def step(self):
        """Show one batch. Returns the losses as floats."""
        s = self.settings
        # the discriminator's statistic of variety is to see that within a species: one in each of its groups
        groups = s.batch // self.discriminator.group
        labels = torch.randint(len(species.SPECIES), [groups]).repeat(self.discriminator.group)
        factors = species.sample_factors(labels.numpy(), self.drawn_seed())
        images = loop.drawn(factors, s.world, s.resolution)
        with torch.no_grad():
            fakes = self.generator(biggan.truncated_normal(s.batch, s.latent), labels)
        gradients, values = losses.hinge_discriminator_gradients(self.discriminator, images, fakes, labels)
        apply(self.step_d, gradients)
        if (self.images // s.batch) % s.r1_every == 0:
            gradients, values["r1"] = losses.r1_gradients(
                self.discriminator, images, s.r1 * s.r1_every, labels
            )
            apply(self.step_d, gradients)
        z = biggan.truncated_normal(s.batch, s.latent)
        gradients, more = losses.hinge_generator_gradients(self.generator, self.discriminator, z, labels)
        apply(self.step_g, gradients)
        values.update(more)
        self.images += s.batch
        self.follow()
        return values

    def rested(self):
        """The averaged generator as a function: it takes over the vectors of the spectral norms, which move
        in training alone.
        """
        vectors = {key: value for key, value in self.generator.state_dict().items() if key.endswith(".u")}
        self.average.load_state_dict(vectors, strict=False)
        return self.average.eval()

    def score(self):
        """What the scorer says of 900 pictures, in a few numbers; `training.publish_biggan` says it all, of
        more pictures.
        """
        world, n = self.settings.world, 100 * len(species.SPECIES)
        labels = self.labels(n).numpy()
        found = quality.quality(load_scorer(world), self.samples(n, seed=1), world, labels)
        return {
            "frechet": round(found["frechet"], 2),
            "frechet_drawings": round(found["frechet_drawings"], 2),
            "off": {name: round(row["off"], 2) for name, row in found["quantiles"].items()},
            "within": {name: round(row["within"]["pictures"], 2) for name, row in found["species"].items()},
        }

    def labels(self, n):
        """Eight of each species in turn."""
        return torch.arange(n) // 8 % len(species.SPECIES)

    @torch.no_grad()
    def samples(self, n, seed):
        """n pictures of the averaged generator, (N, H, W, 3) uint8, eight of each species in turn, normalised
        by their own batch; the training's random state is left alone.
        """
        average = self.rested()
        labels = self.labels(n)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            z = biggan.truncated_normal(n, self.settings.latent)
        batches = [average(z[start : start + 256], labels[start : start + 256]) for start in range(0, n, 256)]
        return state.to_uint8(torch.cat(batches))


def open_run(folder, settings=None):
    """The run in a folder, begun with these settings if it is not there yet."""
    return loop.open_run(Run, folder, settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    loop.add_options(parser, images=300_000)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    run = open_run(args.state, BigGANSettings(seed=args.seed).changed(args.set))
    loop.train(run, args.state, args.images)


if __name__ == "__main__":
    loop.command(main)
