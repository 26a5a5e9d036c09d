"""Regions of stability of one rule over the free weights, one case for each set of learning rates: B Figs. 2F-I,
4H, S1, S2, S8-S12."""

import numpy as np
import xarray as xr

from eiplast.errors import JobError
from eiplast.homeostasis import neural
from eiplast.homeostasis.stability import analysis, areas


def run(spec):
    """Maps over the middles of the cells of the window, and the areas that they cover.

    spec : the parameters of B SI Table 1; `rule`; `cases`, parameters that replace them by name; `W_EE` and
    `W_IE`, the window as low end, high end, number of cells; `points`, further pairs of W_EE and W_IE by
    name; `intervals` (ms) of the full system, tested on every `stride`-th cell; `large_overlap`, the overlap
    above which it is called large. Raises JobError where a case is impossible.
    """
    W_EE, W_IE = (_middles(*spec[name]) for name in ("W_EE", "W_IE"))
    maps = [_case(spec, name, W_EE, W_IE) for name in spec["cases"]]
    coords = {
        "case": ("case", list(spec["cases"]), _about("set of learning rates and parameters")),
        "W_EE": ("W_EE", W_EE, _about("weight onto E from E")),
        "W_IE": ("W_IE", W_IE, _about("weight onto I from E")),
        "point": ("point", list(spec["points"]), _about("point named in the paper")),
        "interval": ("interval", np.array(spec["intervals"]), _about("time of an update", "ms")),
    }
    return xr.concat(maps, "case").assign_coords(coords)


def _case(spec, name, W_EE, W_IE):
    p = {key: spec[key] for key in neural.PARAMETERS} | spec["cases"][name]
    x, y = W_EE[None, :], W_IE[:, None]
    try:
        found = analysis.analyse(spec["rule"], x, y, params=p)
        printed = analysis.printed(spec["rule"], x, y, params=p)
    except (ValueError, KeyError) as error:
        raise JobError(f"stability_runs, case {name}: {error}") from error
    plane = ("W_IE", "W_EE")
    growth = found["eigenvalues"].real[..., :2].max(-1).astype("f4")
    variables = {
        "determinant": (plane, found["determinant"].astype("f4"), "neural determinant", "1/ms^2"),
        "trace": (plane, found["trace"].astype("f4"), "neural trace", "1/ms"),
        "growth": (plane, growth, "largest real part off the attractor", "1/update"),
        "printed": (
            ("condition", *plane),
            printed.astype("f4"),
            "printed condition, holds above 0",
        ),
        "W_EI": ("W_EE", found["W_EI"][0], "weight onto E from I at the set-points"),
        "W_II": ("W_IE", found["W_II"][:, 0], "weight onto I from I at the set-points"),
        "paradoxical": ("W_EE", found["paradoxical"][0], "paradoxical effect"),
        "neural_stable": (plane, found["neural_stable"], "neural subsystem stable"),
        "positive": (plane, found["positive"], "W_EI and W_II positive"),
        "rule_stable": (plane, found["rule_stable"], "plasticity rule stable"),
        "borderline": ((), found["borderline"].sum(), "cells whose stability is not decided"),
        "g_E": ((), np.asarray(p["g_E"], float), "excitatory gain"),
    }
    variables |= areas.fractions(found, printed, spec["large_overlap"]) | areas.lines(
        found, W_EE, W_IE
    )
    if p["I_ext"]:
        without = analysis.analyse(spec["rule"], x, y, params=p | {"I_ext": 0.0})
        gain = areas.present(found).mean() - areas.present(without).mean()
        variables["region_gain"] = ((), gain, "stable_area less that without the current")
    variables |= _full(spec, p, found, x, y) | _points(spec, p)
    return xr.Dataset(
        {key: (dims, values, _about(*words)) for key, (dims, values, *words) in variables.items()}
    )


def _full(spec, p, found, x, y):
    """How often the full system agrees with the quasi-steady state, for each time of an update."""
    every = slice(None, None, spec["stride"])
    cells = (every, every)
    admissible = (found["neural_stable"] & found["positive"])[cells]
    agreement = []
    for interval in spec["intervals"]:
        eigenvalues = analysis.full_eigenvalues(
            spec["rule"], x[:, every], y[every], interval, params=p
        )
        size = np.abs(eigenvalues).max(-1)
        stable = eigenvalues.real.max(-1) < -analysis.margin * size
        agreement.append(areas.share(stable == found["rule_stable"][cells], admissible))
    about = (
        "fraction of the admissible region where the full system agrees with the quasi-steady state"
    )
    return {"full_agreement": ("interval", np.array(agreement), about)}


def _points(spec, p):
    W_EE, W_IE = np.array(list(spec["points"].values())).T
    found = analysis.analyse(spec["rule"], W_EE, W_IE, params=p)
    growth = found["eigenvalues"].real[..., :2].max(-1)
    values = {
        "W_EE": (W_EE, "weight onto E from E"),
        "W_IE": (W_IE, "weight onto I from E"),
        "W_EI": (found["W_EI"], "weight onto E from I at the set-points"),
        "W_II": (found["W_II"], "weight onto I from I at the set-points"),
        "neural_stable": (found["neural_stable"], "neural subsystem stable"),
        "rule_stable": (found["rule_stable"], "plasticity rule stable"),
        "growth": (growth, "largest real part off the attractor", "1/update"),
    }
    return {f"point_{name}": ("point", *value) for name, value in values.items()}


def _middles(low, high, n):
    edges = np.linspace(low, high, n + 1)
    return (edges[1:] + edges[:-1]) / 2


def _about(name, units="1"):
    return {"long_name": name, "units": units}
