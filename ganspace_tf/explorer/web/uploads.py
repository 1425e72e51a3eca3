"""What may be dropped on the page: recipes, pictures with one, directions, projects, latents. Never networks,
pickles, paths or addresses: which network is explored is what the command line said.

Bytes are counted while they arrive, of a PNG nothing but its text is read, and everything is parsed by the
readers that files on disk are read with, within the same budgets.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections import OrderedDict
from typing import Any, AsyncIterator, Dict, Optional

from ganspace_tf import json_files
from ganspace_tf.directions.read import is_direction, read_direction
from ganspace_tf.errors import FileError, GanspaceError, UsageError
from ganspace_tf.explorer.state import State
from ganspace_tf.fields import fits
from ganspace_tf.photos import read_latents
from ganspace_tf.picture_files.png_chunks import SIGNATURE, find_text
from ganspace_tf.recipe import recipe_from_text
from ganspace_tf.render.files import RECIPE_KEY
from nvlabs.errors import NvlabsError
from nvlabs.plain_text import one_line
from nvlabs.reading.budget import Budget

LARGEST = 8 << 20  # bytes of a file
PATIENCE = 4  # times as many bytes are let arrive, and forgotten
LARGEST_TEXT = 1 << 20  # bytes of the recipe in a PNG, unpacked
ARRAYS = {b"\x93NUMPY": ".npy", b"PK\x03\x04": ".npz"}
PROJECT = "ganspace project"
MOST_STATES = 2_000  # of a project
TAKEN = "a recipe, a picture of ours, a direction, a project, or latents (.npy, .npz)"


class TooLarge(Exception):  # noqa: N818
    """More bytes than a file may have."""

    def __init__(self) -> None:
        super().__init__("a file to open has at most {} MiB".format(LARGEST >> 20))


async def received(length: Optional[str], parts: AsyncIterator[bytes], largest: int = LARGEST) -> bytes:
    """All bytes of a body. Raises TooLarge for more than `largest`, by its own word or by what has arrived.

    A browser that is answered while it still sends shows no answer: a body that is not much too large is let
    arrive, and forgotten.
    """
    patience = PATIENCE * largest
    if length is not None and (not length.isdigit() or int(length) > patience):
        raise TooLarge
    data, size = bytearray(), 0
    async for part in parts:
        size += len(part)
        if size <= largest:
            data += part
        elif size > patience:
            break
    if size > largest:
        raise TooLarge
    return bytes(data)


def opened(data: bytes, name: str, session: Any) -> Dict[str, Any]:
    """What a file is to the page: a state, a slider, a project or latents, as JSON values with a "kind".

    name: as it is shown. Raises GanspaceError or NvlabsError: one line that begins with the name.
    """
    if data.startswith(SIGNATURE):
        return _opened_recipe(png_text(data, name), name, session)
    if data.lstrip()[:1] == b"{":
        return _opened_json(data, name, session)
    for begin, ending in ARRAYS.items():
        if data.startswith(begin):
            return _opened_latents(data, name, ending, session)
    raise FileError("{} is nothing that is opened here: {}".format(name, TAKEN))


def png_text(data: bytes, name: str, largest: int = LARGEST_TEXT) -> str:
    """The recipe of a PNG file; no pixel is decoded. Raises FileError."""
    try:
        text = find_text(io.BytesIO(data), RECIPE_KEY, Budget(4 * largest))
    except (FileError, NvlabsError) as error:
        raise FileError("{}: {}".format(name, getattr(error, "reason", error))) from None
    if text is None:
        raise FileError("{} has no recipe inside: not saved by ganspace, or saved anew".format(name))
    if len(text) > largest:
        raise FileError("{}: its recipe is longer than {} KiB".format(name, largest >> 10))
    return text


def _opened_recipe(text: str, name: str, session: Any) -> Dict[str, Any]:
    """The state of a recipe, with the directions that it moves: the page may have none of them."""
    state = session.state_of(recipe_from_text(text, name))
    moved = [session.told(session.direction(edit.of)) for edit in state.edits if edit.component is None]
    return OrderedDict(kind="state", name=name, state=state.to_json(), directions=moved)


def _opened_json(data: bytes, name: str, session: Any) -> Dict[str, Any]:
    value = json_files.parse(data, name, Budget.of(len(data)), surrogates=True)
    if not isinstance(value, dict):
        raise FileError("{} is nothing that is opened here: {}".format(name, TAKEN))
    if value.get("kind") == PROJECT:
        return OrderedDict(kind="project", name=name, project=checked_project(value, name, session))
    if "verb" in value:
        return _opened_recipe(data.decode("utf-8"), name, session)
    if is_direction(value):
        direction = _on_disk(data, ".json", name, read_direction)
        return OrderedDict(kind="direction", name=name, slider=session.add_direction(direction))
    raise FileError("{} is nothing that is opened here: {}".format(name, TAKEN))


def _opened_latents(data: bytes, name: str, ending: str, session: Any) -> Dict[str, Any]:
    """The first latent of a file; the page is told how many there are."""
    latents = _on_disk(data, ending, name, lambda path: read_latents(path, session.generator))
    digest = session.add_latent(latents.rows[0])
    return OrderedDict(kind="latent", name=name, digest=digest, rows=len(latents.rows), text=latents.told)


def checked_project(value: Dict[str, Any], name: str, session: Any) -> Dict[str, Any]:
    """A project whose states, keyframes and marks are states of this network. Raises FileError."""
    if value.get("format") != 1 or not isinstance(value.get("model"), str):
        raise FileError("{} is not a project of format 1".format(name))
    if value["model"] != session.model["fingerprint"]:
        raise FileError("{} belongs to another model ({:.12}…)".format(name, value["model"]))
    checked: Dict[str, Any] = {}
    for part in ("states", "keyframes", "stars", "plus", "minus"):
        states = value.get(part, [])
        if not fits(states, list) or len(states) > MOST_STATES:
            raise FileError("{}: {} is no list of at most {} states".format(name, part, MOST_STATES))
        try:
            checked[part] = [State.from_json(one).to_json() for one in states]
        except UsageError as error:
            raise FileError("{}: {}: {}".format(name, part, error)) from None
    at = value.get("at", 0)
    checked["at"] = at if fits(at, int) and 0 <= at < len(checked["states"]) else 0
    sliders = []
    directions = value.get("directions", [])
    if not isinstance(directions, list) or len(directions) > MOST_STATES:
        raise FileError("{}: directions is no list".format(name))
    for one in directions:
        packed = json.dumps(one).encode("ascii")
        sliders.append(session.add_direction(_on_disk(packed, ".json", name, read_direction)))
    return dict(checked, sliders=sliders)


def _on_disk(data: bytes, ending: str, name: str, read: Any) -> Any:
    """What a reader of files makes of bytes: they lie in a folder of their own meanwhile."""
    with tempfile.TemporaryDirectory(prefix="ganspace-") as folder:
        path = os.path.join(folder, "opened" + ending)
        with open(path, "wb") as stream:
            stream.write(data)
        try:
            return read(path)
        except (GanspaceError, NvlabsError) as error:
            raise FileError(str(error).replace(path, name).replace("opened" + ending, name)) from None


def shown_name(name: str) -> str:
    """The name of a file as messages call it."""
    return one_line(os.path.basename(name.replace("\\", "/")), 60) or "the file"
