"""Training of one spiking network by the two-term rule, trial after trial: B Fig. 7, B SI Eqs. (16)-(18)."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import xarray as xr
from scipy import stats
from tqdm import tqdm

from eiplast.homeostasis import plasticity, spiking, trials, up_states

_checkpoint_seconds = 60
_history = {
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


def run(spec, checkpoint=None):
    """`n_trials` trials with plasticity after each; weights, rates and histories.

    spec : the block ``spiking`` of config.yaml with a parameter set and a run on top.
    checkpoint : path or None, written every minute; where it holds this spec, the session goes on from there and
    ends in the same numbers as without the stop. Delete it or change the spec to start again.
    """
    synapses = spiking.connect(spec, np.random.default_rng([spec["seed"], 0]))
    state = _resume(spec, checkpoint)
    if state is None:
        state = _start(spec, synapses)
        _observe_weights(state, "initial", synapses, spec)
    saved = time.monotonic()
    with trials.simulator(spec, synapses) as trial:
        for k in tqdm(
            range(int(state["n_done"]), spec["n_trials"]),
            initial=int(state["n_done"]),
            total=spec["n_trials"],
            unit="trial",
            file=sys.stderr,
            mininterval=10,
        ):
            w = {c: state[f"w_{c}"] for c in spiking.CLASSES}
            result = trial(trial_seed(spec, k), w, spec["duration"], values(spec))
            rates = _observe(state, k, result, spec)
            _average(state, k, rates, spec)
            _learn(state, synapses, spec)
            state["n_done"] = np.int64(k + 1)
            if checkpoint and time.monotonic() - saved > _checkpoint_seconds:
                _save(state, spec, checkpoint)
                saved = time.monotonic()
    _observe_weights(state, "final", synapses, spec)
    return _dataset(state, synapses, spec)


def trial_seed(spec, k):
    """Seed of trial `k`: each trial has a random stream of its own, so a resumed session needs no other."""
    return np.random.SeedSequence([spec["seed"], 2, k]).generate_state(1, np.uint64)[0]


def values(p, adaptation=True, step=(0.0, 0.0, 0.0)):
    """Values of a trial for `trials.simulator`; step: current into I units (pA), start, stop (ms)."""
    return {
        "tau_ref": (p["tau_ref_E"], p["tau_ref_I"]),
        "beta": (p["beta_E"] * adaptation, p["beta_I"] * adaptation),
        "I_step": (0.0, step[0]),
        "step_start": (step[1], step[1]),
        "step_stop": (step[2], step[2]),
    }


def _start(spec, synapses):
    """All that changes over a session, as a dict of arrays."""
    rng = np.random.default_rng([spec["seed"], 1])
    w = spiking.initial_weights(spec, synapses, rng)
    state = {f"w_{c}": w[c].astype(float) for c in spiking.CLASSES}
    state |= {name: np.full(spec["n_trials"], np.nan, np.float32) for name in _history}
    for x in "EI":
        state[f"r_{x}"] = np.zeros(spec[f"n_{x}"])
        state[f"late_{x}"] = np.zeros(spec[f"n_{x}"])
        state[f"intervals_{x}"] = np.zeros((3, spec[f"n_{x}"]))
        state[f"spike_unit_{x}"] = np.empty(0, np.int16)
        state[f"spike_time_{x}"] = np.empty(0, np.float32)
        state[f"spike_record_{x}"] = np.empty(0, np.int16)
    n_samples = round(spec["duration"] / spec["record_dt"])
    for x in "EI":
        state[f"v_{x}"] = np.full((len(_records(spec)), n_samples), np.nan, np.float32)
        state[f"rate_{x}"] = np.full((len(_records(spec)), spec[f"n_{x}"]), np.nan, np.float32)
    return state | {"n_done": np.int64(0)}


def _records(spec):
    """Trials kept in full: those of the run and the last."""
    return [*spec["record_trials"], spec["n_trials"] - 1]


def _observe(state, k, result, spec):
    """Store what trial `k` shows; returns the rate of each unit, dict of E and I."""
    spikes = {x: result[x] for x in "EI"}
    ups = up_states.detect(spikes["I"][1], spec)
    rates = up_states.unit_rates(spikes, ups, spec)
    for x in "EI":
        state[f"{x}_mean"][k] = rates[x].mean()
        state[f"MSE_{x}"][k] = np.mean((rates[x] - spec[f"{x}_set"]) ** 2)
    for c in spiking.CLASSES:
        state[f"W_{c}"][k] = state[f"w_{c}"].mean()
    state["n_up"][k] = len(ups)
    state["up_duration"][k] = np.diff(ups).sum()
    if k >= spec["n_trials"] - spec["n_late"]:
        _observe_late(state, k, spikes, ups, rates, spec)
    for record in np.flatnonzero(np.array(_records(spec)) == k):
        for x in "EI":
            units, times = spikes[x]
            new = {"unit": units, "time": times, "record": np.full(len(units), record)}
            for name, array in new.items():
                old = state[f"spike_{name}_{x}"]
                state[f"spike_{name}_{x}"] = np.append(old, array.astype(old.dtype))
            state[f"v_{x}"][record] = result[f"v_{x}"]
            state[f"rate_{x}"][record] = rates[x]
    return rates


def _observe_late(state, k, spikes, ups, rates, spec):
    cvs = []
    for x in "EI":
        sums = up_states.interval_sums(spikes[x], ups, spec[f"n_{x}"])
        cvs.append(up_states.cv(sums))
        state[f"intervals_{x}"] += sums
        state[f"late_{x}"] += rates[x] / spec["n_late"]
    cvs = np.concatenate(cvs)
    if np.isfinite(cvs).any():
        state["CV_ISI"][k] = np.nanmean(cvs)


def _average(state, k, rates, spec):
    """Moving average over trials with time constant `tau_trial`; ASSUME: it starts at the first trial."""
    for x in "EI":
        step = 1.0 if k == 0 else 1 / spec["tau_trial"]
        state[f"r_{x}"] = state[f"r_{x}"] + (rates[x] - state[f"r_{x}"]) * step


def _learn(state, synapses, spec):
    """B SI Eqs. (16), (17) on the synapses that exist, then the bounds of the weights."""
    r = {x: state[f"r_{x}"] for x in "EI"}
    pre = {x: np.maximum(r[x], spec["rate_floor"]) for x in "EI"}
    A = {c: synapses[c]["A"] for c in spiking.CLASSES}
    dW = weight_changes(r, pre, A, spec)
    for c in spiking.CLASSES:
        change = dW[c][synapses[c]["post"], synapses[c]["pre"]]
        state[f"w_{c}"] = np.clip(state[f"w_{c}"] + change, spec["W_min"], spec["W_max"])
    if spec["floor_error"]:
        state |= {f"r_{x}": pre[x] for x in "EI"}


def weight_changes(r, pre, A, spec):
    """dW of the two-term rule, both terms with rate `alpha`; r, pre: dicts of E and I (Hz).

    DIFFERS, `floor_error`: the paper floors the presynaptic rates only; the authors' code floors the
    average itself, after the cross-homeostatic term has read it and before the homeostatic one does.
    """
    E, I, E_pre, I_pre = (x.astype(np.float32) for x in (r["E"], r["I"], pre["E"], pre["I"]))
    alpha = spec["alpha"]
    if not spec["floor_error"]:
        return plasticity.two_term(E, I, E_pre, I_pre, None, A, spec | {"beta": alpha})
    cross = plasticity.two_term(E, I, E_pre, I_pre, None, A, spec | {"beta": 0.0})
    own = plasticity.two_term(
        E_pre, I_pre, E_pre, I_pre, None, A, spec | {"alpha": 0.0, "beta": alpha}
    )
    return {c: cross[c] + own[c] for c in cross}


def _observe_weights(state, stage, synapses, spec):
    """Summed weight onto each unit, by class."""
    for c in spiking.CLASSES:
        total = np.bincount(synapses[c]["post"], state[f"w_{c}"], minlength=spec[f"n_{c[0]}"])
        state[f"{stage}_sum_{c}"] = total / 1e3


def _save(state, spec, checkpoint):
    """Write the checkpoint whole or not at all."""
    temporary = Path(f"{checkpoint}.{os.getpid()}.npz")
    np.savez(temporary, _key=_key(spec), **state)
    os.replace(temporary, checkpoint)


def _resume(spec, checkpoint):
    if not (checkpoint and Path(checkpoint).exists()):
        return None
    with np.load(checkpoint) as saved:
        if str(saved["_key"]) != _key(spec):
            print(f"{checkpoint} is of another specification: starting again", file=sys.stderr)
            return None
        state = {name: saved[name] for name in saved.files if name != "_key"}
    print(f"resumed after trial {int(state['n_done'])}", file=sys.stderr)
    return state


def _key(spec):
    return json.dumps(spec | {"compiled": trials.compiles(spec)}, sort_keys=True)


def _dataset(state, synapses, spec):
    kept = np.array(_records(spec))
    late = slice(spec["n_trials"] - spec["n_late"], None)
    ds = xr.Dataset()
    for name, (units, about) in _history.items():
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
    for c in spiking.CLASSES:
        _add_synapses(ds, state[f"w_{c}"], synapses[c], c)
    coordinates = {
        "trial": (np.arange(spec["n_trials"]), "1", "trial"),
        "late": (np.arange(spec["n_trials"])[late], "1", "late trial"),
        "record": (kept, "1", "recorded trial"),
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
    return ds.assign_attrs(outcome=_outcome(ds), simulated_by=f"Brian2, {code}")


def _about(units, long_name):
    return {"units": units, "long_name": long_name}


def _milestones(ds, spec):
    """First trial with an Up-state, and first trial of `converged_window` whose mean rates are near both
    set-points; NaN where it never comes."""
    n = spec["converged_window"]
    near = np.ones(max(spec["n_trials"] - n + 1, 0), bool)
    for x in "EI":
        mean = np.convolve(ds[f"{x}_mean"], np.full(n, 1 / n), "valid")[: near.size]
        near &= np.abs(mean / spec[f"{x}_set"] - 1) < spec["converged_tolerance"]
    first = {"first_Up_state": ds.n_up.values > 0, "converged_trial": near}
    return {name: float(found.argmax()) if found.any() else np.nan for name, found in first.items()}


def _outcome(ds):
    if np.isfinite(ds.converged_trial):
        return "converged"
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
    ds[f"v_{x}"] = (record, "time"), state[f"v_{x}"], _about("mV", f"membrane potential, {x} unit 0")
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
    ds[f"balance_gain_{x}"] = (), r2[1] - r2[0], _about("1", f"change by training of r squared {about}")


def _add_synapses(ds, w, synapses, c):
    dim = f"synapse_{c}"
    ds[f"w_{c}"] = dim, w.astype(np.float32), _about("pA", f"weight onto {c[0]} from {c[1]}, final")
    for end in ("pre", "post"):
        about = _about("1", f"{end}synaptic unit")
        ds[f"{end}_{c}"] = dim, synapses[end].astype(np.int16), about
    ds[f"delay_{c}"] = dim, synapses["delay"], _about("step", "delay in steps of dt")
