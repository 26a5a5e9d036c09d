"""Equilibria of the samples that a quick search leaves unsolved, from wherever it stopped.

Newton's method on the mismatch c - (k_p + k_i) (r_tar - softmax(r_L(c))) with the exact derivative through the
layers and a line search. Where that creeps, since large weights make the softmax a step, the sample starts again
hot: with softmax(r_L / T) at a temperature T as large as its readouts, where the mismatch is nearly linear, and
cools to T = 1 along the solutions. At every T there is one: c -> (k_p + k_i) (r_tar - softmax(.)) maps a cube
into itself continuously (Brouwer).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import circuits

# Newton steps after which `limit` is accepted, or else the sample is heated.
_patience = 12
# Factor of cooling; what counts as solved on the way, in units of k.
_cooling, _loose = 16.0, 1e-2


class Search(NamedTuple):
    """Where the search for every sample stands."""

    c: jax.Array
    swept: circuits.Sweep
    mismatch: jax.Array  # infinite: not known yet at this T
    dc: jax.Array  # Newton's step
    t: jax.Array  # share of it to be tried next
    T: jax.Array
    i: jax.Array


def solve(
    W: list,
    b: list,
    rows: list,
    drive: Float[ArrayLike, "m n_1"],
    r_tar: Float[ArrayLike, "m n_L"],
    c: Float[ArrayLike, "m n_L"],
    limit: Float[ArrayLike, " m"],
    p,
) -> tuple:
    """Control signal, its Sweep, largest mismatch and number of iterations, from the guess `c`.

    drive : (m, n_1) of the first layer;  r_tar, c : (m, n_L);  limit : (m,) of the mismatch, by rounding
    A sample that needs more than p["max_iterations"] keeps its mismatch, infinite if it is still hot.
    """
    k = p["k_p"] + p["k_i"]
    one = jnp.eye(c.shape[-1], dtype=c.dtype)

    def at(c, T):
        swept = circuits.sweep(W, b, drive, rows, c, p)
        s = jax.nn.softmax(swept.r_L / T[:, None])
        mismatch = c - k * (r_tar - s)
        answer = one + circuits.readout_gain(W, swept, rows, p)
        mean = jnp.einsum("mi,mij->mj", s, answer)
        slope = one + (k / T)[:, None, None] * s[..., None] * (answer - mean[:, None, :])
        return c, swept, mismatch, -jnp.linalg.solve(slope, mismatch[..., None])[..., 0]

    def unsolved(s):
        accepted = jnp.where(s.i < _patience, p["tolerance"], limit)
        return (s.T > 1) | (jnp.abs(s.mismatch).max(-1) > accepted)

    def improve(s):
        new = at(s.c + s.t[:, None] * s.dc, s.T)
        before, after = ((f**2).sum(-1) for f in (s.mismatch, new[2]))
        better = after <= (1 - 1e-4 * s.t) * before
        c, swept, mismatch, dc = _where(better, new, s[:4])
        s = Search(c, swept, mismatch, dc, jnp.where(better, 1.0, s.t / 2), s.T, s.i + 1)
        cool = (s.T > 1) & (jnp.abs(mismatch).max(-1) <= _loose * k)
        heat = (s.i == _patience) & unsolved(s)
        hot = jnp.maximum(jnp.abs(swept.r_L).max(-1), 1)
        return s._replace(
            c=_where(heat, k * (r_tar - 1 / len(one)), c),
            mismatch=_where(cool | heat, jnp.full_like(c, jnp.inf), mismatch),
            t=jnp.where(cool | heat, 0.0, s.t),
            T=jnp.where(heat, hot, jnp.where(cool, jnp.maximum(s.T / _cooling, 1), s.T)),
        )

    T = jnp.ones_like(limit)
    start = Search(*at(c, T), T, T, jnp.zeros((), "i4"))
    end = jax.lax.while_loop(
        lambda s: unsolved(s).any() & (s.i < p["max_iterations"]), improve, start
    )
    left = jnp.where(end.T > 1, jnp.inf, jnp.abs(end.mismatch).max(-1))
    return end.c, end.swept, left, end.i


def _where(which, new, old):
    """`new` for the samples (m,) that `which` names, `old` for the others, in every array of two alike trees."""

    def choose(a, b):
        return jnp.where(which.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(choose, new, old)
