"""The network of dis-inhibitory microcircuits: A Eqs. (1)-(8), (25)-(31).

One excitatory and one inhibitory unit make a circuit; `l` counts hidden layers, `...` is any number of sample
axes. Every function takes a batch as well as one sample.

W : list of (n_post, n_pre), one a layer; the last is the linear readout, shape (n_L, n_units)
b : list of (n_l,) drives of the hidden layers, empty without biases
x : (..., n_in)                 input rates;  r_tar : (..., n_L) target of the readout
u_E, u_I, r_E : lists of (..., n_l)
r_L, c, c_int : (..., n_L)      readout, control signal, integral of the error
J : list of (..., n_L, n_l)     dr_L/du_I
Q : list of (..., n_l, n_L)     feedback weights; without sample axes the same for all samples
p : dict with beta, gamma, k_p, k_i, alpha and, for the dynamics, tau_E, tau_I, tau_c (ms)
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import activation


class State(NamedTuple):
    """Every dynamic variable of the network."""

    u_E: list
    u_I: list
    r_L: jax.Array
    c_int: jax.Array


class Equilibrium(NamedTuple):
    """A steady state, with (A Eq. 3) or without control (`c` is 0), and how well it is one."""

    u_E: list
    u_I: list
    r_E: list
    r_L: jax.Array
    c: jax.Array
    residual: jax.Array  # (...,) what is left of the equations; see the solver
    converged: jax.Array  # (...,) whether the solver met its tolerance
    n_steps: jax.Array  # (...,) steps or iterations of the solver


def error(
    r_L: Float[ArrayLike, "*n n_L"], r_tar: Float[ArrayLike, "*n n_L"]
) -> Float[ArrayLike, "*n n_L"]:
    """Minus the gradient of the softmax cross-entropy: A Eqs. (4), (27)."""
    return r_tar - jax.nn.softmax(r_L)


def project(
    Q: Float[ArrayLike, "*q n_l n_L"], c: Float[ArrayLike, "*n n_L"]
) -> Float[ArrayLike, "*n n_l"]:
    """Feedback Q c onto the inhibitory units of one layer, shape (..., n_l)."""
    # With c first as in the algebraic solver: XLA then does for the monitor what the solver has done already.
    return jnp.einsum("...k,...kn->...n", c, jnp.swapaxes(Q, -2, -1))


def velocity(
    state: State, W: list, b: list, x, Q, r_tar: Float[ArrayLike, "*n n_L"], p, drive=None
) -> State:
    """Time derivatives (1/ms) of every variable: A Eqs. (1), (2), (5), (28).

    Q : None opens the loop: no control signal, and its integral stays where it is.
    drive : (..., n_1) of the first layer, where the caller has it: it does not change while a sample settles
    """
    e = error(state.r_L, r_tar)
    c = jnp.zeros_like(e) if Q is None else p["k_p"] * e + p["k_i"] * state.c_int
    du_E, du_I, pre = [], [], x
    for layer, (u_E, u_I) in enumerate(zip(state.u_E, state.u_I, strict=True)):
        if layer or drive is None:
            drive = pre @ W[layer].T + (b[layer] if b else 0)
        pre = activation.phi(u_E, p["beta"], p["gamma"])
        feedback = 0 if Q is None else project(Q[layer], c)
        du_E.append((-u_E + drive - activation.phi(u_I, p["beta"], p["gamma"])) / p["tau_E"])
        du_I.append((-u_I + pre - feedback) / p["tau_I"])
    dr_L = (-state.r_L + pre @ W[-1].T + c) / p["tau_E"]
    dc_int = jnp.zeros_like(c) if Q is None else (e - state.c_int) / p["tau_c"]
    return State(du_E, du_I, dr_L, dc_int)


def slopes(u, p):
    """phi'(u) of every hidden layer."""
    return [activation.dphi(layer, p["beta"], p["gamma"]) for layer in u]


def slopes_at(r, p):
    """phi'(u) of every hidden layer where phi(u) is `r`."""
    return [activation.dphi_at(layer, p["beta"]) for layer in r]


def jacobian(W: list, slope_E: list, slope_I: list) -> list:
    """J, the change of the readout with each inhibitory potential: A Eqs. (6), (7).

    slope_E, slope_I : lists of (..., n_l), phi'(u_E) and phi'(u_I)
    The derivative is partial, as printed: all u_I are independent variables, so that no circuit above the
    perturbed layer answers with its own inhibition. Every entry is minus a product of weights and slopes.
    """
    J = [None] * len(slope_E)
    chain = W[-1]
    for layer in reversed(range(len(J))):
        J[layer] = -chain * (slope_E[layer] * slope_I[layer])[..., None, :]
        if layer:
            chain = _rows(chain * slope_E[layer][..., None, :], W[layer])
    return J


def _rows(chain, W):
    """chain @ W as one matrix product over all samples."""
    return (chain.reshape(-1, chain.shape[-1]) @ W).reshape(*chain.shape[:-1], W.shape[-1])


def feedback_weights(J: list, alpha, average=False) -> list:
    """Q, minus the transposed Jacobian with Frobenius norm `alpha`, layer by layer: A Eqs. (7), (25), (29).

    average : over the first axis of every J before the norm, one Q for all samples: A Eqs. (30), (31)
    """
    if average:
        J = [layer.mean(0) for layer in J]
    norm = [jnp.sqrt((layer**2).sum((-2, -1), keepdims=True)) for layer in J]
    return [
        -alpha * jnp.swapaxes(layer / size, -2, -1) for layer, size in zip(J, norm, strict=True)
    ]


def control_loss(Q: list, c: Float[ArrayLike, "*n n_L"]) -> Float[ArrayLike, "*n"]:
    """||Q c||^2 / 2 of every sample, readout (Q_L = 1) included: the summand of A Eq. (8)."""
    hidden = sum((project(layer, c) ** 2).sum(-1) for layer in Q)
    return (hidden + (c**2).sum(-1)) / 2
