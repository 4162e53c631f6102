"""Models of plain recurrent layers, for us and for every peer, from one set of weights."""

import numpy as np

# Our names of the gates, in the order in which each peer wants them.
GATES = {
    "lstm": {"onnx": "iofg", "onednn": "ifgo", "torch": "ifgo"},
    "gru": {"onnx": "zrn", "onednn": "zrn", "torch": "rzn"},
    "rnn": {"onnx": " ", "onednn": " ", "torch": " "},
}
LIBRARY = {"lstm": "Lstm", "gru": "Gru", "rnn": "Rnn"}
DIRECTIONS = ("forward", "backward")


def _weight(kind, gate):
    """`W_i`, or `W` in a cell without gates."""
    return kind if gate == " " else f"{kind}_{gate}"


def parts(case):
    """The name of each layer's cells and how wide their inputs are: (layer, name, width)."""
    for layer in range(case.layers):
        width = case.inputs if layer == 0 else case.units * case.directions
        for direction in DIRECTIONS[: case.directions]:
            yield layer, f"{direction}{layer}", width


def make_weights(case, random):
    """Weights by the names of our checkpoints."""
    scale, weights = case.units**-0.5, {}
    for _, part, width in parts(case):
        for gate in GATES[case.cell]["onnx"]:
            shapes = {"W": (case.units, width), "U": (case.units, case.units), "b": case.units}
            if case.cell == "gru" and gate == "n":
                shapes["c"] = case.units
            for kind, shape in shapes.items():
                values = random.uniform(-scale, scale, shape).astype(np.float32)
                weights[f"{part}.{_weight(kind, gate)}"] = values
    return weights


def make_text(case):
    """The `.fold` text."""
    lines, value = [], "x"
    for _, part, width in parts(case):
        lines.append(f"  {part} = {LIBRARY[case.cell]}[{width}, {case.units}]")
    for layer in range(case.layers):
        scans = f"scan forward{layer}({value})"
        if case.directions == 2:
            scans = f"join({scans}, scan reverse backward{layer}({value}))"
        value = "y" if layer == case.layers - 1 else f"y{layer}"
        lines.append(f"  {value} = {scans}")
    width = case.units * case.directions
    head = f"model Main(x: [T, {case.inputs}]) -> (y: [T, {width}]) {{"
    return "\n".join([head, *lines, "  return y", "}", ""])


def stack(weights, case, layer, kind, order):
    """One array [directions, gates, ...] of a layer's weights of a kind, zeros where none are."""
    def find(part, gate):
        found = weights.get(f"{part}.{_weight(kind, gate)}")
        return np.zeros(case.units, np.float32) if found is None else found

    names = [part for number, part, _ in parts(case) if number == layer]
    return np.stack([np.stack([find(part, gate) for gate in order]) for part in names])


def make_onednn(case, weights):
    """Arrays by file, in oneDNN's layouts [layer, direction, input, gate, output] and
    [layer, direction, gate, output]."""
    order, arrays = GATES[case.cell]["onednn"], {}
    biases = [("b", gate) for gate in order] + ([("c", "n")] if case.cell == "gru" else [])
    for layer in range(case.layers):
        for kind in "WU":
            gates = stack(weights, case, layer, kind, order)
            arrays[kind, layer] = gates.transpose(0, 3, 1, 2)[None]
        bias = [stack(weights, case, layer, kind, gate) for kind, gate in biases]
        arrays["b", layer] = np.concatenate(bias, axis=1)[None]
    files = {f"onednn-{kind}{layer}.bin": array for (kind, layer), array in arrays.items()}
    if case.layers > 1 and case.directions == 1:
        for kind in "WUb":
            layers = [arrays[kind, layer] for layer in range(case.layers)]
            files[f"onednn-{kind}all.bin"] = np.concatenate(layers)
    return files


def make_torch(case, weights):
    """The parameters of torch.nn's modules by name."""
    order, parameters = GATES[case.cell]["torch"], {}
    for layer in range(case.layers):
        arrays = {kind: stack(weights, case, layer, kind, order) for kind in ("W", "U", "b", "c")}
        for direction in range(case.directions):
            names = {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih", "c": "bias_hh"}
            for kind, name in names.items():
                full = f"{name}_l{layer}" + ("_reverse" if direction else "")
                array = arrays[kind][direction]
                parameters[full] = array.reshape(-1, *array.shape[2:])
    return parameters


def make_onnx(case, weights, graph):
    """Fills a graph of ONNX (see onnx_graph.py) with the built-in operators."""
    operator, order = case.cell.upper(), GATES[case.cell]["onnx"]
    shape = [case.steps, case.batch, case.inputs]
    value = graph.add_input("x", "x.bin", shape)
    for layer in range(case.layers):
        def rows(kind):
            array = stack(weights, case, layer, kind, order)
            return array.reshape(case.directions, -1, *array.shape[3:])

        bias = np.concatenate([rows("b"), rows("c")], axis=1)
        inputs = [value, graph.constant(rows("W")), graph.constant(rows("U")), graph.constant(bias)]
        attributes = {"hidden_size": case.units}
        if case.directions == 2:
            attributes["direction"] = "bidirectional"
        if case.cell == "gru":
            attributes["linear_before_reset"] = 1
        states = []
        if case.is_stream:
            state = [case.directions, case.batch, case.units]
            names = ("h", "c") if case.cell == "lstm" else ("h",)
            states = [(f"{name}{layer}", f"{name}{layer}_next", state) for name in names]
            inputs += ["", *(graph.add_state(*state) for state in states)]
        is_last = layer == case.layers - 1
        value = "y" if is_last and case.directions == 1 else graph.name()
        graph.add(operator, inputs, [value, *(name for _, name, _ in states)], **attributes)
        if case.directions == 2:
            value = graph.apply("Transpose", value, perm=[0, 2, 1, 3])
            wide = np.array([case.steps, case.batch, 2 * case.units], np.int64)
            value = graph.apply("Reshape", value, graph.constant(wide), name="y" if is_last else "")
        elif not is_last:
            value = graph.apply("Squeeze", value, graph.constant(np.array([1], np.int64)))
    if case.directions == 1:
        graph.add_output("y", [case.steps, 1, case.batch, case.units])
    else:
        graph.add_output("y", [case.steps, case.batch, 2 * case.units])
