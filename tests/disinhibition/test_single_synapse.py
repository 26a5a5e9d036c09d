"""A Fig. 3 against equilibria found another way, and what the paper says of each circuit."""

import numpy as np
import pytest
from scipy.optimize import fsolve

from eiplast.disinhibition import explicit_error, single_synapse
from listed import assert_as_published, published_runs


@pytest.fixture
def runs(single_synapse_runs):
    return single_synapse_runs


def _phi(u):
    return np.log1p(np.exp(u - 3.0))


@pytest.mark.parametrize("i", [5, 40, 99])
@pytest.mark.parametrize("level", [0, 1])
def test_closed_loop_is_at_equilibrium(runs, i, level):
    ds = runs["closed_loop"]
    x, target = float(ds.drive[i]), float(ds.level[level])

    def velocity(u):
        u_E, u_I = u
        return -u_E - _phi(u_I) + x, -u_I + _phi(u_E) - 5.0 * (target - _phi(u_E))

    u_E, u_I = fsolve(velocity, (1.0, 1.0), xtol=1e-12)
    np.testing.assert_allclose(ds.r_E[level, i], _phi(u_E), atol=1e-7)
    np.testing.assert_allclose(ds.r_I[level, i], _phi(u_I), atol=1e-7)
    dphi = 1 / (1 + np.exp(3.0 - u_E))
    dW = x * (_phi(u_E) - 1.5 - 1.5 * _phi(u_I)) * dphi
    np.testing.assert_allclose(ds.dW[level, 0, i], dW, atol=1e-6)


def test_simulation_has_settled(runs):
    assert all((ds.residual < 1e-6).all() for ds in runs.values())


def test_without_feedback_u_I_follows_r_E(runs):
    ds = runs["open_loop"]
    u_I = 3.0 + np.log(np.expm1(ds.r_I))
    np.testing.assert_allclose(u_I, ds.r_E, atol=1e-8)


def test_inhibition_shifts_the_threshold_by_delta(runs):
    """A Eq. (11): without recurrence the sign flips at theta + delta r_I."""
    ds = runs["isolated"]
    expected = 1.5 + 1.5 * ds.level
    np.testing.assert_allclose(ds.r_unstable[:, 0], expected, atol=2e-3)
    assert np.isnan(ds.r_stable).all()


def test_stable_fixed_point_moves_with_the_target(runs):
    ds = runs["closed_loop"]
    assert ds.r_stable[0, 0] > ds.r_stable[1, 0]
    assert (abs(ds.r_stable[:, 0] - ds.level) < 0.2).all()


def test_exact_rule_is_stable_at_the_target(runs):
    ds = runs["closed_loop"]
    np.testing.assert_allclose(ds.r_exact, ds.level, atol=2e-3)
    assert "r_exact" not in runs["open_loop"]


def test_below_the_unstable_point_there_is_depression(runs):
    for ds in runs.values():
        dW, r_E = np.array(ds.dW), np.array(ds.r_E)[:, None]
        below = (r_E < np.array(ds.r_unstable)[..., None]) & (np.array(ds.drive) > 0)
        largest = np.where(below, dW, -np.inf).max(-1)
        np.testing.assert_allclose(ds.dW_below, np.where(below.any(-1), largest, np.nan))
    assert (runs["closed_loop"].dW_below < 0).all()
    assert not runs["isolated"].with_stable.any()


def test_summaries_are_of_the_fixed_points(runs):
    for name, ds in runs.items():
        stable, unstable = ds.r_stable.values, ds.r_unstable.values
        found = stable[np.isfinite(stable)]
        np.testing.assert_array_equal(ds.fixed_point_gap, stable - unstable)
        assert ds.n_stable == len(found), name
        assert ds.with_stable.values.sum() == len(found)
        if len(found):
            assert ds.r_stable_range == pytest.approx(found.max() - found.min())
        if len(unstable) > 1:
            steps = [b - a for a, b in zip(unstable[:-1, 0], unstable[1:, 0], strict=True)]
            np.testing.assert_array_equal(ds.threshold_shift, min(steps))
        for rate, slope in ((stable, -1), (unstable, 1)):
            for i, j in zip(*np.nonzero(np.isfinite(rate)), strict=True):
                x, y = ds.r_E.values[i], ds.dW.values[i, j]
                after = np.searchsorted(x, rate[i, j])
                assert slope * y[after - 1] <= 0 <= slope * y[after]
                # The upper one: beyond it dW passes no zero in that direction.
                rest = slope * y[after:]
                assert not ((rest[:-1] < 0) & (rest[1:] > 0)).any()


@pytest.mark.parametrize("crossing", [single_synapse._crossing, explicit_error._crossing])
def test_of_two_fixed_points_the_upper_one_is_named(crossing):
    x, y = np.arange(5.0), np.array([1.0, -1.0, 3.0, -1.0, 1.0])
    assert crossing(x, y, -1) == 2.75
    assert crossing(x, y, 1) == 3.5
    assert np.isnan(crossing(x, -np.ones(5), 1))


@pytest.mark.parametrize("name", published_runs("single_synapse"))
def test_published_results_are_those_of_this_code(runs, name):
    assert_as_published(runs[name], f"single_synapse/{name}")
