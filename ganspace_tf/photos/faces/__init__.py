"""Where the faces in a photo are.

graph.py       two small networks on TensorFlow: a detector and a mesh (networks.npz)
boxes.py       the detector's numbers → boxes
find.py        a photo → faces
detectors.py   what finds faces, by name
"""

from __future__ import annotations
