"""Up-states, rates and intervals of hand-made spike trains."""

import numpy as np
import pytest

from eiplast.homeostasis.spiking import up_states


@pytest.fixture
def p():
    return {"bin": 10.0, "up_gap": 100.0, "up_min": 100.0, "n_E": 4, "n_I": 2, "n_kicked": 1}


def _train(start, stop, step=5.0):
    return np.arange(start, stop, step) + 1.0


def test_one_up_state(p):
    np.testing.assert_array_equal(up_states.detect(_train(200, 500), p), [[200.0, 500.0]])


def test_silence_and_a_short_burst_are_none(p):
    assert len(up_states.detect(np.empty(0), p)) == 0
    assert len(up_states.detect(_train(200, 300), p)) == 0


def test_short_pauses_are_bridged_and_long_ones_not(p):
    bridged = np.concatenate([_train(200, 400), _train(500, 700)])
    np.testing.assert_array_equal(up_states.detect(bridged, p), [[200.0, 700.0]])
    apart = np.concatenate([_train(200, 400), _train(520, 700)])
    np.testing.assert_array_equal(up_states.detect(apart, p), [[200.0, 400.0], [520.0, 700.0]])


def test_an_up_state_that_lasts_to_the_end_counts(p):
    assert up_states.detect(_train(1000, 1500), p).tolist() == [[1000.0, 1500.0]]


def test_unit_rates_are_means_over_up_states(p):
    """Unit 1 fires twice in an Up-state of 0.2 s and once in one of 0.5 s."""
    spikes = {
        "E": (np.array([1, 1, 1, 2]), np.array([110.0, 120.0, 600.0, 400.0])),
        "I": (np.array([0]), np.array([150.0])),
    }
    rates = up_states.unit_rates(spikes, np.array([[100.0, 300.0], [500.0, 1000.0]]), p)
    np.testing.assert_allclose(rates["E"], [0.0, (10.0 + 2.0) / 2, 0.0, 0.0])
    np.testing.assert_allclose(rates["I"], [2.5, 0.0])


def test_without_up_state_kicked_units_count_as_the_others(p):
    spikes = {
        "E": (np.array([0, 0, 0, 1]), np.array([100.0, 101.0, 102.0, 115.0])),
        "I": (np.empty(0, int), np.empty(0)),
    }
    rates = up_states.unit_rates(spikes, np.empty((0, 2)), p)
    np.testing.assert_allclose(rates["E"], [50 / 3, 50.0, 0.0, 0.0])


def test_cv_of_regular_and_of_poisson_trains():
    rng = np.random.default_rng(0)
    poisson = np.cumsum(rng.exponential(50.0, 20_000))
    regular = np.arange(0.5, poisson[-1], 50.0)
    units = np.concatenate([np.zeros(len(poisson), int), np.ones(len(regular), int)])
    ups = np.array([[0.0, poisson[-1] + 1]])
    sums = up_states.interval_sums((units, np.concatenate([poisson, regular])), ups, 3)
    cv = up_states.cv(sums)
    assert cv[0] == pytest.approx(1.0, abs=0.03)
    assert cv[1] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(cv[2])


def test_cv_needs_two_intervals():
    """Number, sum and sum of squares of no interval, of one, of two alike, and of 10 and 30 ms."""
    sums = np.array([[0, 1, 2, 2], [0, 10.0, 20.0, 40.0], [0, 100.0, 200.0, 1000.0]])
    np.testing.assert_allclose(up_states.cv(sums), [np.nan, np.nan, 0.0, 0.5])


def test_intervals_do_not_cross_up_states():
    times = np.array([100.0, 120.0, 800.0, 830.0])
    ups = np.array([[90.0, 300.0], [700.0, 900.0]])
    sums = up_states.interval_sums((np.zeros(4, int), times), ups, 1)
    np.testing.assert_allclose(sums[:, 0], [2, 50.0, 20.0**2 + 30.0**2])


def test_spikes_on_the_borders_of_an_up_state_lie_outside(p):
    """ASSUME, the paper is silent: in rates as in intervals."""
    units, times = np.ones(5, int), np.array([100.0, 110.0, 130.0, 160.0, 300.0])
    ups = np.array([[100.0, 300.0]])
    spikes = {"E": (units, times), "I": (units, times)}
    rates = up_states.unit_rates(spikes, ups, p)
    assert (rates["E"][1], rates["I"][1]) == (15, 15)
    np.testing.assert_allclose(up_states.interval_sums((units, times), ups, 2)[:2, 1], [2, 50])
