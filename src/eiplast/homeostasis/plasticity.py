"""Plasticity rules of paper B, one function each, for two populations, many units and sparse masks.

E : (..., n_E), I : (..., n_I)   rates averaged over trials (Hz), which the errors see
E_pre, I_pre : like E, I         rates of the presynaptic factor (Hz)
W : dict of EE, EI, IE, II       W["EI"][..., i, j] onto E unit i from I unit j, (..., n_post, n_pre)
A : dict like W, without ...     1 where a synapse exists, else 0
p : dict                         E_set, I_set (Hz) and the learning rates that the rule names; some rules
                                 also g_E, g_I, theta_E, theta_I and the current I_ext into E (0 if absent)

Every rule returns dW, a dict like W: the change in one trial. Plain operators only, so that the same
function serves numpy (simulations) and jax (stability by differentiation).
"""

from eiplast.homeostasis import neural


def homeostatic(E, I, E_pre, I_pre, W, A, p):
    """Each unit corrects its own error: B Eq. (6), SI Eqs. (1), (28)."""
    error_E, error_I = p["E_set"] - E, p["I_set"] - I
    return {
        "EE": +p["alpha_EE"] * _outer(error_E, E_pre),
        "EI": -p["alpha_EI"] * _outer(error_E, I_pre),
        "IE": +p["alpha_IE"] * _outer(error_I, E_pre),
        "II": -p["alpha_II"] * _outer(error_I, I_pre),
    }


def cross_homeostatic(E, I, E_pre, I_pre, W, A, p):
    """Each unit corrects the mean error of its partners of the other class: B Eqs. (7), (10), SI (6)."""
    partners_E = _mean(A["EI"], p["I_set"] - I)
    partners_I = _mean(A["IE"], p["E_set"] - E)
    return {
        "EE": +p["alpha_EE"] * _outer(partners_E, E_pre),
        "EI": -p["alpha_EI"] * _outer(partners_E, I_pre),
        "IE": -p["alpha_IE"] * _outer(partners_I, E_pre),
        "II": +p["alpha_II"] * _outer(partners_I, I_pre),
    }


def two_term(E, I, E_pre, I_pre, W, A, p):
    """Cross-homeostatic with `alpha` plus homeostatic with `beta`: B Eqs. (8), (11), (16), SI (9).

    Where `p` has alpha_E, alpha_I, beta_E or beta_I, these are the rates onto E and onto I: B Eq. (8), SI (57).
    """
    alpha = {"E": p.get("alpha_E", p["alpha"]), "I": p.get("alpha_I", p["alpha"])}
    beta = {"E": p.get("beta_E", p["beta"]), "I": p.get("beta_I", p["beta"])}
    cross = p | {f"alpha_{c}": alpha[c[0]] for c in neural.CLASSES}
    own = p | {f"alpha_{c}": beta[c[0]] for c in neural.CLASSES}
    dW_cross = cross_homeostatic(E, I, E_pre, I_pre, W, A, cross)
    dW_own = homeostatic(E, I, E_pre, I_pre, W, A, own)
    return {c: dW_cross[c] + dW_own[c] for c in neural.CLASSES}


def synaptic_scaling(E, I, E_pre, I_pre, W, A, p):
    """Each unit corrects its own error in proportion to the weight itself: B SI Eq. (12)."""
    error_E, error_I = (p["E_set"] - E)[..., :, None], (p["I_set"] - I)[..., :, None]
    return {
        "EE": +p["alpha_EE"] * error_E * W["EE"],
        "EI": -p["alpha_EI"] * error_E * W["EI"],
        "IE": +p["alpha_IE"] * error_I * W["IE"],
        "II": -p["alpha_II"] * error_I * W["II"],
    }


