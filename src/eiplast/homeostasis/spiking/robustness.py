"""Networks trained from different initial weights, side by side: B Fig. 7L, B SI Table S3."""

import json

import numpy as np
import xarray as xr

_late = ("E_mean_late", "I_mean_late", "MSE_late", "MSE_gain", "CV_ISI_late")
_single = ("MSE_initial", "first_Up_state", "converged_trial", "runaway_trials")


def run(spec, *trained):
    """Late rates and errors of the networks ``spec["networks"]``, dims network and late."""
    ds = xr.Dataset()
    for name in (*_late, *_single):
        values = np.stack([network[name].values for network in trained])
        dims = ("network", "late") if name in _late else ("network",)
        ds[name] = dims, values, trained[0][name].attrs
    for name in _late[:3]:
        attrs = {**ds[name].attrs, "long_name": f"{ds[name].long_name}, mean"}
        ds[name.replace("late", "final")] = "network", ds[name].mean("late").values, attrs
    about = {"units": "1", "long_name": "outcome of the training"}
    ds["outcome"] = "network", [network.attrs["outcome"] for network in trained], about
    ds["network"] = "network", spec["networks"], {"units": "1", "long_name": "network"}
    late = {"units": "1", "long_name": "late trial, counted from the first late one"}
    ds["late"] = "late", np.arange(ds.sizes["late"]), late
    specs = [json.loads(network.attrs["spec"]) for network in trained]
    return ds.assign_attrs(specs=json.dumps(specs, sort_keys=True))
