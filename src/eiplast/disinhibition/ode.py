"""Equilibria of the microcircuit network by integrating its dynamics, as printed: A C.3.

Tsitouras' 5/4 Runge-Kutta method with adaptive steps, one step size a sample, until the state is steady or
`duration` is over. The reference for `algebraic`, and hundreds of times slower. Shapes as in microcircuit.
"""

import diffrax
import jax
import jax.numpy as jnp
import optimistix
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import activation, circuits, microcircuit

_together = 10  # samples


def uncontrolled(parameters: tuple, x: Float[ArrayLike, "n n_in"], p) -> microcircuit.Equilibrium:
    """Steady state of all samples (n, n_in) without control, from rest."""
    W, b = parameters
    drive = circuits.first_drive(W, b, x)
    n_L = W[-1].shape[0]
    zeros = [jnp.zeros((len(x), w.shape[0]), x.dtype) for w in W[:-1]]
    outputs = jnp.zeros((len(x), n_L), x.dtype)
    rest = microcircuit.State(zeros, zeros, outputs, outputs)
    return _each(lambda y, a: _settle(y, parameters, a, None, outputs[0], p), rest, drive)


def controlled(
    parameters: tuple,
    x: Float[ArrayLike, "n n_in"],
    Q: list,
    r_tar: Float[ArrayLike, "n n_L"],
    start: microcircuit.Equilibrium,
    p,
) -> microcircuit.Equilibrium:
    """Steady state of all samples (n, n_in) under control by `Q`, from the uncontrolled one, `start`."""
    drive = circuits.first_drive(*parameters, x)
    state = microcircuit.State(start.u_E, start.u_I, start.r_L, jnp.zeros_like(start.r_L))
    # What is far from its target takes long: alike samples are integrated together.
    order = jnp.argsort((microcircuit.error(start.r_L, r_tar) ** 2).sum(-1))
    sorted_ = jax.tree.map(lambda a: a[order], (state, drive, r_tar))
    if Q[0].ndim == 2:
        found = _each(lambda y, a, r: _settle(y, parameters, a, Q, r, p), *sorted_)
    else:
        each = [layer[order] for layer in Q]
        found = _each(lambda y, a, r, Q: _settle(y, parameters, a, Q, r, p), *sorted_, each)
    return jax.tree.map(lambda a: a[jnp.argsort(order)], found)


def _each(settle, *samples):
    """`settle` of every sample; on a processor a few at a time, which fit its cache and wait for no others."""
    if jax.default_backend() != "cpu":
        return jax.vmap(settle)(*samples)
    return jax.lax.map(lambda sample: settle(*sample), samples, batch_size=_together)


def _settle(state, parameters, drive, Q, r_tar, p):
    """Equilibrium of one sample; `residual` is the root mean square of the velocity (1/s)."""

    def velocity(t, y, args):
        return microcircuit.velocity(y, *parameters, None, Q, r_tar, p, drive)

    # ms here; the tolerance of the velocity is per second.
    steady = diffrax.steady_state_event(p["steady_rtol"] / 1000, p["steady_atol"] / 1000)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(velocity),
        diffrax.Tsit5(),
        0.0,
        p["settle_duration"],
        p["dt0"],
        state,
        stepsize_controller=diffrax.PIDController(
            p["rtol"], p["atol"], pcoeff=0.1, icoeff=0.3, dcoeff=0.1, dtmax=p["dt_max"]
        ),
        event=diffrax.Event(steady),
        max_steps=16384,
        throw=False,
    )
    end = jax.tree.map(lambda y: y[-1], solution.ys)
    e = microcircuit.error(end.r_L, r_tar)
    c = jnp.zeros_like(e) if Q is None else p["k_p"] * e + p["k_i"] * end.c_int
    return microcircuit.Equilibrium(
        end.u_E,
        end.u_I,
        [activation.phi(u, p["beta"], p["gamma"]) for u in end.u_E],
        end.r_L,
        c,
        1000 * optimistix.rms_norm(velocity(0.0, end, None)),
        diffrax.is_okay(solution.result),
        solution.stats["num_steps"],
    )
