"""The student and teacher networks of A Fig. 4: two layers of dis-inhibitory microcircuits in continuous time.

One network, no batch; times in ms. The readout is r_E of the second layer.

W : [(n_hidden, n_in), (n_out, n_hidden)];  b : [(n_hidden,), (n_out,)], empty without biases
Q : [(n_hidden, n_out), (n_out, n_out)]
p : the parameters of A Table S1, as in config.yaml
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from eiplast.disinhibition import activation, learning_rules, microcircuit


class Neurons(NamedTuple):
    """What relaxes in milliseconds."""

    u_E: list
    u_I: list
    c_int: jax.Array


class Slow(NamedTuple):
    """What learns in tens of seconds."""

    W: list
    b: list
    Q: list


class Waves(NamedTuple):
    """Parameters (n_in,) of the input: amplitude (1), frequency (Hz), phase (rad)."""

    A: jax.Array
    f: jax.Array
    phase: jax.Array


def network(key, p):
    """Random W (and b), and the Q that belongs to them at rest: A C.2, Eq. (25)."""
    n_in, *n_units = p["sizes"]
    keys = jax.random.split(key, 4)
    # ASSUME: "Kaiming" is normal with standard deviation sqrt(2 / n_in), as He et al. (2015) print it.
    scale = {"kaiming": jnp.sqrt(2.0), "twofold": 2.0}[p["init"]]
    shapes = list(zip(n_units, (n_in, *n_units), strict=False))
    W = [scale / s[1] ** 0.5 * jax.random.normal(k, s) for k, s in zip(keys, shapes, strict=False)]
    b = [2 / n**0.5 * jax.random.normal(k, (n,)) for k, n in zip(keys[2:], n_units, strict=True)]
    zeros = [jnp.zeros(n) for n in n_units]
    return Slow(W, b if p["bias"] else [], target_Q(W, zeros, zeros, p))


def target_Q(W, u_E, u_I, p):
    """Where Q is drawn to, the normalised Jacobian of the present state: A Eqs. (25), (26)."""
    slope_E = [activation.dphi(u, p["beta_E"], p["gamma_E"]) for u in u_E]
    slope_I = [activation.dphi(u, p["beta_I"], p["gamma_I"]) for u in u_I]
    # The readout is r_E of the last layer: an identity takes the place of readout weights.
    J = microcircuit.jacobian([*W, jnp.eye(len(W[-1]))], slope_E, slope_I)
    return microcircuit.feedback_weights(J, p["alpha"])


def control(neurons, r_tar, closed, p):
    """c and e of the leaky controller: A Eq. (5); `closed` is 1, or 0 for the open loop."""
    e = r_tar - activation.phi(neurons.u_E[-1], p["beta_E"], p["gamma_E"])
    return closed * (p["k_p"] * e + p["k_i"] * neurons.c_int), e


def neuron_velocity(neurons, slow, x, r_tar, closed, p):
    """Time derivatives (1/ms) of the neurons: A Eqs. (1), (2), (5)."""
    c, e = control(neurons, r_tar, closed, p)
    du_E, du_I, pre = [], [], x
    for layer, (u_E, u_I) in enumerate(zip(neurons.u_E, neurons.u_I, strict=True)):
        drive = slow.W[layer] @ pre + (slow.b[layer] if slow.b else 0)
        pre = activation.phi(u_E, p["beta_E"], p["gamma_E"])
        r_I = activation.phi(u_I, p["beta_I"], p["gamma_I"])
        du_E.append((-u_E + drive - r_I) / p["tau_E"])
        du_I.append((-u_I + pre - slow.Q[layer] @ c) / p["tau_I"])
    return Neurons(du_E, du_I, closed * (e - p["leak"] * neurons.c_int) / p["tau_c"])


def slow_velocity(neurons, slow, x, p):
    """Time derivatives (1/ms) of W and b by the learning rule, of Q: A Eqs. (9)-(11), (26)."""
    dW, db, pre = [], [], x
    for u_E, u_I in zip(neurons.u_E, neurons.u_I, strict=True):
        r_E = activation.phi(u_E, p["beta_E"], p["gamma_E"])
        post = postsynaptic_factor(r_E, u_E, u_I, p)
        dW.append(jnp.outer(post, pre) / p["tau_W"])
        db.append(post / p["tau_W"])
        pre = r_E
    Q = target_Q(slow.W, neurons.u_E, neurons.u_I, p)
    dQ = [(new - old) / p["tau_Q"] for new, old in zip(Q, slow.Q, strict=True)]
    return Slow(dW, db if slow.b else [], dQ)


def postsynaptic_factor(r_E, u_E, u_I, p):
    """Postsynaptic factor (n,) of p["rule"]: A Eqs. (9), (11)."""
    E = p["beta_E"], p["gamma_E"]
    slope_at = r_E if p["slope_at_rate"] else u_E
    if p["rule"] == "exact_inverse":
        return learning_rules.exact_inverse(r_E, slope_at, u_I, *E)
    if p["rule"] == "linear_threshold":
        theta, delta = activation.linearise(p["r_tilde"], p["beta_I"], p["gamma_I"])
        r_I = activation.phi(u_I, p["beta_I"], p["gamma_I"])
        return learning_rules.linear_threshold(r_E, slope_at, r_I, theta, delta, *E)
    # DIFFERS: the authors' code expands the inverse of phi_E, not of phi_I, and applies it to u_I, not to r_I.
    theta, delta = activation.linearise(p["r_tilde"], *E)
    return learning_rules.linear_threshold(r_E, slope_at, u_I, theta, delta, *E)


def inputs(waves, time):
    """x (n_in,) at `time`: A C.2."""
    return waves.A * jnp.sin(2e-3 * jnp.pi * waves.f * time + waves.phase)
