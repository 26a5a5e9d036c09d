"""A Table S2: parameters of the networks of A Tables 1 and S3, from the runs of every cell."""

import json

from eiplast.table import parameters

layout = parameters.layout
_rows = [
    ("tau_E", "tau_E", "Exc. membrane time constant", "ms", 1),
    ("tau_I", "tau_I", "Inh. membrane time constant", "ms", 1),
    ("beta", "beta", "Activation function scale", "", 1),
    ("gamma", "gamma", "Activation function shift", "", 1),
    ("tau_c", "tau_c", "Controller time constant", "ms", 1),
    ("k_p", "k_p", "Proportional control strength", "", 1),
    ("k_i", "k_i", "Integral control strength", "", 1),
    ("alpha", "alpha", "Jacobian norm. constant", "", 1),
]


def table(ds):
    """Values that ran."""
    return parameters.table(json.loads(ds.attrs["specs"]), _rows)
