"""Runs rate_octave.m by the GNU Octave that EIPLAST_OCTAVE names, or that is on the path."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import rate_plain

from eiplast.homeostasis.rate import model, protocol


def command():
    """Octave's command, or None where there is none."""
    named = os.environ.get("EIPLAST_OCTAVE", "octave-cli")
    return shutil.which(named) or shutil.which("octave")


def version():
    """Its version."""
    return _octave("printf('%s', version)")


def run(spec, n_trials):
    """Seconds a trial of network 0 without plasticity, and its mean rates (1, 2) in the last trial."""
    W, _, _ = rate_plain.start(spec, [0])
    _, keep, kick = model.constants(spec)
    edges, current = protocol.timeline(spec)
    n_E, n_I = spec["n_E"], spec["n_I"]
    of_unit = dict(
        zip(("step", "gain", "theta", "top"), rate_plain.units(spec).tolist(), strict=True)
    )
    settings = of_unit | {
        "W": model.matrix(W)[0].tolist(),
        "class": [1] * n_E + [2] * n_I,
        "keep": keep,
        "kick": kick,
        "current": current.tolist(),
        "late": edges[-2],
        "n_trials": n_trials,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        seconds, *rates = map(float, _octave(f"rate_octave('{path}')").split())
    return seconds, np.array([[np.mean(rates[:n_E]), np.mean(rates[n_E:])]])


def _octave(expression):
    here = Path(__file__).parent
    asked = [
        command(),
        "--no-gui",
        "--no-init-file",
        "--quiet",
        "--path",
        here,
        "--eval",
        expression,
    ]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout
