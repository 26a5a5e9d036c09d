"""Plasticity rules of paper B, one function each, for two populations, many units and sparse masks.

E : (..., n_E), I : (..., n_I)   rates averaged over trials (Hz), which the errors see
E_pre, I_pre : like E, I         rates of the presynaptic factor (Hz)
W : dict of EE, EI, IE, II       W["EI"][..., i, j] onto E unit i from I unit j, (..., n_post, n_pre)
A : dict like W, without ...     1 where a synapse exists, else 0
p : dict                         E_set, I_set (Hz) and the learning rates that the rule names

Every rule returns dW, a dict like W: the change in one trial. Plain operators only, so that the same
function serves numpy (simulations) and jax (stability by differentiation).
"""


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
    """Each unit corrects the mean error of its partners of the other class: B Eqs. (7), (10)."""
    partners_E = _mean(A["EI"], p["I_set"] - I)
    partners_I = _mean(A["IE"], p["E_set"] - E)
    return {
        "EE": +p["alpha_EE"] * _outer(partners_E, E_pre),
        "EI": -p["alpha_EI"] * _outer(partners_E, I_pre),
        "IE": -p["alpha_IE"] * _outer(partners_I, E_pre),
        "II": +p["alpha_II"] * _outer(partners_I, I_pre),
    }


def two_term(E, I, E_pre, I_pre, W, A, p):
    """Cross-homeostatic with `alpha` plus homeostatic with `beta`: B Eqs. (8), (11), (16), SI (9)."""
    classes = ("EE", "EI", "IE", "II")
    cross = p | {f"alpha_{c}": p["alpha"] for c in classes}
    own = p | {f"alpha_{c}": p["beta"] for c in classes}
    dW_cross = cross_homeostatic(E, I, E_pre, I_pre, W, A, cross)
    dW_own = homeostatic(E, I, E_pre, I_pre, W, A, own)
    return {c: dW_cross[c] + dW_own[c] for c in classes}


def _outer(post, pre):
    return post[..., :, None] * pre[..., None, :]


def _mean(A, error):
    """Mean of `error` over the presynaptic partners of each unit: B SI Eq. (17)."""
    return (A @ error[..., None])[..., 0] / A.sum(-1)


# Every public function of this module is a rule; its name is what config.yaml calls it.
RULES = {name: rule for name, rule in globals().items() if callable(rule) and name[0] != "_"}
