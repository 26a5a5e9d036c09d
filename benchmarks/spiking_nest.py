"""Runs nest_network.py by the Python that EIPLAST_NEST_PYTHON names, or by this one if it has NEST."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

# ms between new values of the noise current: none, every step as in ours, NEST's default.
NOISE = {"no noise": 0, "noise new every 0.1 ms": 0.1, "noise new every 1 ms": 1.0}


def python():
    """The Python that has NEST, or None."""
    named = os.environ.get("EIPLAST_NEST_PYTHON")
    return named or (sys.executable if importlib.util.find_spec("nest") else None)


def run(p, W, noise, spikes, current=None, repetitions=1):
    """What nest_network.py prints: seconds, spikes, synapses, current, version.

    W : dict of weights (pA). spikes : how many are asked for; current : that was found to give them, or None.
    """
    asked = {"p": p, "W": W, "noise": noise, "spikes": spikes, "current": current}
    done = subprocess.run(
        [python(), Path(__file__).with_name("nest_network.py")],
        input=json.dumps(asked | {"repetitions": repetitions}),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
