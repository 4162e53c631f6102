#!/usr/bin/env python3
"""Trains the models of translate.fold with PyTorch and writes their weights as 16-bit floats.

    python3 train.py                                    all three, side by side on as many cores as there are
    python3 train.py plain attention                    two of them
    python3 train.py attention --steps 20 --folder x    for a try: writes x/attention.safetensors

Each model is trained by a process of its own with one thread, so that its weights do not depend on the others.

The names of the tensors are those of translate.fold. Pairs come from pairs.py and are never repeated on purpose;
those that pairs.py holds out are not seen.
"""

import argparse
import concurrent.futures
import json
import math
import multiprocessing
import os
import pathlib
import struct
import time

import torch
from torch import nn
from torch.nn import functional

import pairs

HERE = pathlib.Path(__file__).resolve().parent
SIGNS = {sign: number for number, sign in enumerate(pairs.CHARACTERS)}
WORDS = {word: number for number, word in enumerate(pairs.vocabulary())}
BEGIN, END = WORDS["<s>"], WORDS["</s>"]


class Reader(nn.Module):
    """Two LSTMs, one from each side: [B, S] -> memories [B, S, H], and the first state of the decoder, [B, H]."""

    def __init__(self, embedding, hidden):
        super().__init__()
        self.table = nn.Embedding(len(SIGNS), embedding)
        self.lstm = nn.LSTM(embedding, hidden // 2, batch_first=True, bidirectional=True)
        self.start = nn.Linear(hidden, hidden)

    def forward(self, source):
        memories, (last, _) = self.lstm(self.table(source))
        return memories, torch.tanh(self.start(torch.cat((last[0], last[1]), 1)))


class PlainDecoder(nn.Module):
    """An LSTM that starts from what the reader remembers last."""

    def __init__(self, embedding, hidden):
        super().__init__()
        self.table = nn.Embedding(len(WORDS), embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(WORDS))

    def forward(self, target, memories, start):
        h = start[None].contiguous()
        return self.out(self.lstm(self.table(target), (h, torch.zeros_like(h)))[0])


class AttentionDecoder(nn.Module):
    """The same LSTM, which looks at all memories before each step (Bahdanau et al., 2015)."""

    def __init__(self, embedding, hidden):
        super().__init__()
        self.table = nn.Embedding(len(WORDS), embedding)
        self.lstm = nn.LSTMCell(embedding + hidden, hidden)
        self.query = nn.Linear(hidden, hidden // 2, bias=False)
        self.key = nn.Linear(hidden, hidden // 2, bias=False)
        self.score = nn.Linear(hidden // 2, 1, bias=False)
        self.out = nn.Linear(2 * hidden, len(WORDS))

    def forward(self, target, memories, start):
        keys, words = self.key(memories), self.table(target)
        h, c = start, torch.zeros_like(start)
        outputs = []
        for t in range(target.shape[1]):
            scores = self.score(torch.tanh(keys + self.query(h)[:, None]))
            context = (functional.softmax(scores, 1).transpose(1, 2) @ memories)[:, 0]
            h, c = self.lstm(torch.cat((words[:, t], context), 1), (h, c))
            outputs.append(torch.cat((h, context), 1))
        return self.out(torch.stack(outputs, 1))


class Recurrent(nn.Module):
    def __init__(self, decoder, embedding=32, hidden=128):
        super().__init__()
        self.reader = Reader(embedding, hidden)
        self.decoder = decoder(embedding, hidden)

    def forward(self, source, target):
        return self.decoder(target, *self.reader(source))


def heads(x, count):
    """[B, T, D] -> [B, N, T, D / N]"""
    return x.unflatten(2, (count, -1)).transpose(1, 2)


class MultiHead(nn.Module):
    """Attention of N heads (Vaswani et al., 2017): queries from x, keys and values from a memory."""

    def __init__(self, size, count):
        super().__init__()
        self.count = count
        self.query, self.key, self.value, self.mix = (nn.Linear(size, size) for _ in range(4))

    def forward(self, x, memory, causal=False):
        q, k, v = self.query(x), self.key(memory), self.value(memory)
        q, k, v = (heads(part, self.count) for part in (q, k, v))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.mix(y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.up = nn.Linear(size, 4 * size)
        self.down = nn.Linear(4 * size, size)

    def forward(self, x):
        return self.down(functional.relu(self.up(x)))


class EncoderBlock(nn.Module):
    def __init__(self, size, count):
        super().__init__()
        self.attend, self.think = MultiHead(size, count), FeedForward(size)
        self.norm_attend, self.norm_think = nn.LayerNorm(size), nn.LayerNorm(size)

    def forward(self, x):
        y = self.norm_attend(x)
        x = x + self.attend(y, y)
        return x + self.think(self.norm_think(x))


class DecoderBlock(nn.Module):
    def __init__(self, size, count):
        super().__init__()
        self.remember, self.read, self.think = MultiHead(size, count), MultiHead(size, count), FeedForward(size)
        self.norm_remember, self.norm_read, self.norm_think = (nn.LayerNorm(size) for _ in range(3))

    def forward(self, x, memory):
        y = self.norm_remember(x)
        x = x + self.remember(y, y, causal=True)
        x = x + self.read(self.norm_read(x), memory)
        return x + self.think(self.norm_think(x))


def places(count, size):
    """The waves of `sinusoidal` in the library: [count, size]."""
    angle = torch.arange(count)[:, None] * 10000.0 ** (-2 / size * torch.arange(size // 2))
    return torch.stack((angle.sin(), angle.cos()), 2).flatten(1)


class Transformer(nn.Module):
    def __init__(self, size=96, count=4, layers=2):
        super().__init__()
        self.size = size
        self.reader = nn.Module()
        self.reader.table = nn.Embedding(len(SIGNS), size)
        self.reader.blocks = nn.ModuleList(EncoderBlock(size, count) for _ in range(layers))
        self.reader.norm = nn.LayerNorm(size)
        self.decoder = nn.Module()
        self.decoder.table = nn.Embedding(len(WORDS), size)
        self.decoder.blocks = nn.ModuleList(DecoderBlock(size, count) for _ in range(layers))
        self.decoder.norm = nn.LayerNorm(size)
        self.decoder.out = nn.Linear(size, len(WORDS))

    def forward(self, source, target):
        x = self.reader.table(source) + places(source.shape[1], self.size)
        for block in self.reader.blocks:
            x = block(x)
        memory = self.reader.norm(x)
        y = self.decoder.table(target) + places(target.shape[1], self.size)
        for block in self.decoder.blocks:
            y = block(y, memory)
        return self.decoder.out(self.decoder.norm(y))


MODELS = {
    "transformer": (Transformer, 8000, 1e-3),
    "attention": (lambda: Recurrent(AttentionDecoder), 8000, 2e-3),
    "plain": (lambda: Recurrent(PlainDecoder), 12000, 2e-3),
}  # each with its number of steps and the peak of its learning rate; that which takes longest is first


def batches(seed, size):
    """Endless batches of sources [B, S] of one length, so that no source is padded, and targets [B, T + 2]."""
    shelves = {}
    for source, target in pairs.pairs(10**9, seed, training=True):
        shelf = shelves.setdefault(len(source), [])
        shelf.append((source, target))
        if len(shelf) == size:
            yield tensors(shelf)
            shelf.clear()


def tensors(batch):
    """Unused places of a target are -1."""
    sources = torch.tensor([[SIGNS[sign] for sign in source] for source, _ in batch])
    targets = [torch.tensor([BEGIN] + [WORDS[word] for word in target] + [END]) for _, target in batch]
    return sources, nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=-1)


def train(name, model, steps, seed, batch, peak):
    """Adam with a short warm-up and a cosine decay."""
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    source = batches(seed, batch)
    started, shown = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        rate = peak * min(step / 200, 0.5 * (1 + math.cos(math.pi * step / steps)) + 1e-3)
        for group in optimizer.param_groups:
            group["lr"] = rate
        signs, words = next(source)
        scores = model(signs, words[:, :-1].clamp(min=0))
        loss = functional.cross_entropy(scores.flatten(0, 1), words[:, 1:].flatten(), ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        shown += loss.item()
        if step % 200 == 0 or step == steps:
            seconds = time.monotonic() - started
            loss = shown / (step % 200 or 200)
            print(f"{name:11}  step {step:6d}  loss {loss:.4f}  {seconds:5.0f} s", flush=True)
            shown = 0.0


def checkpoint(model):
    """The tensors under the names of translate.fold, to which a cell is an LSTM of one layer."""
    cells = {name for name, part in model.named_modules() if isinstance(part, nn.LSTMCell)}
    for name, tensor in model.state_dict().items():
        yield name + ("_l0" if name.rpartition(".")[0] in cells else ""), tensor


def write_safetensors(path, named):
    """A little-endian length, a JSON header padded to eight bytes, and the data in the same order, as 16-bit floats."""
    header, offset, parts = {}, 0, []
    for name, tensor in named:
        data = tensor.detach().to(torch.float16).contiguous().numpy().tobytes()
        ends = [offset, offset + len(data)]
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": ends}
        offset = ends[1]
        parts.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def make(name, arguments):
    """Trains one model, writes its weights, and returns the seconds that its process has computed."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    build, steps, rate = MODELS[name]
    model = build()
    train(name, model, arguments.steps or steps, arguments.seed, arguments.batch, rate)
    write_safetensors(arguments.folder / f"{name}.safetensors", checkpoint(model))
    return time.process_time()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", metavar="model", help=", ".join(MODELS) + "; without one, all")
    parser.add_argument("--steps", type=int, help="other than the model's own number")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="models trained at a time")
    parser.add_argument("--folder", type=pathlib.Path, default=HERE, help="where the weights are written")
    arguments = parser.parse_args()
    for name in arguments.models:
        if name not in MODELS:
            parser.error(f"there is no model '{name}'; there are {', '.join(MODELS)}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    chosen = [name for name in MODELS if name in (arguments.models or MODELS)]
    started = time.monotonic()
    fresh = multiprocessing.get_context("spawn")  # a process for each model, so that none inherits another's state
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs, fresh, max_tasks_per_child=1) as pool:
        for name, seconds in zip(chosen, pool.map(make, chosen, [arguments] * len(chosen))):
            print(f"{name:11}  {seconds / 60:.1f} minutes of one core")
    print(f"together {(time.monotonic() - started) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
