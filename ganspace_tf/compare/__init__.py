"""How far two results are apart: pictures, folders of pictures, recipes, components. Pure functions;
`sources` reads files.

    from ganspace_tf.compare import compare_images, compare_components
"""

from __future__ import annotations

from ganspace_tf.compare.components import ComponentsDelta, compare_components
from ganspace_tf.compare.images import ImageDelta, compare_images, difference_picture
from ganspace_tf.compare.recipes import compare_recipes

__all__ = [
    "ComponentsDelta",
    "ImageDelta",
    "compare_components",
    "compare_images",
    "compare_recipes",
    "difference_picture",
]
