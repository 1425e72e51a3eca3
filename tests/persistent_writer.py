"""Writes pickles of persistent PyTorch modules, without PyTorch, as the official code does: for tests.

generator = Module("Generator", {"z_dim": 4}, modules={"mapping": …})
write(path, {"G": …, "D": None, "G_ema": generator})              # a training snapshot
write(path, generator, protocol=2, container="zip")               # torch.save of a bare network
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from typing import Any, Dict, NamedTuple, Optional

import numpy as np

from tests.torch_writer import STORAGES

SOURCE = "raise RuntimeError('embedded source must not be executed')  # " + 255 * "-"
HOOKS = ("_backward_hooks", "_forward_hooks", "_forward_pre_hooks", "_state_dict_hooks")


class Global:
    """A name that need not exist here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *args: Any) -> Any:
        raise AssertionError("only written, never called")


class Call:
    """What REDUCE makes of a global and its arguments."""

    def __init__(self, module: str, name: str, *args: Any) -> None:
        self.function, self.args = Global(module, name), args

    def __reduce__(self) -> Any:
        return self.function, self.args


class New:
    """An object of a class, made without arguments and given a state: how pickle writes any instance."""

    def __init__(self, module: str, name: str, state: Any) -> None:
        self.function, self.state = Global(module, name), state


class EasyDict(dict):
    """Written as `dnnlib.util EasyDict`."""


class Tensor(NamedTuple):
    """A view of a flat array, in elements; several views may share one."""

    storage: np.ndarray
    offset: int
    size: tuple
    stride: tuple
    device: str = "cpu"


class Module(NamedTuple):
    """A persistent module; parameters, buffers: name → array, Tensor or None."""

    class_name: str
    attributes: Dict[str, Any] = {}
    parameters: Dict[str, Any] = {}
    buffers: Dict[str, Any] = {}
    modules: Dict[str, Any] = {}
    version: int = 6
    source: str = SOURCE

    def state(self) -> Dict[str, Any]:
        """The attribute table, in the order of the original."""
        parameters = OrderedDict((name, _parameter(value)) for name, value in self.parameters.items())
        buffers = OrderedDict((name, _tensor(value)) for name, value in self.buffers.items())
        hooks = [(name, OrderedDict()) for name in HOOKS]
        return dict(
            [("training", False), ("_parameters", parameters), ("_buffers", buffers)]
            + [("_non_persistent_buffers_set", set())]
            + hooks
            + [("_modules", OrderedDict(self.modules))]
            + list(self.attributes.items())
        )

    def meta(self) -> Dict[str, Any]:
        """What `_reconstruct_persistent_obj` is called with."""
        names = ("type", "version", "module_src", "class_name", "state")
        return dict(zip(names, ("class", self.version, self.source, self.class_name, self.state())))


def _parameter(value: Any) -> Any:
    tensor = _tensor(value)
    return None if tensor is None else Call("torch._utils", "_rebuild_parameter", tensor, True, OrderedDict())


