"""What the worker gives back, each to one client. Plain records; pixels are uint8 arrays (H, W, 3 or 4), or
`encoding.Encoded` where a worker keeps pictures so.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Union


class Frame(NamedTuple):
    """A picture of a `show`. stage: 0 … stages-1; exact: these are the pixels that `save` writes; width,
    height: of `pixels`; ms: what the stage took.
    """

    client: str
    id: int
    stage: int
    stages: int
    exact: bool
    width: int
    height: int
    ms: float
    pixels: Any


class Done(NamedTuple):
    """A `show` has come to its exact picture. digest: of the state; ms_per_stage: what each stage took, 0.0
    for one that was skipped or found in the cache.
    """

    client: str
    id: int
    digest: str
    ms_per_stage: List[float]


class Refused(NamedTuple):
    """A wish that cannot be met. code: a word for programs; text: one line for people."""

    client: str
    id: int
    code: str
    text: str


class Progress(NamedTuple):
    """How far a job is. text: what is being done."""

    client: str
    id: int
    done: int
    total: int
    text: str


class Notice(NamedTuple):
    """Something to know that is no answer. client: None for all. level: "info", "warning", "error"; of the
    worker itself "starting", "ready", "finding" (components are being sought), "calibrated" (previews are,
    from now on), "fatal" (it has ended).
    """

    client: Optional[str]
    text: str
    level: str


class Sheet(NamedTuple):
    """One small picture of a sheet. index: 0 … of-1, its place in the items; exact: made of the finished
    picture. One that is not may come again, finer.
    """

    client: str
    id: int
    index: int  # type: ignore[assignment]
    of: int
    pixels: Any
    exact: bool = True


class Result(NamedTuple):
    """What a job brought. kind: of the job; value: JSON values, files as bytes."""

    client: str
    id: int
    kind: str
    value: Any


class Found(NamedTuple):
    """The session has components now. sliders: theirs; initial: the state to start with, JSON values."""

    client: Optional[str]
    sliders: List[Any]
    initial: Any


Message = Union[Frame, Done, Refused, Progress, Notice, Sheet, Result, Found]
