"""The rate model of paper B against closed forms and an independent integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eiplast.homeostasis import rate, simulate_rate

fig1 = {"EE": 5.0, "EI": 1.52, "IE": 10.0, "II": 2.25}


def _matrices(W):
    return {c: np.array([[w]]) for c, w in W.items()}


def _run(p, W, current, state=(0.0, 0.0), normal=None):
    n = len(current)
    normal = np.zeros((n, 2)) if normal is None else normal
    start = [np.array([x]) for x in (*state, 0.0, 0.0)]
    return rate.integrate(start, _matrices(W), current, normal, p, 1)


def test_settles_at_the_fixed_point(rate_spec):
    current = np.zeros((20_000, 2))
    current[:100, 0] = 7.0
    _, _, (E, I) = _run(rate_spec, fig1, current)
    np.testing.assert_allclose((E[-1, 0], I[-1, 0]), rate.fixed_point(fig1, rate_spec), rtol=1e-9)
    np.testing.assert_allclose(rate.fixed_point(fig1, rate_spec), (5.0, 10.0), rtol=1e-9)


def test_euler_converges_to_the_ode(rate_spec):
    """First order: a tenth of the step, about a tenth of the error."""

    def velocity(_, y):
        E, I = y
        f_E = max(5.0 * E - 1.52 * I - 4.8, 0.0)
        f_I = 4 * max(10.0 * E - 2.25 * I - 25.0, 0.0)
        return (-E + f_E) / 10.0, (-I + f_I) / 2.0

    exact = solve_ivp(velocity, (0, 20), (8.0, 15.0), rtol=1e-10, atol=1e-10).y[:, -1]
    errors = []
    for dt in (0.01, 0.001):
        n = round(20 / dt)
        end, *_ = _run(rate_spec | {"dt": dt}, fig1, np.zeros((n, 2)), state=(8.0, 15.0))
        errors.append(abs(np.ravel(end[:2]) - exact).max())
    assert errors[0] < 0.05
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.2)


def test_many_units_are_explicit_sums(rate_spec):
    """One step of many units against B Eqs. (1)-(3) written out."""
    rng = np.random.default_rng(1)
    n = {"E": 4, "I": 3}
    W = {c: rng.random((n[c[0]], n[c[1]])) for c in ("EE", "EI", "IE", "II")}
    W["IE"] *= 30
    E, I = 40 * rng.random(4), 20 * rng.random(3)
    current = np.array([[1.0, 2.0]])
    zeros = np.zeros(4), np.zeros(3)
    end, *_ = rate.integrate((E, I, *zeros), W, current, np.zeros((1, 7)), rate_spec, 1)
    for i in range(4):
        drive = sum(W["EE"][i] * E) - sum(W["EI"][i] * I) + 1.0
        expected = E[i] + 0.1 / 10 * (-E[i] + max(0, drive - 4.8))
        assert end[0][i] == pytest.approx(min(expected, 100))
    for i in range(3):
        drive = sum(W["IE"][i] * E) - sum(W["II"][i] * I) + 2.0
        expected = I[i] + 0.1 / 2 * (-I[i] + 4 * max(0, drive - 25))
        assert end[1][i] == pytest.approx(min(expected, 250))


def test_saturation(rate_spec):
    explosive = {"EE": 20.0, "EI": 0.0, "IE": 100.0, "II": 0.0}
    current = np.full((20_000, 2), 30.0)
    _, _, (E, I) = _run(rate_spec, explosive, current)
    assert E.max() == 100
    assert I.max() == 250


def test_noise_has_the_stationary_variance_of_its_process(rate_spec):
    """x' = (1 - a) x + s N: variance s^2 / (1 - (1 - a)^2), seen through a unit far above threshold."""
    n = 200_000
    current = np.zeros((n, 2))
    normal = np.random.default_rng(0).standard_normal((n, 2))
    p = rate_spec | {"theta_E": -1000.0, "E_max": 1e4, "tau_E": 0.1}
    still = dict.fromkeys(fig1, 0.0)
    _, _, (E, _) = _run(p, still, current, normal=normal)
    # tau_E = dt: E is the noise itself, shifted.
    expected = np.sqrt(0.1**2 / (1 - 0.9**2))
    assert E[100:].std() == pytest.approx(expected, rel=0.03)


def _run_spec(rate_spec, **run):
    return (
        rate_spec | {f"W_{c}": w for c, w in fig1.items()} | {"rule": "none", "n_trials": 3} | run
    )


def test_means_are_those_of_the_last_window(rate_spec):
    ds = simulate_rate.run(_run_spec(rate_spec, record_dt=0.1, n_trials=1))
    np.testing.assert_allclose(ds.E_mean[0, 0], ds.E[0, -5000:].mean(), rtol=1e-12)


def test_initialisations_have_streams_of_their_own(rate_spec, monkeypatch):
    run = _run_spec(rate_spec, n_init=4, W_EE=[4.0, 7.0])
    alone = simulate_rate.run(run | {"n_init": 2})
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    many = simulate_rate.run(run)
    np.testing.assert_array_equal(many.E_mean[:2], alone.E_mean)
    assert len(np.unique(many.W_EE[:, 0])) == 4
    noise = many.E_mean - many.E_mean.mean("trial")
    assert abs(np.corrcoef(noise)[0, 1]) < 1 - 1e-6


def test_paradoxical_effect(rate_spec):
    """B Fig. 1: more drive to I, from outside or from E, lowers both rates."""
    for step in ({"I_ext_I": 7.0}, {"W_IE": 12.0}):
        run = _run_spec(rate_spec, step={"start": 1000.0, "stop": 1500.0} | step)
        ds = simulate_rate.run(run)
        assert (ds.I_change < -4).all()
        assert (ds.E_change < -1).all()


def test_step_means_agree_with_the_fixed_point(rate_spec):
    step = {"start": 1000.0, "stop": 2000.0, "W_IE": 12.0}
    ds = simulate_rate.run(_run_spec(rate_spec, step=step, n_trials=10))
    E, I = rate.fixed_point(fig1 | {"IE": 12.0}, rate_spec)
    assert ds.E_during.mean() == pytest.approx(E, abs=0.02)
    assert ds.I_during.mean() == pytest.approx(I, abs=0.05)


def test_a_rule_without_its_learning_rate_says_so(rate_spec):
    from eiplast.errors import JobError

    with pytest.raises(JobError, match="needs 'alpha_EE'"):
        simulate_rate.run(_run_spec(rate_spec, rule="homeostatic"))


def test_cross_homeostatic_reaches_the_set_points(rate_spec):
    """B Fig. 4B-C: from silence to E_set and I_set."""
    start = {"W_EE": 2.1, "W_EI": 3.0, "W_IE": 4.0, "W_II": 2.0}
    rates = {f"alpha_{c}": 5e-4 for c in fig1}
    run = rate_spec | start | rates | {"rule": "cross_homeostatic", "n_trials": 500}
    ds = simulate_rate.run(run)
    assert ds.E_mean[0, 0] < 0.1
    assert ds.E_mean[0, -20:].mean() == pytest.approx(5, abs=0.3)
    assert ds.I_mean[0, -20:].mean() == pytest.approx(14, abs=0.3)
