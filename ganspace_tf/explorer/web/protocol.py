"""The messages between page and server: JSON up; JSON and binary frames down. No sockets here.

Up (at most 64 KiB of JSON text): an object with `type` and exactly the fields of UP. An unknown field is
refused, an unknown type ignored: a later page may know more. Down: objects with `type`, and frames of 24
bytes and a picture:

    magic "GX"  version  kind  id  stage  of  encoding  exact  w  h  index  µs  total
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, List, NamedTuple, Optional

from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.staged.encoding import JPEG, Picture, encode
from ganspace_tf.fields import fits
from nvlabs.errors import NetworkFileError
from nvlabs.plain_text import one_line
from nvlabs.reading import json_text
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show

VERSION = 1
LONGEST_UP = 64 << 10  # bytes of a message up
MOST_ITEMS, LARGEST_SIDE = 225, 128  # of a sheet
MOST_MARKS = 500
LARGEST_ID = 2**32 - 1
FRAME = struct.Struct("<2sBBIBBBBHHHIH")
PICTURE, THUMBNAIL = 0, 1  # kinds of frames
SHEETS = ("seeds", "map", "strip", "dots")
JOBS: Dict[str, Dict[str, Any]] = {  # what arguments each kind may have
    "save": {"what": str, "state": Dict[str, Any], "name": str},
    "film": {
        "of": Optional[str],
        "low": float,
        "high": float,
        "state": Dict[str, Any],
        "keyframes": List[Dict[str, Any]],
        "frames": int,
        "fps": float,
        "ease": bool,
        "loop": bool,
        "ending": str,
    },
    "measure": {"of": str, "state": Dict[str, Any]},
    "teach": {
        "plus": List[Dict[str, Any]],
        "minus": List[Dict[str, Any]],
        "candidates": List[Dict[str, Any]],
        "state": Dict[str, Any],
    },
    "channel": {"text": str, "state": Dict[str, Any]},
    "rename": {"of": str, "name": str},
    "layers": {"state": Dict[str, Any], "of": Optional[str], "side": int},
    "sheet": {"state": Dict[str, Any], "items": List[Dict[str, Any]]},
    "places": {"state": Dict[str, Any], "of": List[str], "count": int},
}
UP: Dict[str, Dict[str, Any]] = {
    "hello": {"v": int, "token": str, "client": str},
    "show": {"id": int, "state": Dict[str, Any], "moving": bool},
    "seen": {"id": int, "stage": int},
    "sheet": {"id": int, "kind": str, "state": Dict[str, Any], "items": List[Dict[str, Any]], "side": int},
    "job": {"id": int, "kind": str, "arguments": Dict[str, Any]},
    "cancel": {"id": int},
    "piece": {"id": int, "name": str, "at": int, "size": int, "data": Any},  # long text
}
ENDINGS = (".gif", ".mp4")
SAVES = ("picture", "recipe", "direction", "command")


class Refused(Exception):  # noqa: N818
    """A message that is not carried out. code: for the page; the text is one line for people."""

    def __init__(self, code: str, text: object, number: int = 0) -> None:
        super().__init__(one_line(text))
        self.code = code
        self.number = number


def read_message(text: Any) -> Optional[Dict[str, Any]]:
    """A message up, its fields and bounds checked; None for a type that this version does not know.

    Raises Refused.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    if len(data) > LONGEST_UP:
        raise Refused("too long", "a message has at most {} bytes".format(LONGEST_UP))
    try:
        message = json_text.parse(data, Budget.of(len(data)), max_depth=12)
    except NetworkFileError as error:
        raise Refused("no message", "the message {}".format(error.reason)) from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused("no message", "a message is an object with a type")
    kind = message.pop("type")
    if kind not in UP:
        return None
    number = message.get("id", 0)
    number = number if fits(number, int) and 0 <= number <= LARGEST_ID else 0
    try:
        check_fields(message, UP[kind], kind)
        check_bounds(kind, message)
    except UsageError as error:
        raise Refused("bad message", error, number) from None
    return dict(message, type=kind)


