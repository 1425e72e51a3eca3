"""An interpreter of our own for the pickle opcodes that network files use, protocols 0 to 5 on every Python.

Nothing is imported and nothing of the file is called, so a hostile file can only end in a refusal. Work is
bounded by the number of opcodes, memory by the budget, and every length is checked against what is left
before anything is read. Values may share one another and nest without end, so nothing here follows them: no
recursion, no comparison, no hash and no repr of what a file made. Byte strings of Python 2 become text as
latin1, which keeps every byte.
"""

from __future__ import annotations

import re
import struct
from typing import Any, BinaryIO, Callable, Dict, List, Tuple

from nvlabs.errors import DamagedFile, UnsafePickle, UnsupportedNetwork
from nvlabs.reading.budget import DICTIONARY, ENTRY, OBJECT, Budget
from nvlabs.reading.pickle_values import (
    CLASSES,
    ArrayNode,
    DtypeNode,
    Name,
    NetworkNode,
    dictionary_key,
    find_name,
)

# Official files of full size need about 15,000 opcodes. What one of them makes is below 100 bytes where it is
# not charged: numbers, places on the stack and in the memo.
MAX_OPCODES = 200_000
MAX_NAME = 200  # characters of a module or a function
MAX_LINE_NUMBER = 40  # digits of a number written as text
# A part of a string as Python 2 shows it. In parts, since one match remembers each of its repetitions.
ESCAPED = re.compile(rb"""(?:[^\\]+|\\x[0-9a-fA-F]{2}|\\[\\'"nrt]){1,10000}""")
REFUSED = {
    b"P": "persistent objects",
    b"Q": "persistent objects",
    b"i": "INST, an instance with arguments",
    b"o": "OBJ, an instance with arguments",
    b"\x92": "NEWOBJ_EX, an instance with keyword arguments",
    b"\x82": "extension codes",
    b"\x83": "extension codes",
    b"\x84": "extension codes",
    b"\x97": "buffers kept outside the file",
    b"\x98": "buffers kept outside the file",
}