def _tensor(value: Any) -> Any:
    if value is None or isinstance(value, (Call, New)):
        return value
    if not isinstance(value, Tensor):
        array = np.asarray(value)
        strides = tuple(step // array.itemsize for step in np.empty(array.shape, array.dtype).strides)
        value = Tensor(array.ravel(), 0, array.shape, strides)
    return value


class Writer(pickle._Pickler):  # type: ignore[name-defined]
    """inline: every storage is a file of torch.save of its own, as in plain pickles; else a persistent id."""

    def __init__(self, stream: Any, protocol: int, inline: bool, legacy: bool = False) -> None:
        super().__init__(stream, protocol)
        self.inline, self.legacy = inline, legacy
        self.storages: "OrderedDict[str, np.ndarray]" = OrderedDict()
        self._keys: Dict[int, str] = {}
        self._kept: list = []

    def persistent_id(self, obj: Any) -> Any:
        if self.inline or not isinstance(obj, _Storage):
            return None
        key = self._keys.setdefault(id(obj.array), str(len(self._keys)))
        self.storages[key] = obj.array
        return _storage_id(obj, key, self.legacy)

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        self._kept.append(obj)  # ids stay unique as long as objects live
        if id(obj) in self.memo and not isinstance(obj, (str, int)):
            self.write(self.get(self.memo[id(obj)][0]))
        elif isinstance(obj, Global):
            self._global(obj)
        elif isinstance(obj, Module):
            self._keep(obj, Call("torch_utils.persistence", "_reconstruct_persistent_obj", obj.meta()))
        elif isinstance(obj, Tensor):
            args = (_Storage(obj.storage, obj.device), obj.offset, obj.size, obj.stride, False, OrderedDict())
            self._keep(obj, Call("torch._utils", "_rebuild_tensor_v2", *args))
        elif isinstance(obj, _Storage) and self.inline:
            self._keep(obj, Call("torch.storage", "_load_from_bytes", saved_storage(obj.array, obj.device)))
        elif isinstance(obj, New):
            self._instance(obj.function, obj.state)
            self.memoize(obj)
        elif isinstance(obj, EasyDict):
            self._instance(Global("dnnlib.util", "EasyDict"), None)
            self.memoize(obj)
            self._batch_setitems(obj.items())
        else:
            super().save(obj, save_persistent_id)

    def _keep(self, obj: Any, call: Call) -> None:
        self.save_reduce(call.function, call.args, obj=obj)

    def _global(self, obj: Global) -> None:
        if self.proto < 4:
            self.write(b"c%s\n%s\n" % (obj.module.encode(), obj.name.encode()))
        else:
            super().save(obj.module)
            super().save(obj.name)
            self.write(pickle.STACK_GLOBAL)
        self.memoize(obj)

    def _instance(self, name: Global, state: Any) -> None:
        self.save(name)
        self.write(pickle.EMPTY_TUPLE + pickle.NEWOBJ)
        if state is not None:
            self.save(state)
            self.write(pickle.BUILD)


class _Storage:
    def __init__(self, array: np.ndarray, device: str = "cpu") -> None:
        self.array, self.device = array, device


def _storage_id(storage: _Storage, key: str, legacy: bool) -> tuple:
    name = STORAGES[storage.array.dtype.str[1:]]
    found = ("storage", Global("torch", name), key, storage.device, storage.array.size)
    return found + (None,) if legacy else found


def saved_storage(array: np.ndarray, device: str = "cpu") -> bytes:
    """A storage alone as torch.save writes it in its older container."""
    stream = io.BytesIO()
    _legacy(stream, _Storage(array, device), 2)
    return stream.getvalue()


def _legacy(stream: Any, value: Any, protocol: int) -> None:
    for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
        pickle.dump(part, stream, 2)
    writer = Writer(stream, protocol, inline=False, legacy=True)
    writer.dump(value)
    pickle.dump(list(writer.storages), stream, 2)
    for array in writer.storages.values():
        stream.write(struct.pack("<q", array.size) + array.tobytes())


def write(path: Any, value: Any, protocol: int = 4, container: Optional[str] = None) -> Any:
    """Writes a value that holds Modules, and returns the path. container: None (plain pickle), "zip" or
    "legacy" (torch.save).
    """
    if container == "zip":
        stream = io.BytesIO()
        writer = Writer(stream, protocol, inline=False)
        writer.dump(value)
        with zipfile.ZipFile(str(path), "w") as archive:
            archive.writestr("archive/data.pkl", stream.getvalue())
            for key, array in writer.storages.items():
                archive.writestr("archive/data/" + key, array.tobytes())
        return path
    with open(str(path), "wb") as target:
        if container == "legacy":
            _legacy(target, value, protocol)
        else:
            Writer(target, protocol, inline=True).dump(value)
    return path
