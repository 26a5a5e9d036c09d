"""Trials of the rate model, with or without plasticity, from many initial weights: B Figs. 1-6."""

import itertools
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xarray as xr
from tqdm import tqdm

from eiplast.errors import JobError
from eiplast.homeostasis import plasticity, rate

_classes = ("EE", "EI", "IE", "II")


def run(spec):
    """`n_init` independent networks over `n_trials` trials, one stream of random numbers each.

    spec : the block ``rate`` of config.yaml with a run on top; `rule` is a function of
    `plasticity` or none. Results do not depend on how many threads share the networks.
    Raises JobError where the rule needs a parameter that the run does not have.
    """
    n_init = spec.get("n_init", 1)
    _check_rule(spec)
    n_threads = int(os.environ.get("NUMBA_NUM_THREADS", "1"))
    with (
        tqdm(total=n_init * spec["n_trials"], unit="trial", file=sys.stderr, mininterval=2) as bar,
        ThreadPoolExecutor(n_threads) as pool,
    ):
        networks = list(pool.map(lambda init: _network(spec, init, bar.update), range(n_init)))
    return _dataset(spec, networks)


def initial_weights(spec, rng):
    """W of one network, each class a number or drawn from [low, high], and its mask A.

    A class's number is the summed weight onto a unit, shared by its n_pre partners with a
    coefficient of variation `W_cv` where there are many: B SI Supplementary Methods.
    """
    n = {"E": spec["n_E"], "I": spec["n_I"]}
    W, A = {}, {}
    for post, pre in _classes:
        c = post + pre
        many = post == pre and n[pre] > 1
        A[c] = 1.0 - np.eye(n[pre]) if many else np.ones((n[post], n[pre]))
        mean = rng.uniform(*spec[f"W_{c}"]) if isinstance(spec[f"W_{c}"], list) else spec[f"W_{c}"]
        mean = mean / (n[pre] - 1 if many else n[pre])
        spread = spec["W_cv"] * rng.standard_normal(A[c].shape) if n[pre] > 1 else 0.0
        W[c] = A[c] * np.maximum(mean * (1 + spread), 0.0)
    return W, A


def _check_rule(spec):
    if spec["rule"] == "none":
        return
    rng = np.random.default_rng(0)
    W, A = initial_weights(spec, rng)
    E, I = np.full(spec["n_E"], spec["E_set"]), np.full(spec["n_I"], spec["I_set"])
    try:
        plasticity.RULES[spec["rule"]](E, I, E, I, W, A, spec)
    except KeyError as error:
        raise JobError(
            f"the rule {spec['rule']!r} needs {error}, which this run does not have: "
            "add it to the run in config.yaml"
        ) from error


def _network(spec, init, progress):
    """Histories of one network: dict of arrays, first axis trial, and traces of recorded trials."""
    rng_W = np.random.default_rng([spec["seed"], init, 0])
    rng_noise = np.random.default_rng([spec["seed"], init, 1])
    W, A = initial_weights(spec, rng_W)
    n_E, n_I = spec["n_E"], spec["n_I"]
    edges, current = _timeline(spec)
    record = {0, *spec.get("record_trials", [])} if init == 0 else set()
    noise = np.zeros(n_E), np.zeros(n_I)
    average_E, average_I = np.zeros(n_E), np.zeros(n_I)
    means, weights, traces = [], [], []
    for trial in range(spec["n_trials"]):
        weights.append([W[c].sum(-1).mean() for c in _classes])
        every = round(spec["record_dt"] / spec["dt"]) if trial in record else len(current) + 1
        state = np.zeros(n_E), np.zeros(n_I), *noise
        state, segments, trace = _trial(spec, W, state, edges, current, rng_noise, every)
        noise = state[2:]
        E, I = segments[-1]
        means.append([[m.mean() for m in segment] for segment in segments])
        if trial in record:
            traces.append(trace)
        average_E = average_E + (E - average_E) / spec["tau_trial"]
        average_I = average_I + (I - average_I) / spec["tau_trial"]
        if spec["rule"] != "none":
            W = _update(spec, average_E, average_I, W, A)
        progress(1)
    return {
        "means": np.array(means),
        "weights": np.array(weights),
        "E_final": average_E,
        "I_final": average_I,
        "traces": traces,
        "record": sorted(record),
    }


def _update(spec, E, I, W, A):
    """W after one trial; the floor of a summed weight is shared by the presynaptic partners."""
    E, I = np.maximum(E, spec["rate_floor"]), np.maximum(I, spec["rate_floor"])
    dW = plasticity.RULES[spec["rule"]](E, I, E, I, W, A, spec)
    return {c: A[c] * np.maximum(W[c] + dW[c], spec["W_min"] / A[c].sum(-1).max()) for c in W}


