"""What every training run is made of, whatever it trains: networks with a moving average, optimisers, counts,
checkpoints, and the loop that shows pictures.

Pictures are drawn as they are needed, so no picture is shown twice. Stop a run with SIGTERM (it writes a
checkpoint first) or pause it with SIGSTOP; a kill loses at most the minutes since the last checkpoint.
"""

from __future__ import annotations

import copy
import ctypes
import itertools
import json
import signal
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from ganspace_tf.demo import scene
from ganspace_tf.errors import GanspaceError, UsageError
from training import files, state

CHECKPOINT_SECONDS = 300
LOG_IMAGES = 1600
SHEET_IMAGES = 10_000
# glibc's M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD, in bytes: freed memory up to 1 GiB stays
MALLOC = ((-1, 2**30), (-2, 2**26), (-3, 2**25))
DRAWN = 64  # smaller pictures are drawn at this size and averaged


class Run:
    """A kind of run derives from this and says what is trained and how: `Settings`, `networks`, `optimisers`,
    `step`, `samples`.
    """

    SHEET = 64  # pictures of a sample sheet, eight in a row

    def __init__(self, settings):
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.generator, self.discriminator = self.networks()
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.step_g, self.step_d = self.optimisers()
        self.images = 0
        self.seconds = 0.0

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

    def drawn_seed(self):
        """Which pictures come next depends on the seed and the count so far."""
        return self.settings.seed * 2**26 + self.images // self.settings.batch

    @torch.no_grad()
    def follow(self):
        """Move the average of the weights."""
        settings = self.settings
        half_life = min(settings.ema_images, max(self.images * settings.ema_rampup, 1.0))
        keep = 0.5 ** (settings.batch / half_life)
        torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - keep)

    def score(self):
        """Statistics of the pictures for the log, by name."""
        return {}


def drawn(factors, world, resolution):
    """Pictures (N, 3, R, R) in [-1, 1] of a table of factors."""
    size = max(resolution, DRAWN)
    pictures = torch.from_numpy(scene.draw(factors, world, size)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.avg_pool2d(pictures, size // resolution)


def adam(network, rate, betas, multiples=None):
    """The optimiser of one network; use it through `apply`. multiples: by what the rate is multiplied for
    some of its parts, such as {"mapping": 25.0}.
    """
    by_multiple = itertools.groupby(
        network.named_parameters(), lambda named: (multiples or {}).get(named[0].split(".")[0], 1.0)
    )
    groups = [
        {"params": [weight for _, weight in group], "lr": rate * multiple} for multiple, group in by_multiple
    ]
    return torch.optim.Adam(groups, lr=rate, betas=betas, eps=1e-8, fused=True)


def apply(optimiser, gradients):
    """One step of an optimiser with these gradients.

    On a CPU the fused kernel walks through memory without asking for strides: a gradient that lies there in
    another order than its weight would be added to the wrong places.
    """
    weights = itertools.chain.from_iterable(group["params"] for group in optimiser.param_groups)
    for weight, gradient in zip(weights, gradients):
        weight.grad = None if gradient is None else torch.empty_like(weight).copy_(gradient)
    optimiser.step()


def add_options(parser, images):
    """What every command that trains understands. images: how many it shows where nothing is said."""
    parser.add_argument("--state", required=True, help="folder of the run; continued if it exists")
    parser.add_argument(
        "--images", type=int, default=images, help="stop after so many, those of earlier starts included"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another number of settings.py"
    )


def command(main):
    """Run a command's main; what a user got wrong is one line and exit code 1."""
    try:
        main()
    except GanspaceError as error:
        sys.exit("error: %s" % error)


def stage(run, folder):
    """What a run took, for the manifest: what was shown, for how long, on what, and its settings."""
    entries, settings = state.read_log(folder), run.settings.as_dict()
    settings.pop("parent", None)  # a folder of the machine it was trained on
    return {
        "pictures_shown": run.images,
        "seconds": round(run.seconds),
        "hardware": sorted({entry["hardware"] for entry in entries if "hardware" in entry}),
        "settings": settings,
    }


def cost(folder, open_run):
    """What training took, from the first stage on: a list of what was shown, at which size, for how long, on
    what.
    """
    run, stages = open_run(folder), []
    parent = run.settings.parent
    if parent and Path(parent).is_file():
        stages = state.load_checkpoint(parent)["training"]
    elif parent:
        stages = cost(parent, open_run)
        stages[-1].update(inherited(folder))
    return [*stages, stage(run, folder)]


def inherited(folder):
    """What the other run had taken when this one began with its networks; it may have gone on since."""
    return next((entry["inherited"] for entry in state.read_log(folder) if "inherited" in entry), {})


def open_run(kind, folder, settings=None, parent=None):
    """The run of that class in a folder, begun with these settings if it is not there yet.

    Raises FileError where no run is and no settings are given, or the parent is none; UsageError where the
    run that is there was begun with other settings (other than the parent, which may have moved).
    """
    folder = Path(folder)
    described = folder / "settings.json"
    content = None
    if settings is None or (folder / "checkpoint.pt").exists():
        content = state.load_checkpoint(folder)
    if described.exists():
        begun = kind.Settings(**json.loads(described.read_text()))
        _refuse_other_settings(folder, begun, settings or begun)
        settings = begun
    run = kind(settings)
    if content:
        run.restore(content)
        return run
    taken = run.inherit(parent) if parent else None
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    files.write_json(described, run.settings.as_dict())
    if taken is not None:
        state.append_log(folder, {"inherited": taken})
    return run


def _refuse_other_settings(folder, begun, settings):
    asked = json.loads(json.dumps(settings.as_dict()))  # as it is written: lists, no tuples
    other = [
        "%s=%s, not %s" % (name, value, asked[name])
        for name, value in begun.as_dict().items()
        if name != "parent" and value != asked[name]
    ]
    if other:
        raise UsageError(
            "%s was begun with %s; change it in a folder of its own" % (folder, "; ".join(other))
        )


def keep_memory():
    """Tell glibc not to hand the memory of every feature map back to the system, which has to clear it before
    it is used again: a sixth of a step.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for parameter, value in MALLOC:
            libc.mallopt(parameter, value)


def train(run, folder, images):
    """Show pictures until `images` have been shown, or until SIGTERM."""
    keep_memory()
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    state.append_log(folder, {"images": run.images, "hardware": state.hardware()})
    sums, count, saved, last = {}, {}, time.monotonic(), time.monotonic()
    while run.images < images and not stopping:
        before = run.images
        for name, value in run.step().items():
            sums[name] = sums.get(name, 0.0) + value
            count[name] = count.get(name, 0) + 1
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        if run.images // LOG_IMAGES > before // LOG_IMAGES:
            means = {name: round(sums[name] / count[name], 4) for name in sums}
            entry = dict(
                images=run.images, seconds=round(run.seconds), cpu_seconds=round(time.process_time()), **means
            )
            state.append_log(folder, entry)
            sums, count = {}, {}
        if run.images // SHEET_IMAGES > before // SHEET_IMAGES:
            path = Path(folder) / "samples" / ("%07d.png" % run.images)
            files.save_sheet(path, run.samples(run.SHEET, seed=0))
            scores = run.score()
            if scores:
                state.append_log(folder, dict(images=run.images, **scores))
        if now - saved > CHECKPOINT_SECONDS:
            state.save_checkpoint(folder, run.checkpoint())
            saved = time.monotonic()
    state.save_checkpoint(folder, run.checkpoint())
