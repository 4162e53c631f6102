"""PyTorch as a peer: `torch_driver.py THREADS`.

The modules of torch.nn in inference mode; cells that it does not have as a frozen script, with the
products of the input for all steps at once.
"""

import os
import sys

threads = int(sys.argv[1])
if threads > 1:
    os.sched_setaffinity(0, range(threads))

import torch

import driver
import custom
import recurrent
import torch_attention

torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)
torch.set_grad_enabled(False)


class Operations:
    """The operations that custom.py wants."""

    matmul, sigmoid, tanh, exp = torch.matmul, torch.sigmoid, torch.tanh, torch.exp
    abs, maximum = torch.abs, torch.maximum
    log_sigmoid = torch.nn.functional.logsigmoid
    expand, squeeze = torch.unsqueeze, torch.squeeze

    @staticmethod
    def split(x, count):
        return x.chunk(count, -1)

    @staticmethod
    def layer_norm(x, gain, shift):
        return torch.nn.functional.layer_norm(x, gain.shape, gain, shift, 1e-5)


class Cell(torch.nn.Module):
    """The two halves of a cell, and the loop over the steps."""

    def __init__(self, project, step):
        super().__init__()
        self.project, self.step = project, step

    def forward(self, x, states: list[torch.Tensor]):
        projected = self.project(x)
        outputs = []
        for t in range(x.size(0)):
            results = self.step([part[t] for part in projected], states)
            outputs.append(results[0])
            states = results[1:]
        return torch.stack(outputs), states


def _load_custom(case, weights):
    cell, n = custom.CELLS[case.cell], Operations
    constants = custom.make_constants(case, weights)
    w = {name: torch.from_numpy(array) for name, array in constants.items()}
    states = [torch.zeros(cell.state_shape(s, case.batch, case.units)) for s in cell.states]

    def project(x):
        return list(cell.project(n, w, x))

    def step(inputs: list[torch.Tensor], states: list[torch.Tensor]):
        y, after = cell.step(n, w, inputs, tuple(states))
        return [y, *after]

    x = torch.zeros(case.steps, case.batch, case.inputs)
    inputs = [part[0] for part in project(x)]
    traced = Cell(torch.jit.trace(project, (x,)), torch.jit.trace(step, (inputs, states)))
    module = torch.jit.freeze(torch.jit.script(traced.eval()))
    return lambda x, states: module(x, states), states


def _load_recurrent(case, weights):
    modules = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
    module = modules[case.cell](
        case.inputs, case.units, case.layers, bidirectional=case.directions == 2
    ).eval()
    for name, array in recurrent.make_torch(case, weights).items():
        getattr(module, name).data.copy_(torch.from_numpy(array))
    zeros = torch.zeros(case.layers * case.directions, case.batch, case.units)
    return module, (zeros, zeros) if case.cell == "lstm" else zeros


def load(folder):
    case = folder.case
    if case.kind == "attention":
        calls = torch.from_numpy(folder.read_input()).split(case.steps)
        compute = torch.inference_mode()(torch_attention.load(case, folder.read_weights()))
        return lambda: compute(calls), lambda outputs: torch.cat(outputs).numpy()
    make = _load_recurrent if case.kind == "recurrent" else _load_custom
    module, states = make(case, folder.read_weights())
    calls = torch.from_numpy(folder.read_input()).split(case.steps)

    @torch.inference_mode()
    def run():
        after, outputs = states, []
        for x in calls:
            y, after = module(x, after)
            outputs.append(y)
        return outputs

    return run, lambda outputs: torch.cat(outputs).numpy()


driver.serve(torch.__version__.split("+")[0], load)
