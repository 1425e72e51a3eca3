"""The picture functions that scipy.misc had until SciPy 1.2, on Pillow: for scripts that still call them."""

from __future__ import annotations

from typing import Any, Optional, Tuple, Union

import numpy as np

FUNCTIONS = ("bytescale", "fromimage", "imread", "imresize", "imrotate", "imsave", "toimage")
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}  # Pillow's numbers


def bytescale(
    data: Any, cmin: Optional[float] = None, cmax: Optional[float] = None, high: int = 255, low: int = 0
) -> np.ndarray:
    """Values from cmin to cmax (default: the least and the largest) as uint8 from low to high; uint8 as it
    is."""
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError("0 <= low <= high <= 255 is needed, not low %r and high %r" % (low, high))
    least = data.min() if cmin is None else cmin
    span = (data.max() if cmax is None else cmax) - least
    if span < 0:
        raise ValueError("cmax is below cmin")
    scaled = (data - least) * ((high - low) / (span or 1.0)) + low
    return (np.clip(scaled, low, high) + 0.5).astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: Optional[float] = None,
    cmax: Optional[float] = None,
    pal: Any = None,
    mode: Optional[str] = None,
    channel_axis: Optional[int] = None,
) -> Any:
    """An array as a Pillow image: (H, W) in grey, or three or four channels on the axis of that length.

    Values that are not uint8 are stretched over the whole range, which `cmin` and `cmax` prevent.
    """
    from PIL import Image

    data = np.asarray(arr)
    if data.ndim == 2 and mode in ("F", "I"):
        return Image.fromarray(data.astype(np.float32 if mode == "F" else np.int32))
    data = bytescale(data, cmin, cmax, high, low)
    if data.ndim == 3:
        axis = channel_axis
        if axis is None:  # the first of length 3, else the first of length 4
            axis = next((data.shape.index(count) for count in (3, 4) if count in data.shape), None)
        if axis is None or data.shape[axis] not in (3, 4):
            raise ValueError("no axis of 3 or 4 channels in shape %s" % (data.shape,))
        data = np.moveaxis(data, axis, 2)
    elif data.ndim != 2:
        raise ValueError("a picture has two axes, or three with channels, not shape %s" % (data.shape,))
    image = Image.fromarray(np.ascontiguousarray(data))
    if data.ndim == 2 and (pal is not None or mode == "P"):
        palette = np.repeat(np.arange(256, dtype=np.uint8), 3) if pal is None else np.asarray(pal, np.uint8)
        image.putpalette(palette.tobytes())
        return image
    return image if mode in (None, image.mode) else image.convert(mode)


def fromimage(im: Any, flatten: bool = False, mode: Optional[str] = None) -> np.ndarray:
    """A Pillow image as an array; flatten: one grey float32 channel."""
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: Optional[str] = None) -> np.ndarray:
    """A picture file as an array."""
    from PIL import Image

    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: Optional[str] = None) -> None:
    """An array as a picture file; stretched over the whole range where it is not uint8."""
    image = toimage(arr, channel_axis=2)
    image.save(name) if format is None else image.save(name, format)


def imresize(
    arr: Any, size: Union[int, float, Tuple[int, ...]], interp: str = "bilinear", mode: Optional[str] = None
) -> np.ndarray:
    """A picture at another size, (height, width), per cent (whole number) or a fraction."""
    image = toimage(arr, mode=mode)
    if isinstance(size, (int, np.integer)):
        size = int(size) / 100.0
    if isinstance(size, (float, np.floating)):
        target = tuple(int(side * float(size)) for side in image.size)
    else:
        target = (int(size[1]), int(size[0]))
    return fromimage(image.resize(target, resample=FILTERS[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """A picture turned counter-clockwise by degrees, at its own size."""
    return fromimage(toimage(arr).rotate(angle, resample=FILTERS[interp]))
