"""The neural fixed point while one weight varies: B Fig. S13."""

import numpy as np
import xarray as xr

from eiplast.homeostasis import neural


def run(spec):
    """E_up and I_up of B SI Eq. (18), neurally stable or not, with each weight of `sweep` over its range.

    spec : the parameters of B SI Table 1; W_EE, W_EI, W_IE, W_II, the weights that rest; `sweep`, names of
    weights; `range`, low end, high end, number of points. NaN where the fixed point is not unique.
    """
    rest = {c: spec[f"W_{c}"] for c in neural.CLASSES}
    values = np.linspace(*spec["range"][:2], spec["range"][2])
    rates, poles, signs, slopes = [], [], [], []
    for name in spec["sweep"]:
        W = rest | {name.removeprefix("W_"): values}
        C, trace = neural.C(W, spec), neural.trace(W, spec)
        with np.errstate(divide="ignore", invalid="ignore"):
            E, I = neural.fixed_point(W, spec)
        rates.append([np.where(C == 0, np.nan, r) for r in (E, I)])
        signs.append((C > 0) & (trace < 0))
        slopes.append(neural.slopes(rest, name.removeprefix("W_"), spec))
        # C is linear in each weight.
        slope, offset = np.polyfit(values, C, 1)
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
