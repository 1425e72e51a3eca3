"""JSON files of ours, recipes and directions, read within bounds: size, depth, numbers, what is text."""

from __future__ import annotations

import os
import stat
from typing import Any, Optional, Union

from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError
from nvlabs.reading import json_text
from nvlabs.reading.budget import Budget


def read_bytes(path: Union[str, "os.PathLike[str]"], budget: Budget) -> bytes:
    """The bytes of an ordinary file. budget: of the file (`Budget.of_files`). Raises FileError."""
    try:
        with open(os.fspath(path), "rb") as stream:
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise FileError("cannot read {}: it is no ordinary file".format(path))
            budget.spend(facts.st_size)
            return stream.read(facts.st_size)
    except OSError as error:
        raise FileError("cannot read {}: {}".format(path, error.strerror or error)) from None
    except (ValueError, NetworkFileError) as error:  # ValueError: a path that holds a null character
        raise FileError("cannot read {}: {}".format(path, error)) from None


def read_text(path: Union[str, "os.PathLike[str]"], budget: Budget) -> str:
    """The text of a UTF-8 file, as `read_bytes` reads it. Raises FileError."""
    data = read_bytes(path, budget)
    try:
        budget.text(data, "utf-8")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError("cannot read {}: no UTF-8 text at byte {}".format(path, error.start)) from None
    except NetworkFileError as error:
        raise FileError("cannot read {}: it {}".format(path, error.reason)) from None


def parse(
    text: Union[str, bytes], source: str, budget: Optional[Budget] = None, surrogates: bool = False
) -> Any:
    """The value of a JSON text. Raises FileError, which begins with `source`, for what is no JSON, nested too
    deep, or holds numbers that nothing could use, or half characters where `surrogates` does not allow them.
    """
    budget = Budget.of(len(text)) if budget is None else budget
    try:
        return json_text.parse(text, budget, surrogates=surrogates)
    except NetworkFileError as error:
        raise FileError("{} {}".format(source, error.reason)) from None


def read_json(path: Union[str, "os.PathLike[str]"], what: str = "") -> Any:
    """The value of a JSON file. what: goes between the path and what is wrong, such as "is no recipe: ".
    Raises FileError.
    """
    budget = Budget.of_files(path)
    return parse(read_bytes(path, budget), "{} {}".format(path, what).rstrip(), budget)
