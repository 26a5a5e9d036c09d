"""What the plain programs of the rate model start from and do between trials, as arrays by unit."""

import numpy as np

from eiplast.homeostasis.rate import model, simulate


def start(spec, networks):
    """W, dict of (k, n_post, n_pre), their mask and the low-passed rates (k, n), zero."""
    W, A = simulate._start(spec, networks)
    return W, A, np.zeros((len(networks), spec["n_E"] + spec["n_I"]))


def units(spec):
    """dt / tau, gain, threshold, saturation of every unit, (4, n)."""
    of_E, of_I = model.constants(spec)[0]
    return np.array([of_E] * spec["n_E"] + [of_I] * spec["n_I"]).T


def learned(spec, W, A, average, mean):
    """W and low-passed rates after a trial with the rates `mean` (k, n)."""
    n_E = spec["n_E"]
    average = average + (mean - average) / spec["tau_trial"]
    return simulate._update(spec, average[:, :n_E], average[:, n_E:], W, A), average
