"""A Figs. 3b and S2: the linear rule in every circuit and for every line, from the stored rates alone."""

import numpy as np
import pytest


@pytest.fixture
def runs(single_synapse_runs):
    return single_synapse_runs


def test_weight_change_of_every_line(runs):
    """phi' = 1 - exp(-r) for beta = 1, so that the rates say all."""
    for ds in runs.values():
        for line, (theta, delta) in enumerate(zip(ds.theta.values, ds.delta.values, strict=True)):
            drive, r_E, r_I = ds.drive.values, ds.r_E.values, ds.r_I.values
            expected = drive * (r_E - theta - delta * r_I) * (1 - np.exp(-r_E))
            np.testing.assert_allclose(ds.dW.values[:, line], expected, atol=1e-9)


def test_drawn_inverse_is_the_inverse(runs):
    """First column of Fig. S2, inset of Fig. 3b: phi of it is the rate again."""
    for ds in runs.values():
        np.testing.assert_allclose(np.log(1 + np.exp(ds.phi_inv.values - 3.0)), ds.r, rtol=1e-9)


def test_intact_circuit_without_feedback_is_multistable(runs):
    """Fig. 3b: potentiation between an unstable and a stable point, for both lines."""
    ds = runs["open_loop"]
    assert ds.sizes["line"] == 2
    assert (ds.r_stable > ds.r_unstable + 1).all()


def test_thresholds_of_the_isolated_neuron(runs):
    """Last column of Fig. S2: the sign flips at theta + delta r_I, and nothing stops the growth."""
    ds = runs["parameters_isolated"]
    expected = ds.theta.values + ds.delta.values * ds.level.values[:, None]
    found = ds.r_unstable.values
    np.testing.assert_allclose(found[expected > 0], expected[expected > 0], atol=2e-3)
    assert np.isnan(ds.r_stable).all()
