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


def conv_lstm(w, x):
    hidden, rows, columns = w.p_i.shape
    h = c = np.zeros((hidden, rows, columns))
    outputs = []
    for image in x:
        both = np.concatenate([image, h])
        i, f, g, o = (
            _convolution(both, np.concatenate([w["W_" + gate], w["U_" + gate]], axis=1))
            + w["b_" + gate]
            for gate in "ifgo"
        )
        c = sigmoid(f + w.p_f * c) * c + sigmoid(i + w.p_i * c) * np.tanh(g)
        h = sigmoid(o + w.p_o * c) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs)


def eca(w, image):
    means = np.concatenate([np.zeros(1), image.mean(axis=(1, 2)), np.zeros(1)])
    scale = sigmoid(np.convolve(means, w.w[::-1], mode="valid"))
    return np.einsum("c,cyx->cyx", scale, image)


def cbam(w, image):
    def network(values):
        return w.W_2 @ relu(w.W_1 @ values)

    pixels = image.reshape(len(image), -1)
    channels = sigmoid(network(pixels.mean(axis=1)) + network(pixels.max(axis=1)))
    image = channels[:, None, None] * image
    maps = np.array([image.mean(axis=0), image.max(axis=0)])
    return image * sigmoid(_convolution(maps, w.W))


def non_local(w, image):
    pixels = image.reshape(len(image), -1).T
    result = np.zeros_like(pixels)
    for number, pixel in enumerate(pixels):
        shares = softmax(np.array([(w.W_theta @ pixel) @ (w.W_phi @ other) for other in pixels]))
        result[number] = pixel + w.W_z @ w.W_g @ (shares @ pixels)
    return result.T.reshape(image.shape)
