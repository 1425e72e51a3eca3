"""States as what the rest of the house knows.

drawing.py  as a picture with its basis                recipes.py   from a recipe back to its state
words.py    as notation and as a command               combined.py  as a named direction
"""

from __future__ import annotations
