"""Equilibria of the microcircuit network without integrating its dynamics: A Eqs. (1)-(5), (28).

Given its drive a and its feedback Q c, each circuit solves one equation with a strictly increasing left side,

    u_E + phi(phi(u_E) - Q c) = a,        u_I = phi(u_E) - Q c,

which for beta = 1 and gamma = 0 is quadratic in exp(u_E). The control signal closes the loop,

    c = (k_p + k_i) (r_tar - softmax(r_L)),        r_L = W_L r + c,

and is found by Newton's method on the n_L numbers of a sample. Shapes as in microcircuit.
"""

import jax
import jax.numpy as jnp

from eiplast.disinhibition import activation, microcircuit


def uncontrolled(parameters, x, p):
    """Equilibrium of all samples without control, layer by layer."""
    W, b = parameters
    zero = jnp.zeros((*x.shape[:-1], W[-1].shape[0]), x.dtype)
    u_E, u_I, r_E, r_L = _sweep(W, b, _first_drive(W, b, x), None, zero, p)
    # Nothing is left of equations solved in closed form, but for a sample with NaN or infinity in it.
    residual = jnp.where(jnp.isfinite(r_L).all(-1), 0.0, jnp.nan)
    return microcircuit.Equilibrium(u_E, u_I, r_E, r_L, zero, *_found(residual, 0, p))


def controlled(parameters, x, Q, r_tar, start, p):
    """Equilibrium of all samples under control by `Q`, from the uncontrolled one, `start`.

    `residual` is the largest |c - (k_p + k_i) e|, which is all that is not solved in closed form; a sample has
    converged where it is at most p["tolerance"].
    """
    W, b = parameters
    k = p["k_p"] + p["k_i"]
    # Rows of one control signal each: what a batch of products c @ rows reads in order.
    rows = [jnp.swapaxes(layer, -2, -1) for layer in Q]
    gain = _readout_gain(W, start, rows, p)
    drive = _first_drive(W, b, x)

    def unsolved(loop):
        *_, mismatch, i = loop
        # A NaN compares false: a broken sample does not stop the search for the others.
        return (jnp.abs(mismatch) > p["tolerance"]).any() & (i < p["max_iterations"])

    def improve(loop):
        states, c, gain, mismatch, i = loop
        dc = -jnp.linalg.solve(_slope(states[3], gain, k), mismatch[..., None])[..., 0]
        old, c = states[3] - c, c + dc
        states = _sweep(W, b, drive, rows, c, p)
        gain = _secant(gain, dc, states[3] - c - old)
        return states, c, gain, c - k * microcircuit.error(states[3], r_tar), i + 1

    states = (start.u_E, start.u_I, start.r_E, start.r_L)
    mismatch = start.c - k * microcircuit.error(start.r_L, r_tar)
    loop = (states, start.c, gain, mismatch, jnp.zeros((), "i4"))
    states, c, _, mismatch, i = jax.lax.while_loop(unsolved, improve, loop)
    return microcircuit.Equilibrium(*states, c, *_found(jnp.abs(mismatch).max(-1), i, p))


def _found(residual, i, p):
    return residual, residual <= p["tolerance"], jnp.broadcast_to(i, residual.shape)


def _first_drive(W, b, x):
    """Drive of the first layer, which control does not touch and the loop therefore never repeats."""
    return x @ W[0].T + (b[0] if b else 0)


def _sweep(W, b, drive, rows, c, p):
    """u_E, u_I, r_E of every hidden layer and r_L, given c and the drive of the first layer."""
    u_E, u_I, r_E = [], [], []
    for layer in range(len(W) - 1):
        if layer:
            drive = r_E[-1] @ W[layer].T + (b[layer] if b else 0)
        feedback = 0.0 if rows is None else jnp.einsum("...k,...kn->...n", c, rows[layer])
        unit = circuit(drive, feedback, p["beta"], p["gamma"])
        for values, value in zip((u_E, u_I, r_E), unit, strict=True):
            values.append(value)
    return u_E, u_I, r_E, r_E[-1] @ W[-1].T + c


def circuit(drive, feedback, beta, gamma):
    """u_E, u_I, r_E of circuits at equilibrium: A Eq. (3), with r_I in place of the misprinted r_E.

    drive, feedback : W r and Q c, any shape
    """
    if beta == 1 and gamma == 0:
        u_E, r_E = _quadratic(drive, feedback)
    else:
        u_E = _newton(drive, feedback, beta, gamma)
        r_E = activation.phi(u_E, beta, gamma)
    return u_E, r_E - feedback, r_E


def _quadratic(drive, feedback):
    """The positive root z = exp(u_E) of k z^2 + (1 + k) z = exp(drive), k = exp(-feedback)."""
    # Beyond 70 the root is exp((drive + feedback) / 2) up to a relative exp(-35): more drive shifts u_E by half
    # of it.
    excess = jnp.maximum(drive - 70, 0)
    E, k = jnp.exp(drive - excess), jnp.exp(-feedback)
    z = 2 * E / (1 + k + jnp.sqrt((1 + k) ** 2 + 4 * k * E))
    # Not log(z): z is zero in single precision where the drive is below -103.
    r_I = jnp.log1p(k * (1 + z)) + excess / 2
    return drive - r_I, jnp.log1p(z) + excess / 2


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

    Exact for the last hidden layer; for those below, the inhibition that answers above is taken at its mean.
    An approximation costs iterations, not accuracy.
    """
    slope_E, slope_I = (microcircuit.slopes(u, p) for u in (start.u_E, start.u_I))
    J = microcircuit.jacobian(W, slope_E, slope_I)
    gain, answer = 0, 1.0
    for layer in reversed(range(len(J))):
        loop = slope_E[layer] * slope_I[layer]
        damped = -J[layer] * (answer / (1 + loop))[..., None, :]
        gain = gain + jnp.einsum("...in,...kn->...ik", damped, rows[layer])
        answer = answer * (1 / (1 + loop)).mean(-1, keepdims=True)
    return gain


def _secant(gain, dc, dr):
    """`gain` corrected by what the step `dc` did to the hidden part of r_L: Broyden (1965)."""
    # The floor leaves the gain alone where a step is so small that only rounding would be learned.
    size = jnp.maximum((dc**2).sum(-1, keepdims=True), 1e-8)
    missed = dr - jnp.einsum("...ij,...j->...i", gain, dc)
    return gain + missed[..., :, None] * (dc / size)[..., None, :]


def _slope(r_L, gain, k):
    """Derivative of c - k (r_tar - softmax(r_L)) with respect to c, shape (..., n_L, n_L)."""
    s = jax.nn.softmax(r_L)[..., :, None]
    readout = jnp.eye(s.shape[-2], dtype=s.dtype) + gain
    softmax = s * (readout - (s * readout).sum(-2, keepdims=True))
    return jnp.eye(s.shape[-2], dtype=s.dtype) + k * softmax
