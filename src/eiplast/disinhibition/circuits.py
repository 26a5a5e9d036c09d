"""Circuits at equilibrium in closed form, and one pass through the layers: A Eqs. (1)-(3).

Given its drive a and its feedback Q c, each circuit solves one equation with a strictly increasing left side,

    u_E + phi(phi(u_E) - Q c) = a,        u_I = phi(u_E) - Q c,

which for beta = 1 and gamma = 0 is quadratic in exp(u_E). Shapes as in microcircuit; `rows` is a list of
(..., n_L, n_l), Q transposed: rows of one control signal each, what a batch of products c @ rows reads in order.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import activation


class Sweep(NamedTuple):
    """One pass through the layers: drive, feedback and r_E of the hidden ones, readout."""

    drive: list
    feedback: list
    r_E: list
    r_L: jax.Array


def first_drive(W, b, x: Float[ArrayLike, "*n n_in"]) -> Float[ArrayLike, "*n n_1"]:
    """Drive of the first layer, (..., n_1), which control does not touch: a solver needs it once."""
    return x @ W[0].T + (b[0] if b else 0)


def sweep(
    W: list, b: list, drive: Float[ArrayLike, "*n n_1"], rows, c: Float[ArrayLike, "*n n_L"], p
) -> Sweep:
    """The Sweep that the control signal c makes, given the `drive` of the first layer; rows None: no feedback."""
    drives, feedbacks, r_E = [], [], []
    for layer in range(len(W) - 1):
        if layer:
            drive = r_E[-1] @ W[layer].T + (b[layer] if b else 0)
        drives.append(drive)
        feedbacks.append(
            jnp.zeros_like(drive)
            if rows is None
            else jnp.einsum("...k,...kn->...n", c, rows[layer])
        )
        r_E.append(_rate(drive, feedbacks[-1], p["beta"], p["gamma"]))
    return Sweep(drives, feedbacks, r_E, r_E[-1] @ W[-1].T + c)


def potentials(swept, p):
    """u_E, u_I of all hidden layers of a Sweep."""
    pairs = [
        _potentials(*layer, p["beta"], p["gamma"])
        for layer in zip(swept.drive, swept.feedback, swept.r_E, strict=True)
    ]
    return [u_E for u_E, _ in pairs], [u_I for _, u_I in pairs]


def circuit(
    drive: Float[ArrayLike, "..."], feedback: Float[ArrayLike, "..."], beta, gamma
) -> tuple:
    """u_E, u_I, r_E of circuits at equilibrium: A Eq. (3), with r_I in place of the misprinted r_E.

    drive, feedback : W r and Q c, any shape
    """
    r_E = _rate(drive, feedback, beta, gamma)
    return *_potentials(drive, feedback, r_E, beta, gamma), r_E


def readout_gain(W: list, swept: Sweep, rows: list, p) -> Float[ArrayLike, "*n n_L n_L"]:
    """Matrix (..., n_L, n_L) of dr_L/dc through the hidden layers at a Sweep: the exact derivative.

    Each circuit answers a change of its drive and of its feedback by
    dr_E = phi'(u_E) (da + phi'(u_I) d(Q c)) / (1 + phi'(u_E) phi'(u_I)).
    """
    da = 0.0
    for layer, r_E in enumerate(swept.r_E):
        slope_E = activation.dphi_at(r_E, p["beta"])
        slope_I = activation.dphi(r_E - swept.feedback[layer], p["beta"], p["gamma"])
        answer = slope_E / (1 + slope_E * slope_I)
        dr = answer[..., None, :] * (da + slope_I[..., None, :] * rows[layer])
        da = dr @ W[layer + 1].T
    return jnp.swapaxes(da, -2, -1)


def _potentials(drive, feedback, r_E, beta, gamma):
    u_I = r_E - feedback
    return drive - activation.phi(u_I, beta, gamma), u_I


def _rate(drive, feedback, beta, gamma):
    if beta == 1 and gamma == 0:
        return _quadratic(drive, feedback)
    return activation.phi(_newton(drive, feedback, beta, gamma), beta, gamma)


def _quadratic(drive, feedback):
    """r_E from the positive root z = exp(u_E) of k z^2 + (1 + k) z = exp(drive), k = exp(-feedback)."""
    # Beyond 70 the root is exp((drive + feedback) / 2) up to a relative exp(-35): more drive shifts u_E by half
    # of it.
    excess = jnp.maximum(drive - 70, 0)
    E, k = jnp.exp(drive - excess), jnp.exp(-feedback)
    z = 2 * E / (1 + k + jnp.sqrt((1 + k) ** 2 + 4 * k * E))
    # log1p(z) in two fifths of the time: the log of the rounded y, and what rounding lost. XLA would cancel that
    # to zero if it saw where y comes from.
    y = jax.lax.optimization_barrier(1 + z)
    return jnp.log(y) + (z - (y - 1)) / y + excess / 2


def _newton(drive, feedback, beta, gamma):
    """u_E by Newton's method: the left side is convex, so that it falls onto the root from above."""

    def improve(_, u_E):
        r_E = activation.phi(u_E, beta, gamma)
        left = u_E + activation.phi(r_E - feedback, beta, gamma)
        slope = 1 + activation.dphi(r_E - feedback, beta, gamma) * activation.dphi(u_E, beta, gamma)
        return u_E - (left - drive) / slope

    return jax.lax.fori_loop(0, 40, improve, drive)