def check_fields(given: Dict[str, Any], known: Dict[str, Any], what: str) -> None:
    """Raises UsageError unless exactly the fields of `known` are there, each with what it may hold."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise UsageError("{} has no field {}; fields are {}".format(what, show(unknown[0]), ", ".join(known)))
    for name, kind in known.items():
        if name not in given:
            raise UsageError("{} needs the field {}".format(what, name))
        if not fits(given[name], kind):
            raise UsageError("the field {} of {} is wrong: {}".format(name, what, show(given[name])))


def check_bounds(kind: str, message: Dict[str, Any]) -> None:
    """What the kinds of fields cannot say. Raises UsageError."""
    if "id" in message and not 0 <= message["id"] <= LARGEST_ID:
        raise UsageError("id {} is outside 0 … {}".format(message["id"], LARGEST_ID))
    if kind == "sheet":
        _one_of("kind of sheet", message["kind"], SHEETS)
        if not 1 <= len(message["items"]) <= MOST_ITEMS or not 8 <= message["side"] <= LARGEST_SIDE:
            text = "a sheet has 1 to {} items of 8 to {} pixels"
            raise UsageError(text.format(MOST_ITEMS, LARGEST_SIDE))
    if kind == "job":
        _one_of("kind of job", message["kind"], tuple(JOBS))
        arguments = message["arguments"]
        check_fields(arguments, JOBS[message["kind"]], "job " + message["kind"])
        if message["kind"] == "save":
            _one_of("kind of file", arguments["what"], SAVES)
        if message["kind"] == "film":
            _one_of("ending of a film", arguments["ending"], ENDINGS)
        if message["kind"] == "teach" and len(arguments["plus"]) + len(arguments["minus"]) > MOST_MARKS:
            raise UsageError("at most {} marks teach".format(MOST_MARKS))
        if len(arguments.get("items", ())) > MOST_ITEMS:
            raise UsageError("a sheet has at most {} items".format(MOST_ITEMS))
        if not 8 <= arguments.get("side", 8) <= LARGEST_SIDE:
            raise UsageError("thumbnails have 8 to {} pixels".format(LARGEST_SIDE))


def _one_of(what: str, given: str, allowed: Any) -> None:
    if given not in allowed:
        raise UsageError("unknown {} {}; allowed: {}".format(what, show(given), ", ".join(allowed)))


def varied(state: Dict[str, Any], change: Dict[str, Any]) -> Dict[str, Any]:
    """A state in JSON with some fields replaced; "sigmas" {of: sigma} sets the strengths of its edits.

    What a sheet consists of: 225 whole states would not fit into a message. Raises UsageError.
    """
    change = dict(change)
    sigmas = change.pop("sigmas", {})
    if not fits(sigmas, Dict[str, float]) or len(sigmas) > 2:
        raise UsageError("sigmas of an item are at most two numbers by name, not {}".format(show(sigmas)))
    made = dict(state, **change)
    edits = made.get("edits")
    if sigmas and isinstance(edits, list):
        made["edits"] = [
            dict(one, sigma=sigmas[one["of"]])
            if isinstance(one, dict) and isinstance(one.get("of"), str) and one["of"] in sigmas
            else one
            for one in edits
        ]
    return made


# ------------------------------------------------------------------ down


class Head(NamedTuple):
    """The first 24 bytes of a frame. micros: what computing it took; total: frames of its sheet."""

    kind: int
    id: int
    stage: int = 0
    of: int = 0
    encoding: int = JPEG
    exact: bool = False
    width: int = 0
    height: int = 0
    place: int = 0
    micros: int = 0
    total: int = 0


def text_of(message: str, **fields: Any) -> str:
    """A message down. Texts of others are cut and cleaned by whoever shows them: the page does so again."""
    return json.dumps(dict(fields, type=message), allow_nan=False)


def pack_frame(head: Head, pixels: Picture) -> bytes:
    """A frame of pixels (H, W, 1, 3 or 4) uint8, or of what they were encoded to before."""
    body = encode(pixels, head.exact)
    head = head._replace(encoding=body.encoding, height=body.shape[0], width=body.shape[1])
    return pack_head(head) + body.data


def pack_head(head: Head) -> bytes:
    """24 bytes."""
    return FRAME.pack(
        b"GX",
        VERSION,
        head.kind,
        head.id,
        min(head.stage, 255),
        min(head.of, 255),
        head.encoding,
        int(head.exact),
        head.width,
        head.height,
        head.place,
        min(max(0, head.micros), 2**32 - 1),
        head.total,
    )


def unpack_head(data: bytes) -> Head:
    """The inverse of `pack_head`, as the page reads it. Raises ValueError for what is no frame."""
    if len(data) < FRAME.size or data[:3] != b"GX" + bytes([VERSION]):
        raise ValueError("no frame of version {}".format(VERSION))
    _, _, kind, number, stage, of, encoding, exact, *rest = FRAME.unpack(data[: FRAME.size])
    return Head(kind, number, stage, of, encoding, bool(exact), *rest)
