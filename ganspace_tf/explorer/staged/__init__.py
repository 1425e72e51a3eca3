"""A picture in stages: small ones first, each going on from what the one before has kept.

caches.py    what is kept, and how much of it       passes.py    partial runs of the network
heads.py     small pictures out of feature maps     fidelity.py  how true they are
fitting.py   both of it, picture by picture         policy.py    which stage is shown while a slider moves
encoding.py  as they travel and are kept
"""

from __future__ import annotations
