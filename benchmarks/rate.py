"""Processor seconds for one trial of one network, ours beside a plain compiled loop of the same model, in one run.

python benchmarks/rate.py [two|many|all] [trials]

plain   : B Eqs. (1)-(3) and the rule as a reader would write them, one network after the other, compiled by numba,
          float64, normal numbers from numpy's default generator inside the loop
ours    : eiplast.homeostasis.rate_simulate.simulate, one thread, everything that a job does
noise   : of ours, the normal numbers alone
together: ours, for so many networks at once

Processor time of one thread, the least of three repetitions taken in turn: a busy machine disturbs it less.
"""

import resource
import sys
import time
from pathlib import Path

import numba
import numpy as np
import yaml

root = Path(__file__).parent.parent
sys.path.insert(0, str(root / "src"))

from eiplast.homeostasis.rate import engine_numba, initial, model, noise, simulate  # noqa: E402

n_steps = 20_000
together = (1, 8, 32, 100, 400)


@numba.njit(nogil=True)
def plain_trial(rng, W, n_E, tau, gain, theta, top, x, r, mean):
    """One trial of the model, unit by unit and step by step; `mean` over the last 0.5 s."""
    n = len(r)
    new = np.empty(n)
    for t in range(n_steps):
        for i in range(n):
            x[i] += 0.1 * (0.0 - x[i]) + 0.1 * rng.standard_normal()
            drive = x[i] - theta[i]
            if i < n_E and 2500 <= t < 2600:
                drive += 7.0
            for j in range(n):
                drive += W[i, j] * r[j]
            new[i] = min(top[i], r[i] + 0.1 / tau[i] * (gain[i] * max(drive, 0.0) - r[i]))
        for i in range(n):
            r[i] = new[i]
            if t >= 15_000:
                mean[i] += r[i] / 5000


def plain(spec, n_trials, network=0):
    """Seconds a trial of one network under cross-homeostatic plasticity by the plain loop."""
    W, A = initial.weights(spec, np.random.default_rng([0, network, 0]))
    n_E, n = spec["n_E"], spec["n_E"] + spec["n_I"]
    of_unit = [
        np.array([spec[f"{name}E{end}"]] * n_E + [spec[f"{name}I{end}"]] * (n - n_E))
        for name, end in (("tau_", ""), ("g_", ""), ("theta_", ""))
    ]
    top = np.array([spec["E_max"]] * n_E + [spec["I_max"]] * (n - n_E))
    rng, x, average = np.random.default_rng(network), np.zeros(n), np.zeros(n)
    for trial in range(n_trials + 1):
        if trial == 1:
            started = time.process_time()
        mean = np.zeros(n)
        plain_trial(rng, model.matrix(W), n_E, *of_unit, top, x, np.zeros(n), mean)
        average = average + (mean - average) / 2
        updated = simulate._update(spec, average[:n_E], average[n_E:], W, A)
        W = {c: np.ascontiguousarray(updated[c]) for c in updated}
    return (time.process_time() - started) / n_trials


def ours(spec, n_init, n_trials):
    """Seconds a trial of one of `n_init` networks by the package."""
    batches = simulate._batches(spec | {"n_init": n_init})
    simulate.simulate(spec | {"n_trials": 1}, batches[0])
    started = time.process_time()
    for networks in batches:
        simulate.simulate(spec | {"n_trials": n_trials}, networks)
    return (time.process_time() - started) / n_trials / n_init


def noise_alone(spec, networks, n_trials):
    """Seconds a trial of one network for its normal numbers."""
    draw = noise.source(spec, networks)
    n = spec["n_E"] + spec["n_I"]
    size = min(n_steps, simulate._numbers // (n * len(networks)))
    started = time.process_time()
    for _ in range(n_trials * n_steps // size):
        draw(0, 0, size)
    return (time.process_time() - started) / n_trials / len(networks)


def main(which="all", n_trials="20"):
    settings = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["homeostasis"]
    models = {
        "two": ("cross_batch", range(engine_numba.LANES), 100, 3000),
        "many": ("cross_units_batch", range(1), 400, 1000),
    }
    for name in models if which == "all" else [which]:
        run, networks, n_init, trials = models[name]
        spec = simulate._rates(settings["rate"] | settings["rate_runs"][run])
        count = int(n_trials) * (10 if name == "two" else 1)
        rounds = [
            {
                "plain": plain(spec, max(2, count // 10)),
                "ours": ours(spec, len(networks), count),
                "noise": noise_alone(spec, networks, count),
            }
            for _ in range(3)
        ]
        times = {of: min(times[of] for times in rounds) for of in rounds[0]}
        batch = times["ours"] * n_init * trials / 60
        print(
            f"{name}: plain {times['plain'] * 1e3:.2f} ms, ours {times['ours'] * 1e3:.3f} ms a trial"
            f" ({times['plain'] / times['ours']:.1f} times faster), of that noise"
            f" {times['noise'] * 1e3:.3f} ms; a batch of {n_init} x {trials}:"
            f" {batch:.1f} minutes of one core, {batch / 2:.1f} minutes on two"
        )
        trials = 40 if name == "two" else 2
        per_network = [ours(spec, k, trials) * 1e3 for k in together]
        words = (f"{ms:.3f} ms of {k}" for k, ms in zip(together, per_network, strict=True))
        print(f"{name}: a trial of a network costs {', '.join(words)} together")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