def forced_balance(E, I, E_pre, I_pre, W, A, p):
    """Inhibitory weights relax to those that balance the excitatory ones: B SI Eq. (15).

    DIFFERS: (15) prints +alpha_3; the printed conditions, SI Eqs. (16) and (45), hold for -alpha_3, which is
    followed. A negative alpha_3 gives the printed sign.
    ASSUME: tau_0 (updates) is not printed for this rule; unless given, that for which (16) holds.
    """
    rate = p["alpha_1"] * p["g_E"] * p["g_I"] * p["E_set"] * p["I_set"]
    if "tau_0" in p:
        rate = 1 / p["tau_0"]
    W_EI_up, W_II_up = neural.balanced_weights(W["EE"].sum(-1), W["IE"].sum(-1), p)
    return {
        "EE": +p["alpha_1"] * p["g_E"] * _outer(p["E_set"] - E, E_pre),
        "EI": rate * _shared(W_EI_up - W["EI"].sum(-1), A["EI"]),
        "IE": -p["alpha_3"] * p["g_I"] * _outer(p["I_set"] - I, E_pre),
        "II": rate * _shared(W_II_up - W["II"].sum(-1), A["II"]),
    }


def gradient(E, I, E_pre, I_pre, W, A, p):
    """Steepest descent of half the squared errors, with `alpha`: B SI Eqs. (47)-(56).

    DIFFERS: (55) and (56) are printed with the opposite sign, which ascends; see the table of errata.
    ASSUME: for many units, the factors are those of the two populations with the summed weights.
    """
    W = {c: _summed(W[c]) for c in neural.CLASSES}
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    scale = p["alpha"] / neural.C(W, p)
    cross = scale * p["g_E"] * p["g_I"] * W["IE"], scale * p["g_E"] * p["g_I"] * W["EI"]
    own = scale * p["g_E"] * gain_I, -scale * p["g_I"] * gain_E
    return _mixed(E, I, E_pre, I_pre, A, p, cross, own)


def gradient_approximate(E, I, E_pre, I_pre, W, A, p):
    """The gradient with factors taken on the attractor above the present W_EE, W_IE: B SI Eq. (57).

    DIFFERS: (57) prints E_set in alpha_E where its derivation gives I_set; see the table of errata.
    """
    W_EE, W_IE = _summed(W["EE"]), _summed(W["IE"])
    theta_E = neural.threshold_E(p)
    gain_E = W_EE * p["g_E"] - 1
    a = p["E_set"] * gain_E - theta_E * p["g_E"]
    b = p["E_set"] * W_IE - p["theta_I"]
    scale = p["alpha"] / (p["theta_I"] * gain_E - theta_E * W_IE * p["g_E"])
    cross = scale * p["g_E"] * p["I_set"] * W_IE, scale * a
    own = scale * p["g_E"] * b, -scale * p["I_set"] * gain_E
    return _mixed(E, I, E_pre, I_pre, A, p, cross, own)


def _mixed(E, I, E_pre, I_pre, A, p, cross, own):
    """Cross-homeostatic and homeostatic terms with factors (onto E, onto I) of their own."""
    error_E, error_I = p["E_set"] - E, p["I_set"] - I
    onto_E = cross[0] * _mean(A["EI"], error_I) + own[0] * error_E
    onto_I = -cross[1] * _mean(A["IE"], error_E) + own[1] * error_I
    return {
        "EE": _outer(onto_E, E_pre),
        "EI": -_outer(onto_E, I_pre),
        "IE": _outer(onto_I, E_pre),
        "II": -_outer(onto_I, I_pre),
    }


def _shared(total, A):
    """A change of the summed weight onto each unit, shared by its synapses."""
    return A * (total / A.sum(-1))[..., :, None]


def _summed(W):
    """Summed weight onto a unit, mean over units; last axis of length 1."""
    return W.sum(-1).mean(-1, keepdims=True)


def _outer(post, pre):
    return post[..., :, None] * pre[..., None, :]


def _mean(A, error):
    """Mean of `error` over the presynaptic partners of each unit: B Eq. (17)."""
    return (A @ error[..., None])[..., 0] / A.sum(-1)


# Every public function of this module is a rule; its name is what config.yaml calls it.
RULES = {name: rule for name, rule in globals().items() if callable(rule) and name[0] != "_"}
