"""The neural fixed point while one weight varies: B Fig. S13."""

import numpy as np
import xarray as xr

from eiplast.homeostasis import neural

_classes = ("EE", "EI", "IE", "II")


def run(spec):
    """E_up and I_up of B SI Eq. (18), neurally stable or not, with each weight of `sweep` over its range.

    spec : the parameters of B SI Table 1; W_EE, W_EI, W_IE, W_II, the weights that rest; `sweep`, names of
    weights; `range`, low end, high end, number of points. NaN where the fixed point is not unique.
    """
    rest = {c: spec[f"W_{c}"] for c in _classes}
    values = np.linspace(*spec["range"][:2], spec["range"][2])
    rates, poles, signs, slopes = [], [], [], []
    for name in spec["sweep"]:
        W = rest | {name.removeprefix("W_"): values}
        determinant, trace = _jacobian(W, spec)
        with np.errstate(divide="ignore", invalid="ignore"):
            E, I = neural.fixed_point(W, spec)
        rates.append([np.where(determinant == 0, np.nan, r) for r in (E, I)])
        signs.append((determinant > 0) & (trace < 0))
        slopes.append(_slopes(rest, name.removeprefix("W_"), spec))
        # The determinant is linear in each weight.
        slope, offset = np.polyfit(values, determinant, 1)
        poles.append(-offset / slope)
    E, I = np.swapaxes(np.array(rates), 0, 1)
    hz, one, dims = {"units": "Hz"}, {"units": "1"}, ("varied", "value")
    slope_E, slope_I = np.array(slopes).T
    neural_stable = one | {"long_name": "neural subsystem stable"}
    asymptote = one | {"long_name": "weight at which the determinant vanishes"}
    return xr.Dataset(
        {
            "E_up": (dims, E, hz | {"long_name": "rate of E at the fixed point"}),
            "I_up": (dims, I, hz | {"long_name": "rate of I at the fixed point"}),
            "neural_stable": (dims, np.array(signs), neural_stable),
            "asymptote": ("varied", np.array(poles), asymptote),
            "slope_E": ("varied", slope_E, hz | {"long_name": "dE_up/dW where the others rest"}),
            "slope_I": ("varied", slope_I, hz | {"long_name": "dI_up/dW where the others rest"}),
        },
        coords={
            "varied": ("varied", list(spec["sweep"]), one | {"long_name": "weight that varies"}),
            "value": ("value", values, one | {"long_name": "its value"}),
        },
    )


def _jacobian(W, p):
    """Determinant and trace of the neural Jacobian: B SI Eq. (20)."""
    a, d = (W["EE"] * p["g_E"] - 1) / p["tau_E"], -(W["II"] * p["g_I"] + 1) / p["tau_I"]
    b, c = -W["EI"] * p["g_E"] / p["tau_E"], W["IE"] * p["g_I"] / p["tau_I"]
    return a * d - b * c, a + d


def _slopes(W, c, p, h=1e-6):
    """dE_up/dW_c and dI_up/dW_c, by central differences."""
    up, down = (np.array(neural.fixed_point(W | {c: W[c] + s * h}, p)) for s in (1, -1))
    return (up - down) / (2 * h)