def _timeline(spec):
    """Edges (steps) of the stretches with constant weights or separate means, and the currents."""
    times = [0.0, spec["duration"] - spec["average_window"], spec["duration"]]
    step = spec.get("step")
    if step:
        half = (step["stop"] - step["start"]) / 2
        times += [step["start"], step["stop"], step["start"] - half, step["stop"] - half]
    edges = sorted({max(0, round(t / spec["dt"])) for t in times})
    t = np.arange(edges[-1]) * spec["dt"]
    current = np.zeros((len(t), 2))
    pulse = (t >= spec["pulse_start"]) & (t < spec["pulse_start"] + spec["pulse_duration"])
    current[pulse, 0] = spec["pulse"]
    if step:
        during = (t >= step["start"]) & (t < step["stop"])
        current[during] += step.get("I_ext_E", 0.0), step.get("I_ext_I", 0.0)
    return edges, current


def _trial(spec, W, state, edges, current, rng, every):
    normal = rng.standard_normal((edges[-1], spec["n_E"] + spec["n_I"]))
    step = spec.get("step", {})
    stepped = W | {
        c: W[c] * step[f"W_{c}"] / W[c].sum(-1, keepdims=True) for c in _classes if f"W_{c}" in step
    }
    segments, traces = [], []
    for start, stop in itertools.pairwise(edges):
        during = step and step["start"] <= start * spec["dt"] < step["stop"]
        state, means, trace = rate.integrate(
            state,
            stepped if during else W,
            current[start:stop],
            normal[start:stop],
            spec,
            every,
        )
        segments.append(means)
        traces.append(trace)
    return state, segments, [np.concatenate(x) for x in zip(*traces, strict=True)]


def _dataset(spec, networks):
    means = np.stack([network["means"] for network in networks])
    weights = np.stack([network["weights"] for network in networks])
    first = networks[0]
    trace_E, trace_I = (np.stack([trace[i] for trace in first["traces"]]) for i in (0, 1))
    hz, one = {"units": "Hz"}, {"units": "1"}
    variables = {
        "E_mean": (("init", "trial"), means[:, :, -1, 0], hz | {"long_name": "mean rate of E"}),
        "I_mean": (("init", "trial"), means[:, :, -1, 1], hz | {"long_name": "mean rate of I"}),
        "E": (("record", "time", "unit_E"), trace_E, hz | {"long_name": "rate of E, network 0"}),
        "I": (("record", "time", "unit_I"), trace_I, hz | {"long_name": "rate of I, network 0"}),
    }
    for i, population in enumerate("EI"):
        variables[f"{population}_final"] = (
            ("init", f"unit_{population}"),
            np.stack([network[f"{population}_final"] for network in networks]),
            hz | {"long_name": f"rate of {population} averaged over the last trials"},
        )
        if "step" in spec:
            variables |= _step_means(spec, population, means[..., i], hz)
    for i, c in enumerate(_classes):
        name = f"summed weight onto a unit of {c[0]} from {c[1]}, mean over units"
        variables[f"W_{c}"] = (("init", "trial"), weights[:, :, i], one | {"long_name": name})
    time = (np.arange(trace_E.shape[1]) + 1) * spec["record_dt"]
    coordinates = {
        "init": (np.arange(len(networks)), "initialisation"),
        "trial": (np.arange(spec["n_trials"]), "trial"),
        "record": (np.array(first["record"]), "recorded trial"),
        "unit_E": (np.arange(spec["n_E"]), "excitatory unit"),
        "unit_I": (np.arange(spec["n_I"]), "inhibitory unit"),
    }
    coords = {
        name: (name, values, one | {"long_name": about})
        for name, (values, about) in coordinates.items()
    }
    coords["time"] = ("time", time, {"units": "ms", "long_name": "time from the start of a trial"})
    return xr.Dataset(variables, coords=coords)


def _step_means(spec, population, means, hz):
    """Mean rate in the half-length before the step, in its second half, and the difference."""
    step, (edges, _) = spec["step"], _timeline(spec)
    half = (step["stop"] - step["start"]) / 2

    def mean(start, stop):
        lengths = np.diff(edges)
        inside = [start <= e * spec["dt"] < stop for e in edges[:-1]]
        return np.average(means[..., inside], axis=-1, weights=lengths[inside])

    before = mean(step["start"] - half, step["start"])
    during = mean(step["stop"] - half, step["stop"])
    dims = ("init", "trial")
    name = f"mean rate of {population}"
    return {
        f"{population}_before": (dims, before, hz | {"long_name": f"{name} before the step"}),
        f"{population}_during": (dims, during, hz | {"long_name": f"{name} late in the step"}),
        f"{population}_change": (
            dims,
            during - before,
            hz | {"long_name": f"change of the {name} by the step"},
        ),
    }
