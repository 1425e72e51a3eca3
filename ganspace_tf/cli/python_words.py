"""The library's messages name Python's arguments, `cutoff=99`; on the command line these are options."""

from __future__ import annotations

import re

OPTIONS = {
    "batch": "--batch",
    "cluster": "--cluster",
    "components": "-k",
    "compat": "--compat",
    "cutoff": "--cutoff",
    "labels": "--class",
    "latent": "--latent",
    "most": "--most",
    "n": "-n",
    "noise": "--noise",
    "psi": "--psi",
    "sampling": "--sampling",
}
_GIVEN = re.compile(r"(?<![^\s(])({})=(?:'([^'\s]*)'|(?=\S))".format("|".join(OPTIONS)))


def as_options(message: object) -> str:
    """ "cutoff=99 is outside" → "--cutoff 99 is outside"; "latent='z'" → "--latent z"."""
    return _GIVEN.sub(
        lambda found: "{} {}".format(OPTIONS[found.group(1)], found.group(2) or ""), str(message)
    )
