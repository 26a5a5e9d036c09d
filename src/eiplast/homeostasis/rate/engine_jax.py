"""The same integration as `model.integrate` by jax, for accelerators: all networks in every step."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float


def integrate(
    state: tuple[Float[Any, "k n"], Float[Any, "k n"]],
    matrix: Float[np.ndarray, "k n n"],
    current: Float[np.ndarray, "n_steps 2"],
    normal: Float[Any, "k n_steps n"],
    constants,
    n_E,
    sequential,
    every,
) -> tuple[tuple, Float[np.ndarray, "k n"], Float[np.ndarray, "k n_stored n"]]:
    """As `model.integrate`, with the matrix of all weights and `model.constants`.

    Two populations are computed in float64 only where jax is told to.
    """
    (of_E, of_I), keep, kick = constants
    n_I = state[0].shape[-1] - n_E
    of_unit = np.array([of_E] * n_E + [of_I] * n_I).T
    state, total, trace = _scan(
        state, matrix, current, normal, of_unit, keep, kick, n_E, sequential, every <= len(current)
    )
    if trace is None:
        trace = np.empty((len(state[0]), 0, n_E + n_I))
    else:
        trace = np.moveaxis(np.asarray(trace[every - 1 :: every]), 0, 1)
    return state, np.asarray(total) / len(current), trace


@functools.partial(jax.jit, static_argnums=(7, 8, 9))
def _scan(state, matrix, current, normal, of_unit, keep, kick, n_E, sequential, traced):
    dtype = jnp.result_type(float) if of_unit.shape[1] == 2 else jnp.float32
    matrix, of_unit, current = (jnp.asarray(a, dtype) for a in (matrix, of_unit, current))
    step, gain, theta, top = of_unit
    is_E = jnp.arange(of_unit.shape[1]) < n_E

    def advance(r, x, into):
        drive = jnp.einsum("kij,kj->ki", matrix, r, precision="highest") + x + into - theta
        return jnp.minimum(top, r + step * (gain * jnp.maximum(drive, 0) - r))

    def body(carry, now):
        r, x, total = carry
        current, normal = now
        x = keep * x + kick * normal
        into = jnp.where(is_E, *current)
        new = advance(r, x, into)
        if sequential:
            new = jnp.where(is_E, new, advance(jnp.where(is_E, new, r), x, into))
        return (new, x, total + new), new if traced else None

    r, x = (jnp.asarray(a, dtype) for a in state)
    (r, x, total), trace = jax.lax.scan(
        body, (r, x, jnp.zeros_like(r)), (current, jnp.moveaxis(jnp.asarray(normal, dtype), 0, 1))
    )
    return (r, x), total, trace


def normal(seed, networks, trial, start, n_steps, n) -> Float[jax.Array, "k {n_steps} {n}"]:
    """Standard normal numbers on the device, with a key for every network."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), trial), start)
    return _normal(key, np.asarray(networks), n_steps, n)


@functools.partial(jax.jit, static_argnums=(2, 3))
def _normal(key, networks, n_steps, n):
    keys = jax.vmap(lambda network: jax.random.fold_in(key, network))(networks)
    return jax.vmap(lambda key: jax.random.normal(key, (n_steps, n), jnp.float32))(keys)
