"""The firing-rate model of paper B, two populations or many units alike: B Eqs. (1)-(3).

E : (n_E,), I : (n_I,)    rates (Hz);  x_E, x_I  like them, noise inputs
W_XY : (n_X, n_Y)         weights onto X from Y
p : dict                  tau_E, tau_I, tau_OU, dt (ms), theta, g, E_max, I_max (Hz), sigma_OU (1/sqrt(s))
"""

import math

import numba
import numpy as np

_ms_per_s = 1e3


def integrate(state, W, current, normal, p, every):
    """Forward Euler over ``len(current)`` steps: B Eqs. (1)-(3), with Ornstein-Uhlenbeck noise inside f.

    state : tuple E, I, x_E, x_I at the start.
    W : dict of EE, EI, IE, II.
    current : (n_steps, 2) external input into all E units and all I units.
    normal : (n_steps, n_E + n_I) standard normal numbers, one for every unit and step.
    every : steps between stored points.
    Returns the state at the end, the mean E and I over the steps, and the traces of E and I, shapes
    (n_steps // every, n).
    """
    keep = 1 - p["dt"] / p["tau_OU"]
    # sigma_OU is per square root of a second, dt in ms.
    kick = p["sigma_OU"] * math.sqrt(p["dt"] / _ms_per_s)
    *end, sum_E, sum_I, trace_E, trace_I = _integrate(
        *(np.array(x, dtype=float) for x in state),
        *(np.ascontiguousarray(W[c], dtype=float) for c in ("EE", "EI", "IE", "II")),
        current,
        normal,
        keep,
        kick,
        (p["dt"] / p["tau_E"], p["g_E"], p["theta_E"], p["E_max"]),
        (p["dt"] / p["tau_I"], p["g_I"], p["theta_I"], p["I_max"]),
        every,
    )
    means = sum_E / len(current), sum_I / len(current)
    return tuple(end), means, (trace_E, trace_I)


def fixed_point(W, p):
    """E_up, I_up of two populations above threshold: B SI Eq. (18)."""
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    C = W["EI"] * W["IE"] * p["g_E"] * p["g_I"] - gain_I * gain_E
    E_up = (W["EI"] * p["g_I"] * p["theta_I"] - gain_I * p["theta_E"]) * p["g_E"] / C
    I_up = (gain_E * p["theta_I"] - W["IE"] * p["g_E"] * p["theta_E"]) * p["g_I"] / C
    return E_up, I_up


@numba.njit(nogil=True, cache=True)
def _integrate(
    E, I, x_E, x_I, W_EE, W_EI, W_IE, W_II, current, normal, keep, kick, f_E, f_I, every
):
    n_E, n_I = len(E), len(I)
    new_E, new_I = np.empty(n_E), np.empty(n_I)
    sum_E, sum_I = np.zeros(n_E), np.zeros(n_I)
    trace_E = np.empty((len(current) // every, n_E))
    trace_I = np.empty((len(current) // every, n_I))
    for t in range(len(current)):
        for i in range(n_E):
            x_E[i] = keep * x_E[i] + kick * normal[t, i]
        for i in range(n_I):
            x_I[i] = keep * x_I[i] + kick * normal[t, n_E + i]
        _euler(new_E, E, E, I, x_E, W_EE, W_EI, current[t, 0], f_E)
        _euler(new_I, I, E, I, x_I, W_IE, W_II, current[t, 1], f_I)
        E[:] = new_E
        I[:] = new_I
        sum_E += E
        sum_I += I
        if (t + 1) % every == 0:
            trace_E[t // every] = E
            trace_I[t // every] = I
    return E, I, x_E, x_I, sum_E, sum_I, trace_E, trace_I


@numba.njit(nogil=True, cache=True)
def _euler(new, r, E, I, x, W_E, W_I, current, f):
    """One step of one class, written to `new`: threshold-linear with saturation, B Eq. (3)."""
    rate, g, theta, r_max = f
    for i in range(len(r)):
        drive = x[i] + current - theta
        for j in range(len(E)):
            drive += W_E[i, j] * E[j]
        for j in range(len(I)):
            drive -= W_I[i, j] * I[j]
        new[i] = min(r_max, r[i] + rate * (g * max(drive, 0.0) - r[i]))
