"""Equilibria of the network without integrating its dynamics: A Eqs. (1)-(5), (28).

Circuits are solved in closed form, the control signal, which closes the loop,

    c = (k_p + k_i) (r_tar - softmax(r_L)),        r_L = W_L r + c,

by a quasi-Newton method on the n_L numbers of a sample, all samples together, and where that leaves a few, those
alone by `cooling`. Shapes as in microcircuit.
"""

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import circuits, cooling, microcircuit

# Samples that are solved alone, together; sweeps through all of a batch before that, at most.
_few, _max_sweeps = 5, 6
# Rounding errors of r_L, in units of those of one addition: what five layers make of them. Tested.
_rounding = 8.0


def uncontrolled(parameters: tuple, x: Float[ArrayLike, "*n n_in"], p) -> microcircuit.Equilibrium:
    """Equilibrium of all samples without control, layer by layer; x : (..., n_in)."""
    W, b = parameters
    zero = jnp.zeros((*x.shape[:-1], W[-1].shape[0]), x.dtype)
    swept = circuits.sweep(W, b, circuits.first_drive(W, b, x), None, zero, p)
    # Nothing is left of equations solved in closed form, but for a sample with NaN or infinity in it.
    residual = jnp.where(jnp.isfinite(swept.r_L).all(-1), 0.0, jnp.nan)
    n_steps = jnp.zeros(residual.shape, "i4")
    return _equilibrium(swept, zero, residual, residual == 0, n_steps, p)


def controlled(
    parameters: tuple,
    x: Float[ArrayLike, "n n_in"],
    Q: list,
    r_tar: Float[ArrayLike, "n n_L"],
    start: microcircuit.Equilibrium,
    p,
) -> microcircuit.Equilibrium:
    """Equilibrium of all samples (n, n_in) under control by `Q`, from the uncontrolled one, `start`.

    `residual` is the largest |c - (k_p + k_i) e|, which is all that is not solved in closed form; a sample has
    converged where it is at most p["tolerance"], or, after some steps of Newton's method, at most `rounding` where
    that is more.
    """
    W, b = parameters
    rows = [jnp.swapaxes(layer, -2, -1) for layer in Q]
    drive = circuits.first_drive(W, b, x)
    limit = jnp.maximum(p["tolerance"], rounding(W, start, p))
    found = _together(W, b, drive, rows, r_tar, start, p)
    c, swept, left, n_steps = _alone(W, b, drive, rows, r_tar, found, limit, p)
    return _equilibrium(swept, c, left, left <= limit, n_steps, p)


def rounding(W: list, start: microcircuit.Equilibrium, p) -> Float[ArrayLike, " n"]:
    """What rounding of r_L may leave (n,) of the mismatch c - (k_p + k_i) e: half as much, times the gain."""
    size = (start.r_E[-1] @ jnp.abs(W[-1]).T).max(-1)
    return _rounding * jnp.finfo(size.dtype).eps * (p["k_p"] + p["k_i"]) / 2 * size


def _equilibrium(swept, c, residual, converged, n_steps, p):
    u_E, u_I = circuits.potentials(swept, p)
    return microcircuit.Equilibrium(u_E, u_I, swept.r_E, swept.r_L, c, residual, converged, n_steps)


def _together(W, b, drive, rows, r_tar, start, p):
    """c, its Sweep, largest mismatch and iterations of all samples, most of them solved."""
    k = p["k_p"] + p["k_i"]

    def mismatch(r_L, c):
        return jnp.abs(c - k * microcircuit.error(r_L, r_tar)).max(-1)

    def unsolved(loop):
        swept, c, _, i = loop
        # A NaN compares false: a broken sample does not stop the search for the others.
        many = (mismatch(swept.r_L, c) > p["tolerance"]).sum() > _few
        return many & (i < min(_max_sweeps, p["max_iterations"]))

    def improve(loop):
        old, c, gain, i = loop
        dc = _step(old.r_L, gain, c, r_tar, k)
        swept = circuits.sweep(W, b, drive, rows, c + dc, p)
        return swept, c + dc, _secant(gain, dc, swept.r_L - old.r_L - dc), i + 1

    # Within one compiled step XLA sees that the uncontrolled network has made this first sweep already.
    swept = circuits.sweep(W, b, drive, None, start.c, p)
    loop = swept, start.c, _readout_gain(W, start, rows, p), jnp.zeros((), "i4")
    swept, c, _, i = jax.lax.while_loop(unsolved, improve, loop)
    left = mismatch(swept.r_L, c)
    return c, swept, left, jnp.broadcast_to(i, left.shape)


def _alone(W, b, drive, rows, r_tar, found, limit, p):
    """`found` with the samples that are unsolved in it solved, `_few` at a time."""

    def untried(loop):
        (_, _, left, _), tried = loop
        return (left > p["tolerance"]) & ~tried

    def some(loop):
        (c, swept, left, n_steps), tried = loop
        # The surplus of the last few lies outside: it reads the last sample and is not written.
        which = jnp.nonzero(untried(loop), size=_few, fill_value=len(tried))[0]
        few = [_take(a, which) for a in (drive, r_tar, c, limit)]
        mine = [layer if layer.ndim == 2 else _take(layer, which) for layer in rows]
        *solved, i = cooling.solve(W, b, mine, *few, p)
        c, swept, left = jax.tree.map(
            lambda a, new: a.at[which].set(new, mode="drop"), (c, swept, left), tuple(solved)
        )
        n_steps = n_steps.at[which].add(i, mode="drop")
        return (c, swept, left, n_steps), tried.at[which].set(True, mode="drop")

    tried = jnp.zeros(limit.shape, bool)
    return jax.lax.while_loop(lambda loop: untried(loop).any(), some, (found, tried))[0]


def _take(a, which):
    return jnp.take(a, which, axis=0, mode="clip")


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