class Bytes:
    """The file as a stream that knows how much is left."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.size = size
        self.position = 0

    def take(self, count: int) -> bytes:
        if count > self.size - self.position:
            raise self.too_short()
        data = self.stream.read(count)
        self.position += len(data)
        if len(data) != count:
            raise self.too_short()
        return data

    def line(self) -> bytes:
        text = self.stream.readline()
        self.position += len(text)
        if not text.endswith(b"\n"):
            raise self.too_short()
        return text[:-1]

    def number(self, code: str) -> int:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def too_short(self) -> DamagedFile:
        return DamagedFile(
            "ends too early or is damaged at byte %d of %d; copy or download it again"
            % (self.position, self.size)
        )


class Machine:
    """Runs one pickle stream; `run` gives the value at STOP.

    A reader of another kind of pickle subclasses it, with its own closed list of names (`find_name`), the
    names that NEWOBJ may make (`classes`), and its `opcodes`. The bytes of the stream are charged to the
    budget by whoever opens it; the machine charges what it makes of them.
    """

    opcodes: Dict[bytes, Callable[[Any], None]] = {}
    classes: Tuple[Name, ...] = CLASSES
    find_name = staticmethod(find_name)

    def __init__(self, stream: BinaryIO, size: int, budget: Budget) -> None:
        self.bytes = Bytes(stream, size)
        self.budget = budget
        self.stack: List[Any] = []
        self.marks: List[int] = []
        self.memo: Dict[int, Any] = {}

    def run(self) -> Any:
        """Interprets up to STOP; what follows in the file is ignored, as by pickle itself.

        Raises UnsafePickle, UnsupportedNetwork or DamagedFile.
        """
        for _ in range(MAX_OPCODES):
            code = self.bytes.take(1)
            if code == b".":
                return self.pop()
            action = self.opcodes.get(code)
            if action is None:
                raise self.unknown(code)
            action(self)
        raise DamagedFile("has more than %d pickle instructions, which no network file does" % MAX_OPCODES)

    def unknown(self, code: bytes) -> Exception:
        if code in REFUSED:
            return UnsafePickle("uses %s, which no network file needs; nothing was run" % REFUSED[code])
        return self.damaged("an unknown instruction 0x%02x" % code[0])

    def damaged(self, what: str) -> DamagedFile:
        return DamagedFile("damaged: %s at byte %d; copy or download it again" % (what, self.bytes.position))

    # the stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise self.damaged("a value is missing")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        value = self.pop()
        if type(value) is not kind:
            raise self.damaged("a %s is missing" % kind.__name__)
        self.stack.append(value)
        return value

    def since_mark(self) -> List[Any]:
        if not self.marks:
            raise self.damaged("a mark is missing")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def make(self, value: Any, cost: int = OBJECT) -> None:
        self.budget.spend(cost)
        self.stack.append(value)

    def pop_tuple(self, count: int) -> None:
        self.budget.spend(OBJECT)
        items = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def pop_text(self, data: bytes, encoding: str, errors: str = "strict") -> None:
        self.budget.text(data, encoding)
        try:
            self.push(data.decode(encoding, errors))
        except UnicodeDecodeError:
            raise self.damaged("text that is not %s" % encoding) from None

    # numbers and text written as lines (protocol 0)

    def line_number(self, convert: Callable[[str], Any]) -> Any:
        text = self.bytes.line()
        try:
            if len(text) > MAX_LINE_NUMBER:
                raise ValueError
            return convert(text.decode("ascii"))
        except ValueError:
            raise self.damaged("something that is not a number") from None

    def integer_line(self) -> None:
        # 00 and 01 are how protocol 0 writes False and True
        self.push(self.line_number(lambda text: text == "01" if text in ("00", "01") else int(text)))

    def string_line(self) -> None:
        text = self.bytes.line()
        if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
            raise self.damaged("a string without quotes")

        self.budget.spend(2 * len(text))
        parts, at = [], 1
        while at < len(text) - 1:
            part = ESCAPED.match(text, at, len(text) - 1)
            if part is None:
                raise self.damaged("a string with an unknown escape")
            parts.append(part.group().decode("unicode_escape"))  # what is no escape, it takes for latin1
            at = part.end()
        self.push("".join(parts))

    def long_bytes(self, count: int) -> None:
        if not 0 <= count <= 16:
            raise self.damaged("an integer of %d bytes" % count)
        self.push(int.from_bytes(self.bytes.take(count), "little", signed=True))

    # names, calls and states

    def global_line(self) -> None:
        module, name = (self.bytes.line()[: MAX_NAME + 1].decode("utf-8", "replace") for _ in range(2))
        self.push_name(module, name)

    def stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        if type(name) is not str or type(module) is not str:
            raise UnsafePickle("names a function by something that is not text; nothing was run")
        self.push_name(module, name)

    def push_name(self, module: str, name: str) -> None:
        if max(len(module), len(name)) > MAX_NAME:
            raise UnsafePickle("names a function by %d characters; nothing was run" % len(module + name))
        self.push(self.find_name(module, name))

    def call(self, classes_only: bool) -> None:
        args, name = self.pop(), self.pop()
        callable_name = (
            isinstance(name, Name) and name.call is not None and (not classes_only or name in self.classes)
        )
        if type(args) is not tuple or not callable_name:
            raise UnsafePickle("calls something that network files do not call; nothing was run")
        self.budget.spend(DICTIONARY)
        self.push(name.call(args, self.budget))

    def build(self) -> None:
        state, target = self.pop(), self.pop()
        if isinstance(target, (NetworkNode, ArrayNode, DtypeNode)):
            target.set_state(state)
        elif type(target) is not dict or state:
            raise UnsafePickle("sets the inner state of something that has none; nothing was run")
        self.push(target)

    # containers

    def append(self, items: List[Any]) -> None:
        self.top(list).extend(items)

    def set_items(self, items: List[Any]) -> None:
        if len(items) % 2:
            raise self.damaged("a key without a value")
        self.budget.spend(ENTRY * (len(items) // 2))
        self.top(dict).update((dictionary_key(key), value) for key, value in zip(items[::2], items[1::2]))

    def make_dict(self) -> None:
        items = self.since_mark()
        self.make({}, DICTIONARY)
        self.set_items(items)

    # the memo

    def store(self, index: int) -> None:
        value = self.pop()
        self.push(value)
        self.memo[index] = value

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise self.damaged("a reference to nothing")
        self.push(self.memo[index])

    def check_protocol(self) -> None:
        protocol = self.bytes.number("B")
        if protocol > 5:
            raise UnsupportedNetwork("pickle protocol %d is not known; 0 to 5 are" % protocol)

    def check_frame(self) -> None:
        if self.bytes.number("Q") > self.bytes.size - self.bytes.position:
            raise self.bytes.too_short()


def _sized(code: str) -> Callable[[Machine], bytes]:
    return lambda m: m.bytes.take(m.bytes.number(code))


def _signed_size(m: Machine) -> bytes:
    size = m.bytes.number("i")
    if size < 0:
        raise m.damaged("a negative length")
    return m.bytes.take(size)


def _text(read: Callable[[Machine], bytes], encoding: str) -> Callable[[Machine], None]:
    errors = "surrogatepass" if encoding == "utf-8" else "strict"
    return lambda m: m.pop_text(read(m), encoding, errors)


def _raw(read: Callable[[Machine], bytes]) -> Callable[[Machine], None]:
    return lambda m: m.push(read(m))


Machine.opcodes = {
    b"\x80": Machine.check_protocol,
    b"\x95": Machine.check_frame,
    b"(": lambda m: m.marks.append(len(m.stack)),
    b"0": lambda m: m.marks.pop() if m.marks and m.marks[-1] == len(m.stack) else m.pop(),
    b"1": lambda m: m.since_mark().clear(),
    # plain values
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": Machine.integer_line,
    b"L": lambda m: m.push(m.line_number(lambda text: int(text.rstrip("L")))),
    b"J": lambda m: m.push(m.bytes.number("i")),
    b"K": lambda m: m.push(m.bytes.number("B")),
    b"M": lambda m: m.push(m.bytes.number("H")),
    b"\x8a": lambda m: m.long_bytes(m.bytes.number("B")),
    b"\x8b": lambda m: m.long_bytes(m.bytes.number("i")),
    b"F": lambda m: m.push(m.line_number(float)),
    b"G": lambda m: m.push(struct.unpack(">d", m.bytes.take(8))[0]),
    # text and bytes
    b"S": Machine.string_line,
    b"T": _text(_signed_size, "latin1"),
    b"U": _text(_sized("B"), "latin1"),
    b"V": _text(lambda m: m.bytes.line(), "raw-unicode-escape"),
    b"X": _text(_sized("I"), "utf-8"),
    b"\x8c": _text(_sized("B"), "utf-8"),
    b"\x8d": _text(_sized("Q"), "utf-8"),
    b"B": _raw(_sized("I")),
    b"C": _raw(_sized("B")),
    b"\x8e": _raw(_sized("Q")),
    b"\x96": _raw(_sized("Q")),
    # containers
    b")": lambda m: m.push(()),
    b"]": lambda m: m.make([]),
    b"}": lambda m: m.make({}, DICTIONARY),
    b"t": lambda m: m.make(tuple(m.since_mark())),
    b"l": lambda m: m.make(m.since_mark()),
    b"d": Machine.make_dict,
    b"\x85": lambda m: m.pop_tuple(1),
    b"\x86": lambda m: m.pop_tuple(2),
    b"\x87": lambda m: m.pop_tuple(3),
    b"a": lambda m: m.append([m.pop()]),
    b"e": lambda m: m.append(m.since_mark()),
    b"s": lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    b"u": lambda m: m.set_items(m.since_mark()),
    # names and objects
    b"c": Machine.global_line,
    b"\x93": Machine.stack_global,
    b"R": lambda m: m.call(classes_only=False),
    b"\x81": lambda m: m.call(classes_only=True),
    b"b": lambda m: m.build(),
    # the memo
    b"p": lambda m: m.store(m.line_number(int)),
    b"q": lambda m: m.store(m.bytes.number("B")),
    b"r": lambda m: m.store(m.bytes.number("I")),
    b"\x94": lambda m: m.store(len(m.memo)),
    b"g": lambda m: m.recall(m.line_number(int)),
    b"h": lambda m: m.recall(m.bytes.number("B")),
    b"j": lambda m: m.recall(m.bytes.number("I")),
}
