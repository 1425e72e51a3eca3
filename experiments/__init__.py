"""The figures of GANSpace and of its TensorFlow replication, one file each, with numbers beside the pictures.

    python -m experiments.fig1_sequences --model net.pkl --out out/fig1
    python -m experiments.all --out out/report

An installed wheel has them as `ganspace_tf.experiments`, so that no package of a general name lies among
other people's; hence the relative imports.

Facts of the papers are in `edits/` (published tables) and `settings/` (claims and their bounds, sample
sizes); the methods are in `ganspace_tf`. docs/experiments.md lists the commands.
"""

from __future__ import annotations
