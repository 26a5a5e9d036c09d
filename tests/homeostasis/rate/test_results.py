"""Numbers of a run of rate networks, from histories that are made up."""

import numpy as np
import pytest
import xarray as xr

from eiplast.homeostasis import neural
from eiplast.homeostasis.rate import results

n_E, n_I, n_trials = 3, 2, 60
# E and I (Hz) in the first and in the second half of the trials, with the set-points 5 and 14.
courses = [
    ((5.0, 14.0), (5.0, 14.0)),
    ((10.0, 14.0), (5.0, 14.0)),
    ((100.0, 250.0), (5.1, 14.1)),
    ((0.0, 0.0), (0.0, 0.0)),
    ((5.0, 14.0), (5.0, 14.0)),
    ((0.0, 0.0), (4.9, 13.9)),
    ((5.0, 14.0), (100.0, 250.0)),
    ((5.0, 14.0), (10.0, 14.0)),
]
converged = [1, 1, 1, 0, 1, 1, 0, 0]


@pytest.fixture(scope="module")
def p(paper):
    rate = paper["homeostasis"]["rate"]
    own = {"n_E": n_E, "n_I": n_I, "n_init": len(courses), "n_trials": n_trials, "alpha": 1e-4}
    return rate | own | {"rule": "cross_homeostatic", "label_trials": 100, "record_trials": []}


@pytest.fixture(scope="module")
def W(p):
    """Inhibition off the balance line by 0, 1, ... from unit to unit; far off it where nothing converges."""
    rng, k = np.random.default_rng(0), len(courses)
    W = {}
    for post, n_post in (("E", n_E), ("I", n_I)):
        excitation = rng.uniform(5, 10, (k, n_post, n_E))
        far = 7.0 * np.arange(k)[:, None] * (1 - np.array(converged))[:, None]
        inhibition = neural.balanced(post, excitation.sum(-1), p) + np.arange(n_post) + far
        W[f"{post}E"], W[f"{post}I"] = excitation, np.stack([inhibition / n_I] * n_I, -1)
    return W


@pytest.fixture(scope="module")
def ds(p, W):
    halves = np.array(courses)[:, [0] * (n_trials // 2) + [1] * (n_trials // 2), None, :]
    units = np.arange(n_E + n_I)
    first = {
        "means": halves,
        "average": np.array([4.6, 5.0, 5.6, 14.0, 8.0]) + np.zeros((len(courses), 1)),
        "summed": np.arange(4.0) + np.zeros((len(courses), n_trials, 4)),
        "traces": [np.zeros((4, n_E + n_I)) + units],
        "units": np.zeros((n_trials, n_E + n_I)) + units,
        "snapshots": [{c: 2 * W[c][0] for c in W}, {c: W[c][0] for c in W}],
        "W": W,
    }
    return results.dataset(p, [first])


def test_averages_are_low_passed_from_zero(ds, p):
    mean, average = ds.E_mean.values, ds.E_average.values
    before = np.insert(average[:, :-1], 0, 0, axis=1)
    np.testing.assert_allclose(average, before + (mean - before) / p["tau_trial"])


def test_how_networks_begin_and_end(ds):
    assert ds.starts_silent.values.tolist() == [0, 0, 0, 1, 0, 1, 0, 0]
    assert ds.starts_saturated.values.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert ds.converged.values.tolist() == converged
    np.testing.assert_allclose(ds.E_last, [second[0] for _, second in courses])
    np.testing.assert_allclose(ds.I_last, [second[1] for _, second in courses])


def test_error_growth_is_of_the_larger_error_the_last_less_the_first(ds):
    largest = 250 / 14 - 1, 19
    expected = [0, -1, 0.1 / 5 - largest[1], 0, 0, 0.1 / 5 - 1, largest[1], 1]
    np.testing.assert_allclose(ds.error_growth, expected, atol=1e-12)


def test_units_spread_and_reach_their_set_points(ds, p):
    assert p["tolerance"] == 0.1
    np.testing.assert_allclose(ds.units_at_set_point, 3 / 5)
    np.testing.assert_allclose(
        ds.E_spread, np.sqrt((0.4667**2 + 0.0667**2 + 0.5333**2) / 2), rtol=1e-3
    )
    np.testing.assert_allclose(ds.I_spread, 6 / np.sqrt(2))
    np.testing.assert_array_equal(ds.I_units[0], [3, 4])


def test_balance_is_measured_from_the_line_of_the_set_points(ds, p):
    far = 7.0 * np.arange(len(courses)) * (1 - np.array(converged))
    np.testing.assert_allclose(ds.balance_error_E, 1 + far)
    np.testing.assert_allclose(ds.balance_error_I, 0.5 + far)
    np.testing.assert_allclose(ds.balance_spread_E, 1)
    np.testing.assert_allclose(np.diff(ds.line_E) / np.diff(ds.line), p["E_set"] / p["I_set"])
    np.testing.assert_allclose(ds.line_I[0], -(p["theta_I"] + p["I_set"] / p["g_I"]) / p["I_set"])


def test_slopes_are_of_shares_of_the_converged_networks(ds, p):
    """Four networks a share: of the first three converge, of the second two, too few for a line."""
    for post in "EI":
        first, second = ds[f"balance_slope_{post}"].values
        assert first == pytest.approx(p["E_set"] / p["I_set"])
        assert np.isnan(second)


def test_weights_are_those_of_their_class(ds, W):
    np.testing.assert_allclose(ds.W_EI, 1)
    np.testing.assert_allclose(ds.W_II, 3)
    np.testing.assert_array_equal(ds.W_IE_units[-1], W["IE"][0])


def test_what_is_left_of_a_memory_is_a_share_of_what_was_added():
    contrast = np.array([[1.2, 1.2, 3.2, 2.7, 2.2], [1.0, 1.0, 2.0, 3.0, 1.0]])
    memory = xr.Dataset()
    results._put_memory(memory, {"imprint": {"trial": 2}}, contrast)
    np.testing.assert_array_equal(memory.memory_contrast, contrast)
    np.testing.assert_array_equal(memory.memory_before, [1.2, 1.0])
    np.testing.assert_array_equal(memory.memory_imprinted, [3.2, 2.0])
    np.testing.assert_array_equal(memory.memory_end, [2.2, 1.0])
    np.testing.assert_allclose(memory.memory_kept, [0.5, 0.0])


def test_the_effect_of_a_variant_is_its_difference_from_the_reference():
    about = {"units": "Hz", "long_name": "final rate of E"}
    one, other = np.array([5.0, 6.0]), np.array([4.0, 9.0])
    ds = results.join(
        {
            name: xr.Dataset({"E_last": ("init", rate, about)})
            for name, rate in (("b", one), ("a", other))
        },
        "a",
    )
    np.testing.assert_array_equal(ds.E_last_effect.sel(variant="b"), one - other)
    assert not ds.E_last_effect.sel(variant="a").any()
    words = "final rate of E: difference from a, same noise"
    assert ds.E_last_effect.attrs == {"units": "Hz", "long_name": words}
