"""Equilibria of the microcircuit network without integrating its dynamics: A Eqs. (1)-(5), (28).

Given its drive a and its feedback Q c, each circuit solves one equation with a strictly increasing left side,

    u_E + phi(phi(u_E) - Q c) = a,        u_I = phi(u_E) - Q c,

which for beta = 1 and gamma = 0 is quadratic in exp(u_E). The control signal closes the loop,

    c = (k_p + k_i) (r_tar - softmax(r_L)),        r_L = W_L r + c,

and is found by a quasi-Newton method on the n_L numbers of a sample. Shapes as in microcircuit.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from eiplast.disinhibition import activation, microcircuit


def uncontrolled(parameters, x, p):
    """Equilibrium of all samples without control, layer by layer."""
    W, b = parameters
    zero = jnp.zeros((*x.shape[:-1], W[-1].shape[0]), x.dtype)
    sweep = _sweep(W, b, _first_drive(W, b, x), None, zero, p)
    # Nothing is left of equations solved in closed form, but for a sample with NaN or infinity in it.
    residual = jnp.where(jnp.isfinite(sweep.r_L).all(-1), 0.0, jnp.nan)
    return _equilibrium(sweep, None, zero, residual, 0, p)


def controlled(parameters, x, Q, r_tar, start, p):
    """Equilibrium of all samples under control by `Q`, from the uncontrolled one, `start`.

    `residual` is the largest |c - (k_p + k_i) e|, which is all that is not solved in closed form; a sample has
    converged where it is at most p["tolerance"].
    """
    W, b = parameters
    k = p["k_p"] + p["k_i"]
    # Rows of one control signal each: what a batch of products c @ rows reads in order.
    rows = [jnp.swapaxes(layer, -2, -1) for layer in Q]
    first = _first_drive(W, b, x)

    def mismatch(sweep, c):
        return c - k * microcircuit.error(sweep.r_L, r_tar)

    def unsolved(loop):
        sweep, c, _, i = loop
        # A NaN compares false: a broken sample does not stop the search for the others.
        left = (jnp.abs(mismatch(sweep, c)) > p["tolerance"]).any()
        return left & (i < p["max_iterations"])

    def improve(loop):
        old, c, gain, i = loop
        dc = _step(old.r_L, gain, c, r_tar, k)
        sweep = _sweep(W, b, first, rows, c + dc, p)
        gain = _secant(gain, dc, sweep.r_L - old.r_L - dc)
        return sweep, c + dc, gain, i + 1

    # Within one compiled step XLA sees that the uncontrolled network has made this first sweep already.
    sweep = _sweep(W, b, first, None, start.c, p)
    loop = sweep, start.c, _readout_gain(W, start, rows, p), jnp.zeros((), "i4")
    sweep, c, _, i = jax.lax.while_loop(unsolved, improve, loop)
    return _equilibrium(sweep, rows, c, jnp.abs(mismatch(sweep, c)).max(-1), i, p)


class Sweep(NamedTuple):
    """One pass through the layers: drive and r_E of the hidden ones, readout."""

    drive: list
    r_E: list
    r_L: jax.Array


def _equilibrium(sweep, rows, c, residual, i, p):
    u_E, u_I = [], []
    for layer, (drive, r_E) in enumerate(zip(sweep.drive, sweep.r_E, strict=True)):
        potentials = _potentials(drive, r_E, _feedback(rows, layer, c), p["beta"], p["gamma"])
        u_E.append(potentials[0])
        u_I.append(potentials[1])
    n_steps = jnp.broadcast_to(i, residual.shape)
    converged = residual <= p["tolerance"]
    return microcircuit.Equilibrium(u_E, u_I, sweep.r_E, sweep.r_L, c, residual, converged, n_steps)


def _first_drive(W, b, x):
    """Drive of the first layer, which control does not touch and the loop therefore never repeats."""
    return x @ W[0].T + (b[0] if b else 0)


def _feedback(rows, layer, c):
    return 0.0 if rows is None else jnp.einsum("...k,...kn->...n", c, rows[layer])


def _sweep(W, b, drive, rows, c, p):
    """The Sweep that the control signal c makes, given the drive of the first layer."""
    drives, r_E = [], []
    for layer in range(len(W) - 1):
        if layer:
            drive = r_E[-1] @ W[layer].T + (b[layer] if b else 0)
        drives.append(drive)
        r_E.append(_rate(drive, _feedback(rows, layer, c), p["beta"], p["gamma"]))
    return Sweep(drives, r_E, r_E[-1] @ W[-1].T + c)


def circuit(drive, feedback, beta, gamma):
    """u_E, u_I, r_E of circuits at equilibrium: A Eq. (3), with r_I in place of the misprinted r_E.

    drive, feedback : W r and Q c, any shape
    """
    r_E = _rate(drive, feedback, beta, gamma)
    return *_potentials(drive, r_E, feedback, beta, gamma), r_E


def _potentials(drive, r_E, feedback, beta, gamma):
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


def _readout_gain(W, start, rows, p):
    """Matrix (..., n_L, n_L) of dr_L/dc through the hidden layers, near the uncontrolled equilibrium.

    Exact for the last hidden layer; for those below, the inhibition that answers above is taken at its mean,
    weighted as the units count in it.
    An approximation costs iterations, not accuracy.
    """
    slope_E = microcircuit.slopes_at(start.r_E, p)
    slope_I = microcircuit.slopes(start.u_I, p)
    J = microcircuit.jacobian(W, slope_E, slope_I)
    gain, answer = 0, 1.0
    for layer in reversed(range(len(J))):
        loop = slope_E[layer] * slope_I[layer]
        damped = -J[layer] * (answer / (1 + loop))[..., None, :]
        gain = gain + jnp.einsum("...in,...kn->...ik", damped, rows[layer])
        weight = slope_E[layer] ** 2
        answer = (
            answer * (weight / (1 + loop)).sum(-1, keepdims=True) / weight.sum(-1, keepdims=True)
        )
    return gain


def _secant(gain, dc, dr):
    """`gain` corrected by what the step `dc` did to the hidden part of r_L: Broyden (1965)."""
    # The floor leaves the gain alone where a step is so small that only rounding would be learned.
    size = jnp.maximum((dc**2).sum(-1, keepdims=True), 1e-8)
    missed = dr - jnp.einsum("...ij,...j->...i", gain, dc)
    return gain + missed[..., :, None] * (dc / size)[..., None, :]


def _step(r_L, gain, c, r_tar, k):
    """Change of c that closes the loop if r_L answers linearly, r_L + (1 + gain) dc: a few Newton steps.

    Nearly all of the curvature is the softmax's, which costs nothing beside a sweep through the network.
    """
    one = jnp.eye(c.shape[-1], dtype=c.dtype)
    answer = one + gain
    dc = jnp.zeros_like(c)
    for _ in range(3):
        r = r_L + jnp.einsum("...ij,...j->...i", answer, dc)
        s = jax.nn.softmax(r)
        mean = jnp.einsum("...i,...ij->...j", s, answer)
        slope = one + k * s[..., :, None] * (answer - mean[..., None, :])
        dc = dc - _solve(slope, c + dc - k * microcircuit.error(r, r_tar))
    return dc


def _solve(A, y):
    """A^-1 y for many small A, (..., n, n), by elimination without pivoting, three times as fast as LU here.

    The slopes are near the identity; what a bad pivot would spoil, the residual shows.
    """
    rows = jnp.moveaxis(jnp.concatenate([A, y[..., None]], -1), (-2, -1), (0, 1))
    for i in range(len(rows)):
        row = rows[i] / rows[i, i]
        rows = (rows - rows[:, i, None] * row).at[i].set(row)
    return jnp.moveaxis(rows[:, -1], 0, -1)
