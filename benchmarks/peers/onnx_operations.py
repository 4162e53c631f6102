"""The operations of cells (see custom.py) as nodes of ONNX."""

import numpy as np
from onnx import helper

from onnx_graph import make_body


class Value:
    """A value of a graph; `+`, `-`, `*` and `/` add nodes."""

    def __init__(self, operations, name):
        self.operations, self.name = operations, name

    def __add__(self, other):
        return self.operations.apply("Add", self, other)

    def __sub__(self, other):
        return self.operations.apply("Sub", self, other)

    def __mul__(self, other):
        return self.operations.apply("Mul", self, other)

    def __truediv__(self, other):
        return self.operations.apply("Div", self, other)

    def __neg__(self):
        return self.operations.apply("Neg", self)


class Operations:
    """Adds nodes to `nodes`; names and constants are the graph's, so that a body sees them too."""

    def __init__(self, graph, nodes):
        self.graph, self.nodes = graph, nodes

    def value(self, name):
        return Value(self, name)

    def apply(self, operator, *values, **attributes):
        name = self.graph.name()
        names = [value.name for value in values]
        self.nodes.append(helper.make_node(operator, names, [name], **attributes))
        return self.value(name)

    def split(self, x, count):
        names = [self.graph.name() for _ in range(count)]
        self.nodes.append(helper.make_node("Split", [x.name], names, axis=-1))
        return [self.value(name) for name in names]

    def _integers(self, *numbers):
        return self.value(self.graph.constant(np.array(numbers, np.int64)))

    def matmul(self, a, b):
        return self.apply("MatMul", a, b)

    def sigmoid(self, x):
        return self.apply("Sigmoid", x)

    def log_sigmoid(self, x):
        return -self.apply("Softplus", -x)

    def tanh(self, x):
        return self.apply("Tanh", x)

    def exp(self, x):
        return self.apply("Exp", x)

    def abs(self, x):
        return self.apply("Abs", x)

    def maximum(self, a, b):
        return self.apply("Max", a, b)

    def layer_norm(self, x, gain, shift):
        return self.apply("LayerNormalization", x, gain, shift, axis=-1, epsilon=1e-5)

    def expand(self, x, axis):
        return self.apply("Unsqueeze", x, self._integers(axis))

    def squeeze(self, x, axis):
        return self.apply("Squeeze", x, self._integers(axis))


def make_scan(case, cell, constants, graph):
    """All projections at once, then `Scan` over the steps."""
    shape = [case.steps, case.batch, case.inputs]
    outer, body_nodes = Operations(graph, graph.nodes), []
    inner = Operations(graph, body_nodes)
    names = {name: graph.constant(array) for name, array in constants.items()}
    x = outer.value(graph.add_input("x", "x.bin", shape))
    outside = {name: outer.value(value) for name, value in names.items()}
    projected = cell.project(outer, outside, x)
    inside = {name: inner.value(value) for name, value in names.items()}
    shapes = {name: cell.state_shape(name, case.batch, case.units) for name in cell.states}
    inputs = [f"step_{i}" for i in range(len(projected))]
    y, states = cell.step(inner, inside, list(map(inner.value, inputs)),
                          tuple(inner.value(name) for name in cell.states))
    outputs = [f"{name}_next" for name in cell.states] + ["step_y"]
    for value, name in zip((*states, y), outputs):
        body_nodes.append(helper.make_node("Identity", [value.name], [name]))
    body = make_body(
        body_nodes,
        [*shapes.items(), *((name, None) for name in inputs)],
        [*((f"{name}_next", shape) for name, shape in shapes.items()), ("step_y", None)],
    )
    start = [graph.constant(np.zeros(shape, np.float32)) for shape in shapes.values()]
    graph.add("Scan", [*start, *(value.name for value in projected)],
              [*(f"{name}_last" for name in shapes), "y"],
              body=body, num_scan_inputs=len(projected))
    graph.add_output("y", [case.steps, case.batch, case.units])


def make_step(case, cell, constants, graph):
    """One step, with the states as inputs and outputs."""
    operations = Operations(graph, graph.nodes)
    w = {name: operations.value(graph.constant(array)) for name, array in constants.items()}
    x = operations.value(graph.add_input("x", "x.bin", [case.batch, case.inputs]))
    states = []
    for name in cell.states:
        shape = cell.state_shape(name, case.batch, case.units)
        states.append(operations.value(graph.add_state(name, f"{name}_next", shape)))
    y, states = cell.step(operations, w, cell.project(operations, w, x), tuple(states))
    for value, name in zip((y, *states), ("y", *(f"{name}_next" for name in cell.states))):
        graph.add("Identity", [value.name], [name])
    graph.add_output("y", [case.batch, case.units])
