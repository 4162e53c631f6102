"""JAX as a peer: `jax_driver.py THREADS`.

A compiled `lax.scan` over the steps, with the products of the input for all steps at once.
"""

import os
import sys

threads = int(sys.argv[1])
os.sched_setaffinity(0, range(threads))
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

import driver
import custom
import recurrent


class Operations:
    """The operations that custom.py wants."""

    matmul, sigmoid, tanh, exp = jnp.matmul, jax.nn.sigmoid, jnp.tanh, jnp.exp
    log_sigmoid = jax.nn.log_sigmoid
    abs, maximum = jnp.abs, jnp.maximum
    expand, squeeze = jnp.expand_dims, jnp.squeeze

    @staticmethod
    def split(x, count):
        return jnp.split(x, count, -1)

    @staticmethod
    def layer_norm(x, gain, shift):
        centred = x - x.mean(-1, keepdims=True)
        variance = jnp.square(centred).mean(-1, keepdims=True)
        return gain * centred * jax.lax.rsqrt(variance + 1e-5) + shift


class LibraryCell:
    """LSTM, GRU and the simple network, in the form of custom.py's cells."""

    def __init__(self, cell):
        self._cell = cell
        self.states = ("h", "c") if cell == "lstm" else ("h",)

    def state_shape(self, name, batch, units):
        return [batch, units]

    def constants(self, case, weights, layer, direction):
        arrays = recurrent.make_torch(case, weights)
        suffix = f"_l{layer}" + ("_reverse" if direction else "")
        return {
            "W": arrays["weight_ih" + suffix].T,
            "U": arrays["weight_hh" + suffix].T,
            "b": arrays["bias_ih" + suffix],
            "c": arrays["bias_hh" + suffix],
        }

    def project(self, n, w, x):
        return [n.matmul(x, w["W"]) + w["b"]]

    def step(self, n, w, inputs, states):
        product = n.matmul(states[0], w["U"])
        if self._cell == "rnn":
            h = n.tanh(inputs[0] + product)
            return h, (h,)
        if self._cell == "gru":
            r, z, new = n.split(inputs[0], 3)
            past_r, past_z, past_new = n.split(product + w["c"], 3)
            z = n.sigmoid(z + past_z)
            new = n.tanh(new + n.sigmoid(r + past_r) * past_new)
            h = (1 - z) * new + z * states[0]
            return h, (h,)
        i, f, g, o = n.split(inputs[0] + product, 4)
        c = n.sigmoid(f) * states[1] + n.sigmoid(i) * n.tanh(g)
        h = n.sigmoid(o) * n.tanh(c)
        return h, (h, c)


def _make_layer(case, cell, constants, is_reversed=False):
    """x, constants, states -> y, states"""
    def layer(x, w, states):
        def body(carry, inputs):
            y, after = cell.step(Operations, w, inputs, carry)
            return tuple(after), y

        after, y = jax.lax.scan(body, states, cell.project(Operations, w, x), reverse=is_reversed)
        return y, after

    zeros = tuple(jnp.zeros(cell.state_shape(s, case.batch, case.units)) for s in cell.states)
    return layer, {name: jnp.asarray(array) for name, array in constants.items()}, zeros


def _make_layers(case, weights):
    """Lists of layers, each a list with one for each direction."""
    if case.kind == "custom":
        cell = custom.CELLS[case.cell]
        return [[_make_layer(case, cell, custom.make_constants(case, weights))]]
    cell = LibraryCell(case.cell)
    return [
        [
            _make_layer(case, cell, cell.constants(case, weights, layer, direction), direction == 1)
            for direction in range(case.directions)
        ]
        for layer in range(case.layers)
    ]


def load(folder):
    case = folder.case
    layers = _make_layers(case, folder.read_weights())
    parameters = [[direction[1] for direction in layer] for layer in layers]
    states = [[direction[2] for direction in layer] for layer in layers]

    def network(x, parameters, states):
        all_after = []
        for layer, w, start in zip(layers, parameters, states):
            pairs = [f[0](x, w[k], start[k]) for k, f in enumerate(layer)]
            x = jnp.concatenate([y for y, _ in pairs], -1)
            all_after.append([after for _, after in pairs])
        return x, all_after

    calls = [jnp.asarray(part) for part in np.split(folder.read_input(), case.calls)]
    compiled = jax.jit(network).lower(calls[0], parameters, states).compile()

    def run():
        after, outputs = states, []
        for x in calls:
            y, after = compiled(x, parameters, after)
            outputs.append(y)
        return jax.block_until_ready(outputs)

    return run, lambda outputs: np.concatenate(outputs)


driver.serve(jax.__version__, load)
