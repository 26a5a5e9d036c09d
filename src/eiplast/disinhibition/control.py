"""Weight changes under dis-inhibitory control: both phases of A C.3, then A Eqs. (9)-(11).

Shapes and symbols as in microcircuit; r_tilde is a list of (n_l,), one linearisation point a unit.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import activation, algebraic, learning_rules, microcircuit


class Update(NamedTuple):
    """What one batch gives; dW and db are the directions of A Eqs. (9)-(11), averaged over samples."""

    dW: list  # like W
    db: list  # like b
    Q: list
    open: microcircuit.Equilibrium
    closed: microcircuit.Equilibrium
    r_tilde: list


def update(
    parameters: tuple,
    x: Float[ArrayLike, "n n_in"],
    r_tar: Float[ArrayLike, "n n_L"],
    r_tilde: list,
    p,
) -> Update:
    """The Update of a batch: settle without control, take Q there, settle with control, apply the rule.

    x : (n, n_in), r_tar : (n, n_L)
    p : dict with rule, solver, average_J, r_tilde_memory and what microcircuit and the solver need
    A sample whose equilibrium was not found has no part in the averages.
    """
    solver = _solver(p["solver"])
    W, _ = parameters
    start = solver.uncontrolled(parameters, x, p)
    J = microcircuit.jacobian(
        W, microcircuit.slopes_at(start.r_E, p), microcircuit.slopes(start.u_I, p)
    )
    Q = microcircuit.feedback_weights(J, p["alpha"], p["average_J"])
    if p["rule"] == "linear_threshold":
        r_tilde = track(r_tilde, start, p)
    end = solver.controlled(parameters, x, Q, r_tar, start, p)
    dW, db = weight_updates(W, x, end, r_tilde, start.converged & end.converged, p)
    return Update(dW, db if parameters[1] else [], Q, start, end, r_tilde)


def _solver(name):
    if name == "algebraic":
        return algebraic
    # Imported here because diffrax takes a second, which the other solver saves every job.
    from eiplast.disinhibition import ode

    return ode


def track(r_tilde, start, p):
    """r_tilde after a batch: the running mean of the uncontrolled inhibitory rates; A Section 5.1."""
    # ASSUME: the paper says "tracked the average inhibitory firing rate across each batch" without state or
    # memory; uncontrolled and without memory is the authors' code. NaN: there is no past yet.
    weight = _weight(start.converged)
    now = [weight @ activation.phi(u, p["beta"], p["gamma"]) for u in start.u_I]
    memory = p["r_tilde_memory"]
    return [
        jnp.where(jnp.isnan(past), new, memory * past + (1 - memory) * new)
        for past, new in zip(r_tilde, now, strict=True)
    ]


def weight_updates(W, x, end, r_tilde, counted, p):
    """dW and db at the controlled equilibrium `end`, averaged over the samples that `counted` (n,) names.

    Hidden layers by p["rule"]; the readout by deep feedback control, A Eq. (14), where r_L - W_L r is c.
    """
    posts = [*_hidden_posts(end, r_tilde, p)]
    posts.append(learning_rules.deep_feedback_control(end.r_L, end.r_E[-1] @ W[-1].T))
    weight = _weight(counted)[:, None]
    posts = [jnp.where(counted[:, None], post * weight, 0) for post in posts]
    # Zero times NaN is NaN: what does not count has to go from both factors.
    pres = [jnp.where(counted[:, None], pre, 0) for pre in (x, *end.r_E)]
    return (
        [post.T @ pre for post, pre in zip(posts, pres, strict=True)],
        [post.sum(0) for post in posts[:-1]],
    )


def _weight(counted):
    """Shares (n,) of the samples in an average over those that `counted` names."""
    return counted / jnp.maximum(counted.sum(), 1)


def _hidden_posts(end, r_tilde, p):
    beta, gamma = p["beta"], p["gamma"]
    for layer, (u_E, u_I, r_E) in enumerate(zip(end.u_E, end.u_I, end.r_E, strict=True)):
        if p["rule"] == "exact_inverse":
            yield learning_rules.exact_inverse(r_E, u_E, u_I, beta, gamma)
        else:
            theta, delta = activation.linearise(r_tilde[layer], beta, gamma)
            r_I = activation.phi(u_I, beta, gamma)
            yield learning_rules.linear_threshold(r_E, u_E, r_I, theta, delta, beta, gamma)


def readout(parameters: tuple, x: Float[ArrayLike, "n n_in"], p) -> Float[ArrayLike, "n n_L"]:
    """Readout (n, n_L) of the uncontrolled network, which is what is tested, whatever solver trains it."""
    return algebraic.uncontrolled(parameters, x, p).r_L


def control_loss(update, counted):
    """Mean over the samples that `counted` names of ||Q c||^2 / 2, readout included: A Eq. (8)."""
    H = microcircuit.control_loss(update.Q, update.closed.c)
    return _weight(counted) @ jnp.where(counted, H, 0)
