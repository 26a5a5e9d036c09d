"""The programs that benchmarks/ compares with ours compute the same model."""

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from eiplast.homeostasis.rate import simulate

root = Path(__file__).parent.parent.parent.parent
sys.path.append(str(root / "benchmarks"))

import rate  # noqa: E402
import rate_jax  # noqa: E402
import rate_numba  # noqa: E402
import rate_octave  # noqa: E402


@pytest.mark.parametrize("run", ["cross_batch", "cross_units_batch"])
def test_the_programs_compute_the_same_rates(run):
    """One trial from the same weights, each with noise of its own."""
    settings = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["homeostasis"]
    spec = simulate._rates(settings["rate"] | settings["rate_runs"][run])
    found = {
        "numba": rate_numba.run(spec, 1, 1)[1],
        "jax": rate_jax.run(spec, 1, 1)[1],
        "jax float64": rate_jax.run(spec, 1, 1, "float64")[1],
    }
    if rate_octave.command():
        found["Octave"] = rate_octave.run(spec, 1)[1]
    expected = rate.ours(spec, 1, 1)[1]
    assert (expected > 1).all()
    for name, rates in found.items():
        np.testing.assert_allclose(rates, expected, rtol=0.01, err_msg=name)
