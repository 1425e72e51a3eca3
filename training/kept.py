"""Networks of a run in one small file: what `training.keep` writes and `--from` reads."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import torch

from ganspace_tf.errors import FileError
from training import files

PARTS = ("average", "discriminator")


def save(path, run, training):
    """training: what the run took, as `loop.cost` lists it."""
    arrays = {
        "%s/%s" % (part, name): tensor.half().numpy()
        for part in PARTS
        for name, tensor in run.parts()[part].state_dict().items()
        if not name.endswith((".means", ".variances"))  # gathered after training
    }
    facts = json.dumps({"images": run.images, "seconds": run.seconds, "training": training})
    files.write_atomically(Path(path), lambda part: _write(part, arrays, facts))


def _write(part, arrays, facts):
    with open(part, "wb") as stream:
        np.savez_compressed(stream, facts=np.array(facts), **arrays)


def load(path):
    """A checkpoint's networks and counts, as `state.load_checkpoint` gives them, and what the run took. The
    generator is the averaged one. Raises FileError.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            content = json.loads(str(stored["facts"]))
            for part in PARTS:
                content[part] = {
                    name[len(part) + 1 :]: torch.from_numpy(stored[name].astype(np.float32))
                    for name in stored.files
                    if name.startswith(part + "/")
                }
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise FileError("%s holds no networks that training.keep wrote" % path) from None
    content["generator"] = content["average"]
    return content
