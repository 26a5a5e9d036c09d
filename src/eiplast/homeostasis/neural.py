"""The neural subsystem of B SI section 2.2: two populations above threshold, without noise.

E, I : rates (Hz);  W : dict of EE, EI, IE, II, the summed weights (1 unit of input per Hz)
p : dict of tau_E, tau_I (ms), g_E, g_I, theta_E, theta_I, E_set, I_set (Hz) and the current I_ext into E
    (0 if absent), numbers or arrays that broadcast

Plain operators only, so that the same functions serve numpy, jax and SymPy.
"""


def velocity(E, I, W, p):
    """dE/dt and dI/dt (Hz/ms): B SI Eq. (17), with the current of section 2.5."""
    input_E = W["EE"] * E - W["EI"] * I - threshold_E(p)
    input_I = W["IE"] * E - W["II"] * I - p["theta_I"]
    return (p["g_E"] * input_E - E) / p["tau_E"], (p["g_I"] * input_I - I) / p["tau_I"]


def fixed_point(W, p):
    """E_up, I_up (Hz), the fixed point above threshold: B SI Eqs. (18)-(19)."""
    theta_E = threshold_E(p)
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    C = W["EI"] * W["IE"] * p["g_E"] * p["g_I"] - gain_I * gain_E
    E_up = (W["EI"] * p["g_I"] * p["theta_I"] - gain_I * theta_E) * p["g_E"] / C
    I_up = (gain_E * p["theta_I"] - W["IE"] * p["g_E"] * theta_E) * p["g_I"] / C
    return E_up, I_up


def balanced_weights(W_EE, W_IE, p):
    """W_EI, W_II that hold E_set and I_set beside W_EE and W_IE: B Eqs. (4)-(5), SI Eq. (24)."""
    W_EI = (p["E_set"] * W_EE - threshold_E(p) - p["E_set"] / p["g_E"]) / p["I_set"]
    W_II = (p["E_set"] * W_IE - p["theta_I"] - p["I_set"] / p["g_I"]) / p["I_set"]
    return W_EI, W_II


def threshold_E(p):
    """theta_E less the current I_ext into E, which enters in no other way: B SI section 2.5."""
    return p["theta_E"] - p.get("I_ext", 0.0)
