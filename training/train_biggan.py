"""Train BigGAN-deep on the species of the drawn world; run it again with the same folder to go on.

    nice python -m training.train_biggan --state /path/to/state/biggan --images 300000

`training.loop` says how to stop a run.
"""

from __future__ import annotations

import argparse

import torch

from ganspace_tf.biggan.structure import planned_structure
from ganspace_tf.demo import quality, species
from ganspace_tf.demo.scorer import SMALLER, frechet_distance, load_scorer
from training import biggan, loop, losses, state
from training.discriminator import ProjectionDiscriminator
from training.loop import adam, apply
from training.pool import open_pool
from training.settings import BigGANSettings
from training.widen import take_over, widened, widened_blocks


class Run(loop.Run):
    """Projection discriminator with R1 penalty; latents as the network will be used with."""

    Settings = BigGANSettings
    SHEET = 8 * len(species.SPECIES)
    pool = None

    def networks(self):
        s = self.settings
        structure = planned_structure(s.channels, len(species.SPECIES), s.latent, s.embed)
        return biggan.Generator(structure, s.resolution), ProjectionDiscriminator(
            s.fmaps(), s.fade > 0, len(species.SPECIES), s.group, s.spread_maps
        )

    def optimisers(self):
        s = self.settings
        return adam(self.generator, s.rate, (0.0, s.beta2)), adam(
            self.discriminator, s.rate_d, (0.0, s.beta2)
        )

    def inherit(self, parent):
        """Start from the networks of another run, which may be narrower, with fresh counts and optimisers;
        layers for larger pictures than it was shown begin as in any new network and fade in. Returns what it
        had taken by then.
        """
        content = state.load_checkpoint(parent)
        ways = {"generator": widened_blocks, "average": widened_blocks, "discriminator": widened}
        for name, wider in ways.items():
            take_over(self.parts()[name], content[name], wider)
        return {"pictures_shown": content["images"], "seconds": round(content["seconds"])}

    def pace(self):
        """How far layers have come in and rates have fallen by now."""
        s = self.settings
        fade = min(self.images / s.fade, 1.0) if s.fade else 1.0
        left = max(1 - self.images / s.decay, s.least) if s.decay else 1.0
        self.discriminator.fade = fade
        for generator in (self.generator, self.average):
            generator.set_fade(fade)
        for optimiser, rate in ((self.step_g, s.rate), (self.step_d, s.rate_d)):
            for group in optimiser.param_groups:
                group["lr"] = rate * left

    def step(self):
        """Show one batch. Returns the losses as floats."""
        s = self.settings
        self.pace()
        # species in turn from any of them on, each once in every group of the discriminator's statistic of
        # variety: that is to see the variety within a species
        groups = s.batch // s.group
        turn = torch.arange(groups) + torch.randint(len(species.SPECIES), [1])
        labels = (turn % len(species.SPECIES)).repeat(s.group)
        images = self.pool.batch(labels, s.resolution)
        z = biggan.truncated_normal(s.batch, s.latent)
        with torch.autocast("cpu", torch.bfloat16, enabled=bool(s.bfloat16)):
            for_d, for_g, values, fakes = losses.gradients_of_both(
                self.generator, self.discriminator, images, z, labels, losses.LOSSES[s.loss]
            )
        apply(self.step_d, for_d)
        apply(self.step_g, for_g)
        if (self.images // s.batch) % s.r1_every == 0:
            for name, weight, shown in (("r1", s.r1, images), ("r2", s.r2, fakes.float())):
                if weight:
                    gradients, values[name] = losses.r1_gradients(
                        self.discriminator, shown, weight * s.r1_every, labels
                    )
                    apply(self.step_d, gradients)
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
        more pictures. Below the scorer's sizes the distance alone, of enlarged pictures and drawings.
        """
        world, n = self.settings.world, 100 * len(species.SPECIES)
        pictures, labels = self.samples(n, seed=1), self.labels(n).numpy()
        scorer = load_scorer(world)
        if self.settings.resolution < SMALLER:
            drawings = quality.drawn(n, quality.DRAWINGS_SEED, world, self.settings.resolution, labels)
            sides = (scorer.features(enlarged(side)) for side in (pictures, drawings))
            return {"frechet_enlarged": round(frechet_distance(*sides), 2)}
        found = quality.quality(scorer, pictures, world, labels)
        return {
            "frechet": round(found["frechet"], 2),
            "frechet_drawings": round(found["frechet_drawings"], 2),
            "off": {name: round(row["off"], 2) for name, row in found["quantiles"].items()},
            "recognised": {
                name: round(row["recognised"]["pictures"], 2) for name, row in found["species"].items()
            },
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


def enlarged(pictures):
    """Pictures (N, H, W, 3) at the scorer's smaller size, each pixel as a square."""
    times = SMALLER // pictures.shape[1]
    return pictures.repeat(times, axis=1).repeat(times, axis=2)


def open_run(folder, settings=None, parent=None):
    """The run in a folder, begun with these settings if it is not there yet."""
    return loop.open_run(Run, folder, settings, parent)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    loop.add_options(parser, images=300_000)
    parser.add_argument("--pool", required=True, help="npy of the drawings; drawn if it is not there")
    parser.add_argument(
        "--from",
        dest="parent",
        help="state folder of the run to go on from, or what training.keep wrote of it",
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    settings = BigGANSettings(parent=args.parent, seed=args.seed).changed(args.set)
    run = open_run(args.state, settings, args.parent)
    run.pool = open_pool(args.pool, settings.pool, settings.world, SMALLER, settings.seed, settings.ends)
    loop.train(run, args.state, args.images)


if __name__ == "__main__":
    loop.command(main)
