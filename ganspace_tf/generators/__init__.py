"""Generators: one contract (`base.Generator`) over every family, and the way from a name or a path to one.

base.py         the contract            checks.py     what its arguments may be
nvlabs_gan.py   the StyleGANs           aliases.py    the endpoint names that GANSpace users know
catalogue.py    published networks      load.py       name or path → generator
fetch.py        published networks from their addresses into the models folder
"""

from __future__ import annotations

from ganspace_tf.generators.base import Generator
from ganspace_tf.generators.load import load_generator

__all__ = ["Generator", "load_generator"]
