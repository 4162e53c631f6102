"""The models of ../attention.py in PyTorch, with a cache that is written in place."""

import torch
import torch.nn.functional as F

from attention import HEADS


def _split(x):
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def _attention(x, w, prefix):
    q, k, v = (_split(F.linear(x, w[f"{prefix}W_{n}"], w.get(f"{prefix}b_{n}"))) for n in "qkv")
    found = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    return F.linear(found, w[f"{prefix}W_o"], w.get(f"{prefix}b_o"))


def _encoder(x, w):
    def norm(x, name):
        gain = w[f"encoder.{name}.gain"]
        return F.layer_norm(x, gain.shape, gain, w[f"encoder.{name}.shift"], 1e-5)

    between = norm(x + _attention(x, w, "encoder.attention."), "norm_attention")
    wide = torch.relu(F.linear(between, w["encoder.expand.W"], w["encoder.expand.b"]))
    narrow = F.linear(wide, w["encoder.contract.W"], w["encoder.contract.b"])
    return norm(between + narrow, "norm_forward")


def _step(x, w, keys, values, place):
    q, k, v = (_split(F.linear(x, w[f"attention.W_{n}"])) for n in "qkv")
    keys[:, :, place : place + 1] = k
    values[:, :, place : place + 1] = v
    past = slice(0, place + 1)
    found = F.scaled_dot_product_attention(q, keys[:, :, past], values[:, :, past])
    return F.linear(found.transpose(1, 2).flatten(2), w["attention.W_o"])


def load(case, weights):
    """A function from the calls' inputs [steps, batch, units] to their outputs."""
    w = {name: torch.from_numpy(array) for name, array in weights.items()}
    if not case.is_stream:
        compute = _encoder if case.cell == "encoder" else (
            lambda x, w: _attention(x, w, "attention."))
        return lambda calls: [compute(x.transpose(0, 1), w).transpose(0, 1) for x in calls]
    shape = (case.batch, HEADS, case.calls, case.units // HEADS)
    keys, values = torch.zeros(shape), torch.zeros(shape)
    return lambda calls: [
        _step(x.transpose(0, 1), w, keys, values, place).transpose(0, 1)
        for place, x in enumerate(calls)
    ]
