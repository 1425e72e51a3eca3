"""A run on disk: settings, checkpoint, log, sample sheets. Everything is written beside and renamed, so a
kill loses minutes.

<folder>/settings.json     what the run is
<folder>/checkpoint.pt     networks, moving average, optimisers, random state, counts
<folder>/log.jsonl         one line every so many images: losses, statistics, seconds
<folder>/samples/          the same 64 latents through the averaged generator, every 10,000 images
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import torch

from ganspace_tf.errors import FileError
from training import kept
from training.files import write_atomically


def append_log(folder, entry):
    with open(Path(folder) / "log.jsonl", "a") as log:
        log.write(json.dumps(entry) + "\n")


def read_log(folder):
    return [json.loads(line) for line in (Path(folder) / "log.jsonl").read_text().splitlines()]


def save_checkpoint(folder, content):
    write_atomically(Path(folder) / "checkpoint.pt", lambda part: torch.save(content, part))


def load_checkpoint(folder):
    """The newest checkpoint of a run; plain tensors and numbers only, nothing in it is executed. Raises
    FileError where there is none, or where nothing says of which run it is. A file instead of a folder: what
    was kept of a run (`training.kept`).
    """
    if Path(folder).is_file():
        return kept.load(folder)
    for name in ("settings.json", "checkpoint.pt"):
        if not (Path(folder) / name).exists():
            raise FileError("%s holds no training run: there is no %s in it" % (folder, name))
    return torch.load(Path(folder) / "checkpoint.pt", map_location="cpu", weights_only=True)


def to_uint8(images):
    """(N, 3, H, W) in [-1, 1] to (N, H, W, 3) uint8, rounded as the official networks are."""
    scaled = (images * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().numpy()


def hardware():
    """The processor in words, for the record of what a network cost."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    return "%s, %d thread(s), torch %s" % (name, torch.get_num_threads(), torch.__version__)
