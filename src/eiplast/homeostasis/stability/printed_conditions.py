"""The closed forms of rule stability that B SI prints, right side minus left: all positive is the claim.

W : dict of EE, EI, IE, II on the attractor; p : dict of parameters and learning rates. The forms of section 2.5,
which without a current are those of section 1. A function has the name of its rule; plain operators only.
"""

from eiplast.homeostasis import neural


def homeostatic(W, p):
    """SI (2), (38), (40), and (5) before its division by alpha_EE^2, which has the sign of the product."""
    onto_E, onto_I = _squared_rates(p)
    left = onto_I * p["I_set"] * (W["EE"] * p["g_E"] - 1)
    right = onto_E * p["g_E"] * (p["E_set"] * W["IE"] - p["theta_I"])
    return [right - left, onto_E * onto_I]


def cross_homeostatic(W, p):
    """SI (7), (41)."""
    onto_E, onto_I = _squared_rates(p)
    theta_E = neural.threshold_E(p)
    right = (W["EE"] * p["g_E"] - 1) * p["E_set"] - theta_E * p["g_E"]
    return [onto_E * p["I_set"] * W["IE"] * p["g_E"] + onto_I * right]


def two_term(W, p):
    """SI (10), (43)."""
    E, I, alpha, beta, g_E = p["E_set"], p["I_set"], p["alpha"], p["beta"], p["g_E"]
    left = (I * alpha + E * beta) * W["IE"] * g_E
    right = (I * beta - E * alpha) * W["EE"] * g_E
    right = right + (neural.threshold_E(p) * g_E + E) * alpha + (p["theta_I"] * g_E - I) * beta
    return [left - right]


def synaptic_scaling(W, p):
    """SI (13), (44)."""
    alpha_2, alpha_3, alpha_4 = (p[f"alpha_{c}"] / p["alpha_EE"] for c in ("EI", "IE", "II"))
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    a = (p["I_set"] * W["II"] * alpha_4 + p["theta_I"] * alpha_3) * p["g_I"]
    b = p["E_set"] * W["EE"] * p["g_E"] - gain_E * p["I_set"] * alpha_3
    b = b + (gain_E * p["E_set"] - neural.threshold_E(p) * p["g_E"]) * alpha_2
    return [gain_I * b - gain_E * a]


def forced_balance(W, p):
    """SI (16), (45)."""
    E, I, g_E, g_I, theta_I = (p[key] for key in ("E_set", "I_set", "g_E", "g_I", "theta_I"))
    alpha_1, alpha_3, theta_E = p["alpha_1"], p["alpha_3"], neural.threshold_E(p)
    gain_E, gain_I = W["EE"] * g_E - 1, W["II"] * g_I + 1
    a_1 = (I * theta_E * theta_I * alpha_1 * g_E * g_I + E**3 * alpha_3) * g_E * g_I
    b_1 = I**2 * theta_E * alpha_1 * g_E**2 * g_I - E**2 * I * alpha_1 * g_E**2
    B_1 = E * I * theta_I * alpha_1 * g_E * g_I**2 + E**2 * I * alpha_3 * g_I**2
    a_2 = 2 * theta_E * theta_I * alpha_1 * g_E**2 * g_I**2
    b_2 = 2 * I * theta_E * alpha_1 * g_E**2 * g_I - E**2 * alpha_1 * g_E**2
    B_2 = 2 * E * theta_I * alpha_1 * g_E * g_I**2 + E**2 * alpha_3 * g_I**2
    return [B_1 * gain_E - a_1 - b_1 * gain_I, B_2 * gain_E - a_2 - b_2 * gain_I]


def _squared_rates(p):
    E, I = p["E_set"] ** 2, p["I_set"] ** 2
    return E * p["alpha_EE"] + I * p["alpha_EI"], E * p["alpha_IE"] + I * p["alpha_II"]
