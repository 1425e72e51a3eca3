"""Networks of the PyTorch editions for tests of files, and ways to change a part of them."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from tests import ada_pytorch_recipe, stylegan3_recipe
from tests.persistent_writer import Call, Tensor

ADA_DESIGN = ada_pytorch_recipe.Design(resolution=8, c_dim=2, clamp=256)
ADA = ada_pytorch_recipe.generator(ADA_DESIGN)
STYLEGAN3 = stylegan3_recipe.generator(stylegan3_recipe.Design(channel_base=32, channel_max=5, num_layers=4))
GENERATORS = {"ada": ADA, "stylegan3": STYLEGAN3}
D = ada_pytorch_recipe.discriminator()


def edited(module, path, change):
    """A copy of a module in which change(part) stands in for one part; path: "synthesis.b8.conv0"."""
    if not path:
        return change(module)
    name, _, rest = path.partition(".")
    parts = OrderedDict(module.modules)
    parts[name] = edited(parts[name], rest, change)
    return module._replace(modules=parts)


def with_attributes(**given):
    """A change: these attributes are others."""
    return lambda module: module._replace(attributes=dict(module.attributes, **given))


def with_buffers(**given):
    """A change: these buffers are others."""
    return lambda module: module._replace(buffers=dict(module.buffers, **given))


def with_parameters(**given):
    """A change: these parameters are others."""
    return lambda module: module._replace(parameters=dict(module.parameters, **given))


def with_modules(**given):
    """A change: these parts are others."""
    return lambda module: module._replace(modules=dict(module.modules, **given))


def each_array(module, change):
    """A copy of a module in which change(array) stands in for every array."""
    tables = [
        {name: None if value is None else change(np.asarray(value)) for name, value in table.items()}
        for table in (module.parameters, module.buffers)
    ]
    parts = OrderedDict((name, each_array(part, change)) for name, part in module.modules.items())
    return module._replace(parameters=tables[0], buffers=tables[1], modules=parts)


def flat(array):
    """The tensor of an array in C order."""
    strides = tuple(step // array.itemsize for step in np.empty(array.shape, array.dtype).strides)
    return Tensor(array.ravel(), 0, array.shape, strides)


def tensor_of(data, count=1):
    """A tensor whose storage has these bytes."""
    storage = Call("torch.storage", "_load_from_bytes", data)
    return Call("torch._utils", "_rebuild_tensor_v2", storage, 0, (count,), (1,), False, OrderedDict())
