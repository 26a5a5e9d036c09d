"""Initial weights of the rate models against B SI Supplementary Methods."""

import numpy as np
import pytest

from eiplast.homeostasis import neural
from eiplast.homeostasis.rate import initial

summed = {"W_EE": 5.0, "W_EI": 1.2, "W_IE": 10.0, "W_II": 1.5}


def test_balanced_weights_put_the_fixed_point_at_the_set_points(rate_spec):
    spec = rate_spec | {"W_EE": [4.0, 7.0], "W_EI": "balanced", "W_IE": 10.0, "W_II": "balanced"}
    W, _ = initial.weights(spec, np.random.default_rng(0))
    fixed = neural.fixed_point({c: w.item() for c, w in W.items()}, rate_spec)
    np.testing.assert_allclose(fixed, (5, 14), rtol=1e-9)


def test_printed_weights_of_fig_2E_are_balanced(rate_spec):
    assert neural.balanced("E", 5.0, rate_spec) == pytest.approx(1.09, abs=0.005)
    assert neural.balanced("I", 10.0, rate_spec) == pytest.approx(1.54, abs=0.005)


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_many_units_share_the_summed_weight(rate_spec, distribution):
    spec = rate_spec | summed | {"n_E": 400, "n_I": 200, "W_distribution": distribution}
    W, A = initial.weights(spec, np.random.default_rng(0))
    for c in neural.CLASSES:
        assert W[c].sum(1).mean() == pytest.approx(summed[f"W_{c}"], rel=0.01)
        weights = W[c][A[c] == 1]
        assert weights.std() / weights.mean() == pytest.approx(0.1, rel=0.05)
    assert (np.diag(W["EE"]) == 0).all()
    assert (np.diag(W["II"]) == 0).all()


def test_lognormal_weights_have_their_arithmetic_standard_deviation(rate_spec):
    spec = (
        rate_spec | summed | {"n_E": 500, "n_I": 500, "W_distribution": "lognormal", "W_sd": 0.05}
    )
    W, _ = initial.weights(spec, np.random.default_rng(0))
    assert W["IE"].mean() == pytest.approx(10 / 500, rel=0.03)
    assert W["IE"].std() == pytest.approx(0.05, rel=0.15)
    skew = ((W["IE"] - W["IE"].mean()) ** 3).mean() / W["IE"].std() ** 3
    assert skew > 3
