"""Train one demo network on a drawn world; run it again with the same folder to go on.

    nice python -m training.train --state /path/to/state/stylegan2 --images 500000 nice python -m
    training.train --state /path/to/state/kin --from /path/to/state/stylegan2 --world kin --images 150000

Pictures are drawn as they are needed, so no picture is shown twice. Stop it with SIGTERM (it writes a
checkpoint first) or pause it with SIGSTOP; a kill loses at most the minutes since the last checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from ganspace_tf.demo import quality, scene, worlds
from ganspace_tf.demo.scorer import load_scorer
from training import losses, state
from training.discriminator import Discriminator
from training.settings import Settings
from training.stylegan import Generator as StyleGAN
from training.stylegan2 import Generator as StyleGAN2

GENERATORS = {"stylegan": StyleGAN, "stylegan2": StyleGAN2}
CHECKPOINT_SECONDS = 300
LOG_IMAGES = 1600
SHEET_IMAGES = 10_000
DRAWN = 64  # smaller pictures are drawn at this size and averaged


def drawn_batch(settings, images_shown):
    """The next pictures (N, 3, R, R) in [-1, 1]; which ones depends on the seed and the count so far."""
    seed = settings.seed * 2**26 + images_shown // settings.batch
    drawn = max(settings.resolution, DRAWN)
    pictures = scene.draw(worlds.sample_factors(settings.batch, seed), settings.world, drawn)
    pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    pictures = F.avg_pool2d(pictures, drawn // settings.resolution)
    coarse = F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2, mode="nearest")
    return torch.lerp(coarse, pictures, fade_of(settings, images_shown))


def fade_of(settings, images_shown):
    """Share of the largest layers, 0 to 1."""
    return min(images_shown / settings.fade, 1.0) if settings.fade else 1.0


class Run:
    """Networks, optimisers and counts of a training run."""

    def __init__(self, settings):
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.generator = GENERATORS[settings.family](settings)
        self.names = [name for name, _ in self.generator.named_parameters()]
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.discriminator = Discriminator(settings)
        # the penalty comes every so many steps, so the discriminator takes slightly more of them (StyleGAN2,
        # appendix B)
        lazy = settings.r1_every / (settings.r1_every + 1)
        self.step_g = self._adam(self.generator, 1.0)
        self.step_d = self._adam(self.discriminator, lazy)
        self.images = 0
        self.seconds = 0.0

    def _adam(self, network, lazy):
        betas = (0.0, self.settings.beta2**lazy)
        return torch.optim.Adam(
            network.parameters(), lr=self.settings.rate * lazy, betas=betas, eps=1e-8, fused=True
        )

    def parts(self):
        """Everything that has a state_dict, by name."""
        names = ("generator", "average", "discriminator", "step_g", "step_d")
        return {name: getattr(self, name) for name in names}

    def checkpoint(self):
        content = {name: part.state_dict() for name, part in self.parts().items()}
        content.update(images=self.images, seconds=self.seconds, random=torch.get_rng_state())
        return content

    def restore(self, content):
        """Go on from a checkpoint."""
        for name, part in self.parts().items():
            part.load_state_dict(content[name])
        self.images, self.seconds = content["images"], content["seconds"]
        torch.set_rng_state(content["random"])

    def inherit(self, content, grown):
        """Start from the networks of another run, with fresh counts and optimisers.

        The same size on another world is fine-tuning. A larger size keeps the layers of the smaller one and
        gets new ones on top, which fade in over `settings.fade` images (Progressive GAN, section 2).
        """
        for name in ("generator", "average", "discriminator"):
            part, known = self.parts()[name], renamed(content[name], grown)
            own = part.state_dict()
            kept = {key for key, value in own.items() if key in known and known[key].shape == value.shape}
            part.load_state_dict({key: known[key] if key in kept else value for key, value in own.items()})

    def step(self):
        """Show one batch. Returns the losses as floats."""
        settings = self.settings
        images = drawn_batch(settings, self.images)
        for part in (self.generator.synthesis, self.average.synthesis, self.discriminator):
            part.fade = fade_of(settings, self.images)
        with torch.no_grad():
            w, _ = self._latents()
        gradients, values = losses.discriminator_gradients(self.generator, self.discriminator, images, w)
        apply(self.step_d, gradients)
        if (self.images // settings.batch) % settings.r1_every == 0:
            gradients, values["r1"] = losses.r1_gradients(
                self.discriminator, images, settings.r1 * settings.r1_every
            )
            apply(self.step_d, gradients)
        w, first = self._latents()
        gradients, more = losses.generator_gradients(self.generator, self.discriminator, w)
        if self.images < settings.noise_from:
            # drawings have no texture; noise that may act at once is used to fake detail, and shapes are
            # never learned
            gradients = [None if self._is_noise(k) else gradient for k, gradient in enumerate(gradients)]
        apply(self.step_g, gradients)
        values.update(more)
        self.images += settings.batch
        self._follow(first.detach())
        return values

    def _is_noise(self, k):
        return "noise" in self.names[k].lower()  # noise_strength, Noise.weight

    def _latents(self):
        settings = self.settings
        return losses.mixed_latents(self.generator, settings.batch, settings.mixing, settings.latent)

    @torch.no_grad()
    def _follow(self, w):
        """Move the averages of the weights and of w."""
        settings = self.settings
        half_life = min(settings.ema_images, max(self.images * settings.ema_rampup, 1.0))
        keep = 0.5 ** (settings.batch / half_life)
        averages, weights = list(self.average.parameters()), list(self.generator.parameters())
        torch._foreach_lerp_(averages, weights, 1 - keep)
        self.generator.dlatent_avg.lerp_(w.mean(dim=0), 1 - settings.dlatent_avg_beta)
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


def renamed(weights, grown):
    """StyleGAN counts its ToRGB layers from the largest size: after growing by `grown` sizes each one's
    number is higher.
    """
    return {
        re.sub(r"ToRGB_lod(\d+)", lambda found: "ToRGB_lod%d" % (int(found.group(1)) + grown), key): value
        for key, value in weights.items()
    }


def apply(optimiser, gradients):
    """One step of an optimiser with these gradients.

    On a CPU the fused kernel walks through memory without asking for strides: a gradient that lies there in
    another order than its weight would be added to the wrong places.
    """
    for weight, gradient in zip(optimiser.param_groups[0]["params"], gradients):
        weight.grad = None if gradient is None else torch.empty_like(weight).copy_(gradient)
    optimiser.step()


def score(run):
    """What the scorer says of 1000 pictures, in a few numbers; `training.publish` says it all, of more
    pictures.
    """
    world = run.settings.world
    found = quality.quality(load_scorer(world), run.samples(1000, seed=1), world)
    return {
        "frechet": round(found["frechet"], 2),
        "frechet_drawings": round(found["frechet_drawings"], 2),
        "kinds": {kind: round(row["pictures"], 3) for kind, row in found["kinds"].items()},
        "off": {name: round(row["off"], 2) for name, row in found["quantiles"].items()},
    }


def open_run(folder, settings=None, parent=None):
    """The run in a folder, begun with these settings if it is not there yet."""
    folder = Path(folder)
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    described = folder / "settings.json"
    if described.exists():
        settings = Settings(**json.loads(described.read_text()))
    else:
        state.write_json(described, settings.as_dict())
    run = Run(settings)
    if (folder / "checkpoint.pt").exists():
        run.restore(state.load_checkpoint(folder))
    elif parent:
        smaller = Settings(**json.loads((Path(parent) / "settings.json").read_text())).resolution
        run.inherit(state.load_checkpoint(parent), (run.settings.resolution // smaller).bit_length() - 1)
    return run


def train(run, folder, images):
    """Show pictures until `images` have been shown, or until SIGTERM."""
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    sums, count, saved, last = {}, {}, time.monotonic(), time.monotonic()
    while run.images < images and not stopping:
        for name, value in run.step().items():
            sums[name] = sums.get(name, 0.0) + value
            count[name] = count.get(name, 0) + 1
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        if run.images % LOG_IMAGES == 0:
            means = {name: round(sums[name] / count[name], 4) for name in sums}
            entry = dict(
                images=run.images, seconds=round(run.seconds), cpu_seconds=round(time.process_time()), **means
            )
            state.append_log(folder, entry)
            sums, count = {}, {}
        if run.images % SHEET_IMAGES == 0:
            state.save_sheet(Path(folder) / "samples" / ("%07d.png" % run.images), run.samples(64, seed=0))
            if run.settings.resolution >= DRAWN:
                state.append_log(folder, dict(images=run.images, **score(run)))
        if now - saved > CHECKPOINT_SECONDS:
            state.save_checkpoint(folder, run.checkpoint())
            saved = time.monotonic()
    state.save_checkpoint(folder, run.checkpoint())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", required=True, help="folder of the run; continued if it exists")
    parser.add_argument("--family", choices=sorted(GENERATORS), default="stylegan2")
    parser.add_argument("--world", choices=sorted(worlds.WORLDS), default="beetles")
    parser.add_argument("--from", dest="parent", help="state folder of the run to fine-tune or to enlarge")
    parser.add_argument(
        "--images", type=int, default=500_000, help="stop after so many, all sessions together"
    )
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument(
        "--fade", type=int, default=0, help="images over which larger layers than --from's come in"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another number of settings.py"
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    settings = Settings(args.family, args.world, args.parent, args.resolution, seed=args.seed, fade=args.fade)
    settings = settings.changed(args.set)
    run = open_run(args.state, settings, args.parent)
    state.append_log(args.state, {"images": run.images, "hardware": state.hardware()})
    train(run, args.state, args.images)


if __name__ == "__main__":
    main()
