"""Builds a graph of ONNX, and says what goes in and out to the driver that runs it."""

import onnx
from onnx import TensorProto, helper, numpy_helper

_OPSET, _IR_VERSION = 17, 8


class Graph:
    """Nodes, constants, inputs and outputs; `lines` describe the latter in `case.txt`."""

    def __init__(self):
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []
        self.lines = []
        self._count = 0

    def name(self):
        self._count += 1
        return f"value{self._count}"

    def constant(self, array):
        name = self.name()
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator, inputs, outputs, **attributes):
        self.nodes.append(helper.make_node(operator, list(inputs), list(outputs), **attributes))

    def apply(self, operator, *inputs, name="", **attributes):
        """Adds an operator with one result, and returns its name."""
        name = name or self.name()
        self.add(operator, inputs, [name], **attributes)
        return name

    def add_input(self, name, file, shape):
        self.inputs.append(_describe(name, shape))
        self.lines.append(f"input {name} {file} f32 {_numbers(shape)}")
        return name

    def add_output(self, name, shape):
        self.outputs.append(_describe(name, shape))
        self.lines.append(f"output {name} {_numbers(shape)}")

    def add_state(self, name, next_name, shape):
        """An input that is the output `next_name` of the call before, at first zeros. A size `+N`
        is N for the first call and one more for each one after it."""
        free = [None if str(size).startswith("+") else size for size in shape]
        self.inputs.append(_describe(name, free))
        self.outputs.append(_describe(next_name, free))
        self.lines.append(f"state {name} {next_name} {_numbers(shape)}")
        return name

    def save(self, path):
        graph = helper.make_graph(
            self.nodes, "main", self.inputs, self.outputs, initializer=self.constants
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        if any(node.domain for node in self.nodes):
            opsets.append(helper.make_opsetid("com.microsoft", 1))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        onnx.save(model, path)


def make_body(nodes, inputs, outputs):
    """A graph for `Scan`; inputs and outputs are pairs of name and shape."""
    return helper.make_graph(
        nodes, "body", [_describe(*pair) for pair in inputs], [_describe(*pair) for pair in outputs]
    )


def _describe(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _numbers(shape):
    return " ".join(map(str, shape))
