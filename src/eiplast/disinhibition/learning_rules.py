"""Learning rules of paper A, one function each; all quantities at the (controlled) equilibrium.

r_E, u_E, r_I : (n,)  rate and potential of the excitatory units, rate of the inhibitory ones
pre : (n_pre,)        rates of the layer below
Every rule returns the postsynaptic factor (n,); dW is its outer product with `pre`.
"""

from eiplast.disinhibition import activation


def linear_threshold(r_E, u_E, r_I, theta, delta, beta, gamma):
    """Hebbian with an inhibitory threshold, theta + delta r_I: A Eqs. (11), (18)."""
    return (r_E - theta - delta * r_I) * activation.dphi(u_E, beta, gamma)
