"""Feed-forward networks of paper A C.3: initial weights, the back-propagation baseline, the loss.

W : list of (n_post, n_pre) arrays, one a layer; the last is the linear readout W_out
b : list of (n_post,) arrays for the hidden layers, empty without biases
x : (n_samples, n_pixels) images in [0, 1];  r_tar : (n_samples, n_classes) targets
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import ArrayLike, Float, Int

from eiplast.disinhibition import activation

_initialisers = {
    # ASSUME: the paper says Xavier; uniform, as Glorot & Bengio (2010) print it.
    "xavier": jax.nn.initializers.glorot_uniform(in_axis=1, out_axis=0),
    "lecun": jax.nn.initializers.lecun_normal(in_axis=1, out_axis=0),
}


def initial_parameters(key, sizes, init, bias):
    """W, b of layers with `sizes` units: A C.3."""
    keys = jax.random.split(key, len(sizes) - 1)
    shapes = zip(sizes[1:], sizes[:-1], strict=True)
    W = [_initialisers[init](k, shape) for k, shape in zip(keys, shapes, strict=True)]
    return W, [jnp.zeros(n) for n in sizes[1:-1]] if bias else []


class Network(nnx.Module):
    """Holds the parameters that are trained."""

    def __init__(self, W, b):
        self.W, self.b = (nnx.List([nnx.Param(a) for a in arrays]) for arrays in (W, b))

    def arrays(self):
        """The pair W, b."""
        return [w[...] for w in self.W], [b[...] for b in self.b]

    def alike(self, W, b):
        """`W`, `b` in the place of the parameters: what optax takes for a gradient."""
        return jax.tree.unflatten(jax.tree.structure(self), [*W, *b])


def soft_target(
    label: Int[ArrayLike, "*n"], target, n_classes=10
) -> Float[ArrayLike, "*n n_classes"]:
    """`target` for the right class, the rest shared evenly, (..., n_classes) for labels (...): A C.3."""
    hot = jax.nn.one_hot(label, n_classes)
    return hot * target + (1 - hot) * (1 - target) / (n_classes - 1)


def forward(parameters: tuple, x: Float[ArrayLike, "n n_in"], p) -> Float[ArrayLike, "n n_L"]:
    """Readout r_L, shape (n_samples, n_classes), of the network without inhibition."""
    W, b = parameters
    r = x
    for layer, weights in enumerate(W[:-1]):
        drive = r @ weights.T + (b[layer] if b else 0)
        r = activation.phi(drive, p["beta"], p["gamma"])
    return r @ W[-1].T


def loss(r_L: Float[ArrayLike, "n n_L"], r_tar: Float[ArrayLike, "n n_L"]) -> Float[ArrayLike, ""]:
    """Softmax cross-entropy, averaged over samples: A Eq. (27)."""
    return -(r_tar * jax.nn.log_softmax(r_L)).sum(-1).mean()


def backprop(
    parameters: tuple, x: Float[ArrayLike, "n n_in"], r_tar: Float[ArrayLike, "n n_L"], p
) -> tuple:
    """Gradient of the loss, like `parameters`, and the readout before the update: the baseline of A Table 1."""

    def objective(parameters):
        r_L = forward(parameters, x, p)
        return loss(r_L, r_tar), r_L

    gradient, r_L = jax.grad(objective, has_aux=True)(parameters)
    return gradient, r_L
