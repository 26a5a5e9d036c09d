"""Trials of the rate models, with or without plasticity, from many initial weights: B Figs. 1-6, S1-S7."""

import itertools
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

from eiplast.errors import JobError
from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.rate import engine_numba, initial, model, noise, protocol, results

# Normal numbers drawn at once: they stay in the processor's cache.
_numbers = 160_000
_steps_on_device = 500


def run(spec):
    """`n_init` independent networks over `n_trials` trials, with streams of random numbers of their own.

    spec : the block ``rate`` of config.yaml with a run on top; `rule` is a function of
    `plasticity` or none; each entry of `variants` changes keys for a further batch, from the same
    streams. Results do not depend on how many threads share the networks.
    Raises JobError where the rule needs a parameter that the run does not have.
    """
    variants = {
        name: _rates(spec | changes) for name, changes in spec.get("variants", {"": {}}).items()
    }
    for one in variants.values():
        _check_rule(one)
    if "online" in spec:
        from eiplast.homeostasis.rate import online

        datasets = {name: online.run(one) for name, one in variants.items()}
    else:
        datasets = _trials(variants)
    if "variants" not in spec:
        return datasets[""]
    reference = min(spec["variants"], key=lambda name: len(spec["variants"][name]))
    return results.join(datasets, reference)


def _trials(variants):
    """A Dataset for every variant; their batches share the threads."""
    work = [(name, batch) for name, one in variants.items() for batch in _batches(one)]
    n_trials = sum(len(batch) * variants[name]["n_trials"] for name, batch in work)
    n_threads = int(os.environ.get("NUMBA_NUM_THREADS", "1"))
    with (
        tqdm(total=n_trials, unit="trial", file=sys.stderr, mininterval=2) as bar,
        ThreadPoolExecutor(n_threads) as pool,
    ):
        done = {name: [] for name in variants}
        parts = pool.map(lambda part: simulate(variants[part[0]], part[1], bar.update), work)
        for (name, _), batch in zip(work, parts, strict=True):
            done[name].append(batch)
    # Popped: the histories of a variant go once they are in its Dataset.
    return {name: results.dataset(one, done.pop(name)) for name, one in variants.items()}


def _rates(spec):
    """`spec` with a learning rate for every class: its own, or the common one."""
    return {f"alpha_{c}": spec["alpha"] for c in neural.CLASSES if "alpha" in spec} | spec


def _batches(spec):
    """Networks that advance together: as many as one kernel call takes, and the rest."""
    n_init, many = spec["n_init"], spec["n_E"] + spec["n_I"] > 2
    size = {"jax": n_init, "numba": 1 if many else engine_numba.LANES}[spec["engine"]]
    return [range(n_init)[start : start + size] for start in range(0, n_init, size)]


def _check_rule(spec):
    if spec["rule"] == "none":
        return
    W, A = initial.weights(spec, np.random.default_rng(0))
    E, I = np.full(spec["n_E"], spec["E_set"]), np.full(spec["n_I"], spec["I_set"])
    try:
        plasticity.RULES[spec["rule"]](E, I, E, I, W, A, spec)
    except KeyError as error:
        raise JobError(
            f"the rule {spec['rule']!r} needs {error}, which this run does not have: "
            "add it to the run in config.yaml"
        ) from error


def simulate(spec, networks, progress=lambda n: None):
    """Histories of `networks`, whose numbers choose their streams: a dict of arrays, networks first.

    means : (k, n_trials, stretch, 2) rates of E and I averaged over units and a stretch of the trial
    summed : (k, n_trials, 4) summed weight onto a unit, averaged over units, in each trial
    contrast : (k, n_trials) of the imprinted memory, NaN without one
    average : (k, n) low-passed rates of the units after the last trial; W : dict of the last weights
    units, snapshots, traces : of network 0 alone
    """
    W, A = _start(spec, networks)
    n_E, timeline, draw = spec["n_E"], protocol.timeline(spec), noise.source(spec, networks)
    # ASSUME: the low-passed rates start at zero; the paper does not say where.
    x = average = np.zeros((len(networks), n_E + spec["n_I"]))
    history = _empty(spec, len(networks), len(timeline[0]) - 1)
    records = protocol.recorded(spec) if 0 in networks else []
    for trial in range(spec["n_trials"]):
        W = _imprint(spec, W, trial)
        if trial in records:
            history["snapshots"].append({c: W[c][0] for c in W})
        x, stretches, trace = _trial(spec, W, x, timeline, draw, trial, trial in records)
        if trial in records:
            history["traces"].append(trace)
        _note(history, spec, trial, W, stretches)
        average = average + (stretches[-1] - average) / spec["tau_trial"]
        W = _update(spec, average[:, :n_E], average[:, n_E:], W, A)
        progress(len(networks))
    history["snapshots"].append({c: W[c][0] for c in W})
    if not records:
        del history["units"]
    return history | {"average": average, "W": W}


