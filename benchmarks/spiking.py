"""Processor seconds for a trial of 1.5 s of paper B's spiking network: the compiled program of ours beside others.

Brian2 runs the same network by its own targets in double precision; NEST one of the same size and as many synapses
and spikes (nest_network.py).
"""

import functools
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import brian2
import measure
import numpy as np
import spiking_nest
import yaml
from brian2 import ms, pA

from eiplast.homeostasis.spiking import build, model, train, trials

# Near the mean weights after training, so that no training is needed to time an Up-state.
trained = {"W_EE": 176.0, "W_EI": 211.0, "W_IE": 147.0, "W_II": 158.0}


def rows(quick=False):
    """Rows of the table `spiking`."""
    brian2.prefs.logging.console_log_level = "ERROR"
    homeostasis = yaml.safe_load((measure.root / "config.yaml").read_text("utf-8"))["homeostasis"]
    p = homeostasis["spiking"] | homeostasis["spiking_runs"]["example"]
    if quick:
        p |= {"duration": 300.0}
    synapses = model.connect(p, np.random.default_rng(0))
    w = {
        state: model.initial_weights(p | weights, synapses, np.random.default_rng(1))
        for state, weights in (("active", trained), ("silent", {}))
    }
    ours = {"version": version("eiplast")}
    n, rounds = (2, 1) if quick else (20, 3)
    yield from _active(p, synapses, w["active"], n, rounds)
    silent = measure.least({"": lambda: _session(p, synapses, w["silent"], n)}, rounds)[""]
    others = {"silent network": silent, "plasticity": _plasticity(p, synapses)}
    for work, seconds in others.items():
        yield measure.row("spiking", work, "eiplast", seconds, _per(p), **ours)
    if not quick:
        seconds, per = _compilation(p, synapses), "size of network"
        yield measure.row("spiking", "compilation", "eiplast", seconds, per, **ours)


def _active(p, synapses, w, n, rounds):
    # The first session may compile, too.
    spikes = _spikes(p, synapses, w, n)
    programs = {
        ("eiplast", "compiled"): lambda: _session(p, synapses, w, n),
        ("Brian2", "cython"): lambda: _interpreted(p, synapses, w, "cython"),
        ("Brian2", "numpy"): lambda: _interpreted(p, synapses, w, "numpy"),
    }
    notes = {("eiplast", "compiled"): f"{spikes:.0f} spikes, {_count(synapses)} synapses"}
    versions = {"eiplast": version("eiplast"), "Brian2": version("brian2")}
    if spiking_nest.python():
        W = {c: trained[f"W_{c}"] for c in synapses}
        for variant, every in spiking_nest.NOISE.items():
            found = spiking_nest.run(p, W, every, spikes)
            notes["NEST", variant] = f"{found['spikes']} spikes, {found['synapses']} synapses"
            versions["NEST"] = found["version"]
            again = functools.partial(spiking_nest.run, p, W, every, spikes, found["current"])
            programs["NEST", variant] = lambda again=again: again()["seconds"]
    with tempfile.TemporaryDirectory() as folder:
        _standalone(p, synapses, w, folder)
        programs["Brian2", "C++ standalone, whole process"] = lambda: _process(folder)
        least = measure.least(programs, rounds)
    for (program, variant), seconds in least.items():
        note = notes.get((program, variant), "")
        yield measure.row(
            "spiking", "active network", program, seconds, _per(p), variant, versions[program], note
        )


def _count(synapses):
    return sum(len(of["pre"]) for of in synapses.values())


def _per(p):
    return f"trial of {p['duration'] / 1000:g} s"


def _session(p, synapses, w, n):
    """Processor seconds of a trial, by the difference of a session of n + 1 and one of 1."""
    seconds = []
    for n_trials in (1, n + 1):
        started = measure.cpu()
        _spikes(p, synapses, w, n_trials)
        seconds.append(measure.cpu() - started)
    return (seconds[1] - seconds[0]) / n


def _spikes(p, synapses, w, n):
    """Mean number of spikes in the first `n` trials of the compiled program."""
    spikes = 0
    with trials.simulator(p, synapses) as trial:
        for k in range(n):
            found = trial(k, w, p["duration"], train.values(p))
            spikes += len(found["E"][0]) + len(found["I"][0])
    return spikes / n


def _interpreted(p, synapses, w, target):
    """Processor seconds of a trial by a run-time target of Brian2, by the difference of a long and a short one."""
    trial = trials._interpreted(p, synapses, target)
    seconds = []
    for duration in (p["dt"], p["duration"]):
        trial(0, w, p["dt"], train.values(p))
        started = time.process_time()
        trial(0, w, duration, train.values(p))
        seconds.append(time.process_time() - started)
    return seconds[1] - seconds[0]


def _standalone(p, synapses, w, folder):
    """Build Brian2's own C++ program of one trial in `folder`; no object of it stays."""
    brian2.set_device("cpp_standalone", build_on_run=False)
    objects, network = model.network(p, synapses)
    model.reset(p, objects)
    for c, charge in model.charge(p, w).items():
        objects[c].q = charge * pA * ms
    for name, unit in model.TRIAL_VALUES.items():
        for x, value in zip("EI", train.values(p)[name], strict=True):
            setattr(objects[x], name, value * unit)
    network.run(p["duration"] * ms)
    device = brian2.get_device()
    device.build(directory=folder, run=False)
    device.reinit()
    brian2.set_device("runtime")


def _process(folder):
    """Processor seconds of the program in `folder`, its connections read and its results written."""
    started = measure.cpu()
    subprocess.run([Path(folder) / "main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return measure.cpu() - started


def _plasticity(p, synapses, n=5):
    """Processor seconds of the weight change after a trial."""
    state = train._start(p, synapses)
    state |= {f"r_{x}": np.full(p[f"n_{x}"], 4.0) for x in "EI"}
    started = measure.cpu()
    for _ in range(n):
        train._learn(state, synapses, p)
    return (measure.cpu() - started) / n


def _compilation(p, synapses):
    """Processor seconds to compile the program."""
    with tempfile.TemporaryDirectory() as folder:
        trials._write_program(p, synapses, folder)
        started = measure.cpu()
        build.make(Path(folder))
        return measure.cpu() - started
