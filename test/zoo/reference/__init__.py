"""One plain NumPy function for every text of the zoo, written from the papers' equations.

A function has the name of its text. It takes the weights and, by name, the inputs of one example,
and gives the outputs in their order, in double precision. Where the same mathematics has another
form (a sum over the past, a convolution, a matrix of all pairs), it is used here, so that a mistake
is not made twice.
"""

from . import attention, continuous, gated, images, linear, rwkv, simple

#: All references by name.
FUNCTIONS = {
    name: function
    for module in (attention, continuous, gated, images, linear, rwkv, simple)
    for name, function in vars(module).items()
    if callable(function) and function.__module__ == module.__name__ and not name.startswith("_")
}
