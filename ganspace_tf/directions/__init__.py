"""Named directions: what a person found and keeps.

named.py     a direction with its name, layers and range, as JSON tied to its model
load.py      any file of a direction        foreign.py  what others keep
teach.py     a direction from marked seeds or scored samples, by a linear support vector machine
basis.py     several named directions, and components, as one basis
resample.py  exchange the coordinates of latents along some directions
"""

from __future__ import annotations

from ganspace_tf.directions.basis import joined
from ganspace_tf.directions.load import load_direction
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.teach import boundary, read_boundary, teach

__all__ = ["NamedDirection", "boundary", "joined", "load_direction", "read_boundary", "teach"]
