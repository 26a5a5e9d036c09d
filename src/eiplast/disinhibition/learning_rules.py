"""Learning rules of paper A, one function each; all quantities at the (controlled) equilibrium.

r_E, u_E : (..., n)   rate and potential of the excitatory units
r_I, u_I : (..., n)   rate and potential of the inhibitory units
Every rule returns the postsynaptic factor (..., n); dW is its outer product with the presynaptic rates.
"""

from jaxtyping import ArrayLike, Float

from eiplast.disinhibition import activation


def exact_inverse(
    r_E: Float[ArrayLike, "*s"],
    u_E: Float[ArrayLike, "*s"],
    u_I: Float[ArrayLike, "*s"],
    beta,
    gamma,
) -> Float[ArrayLike, "*s"]:
    """Hebbian with the inhibitory potential as threshold: A Eq. (9), which is Eq. (10) as phi_inv(r_I) = u_I."""
    return (r_E - u_I) * activation.dphi(u_E, beta, gamma)


def linear_threshold(r_E, u_E, r_I, theta, delta, beta, gamma):
    """Hebbian with an inhibitory threshold, theta + delta r_I: A Eqs. (11), (18)."""
    return (r_E - theta - delta * r_I) * activation.dphi(u_E, beta, gamma)


def deep_feedback_control(u_S, u_B):
    """Somatic potential minus what the feed-forward input alone would give: A Eqs. (14), (15)."""
    return u_S - u_B


def dendritic_error(u_S, u_B_hat, beta, gamma):
    """Rate of the soma minus the rate its basal dendrite predicts: A Eq. (13)."""
    return activation.phi(u_S, beta, gamma) - activation.phi(u_B_hat, beta, gamma)


def burst_dependent(r_event, p, p_b):
    """Event rate times the deviation of the burst probability from its baseline: A Eq. (16)."""
    return r_event * (p - p_b)
