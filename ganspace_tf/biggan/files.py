"""Which file format a path holds, and its record."""

from __future__ import annotations

import os

from ganspace_tf.biggan import hub_module, huggingface
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.record import BigGANRecord
from nvlabs.errors import DamagedFile


def is_biggan(path: str) -> bool:
    """Whether a path is a folder in one of the two formats (not yet whether it holds BigGAN-deep)."""
    return hub_module.is_hub_module(path) or huggingface.is_huggingface_folder(path)


def read(path: str) -> BigGANRecord:
    """Read a TF1-Hub module folder or a folder of Hugging Face files, as data and without TensorFlow.

    Raises BigGANFileError, with one line that says what was found and what is needed.
    """
    try:
        if hub_module.is_hub_module(path):
            return hub_module.read_hub_module(path)
        if huggingface.is_huggingface_folder(path):
            return huggingface.read_huggingface(path)
    except DamagedFile as error:  # of the budget
        raise BigGANFileError("{}: {}".format(path, error.reason)) from None
    except MemoryError:
        raise BigGANFileError("{}: does not fit into the memory of this machine".format(path)) from None
    if not os.path.isdir(path):
        raise BigGANFileError(
            "{}: not a folder; BigGAN-deep comes as a folder (unpack the .tar.gz first)".format(path)
        )
    found = ", ".join(sorted(os.listdir(path))[:6]) or "nothing"
    text = "{}: not a BigGAN folder: it holds {}, needed are saved_model.pb and variables/, or {} and {}"
    raise BigGANFileError(text.format(path, found, huggingface.CONFIG, huggingface.WEIGHTS))
