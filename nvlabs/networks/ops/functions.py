"""Functions of a graph, written down node by node. Operations in TensorFlow's own way would take ten times as
long to make, and a layer that is a call of a function has one instead of hundreds.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.rewriting import as_it_is

_KNOWN = "nvlabs/functions"


class Function(NamedTuple):
    """What `Writer.function` gives; can be called in any graph.

    name: in the graphs that have it. library: a graph of nothing else. results: how many.
    """

    name: str
    library: Any
    results: int

    def __call__(self, *tensors: Any) -> Sequence[Any]:
        """Its results, float32, of tensors of the default graph. They have no gradient."""
        graph = tf.get_default_graph()
        if self.name not in graph.get_collection_ref(_KNOWN):
            tf.import_graph_def(self.library, name="")
            graph.add_to_collection(_KNOWN, self.name)
        return tf.raw_ops.PartitionedCall(
            args=tensors,
            Tout=[tf.float32] * self.results,
            f=self.name,
            config_proto=as_it_is().SerializeToString(),  # rewritten, it would have other last bits
        )


class Value:
    """A tensor inside of a function; float32, where it is added."""

    def __init__(self, writer: Writer, name: str):
        self.writer, self.name = writer, name

    @property
    def node(self) -> str:
        """Name of the node that makes it."""
        return self.name.partition(":")[0]

    def __add__(self, other: Value) -> Value:
        return self.writer.write("AddV2", [self, other], "z", T=tf.float32)

    def __sub__(self, other: Value) -> Value:
        return self.writer.write("Sub", [self, other], "z", T=tf.float32)


class Writer:
    """Writes one function: arguments, then what is made of them.

    after: values that have to be there before what is written next is made.
    """

    def __init__(self) -> None:
        self.after: Sequence[Value] = ()
        self._graph = tf.GraphDef()
        self._function = self._graph.library.function.add()

    def argument(self, kind: Any = tf.float32) -> Value:
        """The next argument."""
        arguments = self._function.signature.input_arg
        arguments.add(name="given%d" % len(arguments), type=kind.as_datatype_enum)
        return Value(self, arguments[-1].name)

    def write(self, operation: str, inputs: Sequence[Value], output: str, **attributes: Any) -> Value:
        """A node; output: name of its result in TensorFlow's definition of the operation."""
        nodes = self._function.node_def
        node = nodes.add(name="node%d" % len(nodes), op=operation)
        node.input.extend(value.name for value in inputs)
        node.input.extend("^" + value.node for value in self.after)
        for name, value in attributes.items():
            if isinstance(value, tf.DType):
                node.attr[name].type = value.as_datatype_enum
            elif isinstance(value, int):
                node.attr[name].i = value
            else:
                node.attr[name].tensor.CopyFrom(value)
        return Value(self, "%s:%s:0" % (node.name, output))

    def constant(self, numbers: Sequence[int]) -> Value:
        """int32 numbers [n]."""
        value = tf.make_tensor_proto(numbers, tf.int32)
        return self.write("Const", [], "output", dtype=tf.int32, value=value)

    def product(self, left: Value, right: Value) -> Value:
        """Of matrices."""
        return self.write("MatMul", [left, right], "product", T=tf.float32)

    def rows(self, value: Value, start: Value, end: Value, step: Value, to_the_end: bool = False) -> Value:
        """value[start:end:step], or value[start::step]; int32 [1]."""
        kinds = {"T": tf.float32, "Index": tf.int32, "end_mask": int(to_the_end)}
        return self.write("StridedSlice", [value, start, end, step], "output", **kinds)

    def function(self, name: str, results: Sequence[Value]) -> Function:
        """The function of the arguments so far; name: for this function alone."""
        signature: Any = self._function.signature
        signature.name = name
        for index, value in enumerate(results):
            signature.output_arg.add(name="made%d" % index, type=tf.float32.as_datatype_enum)
            self._function.ret["made%d" % index] = value.name
        return Function(signature.name, self._graph, len(results))


def total(*values: Value) -> Value:
    """The sum of several values in one go."""
    return values[0].writer.write("AddN", values, "sum", N=len(values), T=tf.float32)
