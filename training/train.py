"""Train one demo network on a drawn world; run it again with the same folder to go on.

    train="nice python -m training.train"
    $train --state /path/to/state/stylegan2 --images 500000
    $train --state /path/to/state/kin --from /path/to/state/stylegan2 --world kin --images 150000

StyleGAN and StyleGAN2 are trained here, BigGAN-deep by `training.train_biggan`; `training.loop` says how to
stop a run.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import torch
import torch.nn.functional as F

from ganspace_tf.demo import quality, worlds
from ganspace_tf.demo.scorer import load_scorer
from training import loop, losses, state
from training.discriminator import Discriminator
from training.ends import towards_ends
from training.loop import DRAWN, adam, apply
from training.settings import Settings
from training.stylegan import Generator as StyleGAN
from training.stylegan2 import Generator as StyleGAN2
from training.widen import take_over, widened

GENERATORS = {"stylegan": StyleGAN, "stylegan2": StyleGAN2}


def drawn_batch(settings, images_shown, seed):
    """The next pictures (N, 3, R, R) in [-1, 1]."""
    share, kind = worlds.uniform_shares(settings.batch, seed)
    factors = worlds.factors_of(towards_ends(share, settings.ends), kind)
    pictures = loop.drawn(factors, settings.world, settings.resolution)
    coarse = F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2, mode="nearest")
    return torch.lerp(coarse, pictures, fade_of(settings, images_shown))


def fade_of(settings, images_shown):
    """Share of the largest layers, 0 to 1."""
    return min(images_shown / settings.fade, 1.0) if settings.fade else 1.0


def is_noise(name):
    """Whether a parameter is a strength of noise: noise_strength, Noise.weight."""
    return "noise" in name.lower()


class Run(loop.Run):
    """A run that trains StyleGAN or StyleGAN2."""

    Settings = Settings

    def networks(self):
        settings = self.settings
        generator = GENERATORS[settings.family](settings)
        self.names = [name for name, _ in generator.named_parameters()]
        return generator, Discriminator(
            settings.fmaps(settings.d_maps), settings.fade > 0, settings.group, settings.spread_maps
        )

    def optimisers(self):
        # the penalty comes every so many steps, so the discriminator takes slightly more of them (StyleGAN2,
        # appendix B)
        settings = self.settings
        lazy = settings.r1_every / (settings.r1_every + 1)
        return (
            adam(
                self.generator,
                settings.rate,
                (0.0, settings.beta2),
                {"mapping": settings.mapping_rate},
            ),
            adam(self.discriminator, settings.rate * lazy, (0.0, settings.beta2**lazy)),
        )

    def inherit(self, parent):
        """Start from the networks of another run, with fresh counts and optimisers.

        The same size on another world is fine-tuning. A larger size keeps the layers of the smaller one and
        gets new ones on top, which fade in over `settings.fade` images (Progressive GAN, section 2). Layers
        wider than the other run's begin as `training.widen` says. Noise that is not learned from the first
        picture on begins at 0 again. Returns what the other run had taken by then.
        """
        content = state.load_checkpoint(parent)
        smaller = Settings(**json.loads((Path(parent) / "settings.json").read_text())).resolution
        grown = (self.settings.resolution // smaller).bit_length() - 1
        for name in ("generator", "average", "discriminator"):
            take_over(self.parts()[name], renamed(content[name], grown), widened)
        if self.settings.noise_from:
            for part in (self.generator, self.average):
                for name, strength in part.named_parameters():
                    if is_noise(name):
                        torch.nn.init.zeros_(strength)
        return {"pictures_shown": content["images"], "seconds": round(content["seconds"])}

    def step(self):
        """Show one batch. Returns the losses as floats."""
        settings = self.settings
        images = drawn_batch(settings, self.images, self.drawn_seed())
        for part in (self.generator.synthesis, self.average.synthesis, self.discriminator):
            part.fade = fade_of(settings, self.images)
        w, first = losses.mixed_latents(self.generator, settings.batch, settings.mixing, settings.latent)
        fakes = self.generator.synthesis(w)  # both networks learn from the same pictures
        gradients, values = losses.discriminator_gradients(self.discriminator, images, fakes.detach())
        apply(self.step_d, gradients)
        if (self.images // settings.batch) % settings.r1_every == 0:
            gradients, values["r1"] = losses.r1_gradients(
                self.discriminator, images, settings.r1 * settings.r1_every
            )
            apply(self.step_d, gradients)
        gradients, more = losses.generator_gradients(self.generator, self.discriminator, fakes)
        if self.images < settings.noise_from:
            # drawings have no texture; noise that may act at once is used to fake detail, and shapes are
            # never learned
            gradients = [None if is_noise(n) else gradient for n, gradient in zip(self.names, gradients)]
        apply(self.step_g, gradients)
        values.update(more)
        self.images += settings.batch
        self._follow(first.detach())
        return values

    @torch.no_grad()
    def _follow(self, w):
        """Move the averages of the weights and of w."""
        self.follow()
        self.generator.dlatent_avg.lerp_(w.mean(dim=0), 1 - self.settings.dlatent_avg_beta)
        self.average.dlatent_avg.copy_(self.generator.dlatent_avg)

    @torch.no_grad()
    def samples(self, n, seed):
        """n pictures of the averaged generator at psi 1, (N, H, W, 3) uint8; the training's random state is
        left alone.
        """
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            batches = [
                self.average(torch.randn(min(64, n - start), self.settings.latent))
                for start in range(0, n, 64)
            ]
        return state.to_uint8(torch.cat(batches))

    def score(self):
        """What the scorer says of 1000 pictures, in a few numbers; `training.publish` says it all, of more
        pictures.
        """
        world = self.settings.world
        if self.settings.resolution < DRAWN:
            return {}
        found = quality.quality(load_scorer(world), self.samples(1000, seed=1), world)
        return {
            "frechet": round(found["frechet"], 2),
            "frechet_drawings": round(found["frechet_drawings"], 2),
            "kinds": {kind: round(row["pictures"], 3) for kind, row in found["kinds"].items()},
            "off": {name: round(row["off"], 2) for name, row in found["quantiles"].items()},
        }


def renamed(weights, grown):
    """StyleGAN counts its ToRGB layers from the largest size: after growing by `grown` sizes each one's
    number is higher.
    """
    return {
        re.sub(r"ToRGB_lod(\d+)", lambda found: "ToRGB_lod%d" % (int(found.group(1)) + grown), key): value
        for key, value in weights.items()
    }


def open_run(folder, settings=None, parent=None):
    """The run in a folder, begun with these settings if it is not there yet."""
    return loop.open_run(Run, folder, settings, parent)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    loop.add_options(parser, images=500_000)
    parser.add_argument("--family", choices=sorted(GENERATORS), default="stylegan2")
    parser.add_argument("--world", choices=sorted(worlds.WORLDS), default="beetles")
    parser.add_argument("--from", dest="parent", help="state folder of the run to fine-tune or to enlarge")
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument(
        "--fade", type=int, default=0, help="images over which larger layers than --from's come in"
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    settings = Settings(args.family, args.world, args.parent, args.resolution, seed=args.seed, fade=args.fade)
    settings = settings.changed(args.set)
    run = open_run(args.state, settings, args.parent)
    loop.train(run, args.state, args.images)


if __name__ == "__main__":
    loop.command(main)
