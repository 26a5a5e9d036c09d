"""What a training of the spiking network leaves behind, as one Dataset: histories over trials, late rates and
errors, recorded trials, balance of summed weights, and the final weights of every synapse."""

import numpy as np
import xarray as xr
from scipy import stats

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import trials, up_states

_echo = 100.0  # ms after the kick in which spikes are its own

# What is kept of every trial: units and meaning.
HISTORY = {
    "E_mean": ("Hz", "mean rate of E units in the Up-state"),
    "I_mean": ("Hz", "mean rate of I units in the Up-state"),
    "W_EE": ("pA", "mean weight onto E from E"),
    "W_EI": ("pA", "mean weight onto E from I"),
    "W_IE": ("pA", "mean weight onto I from E"),
    "W_II": ("pA", "mean weight onto I from I"),
    "MSE_E": ("Hz2", "mean squared error of the rates of E units"),
    "MSE_I": ("Hz2", "mean squared error of the rates of I units"),
    "n_up": ("1", "number of Up-states"),
    "up_duration": ("ms", "time in Up-states"),
    "CV_ISI": ("1", "coefficient of variation of inter-spike intervals, mean over units"),
}


def build(state, synapses, kept, spec):
    """The Dataset of a session that ended in `state`; kept: trials that are stored in full."""
    late = slice(spec["n_trials"] - spec["n_late"], None)
    ds = xr.Dataset()
    for name, (units, about) in HISTORY.items():
        ds[name] = "trial", state[name], {"units": units, "long_name": about}
    share = spec["n_E"] / (spec["n_E"] + spec["n_I"])
    mse = share * state["MSE_E"] + (1 - share) * state["MSE_I"]
    ds["MSE"] = "trial", mse, _about("Hz2", "mean squared error over all units, B SI Eq. (18)")
    for name in ("E_mean", "I_mean", "MSE", "CV_ISI"):
        about = f"{ds[name].long_name}, late trials"
        ds[f"{name}_late"] = "late", ds[name].values[late], _about(ds[name].units, about)
    ds["MSE_initial"] = (), mse[0], _about("Hz2", "mean squared error in the first trial")
    ds["MSE_gain"] = "late", mse[0] - mse[late], _about("Hz2", "first minus late squared error")
    for name, value in _milestones(ds, spec).items():
        ds[name] = (), value, _about("1", name.replace("_", " "))
    for x in "EI":
        _add_units(ds, state, x, spec)
        _add_balance(ds, state, x)
    for c in neural.CLASSES:
        _add_synapses(ds, state[f"w_{c}"], synapses[c], c)
    _add_delays(ds, synapses, spec)
    if kept[0] == 0 and ds.n_up[0] == 0:
        _add_silence(ds, spec)
    coordinates = {
        "trial": (np.arange(spec["n_trials"]), "1", "trial"),
        "late": (np.arange(spec["n_trials"])[late], "1", "late trial"),
        "record": (np.array(kept), "1", "recorded trial"),
        "stage": (["initial", "final"], "1", "before or after training"),
        "time": (
            np.arange(state["v_E"].shape[1]) * spec["record_dt"],
            "ms",
            "time from the start of a trial",
        ),
    }
    for name, (numbers, units, about) in coordinates.items():
        ds[name] = name, numbers, _about(units, about)
    code = "compiled" if trials.compiles(spec) else "numpy"
    return ds.assign_attrs(outcome=_outcome(ds, spec), simulated_by=f"Brian2, {code}")


def _about(units, long_name):
    return {"units": units, "long_name": long_name}


def _milestones(ds, spec):
    """First trial with an Up-state, and first trial of `converged_window` whose mean rates are near both
    set-points, NaN where it never comes; and how many trials ran away, to ten times the set-point of E."""
    n = spec["converged_window"]
    near = np.ones(max(spec["n_trials"] - n + 1, 0), bool)
    for x in "EI":
        mean = np.convolve(ds[f"{x}_mean"], np.full(n, 1 / n), "valid")[: near.size]
        near &= np.abs(mean / spec[f"{x}_set"] - 1) < spec["converged_tolerance"]
    first = {"first_Up_state": ds.n_up.values > 0, "converged_trial": near}
    found = {k: float(hit.argmax()) if hit.any() else np.nan for k, hit in first.items()}
    runaway = np.sum(ds.E_mean.values > 10 * spec["E_set"])
    return found | {"runaway_trials": float(runaway)}


