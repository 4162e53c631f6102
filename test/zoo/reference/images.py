"""Attention in networks for images; an image is [channels, rows, columns]."""

import numpy as np

from .support import relu, sigmoid


def squeeze_excitation(w, image):
    squeezed = np.array([channel.mean() for channel in image])
    scale = sigmoid(relu(squeezed @ w.W_1.T) @ w.W_2.T)
    return np.array([factor * channel for factor, channel in zip(scale, image)])
