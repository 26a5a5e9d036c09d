"""The soft rectifier and its inverse: A Eqs. (20)-(24).

u : membrane potential, r : rate, any shape, without units in paper A.
beta : scale and gamma : shift of phi, so that phi(u) = beta log(1 + exp(u - gamma)).
theta, delta : intercept and slope of the line that stands for phi_inv.
"""

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike, Float


def phi(u: Float[ArrayLike, "*s"], beta, gamma) -> Float[ArrayLike, "*s"]:
    """Rate of a unit at potential `u`: A Eq. (20)."""
    return beta * jax.nn.softplus(u - gamma)


def dphi(u: Float[ArrayLike, "*s"], beta, gamma) -> Float[ArrayLike, "*s"]:
    """Slope of phi at `u`."""
    return beta * jax.nn.sigmoid(u - gamma)


def dphi_at(r: Float[ArrayLike, "*s"], beta) -> Float[ArrayLike, "*s"]:
    """Slope of phi where its value is `r` >= 0: beta (1 - exp(-r / beta)), without the cancellation."""
    t = jnp.tanh(r / (2 * beta))
    return beta * 2 * t / (1 + t)


def phi_inv(r: Float[ArrayLike, "*s"], beta, gamma) -> Float[ArrayLike, "*s"]:
    """Potential at which a unit has the rate `r` > 0: A Eq. (21)."""
    # log(exp(r / beta) - 1), which would overflow from r / beta = 89 on in single precision.
    x = r / beta
    return gamma + x + jnp.log(-jnp.expm1(-x))


def linearise(r_tilde, beta, gamma):
    """theta, delta of the tangent of phi_inv at the rate `r_tilde` > 0: A Eq. (24)."""
    u_tilde = phi_inv(r_tilde, beta, gamma)
    delta = 1 / dphi(u_tilde, beta, gamma)
    return u_tilde - r_tilde * delta, delta
