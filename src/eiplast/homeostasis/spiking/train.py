"""Training of one spiking network by the two-term rule, trial after trial: B Fig. 7, Eqs. (16)-(18)."""

import hashlib
import json
import os
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from eiplast.errors import JobError
from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.spiking import model, results, trials, up_states

_checkpoint_seconds = 60


def run(spec, checkpoint=None):
    """`n_trials` trials with plasticity after each: the Dataset of `results.build`.

    spec : the block ``spiking`` of config.yaml with a parameter set and a run on top.
    checkpoint : path or None, written every minute; where it is of this spec and of these source files, byte for
    byte, the session goes on from there and ends in the same numbers as without the stop, else it starts again.
    Raises JobError where a unit has no partner whose error it could correct, or the compiled network stops.
    """
    synapses = model.connect(spec, np.random.default_rng([spec["seed"], 0]))
    if not all(synapses[c]["A"].any(axis=1).all() for c in ("EI", "IE")):
        raise JobError(
            "a unit has no partner of the other class: raise p_conn or the number of units"
        )
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
            w = {c: state[f"w_{c}"] for c in neural.CLASSES}
            result = trial(trial_seed(spec, k), w, spec["duration"], values(spec))
            rates = _observe(state, k, result, spec)
            _average(state, k, rates, spec)
            _learn(state, synapses, spec)
            state["n_done"] = np.int64(k + 1)
            if checkpoint and time.monotonic() - saved > _checkpoint_seconds:
                _save(state, spec, checkpoint)
                saved = time.monotonic()
    _observe_weights(state, "final", synapses, spec)
    return results.build(state, synapses, records(spec), spec)


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
    w = model.initial_weights(spec, synapses, rng)
    state = {f"w_{c}": w[c].astype(float) for c in neural.CLASSES}
    state |= {name: np.full(spec["n_trials"], np.nan, np.float32) for name in results.HISTORY}
    for x in "EI":
        state[f"r_{x}"] = np.zeros(spec[f"n_{x}"])
        state[f"late_{x}"] = np.zeros(spec[f"n_{x}"])
        state[f"intervals_{x}"] = np.zeros((3, spec[f"n_{x}"]))
        state[f"spike_unit_{x}"] = np.empty(0, np.int16)
        state[f"spike_time_{x}"] = np.empty(0, np.float32)
        state[f"spike_record_{x}"] = np.empty(0, np.int16)
    n_samples = round(spec["duration"] / spec["record_dt"])
    for x in "EI":
        state[f"v_{x}"] = np.full((len(records(spec)), n_samples), np.nan, np.float32)
        state[f"rate_{x}"] = np.full((len(records(spec)), spec[f"n_{x}"]), np.nan, np.float32)
    return state | {"n_done": np.int64(0)}


def records(spec):
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
    for c in neural.CLASSES:
        state[f"W_{c}"][k] = state[f"w_{c}"].mean()
    state["n_up"][k] = len(ups)
    state["up_duration"][k] = np.diff(ups).sum()
    if k >= spec["n_trials"] - spec["n_late"]:
        _observe_late(state, k, spikes, ups, rates, spec)
    for record in np.flatnonzero(np.array(records(spec)) == k):
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
    """B Eqs. (16), (17) on the synapses that exist, then the bounds of the weights."""
    r = {x: state[f"r_{x}"] for x in "EI"}
    pre = {x: np.maximum(r[x], spec["rate_floor"]) for x in "EI"}
    A = {c: synapses[c]["A"] for c in neural.CLASSES}
    dW = weight_changes(r, pre, A, spec)
    for c in neural.CLASSES:
        change = dW[c][synapses[c]["post"], synapses[c]["pre"]]
        state[f"w_{c}"] = np.clip(state[f"w_{c}"] + change, spec["W_min"], spec["W_max"])
    if spec["floor_error"]:
        state |= {f"r_{x}": pre[x] for x in "EI"}


def weight_changes(
    r: dict[str, Float[np.ndarray, " _n"]],
    pre: dict[str, Float[np.ndarray, " _n"]],
    A: dict[str, Float[np.ndarray, "_post _pre"]],
    spec,
) -> dict[str, Float[np.ndarray, "_post _pre"]]:
    """dW (pA) of the two-term rule, both terms with rate `alpha`: B Eqs. (16), (17).

    r, pre : dicts of E and I, rates (Hz) that the errors and the presynaptic factors see
    A : dict of masks as in `plasticity`

    DIFFERS, `floor_error`: the paper floors the presynaptic rates only; the authors' code floors the
    average itself, after the cross-homeostatic term has read it and before the homeostatic one does.
    """
    E, I, E_pre, I_pre = (x.astype(np.float32) for x in (r["E"], r["I"], pre["E"], pre["I"]))
    # Not the whole block, whose beta_E and beta_I are adaptation.
    p = {"alpha": spec["alpha"], "beta": spec["alpha"]} | {x: spec[x] for x in ("E_set", "I_set")}
    if not spec["floor_error"]:
        return plasticity.two_term(E, I, E_pre, I_pre, None, A, p)
    cross = plasticity.two_term(E, I, E_pre, I_pre, None, A, p | {"beta": 0.0})
    own = plasticity.two_term(E_pre, I_pre, E_pre, I_pre, None, A, p | {"alpha": 0.0})
    return {c: cross[c] + own[c] for c in cross}


def _observe_weights(state, stage, synapses, spec):
    """Summed weight onto each unit, by class."""
    for c in neural.CLASSES:
        total = np.bincount(synapses[c]["post"], state[f"w_{c}"], minlength=spec[f"n_{c[0]}"])
        state[f"{stage}_sum_{c}"] = total / 1e3


def _save(state, spec, checkpoint):
    """Write the checkpoint whole or not at all."""
    temporary = f"{checkpoint}.new.npz"
    np.savez(temporary, _key=_key(spec), **state)
    os.replace(temporary, checkpoint)


def _resume(spec, checkpoint):
    if not (checkpoint and Path(checkpoint).exists()):
        return None
    try:
        with np.load(checkpoint) as saved:
            state = dict(saved)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        print(f"{checkpoint} is damaged ({error}): starting again", file=sys.stderr)
        return None
    if str(state.pop("_key")) != _key(spec):
        print(f"{checkpoint} is of other settings or code: starting again", file=sys.stderr)
        return None
    print(f"resumed after trial {int(state['n_done'])}", file=sys.stderr)
    return state


def _key(spec):
    """What a checkpoint must share with the session that goes on from it: settings and every byte of the code."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.*")):
        code.update(path.read_bytes())
    return json.dumps(
        spec | {"compiled": trials.compiles(spec), "code": code.hexdigest()}, sort_keys=True
    )
