"""CPU seconds a trial of the full-size spiking network, silent and trained: ``python benchmarks/spiking.py [N]``.

Compares, in one run on one core, the compiled program that the pipeline uses with Brian2's own run-time
targets of the same network (cython, numpy), and adds the plasticity step and the time to compile.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import brian2
import numpy as np
import yaml

from eiplast.homeostasis.spiking import build, model, train, trials

root = Path(__file__).parent.parent
# Near the mean weights after training, so that no training is needed to time an Up-state.
trained = {"W_EE": 176.0, "W_EI": 211.0, "W_IE": 147.0, "W_II": 158.0}


def main(n=20):
    """Print one line a measurement; n: trials that each is averaged over."""
    homeostasis = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["homeostasis"]
    p = homeostasis["spiking"] | homeostasis["spiking_runs"]["example"]
    synapses = model.connect(p, np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        trials._write_program(p, synapses, folder)
        started = _cpu()
        build.make(Path(folder))
        print(f"compile, once for all networks of a size: {_cpu() - started:.1f} s")
    compiled = {}
    for state, weights in (("silent", {}), ("trained", trained)):
        w = model.initial_weights(p | weights, synapses, np.random.default_rng(1))
        with trials.simulator(p, synapses) as trial:
            trial(0, w, p["duration"], train.values(p))
        cost = [_session(p, synapses, w, k) for k in (1, n + 1)]
        compiled[state] = (cost[1] - cost[0]) / n
        print(f"compiled, {state}: {compiled[state]:.3f} s a trial")
    print(f"plasticity: {_plasticity(p, synapses):.3f} s a trial")
    for target in ("cython", "numpy"):
        cost = _interpreted(p, synapses, w, target)
        print(
            f"{target}, trained: {cost:.2f} s a trial, {cost / compiled['trained']:.0f} times as long"
        )


def _cpu():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _session(p, synapses, w, n):
    """CPU seconds of a process that runs n trials, from start to end."""
    started = _cpu()
    with trials.simulator(p, synapses) as trial:
        for k in range(n):
            trial(k, w, p["duration"], train.values(p))
    return _cpu() - started


def _plasticity(p, synapses, n=5):
    state = train._start(p, synapses)
    state |= {f"r_{x}": np.full(p[f"n_{x}"], 4.0) for x in "EI"}
    started = _cpu()
    for _ in range(n):
        train._learn(state, synapses, p)
    return (_cpu() - started) / n


def _interpreted(p, synapses, w, target):
    """CPU seconds of one trial, by the difference of a long and a short one."""
    trial = trials._interpreted(p, synapses, target)
    costs = []
    for duration in (p["dt"], p["duration"]):
        trial(0, w, p["dt"], train.values(p))
        started = time.process_time()
        trial(0, w, duration, train.values(p))
        costs.append(time.process_time() - started)
    return costs[1] - costs[0]


if __name__ == "__main__":
    brian2.prefs.logging.console_log_level = "ERROR"
    main(*map(int, sys.argv[1:]))