def _outcome(ds, spec):
    """In words, by the mean rates of the late trials."""
    late = {x: float(ds[f"{x}_mean_late"].mean()) / spec[f"{x}_set"] - 1 for x in "EI"}
    if all(abs(error) < spec["converged_tolerance"] for error in late.values()):
        return "converged"
    if np.isfinite(ds.converged_trial):
        return "left the set-points"
    return "active, not converged" if np.isfinite(ds.first_Up_state) else "silent"


def _add_units(ds, state, x, spec):
    """Rates, spikes and traces of the units of one class."""
    unit, record, spike = f"unit_{x}", "record", f"spike_{x}"
    hz = f"rate of {x} units"
    ds[f"rate_{x}"] = (record, unit), state[f"rate_{x}"], _about("Hz", f"{hz} in one trial")
    ds[f"rate_{x}_late"] = unit, state[f"late_{x}"], _about("Hz", f"{hz}, mean of late trials")
    pooled = up_states.cv(state[f"intervals_{x}"])
    about = _about("1", f"coefficient of variation of intervals of {x} units, late trials pooled")
    ds[f"CV_ISI_pooled_{x}"] = unit, pooled, about
    ds[f"v_{x}"] = (
        (record, "time"),
        state[f"v_{x}"],
        _about("mV", f"membrane potential, {x} unit 0"),
    )
    ds[f"spike_unit_{x}"] = spike, state[f"spike_unit_{x}"], _about("1", f"{x} unit of a spike")
    ds[f"spike_time_{x}"] = spike, state[f"spike_time_{x}"], _about("ms", f"time of a spike of {x}")
    about = _about("1", f"place of the trial of a spike of {x} along record")
    ds[f"spike_record_{x}"] = spike, state[f"spike_record_{x}"], about
    ds[unit] = unit, np.arange(spec[f"n_{x}"]), _about("1", f"{x} unit")


def _add_balance(ds, state, x):
    """Summed weights onto each unit before and after, with slope and r2 of I against E."""
    for pre in "EI":
        c = x + pre
        sums = np.stack([state[f"{stage}_sum_{c}"] for stage in ("initial", "final")])
        about = _about("nA", f"summed weight onto {x} units from {pre}")
        ds[f"sum_{c}"] = ("stage", f"unit_{x}"), sums, about
    fits = [
        stats.linregress(from_E, from_I)
        for from_E, from_I in zip(ds[f"sum_{x}E"].values, ds[f"sum_{x}I"].values, strict=True)
    ]
    about = f"of summed inhibitory against excitatory weight onto {x} units"
    ds[f"balance_slope_{x}"] = "stage", [fit.slope for fit in fits], _about("1", f"slope {about}")
    r2 = [fit.rvalue**2 for fit in fits]
    ds[f"balance_r2_{x}"] = "stage", r2, _about("1", f"r squared {about}")
    ds[f"balance_gain_{x}"] = (
        (),
        r2[1] - r2[0],
        _about("1", f"change by training of r squared {about}"),
    )


def _add_synapses(ds, w, synapses, c):
    dim = f"synapse_{c}"
    ds[f"w_{c}"] = dim, w.astype(np.float32), _about("pA", f"weight onto {c[0]} from {c[1]}, final")
    for end in ("pre", "post"):
        about = _about("1", f"{end}synaptic unit")
        ds[f"{end}_{c}"] = dim, synapses[end].astype(np.int16), about
    ds[f"delay_{c}"] = dim, synapses["delay"], _about("step", "delay in steps of dt")


def _add_delays(ds, synapses, spec):
    for pre in "EI":
        steps = np.concatenate([synapses[post + pre]["delay"] for post in "EI"])
        about = _about("ms", f"mean delay of the synapses from {pre}, B SI Table S2")
        ds[f"delay_mean_{pre}"] = (), steps.mean() * spec["dt"], about


def _add_silence(ds, spec):
    """Of a first trial without an Up-state: spikes of the kicked units, and of v (mV) what noise alone does."""
    first = ds.spike_record_E.values == 0
    unit, since = ds.spike_unit_E.values[first], ds.spike_time_E.values[first] - spec["t_kick"]
    by_kick = unit[(since >= 0) & (since < _echo)]
    spikes = np.bincount(by_kick, minlength=spec["n_E"])[: spec["n_kicked"]]
    about = f"spikes of a kicked unit within {_echo:g} ms of the kick, first trial"
    ds["kick_spikes"] = "kicked", spikes, _about("1", about)
    quiet = ds.time.values >= spec["t_kick"] + 5 * _echo
    for x in "EI":
        sd = ds[f"v_{x}"].values[0, quiet].std(ddof=1)
        about = f"standard deviation of the potential of {x} unit 0 by noise alone, first trial"
        ds[f"noise_sd_{x}"] = (), sd, _about("mV", about)
