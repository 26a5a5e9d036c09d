"""A Table S1: parameters of the student-teacher task (A Fig. 4), from the two runs as printed.

The paper prints the inhibitory scale and shift as a second beta_E and gamma_E.
"""

import json

from eiplast.table import parameters

layout = parameters.layout
_rows = [
    ("tau_E", "tau_E", "Exc. membrane time constant", "ms", 1),
    ("beta_E", "beta_E", "Exc. activation function scale", "", 1),
    ("gamma_E", "gamma_E", "Exc. activation function shift", "", 1),
    ("tau_I", "tau_I", "Inh. membrane time constant", "ms", 1),
    ("beta_I", "beta_I", "Inh. activation function scale", "", 1),
    ("gamma_I", "gamma_I", "Inh. activation function shift", "", 1),
    ("tau_c", "tau_c", "Controller time constant", "ms", 1),
    ("k_p", "k_p", "Proportional control strength", "", 1),
    ("k_i", "k_i", "Integral control strength", "", 1),
    ("tau_W", "tau_W", "Weight update time constant", "s", 1e-3),
    ("tau_Q", "tau_Q", "Feedback weight update time constant", "s", 1e-3),
    ("r_tilde", "r_tilde", "Linearization point for learning rule", "", 1),
    ("alpha", "alpha", "Jacobian norm. constant", "", 1),
]


def table(*runs):
    """Values that ran."""
    return parameters.table([json.loads(ds.attrs["spec"]) for ds in runs], _rows)