def _start(spec, networks):
    """Initial weights of `networks`, each from its own stream, and the mask they share."""
    start = [
        initial.weights(spec, np.random.default_rng([spec["seed"], network, 0]))
        for network in networks
    ]
    return {c: np.stack([W[c] for W, _ in start]) for c in neural.CLASSES}, start[0][1]


def _empty(spec, k, n_stretches):
    """Histories to fill, float32: they alone grow with the number of trials."""
    n_trials, n = spec["n_trials"], spec["n_E"] + spec["n_I"]
    shapes = {
        "means": (k, n_trials, n_stretches, 2),
        "summed": (k, n_trials, 4),
        "contrast": (k, n_trials),
        "units": (n_trials, n),
    }
    arrays = {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()}
    return arrays | {"snapshots": [], "traces": []}


def _note(history, spec, trial, W, stretches):
    n_E = spec["n_E"]
    for i, rates in enumerate(stretches):
        history["means"][:, trial, i, 0] = rates[:, :n_E].mean(-1)
        history["means"][:, trial, i, 1] = rates[:, n_E:].mean(-1)
    for i, c in enumerate(neural.CLASSES):
        history["summed"][:, trial, i] = W[c].sum(-1).mean(-1)
    if "imprint" in spec:
        history["contrast"][:, trial] = _contrast(W["EE"], spec["imprint"]["n_units"])
    history["units"][trial] = stretches[-1][0]


def _imprint(spec, W, trial):
    """A memory: stronger weights among the first E units, as Hebbian plasticity would leave (B Fig. S6)."""
    memory = spec.get("imprint")
    if not memory or trial != memory["trial"]:
        return W
    EE = W["EE"].copy()
    EE[:, : memory["n_units"], : memory["n_units"]] *= memory["factor"]
    return W | {"EE": EE}


def _contrast(EE, n):
    """Mean weight among the first `n` units over the mean of all other weights of the class."""
    inside = EE[:, :n, :n].sum((1, 2))
    n_E = EE.shape[-1]
    outside = (EE.sum((1, 2)) - inside) / (n_E * (n_E - 1) - n * (n - 1))
    return inside / (n * (n - 1)) / outside


def _update(spec, E, I, W, A):
    """W after one trial; the floor of a summed weight is shared by the presynaptic partners."""
    if spec["rule"] == "none":
        return W
    E, I = np.maximum(E, spec["rate_floor"]), np.maximum(I, spec["rate_floor"])
    dW = plasticity.RULES[spec["rule"]](E, I, E, I, W, A, spec)
    return {c: A[c] * np.maximum(W[c] + dW[c], spec["W_min"] / A[c].sum(-1).max()) for c in W}


def _trial(spec, W, x, timeline, draw, trial, record):
    """One trial from silence: noise at the end, mean rates (k, n) of each stretch, trace of network 0."""
    edges, current = timeline
    every = round(spec["record_dt"] / spec["dt"]) if record else len(current) + 1
    state = np.zeros_like(x), x
    stretches, traces = [], []
    for start, stop in itertools.pairwise(edges):
        stepped, total = _stepped(spec, W, start), 0.0
        for first, last in _parts(spec, start, stop, every, len(x)):
            normal = draw(trial, first, last - first)
            state, mean, trace = model.integrate(
                state, stepped, current[first:last], normal, spec, every
            )
            total = total + mean * (last - first)
            traces.append(trace[0])
        stretches.append(total / (stop - start))
    return np.asarray(state[1]), stretches, np.concatenate(traces) if record else None


def _stepped(spec, W, start):
    """W with the classes that the step sets, where `start` lies in the step."""
    step = spec.get("step")
    if not step or not step["start"] <= start * spec["dt"] < step["stop"]:
        return W
    return W | {
        c: W[c] * step[f"W_{c}"] / W[c].sum(-1, keepdims=True)
        for c in neural.CLASSES
        if f"W_{c}" in step
    }


def _parts(spec, start, stop, every, k):
    """`start` to `stop` in parts of whole stored points, short enough for the noise of `k` networks."""
    n = spec["n_E"] + spec["n_I"]
    # On a device the numbers depend on the part: its length must not depend on the batch.
    size = _steps_on_device if spec["engine"] == "jax" else _numbers // (n * k)
    if every <= stop - start:
        size = max(1, size // every) * every
    edges = [*range(start, stop, size), stop]
    return itertools.pairwise(edges)
