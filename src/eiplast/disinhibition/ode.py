"""Equilibria of the microcircuit network by integrating its dynamics, as printed: A C.3.

Tsitouras' 5/4 Runge-Kutta method with adaptive steps, one step size a sample, until the state is steady or
`duration` is over. The reference for `algebraic`, and hundreds of times slower. Shapes as in microcircuit.
"""

import diffrax
import jax
import jax.numpy as jnp
import optimistix

from eiplast.disinhibition import activation, microcircuit


def uncontrolled(parameters, x, p):
    """Steady state of all samples without control, from rest."""
    W, _ = parameters
    n_L = W[-1].shape[0]
    zeros = [jnp.zeros((*x.shape[:-1], w.shape[0]), x.dtype) for w in W[:-1]]
    outputs = jnp.zeros((*x.shape[:-1], n_L), x.dtype)
    rest = microcircuit.State(zeros, zeros, outputs, outputs)
    return jax.vmap(lambda y, x: _settle(y, parameters, x, None, outputs[0], p))(rest, x)


def controlled(parameters, x, Q, r_tar, start, p):
    """Steady state of all samples under control by `Q`, from the uncontrolled one, `start`."""
    state = microcircuit.State(start.u_E, start.u_I, start.r_L, jnp.zeros_like(start.r_L))
    axes = (0, 0, 0 if Q[0].ndim == 3 else None, 0)
    return jax.vmap(lambda y, x, Q, r_tar: _settle(y, parameters, x, Q, r_tar, p), in_axes=axes)(
        state, x, Q, r_tar
    )


def _settle(state, parameters, x, Q, r_tar, p):
    """Equilibrium of one sample; `residual` is the root mean square of the velocity (1/s)."""

    def velocity(t, y, args):
        return microcircuit.velocity(y, *parameters, x, Q, r_tar, p)

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
