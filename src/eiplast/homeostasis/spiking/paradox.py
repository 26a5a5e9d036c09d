"""The paradoxical effect in a trained spiking network: a current into every inhibitory unit, B Fig. 7I."""

import json
import sys

import numpy as np
import xarray as xr
from jaxtyping import Float
from tqdm import tqdm

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import train, trials


def run(spec, trained):
    """`n_trials` trials a current, without plasticity, with the adaptation current on or off.

    spec : the blocks ``paradox`` and a run of ``paradox_runs``. trained : Dataset of `train`.
    A trial whose rates during the step fall below `silent_E` or `silent_I` is counted as silent, and its
    rates are NaN in the changes that the step makes.
    """
    p = json.loads(trained.attrs["spec"])
    synapses, w = network(trained, p)
    shape = len(spec["adaptation"]), len(spec["currents"]), spec["n_trials"]
    edges = np.arange(0, spec["duration"] + spec["bin"] / 2, spec["bin"])
    rates = {x: np.empty((*shape, len(edges) - 1), np.float32) for x in "EI"}
    with trials.simulator(p, synapses) as trial:
        for where in tqdm(np.ndindex(shape), total=np.prod(shape), file=sys.stderr, mininterval=10):
            adaptation, current, k = where
            step = spec["currents"][current], spec["step_start"], spec["step_stop"]
            # The same noise at every current, as in the authors' code.
            result = trial(
                train.trial_seed(spec, k),
                w,
                spec["duration"],
                train.values(p, spec["adaptation"][adaptation], step),
            )
            for x in "EI":
                counts = np.histogram(result[x][1], edges)[0]
                rates[x][where] = counts / (p[f"n_{x}"] * spec["bin"] * 1e-3)
    return _dataset(spec, rates, edges[:-1])


def network(trained: xr.Dataset, p) -> tuple[dict, dict[str, Float[np.ndarray, " _n_synapses"]]]:
    """Synapses and final weights of a trained network, as `trials.simulator` takes them."""
    synapses, w = {}, {}
    for c in neural.CLASSES:
        synapses[c] = {
            end: trained[f"{end}_{c}"].values.astype(np.int32) for end in ("pre", "post")
        }
        synapses[c]["delay"] = trained[f"delay_{c}"].values
        w[c] = trained[f"w_{c}"].values.astype(float)
    return synapses, w


def _dataset(spec, rates, time):
    dims = ("adaptation", "current", "trial")
    length = spec["step_stop"] - spec["step_start"]
    before = (time >= spec["step_start"] - length) & (time < spec["step_start"])
    during = (time >= spec["step_start"]) & (time < spec["step_stop"])
    ds = xr.Dataset()
    means = {x: [rates[x][..., when].mean(-1) for when in (before, during)] for x in "EI"}
    silent = (means["E"][1] < spec["silent_E"]) | (means["I"][1] < spec["silent_I"])
    about = {"units": "1", "long_name": "whether the trial fell silent during the step"}
    ds["silent"] = dims, silent.astype(np.int8), about
    for x in "EI":
        hz = {"units": "Hz"}
        ds[x] = (*dims, "time"), rates[x], hz | {"long_name": f"rate of {x} units"}
        was, is_now = means[x]
        parts = {
            "before": (was, "before the step"),
            "during": (is_now, "during the step"),
            "change": (is_now - was, "change by the step"),
        }
        for name, (values, words) in parts.items():
            values = np.where(silent, np.nan, values)
            ds[f"{x}_{name}"] = dims, values, hz | {"long_name": f"rate of {x} units, {words}"}
    coordinates = {
        "adaptation": (np.array(spec["adaptation"], int), "1", "whether units adapt"),
        "current": (spec["currents"], "pA", "current into I units"),
        "trial": (np.arange(spec["n_trials"]), "1", "trial"),
        "time": (time, "ms", "time from the start of a trial"),
    }
    for name, (values, units, words) in coordinates.items():
        ds[name] = name, values, {"units": units, "long_name": words}
    return ds
