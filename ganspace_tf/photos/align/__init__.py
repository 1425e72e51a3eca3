"""A face in a photo as the square picture that networks of faces know.

points.py     68, 5, 4 points or a mesh → the four that count
geometry.py   four points → the square, and the whole-number steps to it
resample.py   a square of a photo → a picture
aligned.py    all of it for one face, and what leads back
paste.py      the way back: an edited picture into the photo
"""

from __future__ import annotations
