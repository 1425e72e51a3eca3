"""Picture files as bytes: what they say of themselves before a pixel is decoded.

containers.py   format, size, frames, bits, turn; what is passed on to Pillow
png_chunks.py   the chunks and texts of a PNG
tiff.py         the directories of a TIFF, and of Exif
"""

from __future__ import annotations
