"""The verbs of the command `ganspace`: one row each.

A verb is a module with `add_arguments(parser)` and `run(args)`, which returns None or an exit code. Modules
are imported when their verb is used, and import numpy, TensorFlow and the like inside `run` only, so that
help is immediate. Adding a verb: one file, one row.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple


class Verb(NamedTuple):
    """A row of the table."""

    module: str
    summary: str


VERBS = OrderedDict(
    [
        ("info", Verb("ganspace_tf.cli.info", "say what a network, components or picture file is")),
        ("sample", Verb("ganspace_tf.cli.sample", "pictures of some seeds")),
        ("pca", Verb("ganspace_tf.cli.pca", "find the principal directions of a network")),
        ("visualize", Verb("ganspace_tf.cli.visualize", "a sheet of what each component does")),
        ("edit", Verb("ganspace_tf.cli.edit", "strips or a film of an edit such as E(v22, 9-10)")),
        ("walk", Verb("ganspace_tf.cli.walk", "a film from seed to seed, or through truncations")),
        ("replay", Verb("ganspace_tf.cli.replay", "make a picture again from the recipe inside it")),
        (
            "compare",
            Verb("ganspace_tf.cli.compare", "how far two pictures, folders, recipes or components differ"),
        ),
        ("rank", Verb("ganspace_tf.cli.rank", "which components do most, where and how far")),
        ("explore", Verb("ganspace_tf.cli.explore", "drag, see, name and save directions in a browser")),
        ("save", Verb("ganspace_tf.cli.save", "keep an edit under a name")),
        ("directions", Verb("ganspace_tf.cli.directions", "named directions that fit a network")),
        ("combine", Verb("ganspace_tf.cli.combine", "sums of named directions, and one without others")),
        ("teach", Verb("ganspace_tf.cli.teach", "a direction from a handful of marked seeds")),
        (
            "compare-methods",
            Verb("ganspace_tf.cli.compare_methods", "PCA, ICA, SeFa and others, measured alike"),
        ),
        ("align", Verb("ganspace_tf.cli.align", "cut the faces out of photos, as networks know them")),
        ("project", Verb("ganspace_tf.cli.project", "the latents of photos")),
        (
            "convert",
            Verb("ganspace_tf.cli.convert", "network files, and latents, from one format to another"),
        ),
        ("demo", Verb("ganspace_tf.cli.demo", "everything once, on a small network")),
        ("fetch", Verb("ganspace_tf.cli.fetch", "download the official network files")),
        ("rng-table", Verb("ganspace_tf.cli.rng_table", "one seed, three generators, three first numbers")),
        ("cache", Verb("ganspace_tf.cli.cache", "what is kept of earlier work, and forgetting it")),
        ("doctor", Verb("ganspace_tf.cli.doctor", "check this installation")),
        ("completion", Verb("ganspace_tf.cli.completion", "what makes a shell complete these commands")),
    ]
)
