"""The rate model as a reader would write it for numba: unit by unit and step by step, one network after the other.

float64; normal numbers from numpy's default generator inside the loop.
"""

import time

import numba
import numpy as np
import rate_plain

from eiplast.homeostasis.rate import model, protocol


@numba.njit(nogil=True)
def _trial(rng, W, current, late, of_unit, n_E, keep, kick, x, r, mean):
    """One trial, B Eqs. (1)-(3); `mean` over the steps from `late` on."""
    step, gain, theta, top = of_unit
    n, n_steps = len(r), len(current)
    new = np.empty(n)
    for t in range(n_steps):
        for i in range(n):
            x[i] = keep * x[i] + kick * rng.standard_normal()
            drive = x[i] - theta[i] + current[t, 0 if i < n_E else 1]
            for j in range(n):
                drive += W[i, j] * r[j]
            new[i] = min(top[i], r[i] + step[i] * (gain[i] * max(drive, 0.0) - r[i]))
        for i in range(n):
            r[i] = new[i]
            if t >= late:
                mean[i] += r[i] / (n_steps - late)


def run(spec, n_networks, n_trials):
    """Seconds a trial of one network, and the mean rates (n_networks, 2) of E and I in the last trial."""
    _network(spec, 0, 1)
    started = time.process_time()
    rates = [_network(spec, network, n_trials) for network in range(n_networks)]
    return (time.process_time() - started) / n_trials / n_networks, np.array(rates)


def _network(spec, network, n_trials):
    _, keep, kick = model.constants(spec)
    edges, current = protocol.timeline(spec)
    of_unit, n_E = rate_plain.units(spec), spec["n_E"]
    W, A, average = rate_plain.start(spec, [network])
    rng, x = np.random.default_rng(network), np.zeros(average.shape[1])
    for _ in range(n_trials):
        r, mean, M = np.zeros_like(x), np.zeros_like(x), model.matrix(W)[0]
        _trial(rng, M, current, edges[-2], of_unit, n_E, keep, kick, x, r, mean)
        W, average = rate_plain.learned(spec, W, A, average, mean[None])
    return mean[:n_E].mean(), mean[n_E:].mean()
