"""The neural subsystem of B SI section 2.2: two populations above threshold, without noise.

E, I : rates (Hz);  W : dict of EE, EI, IE, II, the summed weights (1 unit of input per Hz)
p : dict of tau_E, tau_I (ms), g_E, g_I, theta_E, theta_I, E_set, I_set (Hz) and the current I_ext into E
    (0 if absent), numbers or arrays that broadcast

Plain operators only, so that the same functions serve numpy, jax and SymPy.
"""

# Classes of synapses: onto the first population from the second.
CLASSES = ("EE", "EI", "IE", "II")
# What B SI Table 1 prints, with the current of section 2.5.
PARAMETERS = ("g_E", "g_I", "theta_E", "theta_I", "tau_E", "tau_I", "E_set", "I_set", "I_ext")


def velocity(E, I, W, p):
    """dE/dt and dI/dt (Hz/ms): B SI Eq. (17), with the current of section 2.5."""
    input_E = W["EE"] * E - W["EI"] * I - threshold_E(p)
    input_I = W["IE"] * E - W["II"] * I - p["theta_I"]
    return (p["g_E"] * input_E - E) / p["tau_E"], (p["g_I"] * input_I - I) / p["tau_I"]


def fixed_point(W, p):
    """E_up, I_up (Hz), the fixed point above threshold: B SI Eqs. (18)-(19)."""
    theta_E = threshold_E(p)
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    E_up = (W["EI"] * p["g_I"] * p["theta_I"] - gain_I * theta_E) * p["g_E"] / C(W, p)
    I_up = (gain_E * p["theta_I"] - W["IE"] * p["g_E"] * theta_E) * p["g_I"] / C(W, p)
    return E_up, I_up


def C(W, p):
    """C, the determinant of the Jacobian times tau_E tau_I: B SI Eqs. (18), (22)."""
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    return W["EI"] * W["IE"] * p["g_E"] * p["g_I"] - gain_I * gain_E


def trace(W, p):
    """Trace of the Jacobian (1/ms): B SI Eq. (23)."""
    return (W["EE"] * p["g_E"] - 1) / p["tau_E"] - (W["II"] * p["g_I"] + 1) / p["tau_I"]


def slopes(W, c, p, h=1e-5):
    """dE_up/dW_c and dI_up/dW_c (Hz) by central differences, without the printed derivatives of B SI Eq. (55)."""
    up, down = (fixed_point(W | {c: W[c] + step}, p) for step in (h, -h))
    return tuple((above - below) / (2 * h) for above, below in zip(up, down, strict=True))


def balanced_weights(W_EE, W_IE, p):
    """W_EI, W_II that hold E_set and I_set beside W_EE and W_IE: B Eqs. (4)-(5), SI Eq. (24)."""
    return balanced("E", W_EE, p), balanced("I", W_IE, p)


def balanced(post, W, p):
    """Inhibition of class `post` that balances its excitation `W` at the set-points, like `W`: B Eqs. (4), (5)."""
    theta = threshold_E(p) if post == "E" else p["theta_I"]
    return (p["E_set"] * W - theta - p[f"{post}_set"] / p[f"g_{post}"]) / p["I_set"]


def threshold_E(p):
    """theta_E less the current I_ext into E, which enters in no other way: B SI section 2.5."""
    return p["theta_E"] - p.get("I_ext", 0.0)
