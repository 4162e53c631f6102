"""Attention in networks for images; an image is [channels, rows, columns]."""

import numpy as np

from .support import relu, sigmoid, softmax


def squeeze_excitation(w, image):
    squeezed = np.array([channel.mean() for channel in image])
    scale = sigmoid(relu(squeezed @ w.W_1.T) @ w.W_2.T)
    return np.array([factor * channel for factor, channel in zip(scale, image)])


def _convolution(image, kernels):
    """[C, Y, X] with [O, C, K, K] to [O, Y, X]; zeros around the image."""
    reach = kernels.shape[2] // 2
    rows, columns = image.shape[1:]
    result = np.zeros((len(kernels), rows, columns))
    for row in range(rows):
        for column in range(columns):
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    if 0 <= row + down < rows and 0 <= column + right < columns:
                        pixel = image[:, row + down, column + right]
                        result[:, row, column] += kernels[:, :, reach + down, reach + right] @ pixel
    return result
