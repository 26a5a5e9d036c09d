"""Processor seconds for one trial of one rate network of paper B, 2 s of its time: ours beside other programs.

eiplast    : eiplast.homeostasis.rate.simulate, everything that a job does; and the normal numbers alone
numba, jax, GNU Octave : the model as a reader would write it, in rate_numba.py, rate_jax.py and rate_octave.m
"""

import time
from importlib.metadata import version

import measure
import numpy as np
import rate_jax
import rate_numba
import rate_octave
import yaml

from eiplast.homeostasis.rate import noise, simulate

# Run of config.yaml, networks at once, trials by program.
_works = [
    (
        "two populations, alone",
        "cross_batch",
        1,
        {"eiplast": 200, "numba": 40, "jax": 10, "octave": 1},
    ),
    ("two populations, 100 together", "cross_batch", 100, {"eiplast": 30, "numba": 1, "jax": 1}),
    (
        "80 + 20 units, alone",
        "cross_units_batch",
        1,
        {"eiplast": 20, "numba": 2, "jax": 2, "octave": 1},
    ),
    ("80 + 20 units, 20 together", "cross_units_batch", 20, {"eiplast": 1, "numba": 1, "jax": 1}),
]


def rows(quick=False):
    """Rows of the table `rate`."""
    settings = yaml.safe_load((measure.root / "config.yaml").read_text("utf-8"))["homeostasis"]
    for work, run, n_networks, trials in _works:
        spec = simulate._rates(settings["rate"] | settings["rate_runs"][run])
        if quick:
            trials, n_networks = dict.fromkeys(trials, 1), min(n_networks, 5)
        yield from _rows(work, spec, n_networks, trials, 1 if quick else 3)


def _rows(work, spec, n_networks, trials, rounds):
    programs = {
        ("eiplast", ""): lambda: ours(spec, n_networks, trials["eiplast"])[0],
        ("eiplast", "of that the noise"): lambda: _noise(spec, n_networks, trials["eiplast"]),
        ("numba", "plain loop, float64"): lambda: rate_numba.run(spec, n_networks, trials["numba"])[
            0
        ],
        ("jax", "scan and vmap, float32"): lambda: rate_jax.run(spec, n_networks, trials["jax"])[0],
        ("jax", "scan and vmap, float64"): lambda: rate_jax.run(
            spec, n_networks, trials["jax"], "float64"
        )[0],
    }
    versions = {name: version(name) for name in ("eiplast", "numba", "jax")}
    if "octave" in trials and rate_octave.command():
        programs["GNU Octave", "plain loop"] = lambda: rate_octave.run(spec, trials["octave"])[0]
        versions["GNU Octave"] = rate_octave.version()
    for (program, variant), seconds in measure.least(programs, rounds).items():
        yield measure.row(
            "rate", work, program, seconds, "trial of one network", variant, versions[program]
        )


def ours(spec, n_networks, n_trials):
    """Seconds a trial of one of `n_networks` networks, and their mean rates (n_networks, 2) in the last trial."""
    batches = simulate._batches(spec | {"n_init": n_networks})
    simulate.simulate(spec | {"n_trials": 1}, batches[0])
    if len(batches[-1]) != len(batches[0]):
        simulate.simulate(spec | {"n_trials": 1}, batches[-1])
    started = time.process_time()
    done = [simulate.simulate(spec | {"n_trials": n_trials}, networks) for networks in batches]
    seconds = time.process_time() - started
    rates = np.concatenate([batch["means"][:, -1, -1] for batch in done])
    return seconds / n_trials / n_networks, rates


def _noise(spec, n_networks, n_trials):
    """Seconds a trial of one network for its normal numbers."""
    n = spec["n_E"] + spec["n_I"]
    n_steps = round(spec["duration"] / spec["dt"])
    seconds = 0.0
    for networks in simulate._batches(spec | {"n_init": n_networks}):
        draw = noise.source(spec, networks)
        size = min(n_steps, simulate._numbers // (n * len(networks)))
        started = time.process_time()
        for _ in range(n_trials * n_steps // size):
            draw(0, 0, size)
        seconds += time.process_time() - started
    return seconds / n_trials / n_networks
