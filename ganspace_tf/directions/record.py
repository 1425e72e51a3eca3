"""What every kind of named direction has: its name, usable strengths, what was measured, and its file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any, BinaryIO, Dict, Tuple, Union

from ganspace_tf.cache import write_file
from ganspace_tf.errors import BasisMismatch, UsageError
from ganspace_tf.fields import fits

FORMAT = 1
PathLike = Union[str, "os.PathLike[str]"]


class Record:
    """The part of a named direction that does not depend on what it moves. Kinds are frozen dataclasses with
    these fields, all checked by themselves.
    """

    name: str
    fingerprint: str
    sigma_range: Tuple[float, float]
    made: Dict[str, Any]
    preview: Any

    def place(self) -> str:
        """Where it acts, in words."""
        raise NotImplementedError

    def described(self) -> str:
        """Where it acts, usable strengths and what was measured, in words."""
        measured = self.made.get("measured")
        facts = dict(self.made, **(measured if isinstance(measured, dict) else {}))
        words = [self.place()]
        span = "{:+g} … {:+g} σ".format(*self.sigma_range)
        words.append(span + " ({})".format(facts["doubt"]) if facts.get("doubt") else span)
        purity: Any = facts.get("purity")
        effect: Any = facts.get("effect", 0)
        if "factor" in facts and fits(purity, float) and fits(effect, float):  # a file may say anything
            words.append("{} {:+.2g} per σ, purity {:.2f}".format(facts["factor"], effect, purity))
        else:
            words.append("not measured")
        return "  ·  ".join(words)

    def to_bytes(self) -> bytes:
        """The content of its file."""
        record = dict(format=FORMAT, **self.values())
        return (json.dumps(record, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")

    def save(self, path: PathLike) -> str:
        """Write it as JSON and return the path. Raises FileError; nothing half-written stays behind."""
        data = self.to_bytes()

        def write(handle: BinaryIO) -> None:
            handle.write(data)

        write_file(os.fspath(path), write)
        return str(path)

    def values(self) -> Dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self)  # type: ignore[call-overload]

    def _check_words(self) -> None:
        """Raises UsageError for a name, a preview or strengths that cannot be right."""
        if not self.name.strip():
            raise UsageError("a direction needs a name, not {!r}".format(self.name))
        if not isinstance(self.preview, (str, type(None))):
            raise UsageError("the preview of {!r} must be a PNG in base64, or null".format(self.name))
        low, high = self.sigma_range
        if not low < high:
            raise UsageError("{!r}: sigma range {!r} must go from low to high".format(self.name, (low, high)))

    def _check_fingerprint(self, gen: Any) -> None:
        if self.fingerprint and self.fingerprint != gen.fingerprint:
            raise BasisMismatch(
                "the direction {!r} belongs to model {:.12}…, {} is {:.12}…; --any-basis uses it all the "
                "same".format(self.name, self.fingerprint, gen.name, gen.fingerprint)
            )
