"""The rate model of paper B against closed forms and independent integrations, by both engines."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eiplast.homeostasis import neural
from eiplast.homeostasis.rate import model, noise

fig1 = {"EE": 5.0, "EI": 1.52, "IE": 10.0, "II": 2.25}
classes = tuple(fig1)


def _run(p, W, current, state=(0.0, 0.0), normal=None):
    """State at the end and trace of two populations, with the networks' axis taken off."""
    n = len(current)
    normal = np.zeros((n, 2), np.float32) if normal is None else normal
    start = np.array([state]), np.zeros((1, 2))
    W = {c: np.full((1, 1, 1), w) for c, w in W.items()}
    (end, _), _, trace = model.integrate(start, W, current, normal[None], p, 1)
    return end[0], trace[0].T


def _random_networks(n_E, n_I, k, n_steps=4000, seed=0):
    """Weights around a working point, a pulse and noise, for `k` networks."""
    rng = np.random.default_rng(seed)
    n = {"E": n_E, "I": n_I}
    W = {
        c: w / n[c[1]] * (1 + 0.1 * rng.standard_normal((k, n[c[0]], n[c[1]])))
        for c, w in fig1.items()
    }
    current = np.zeros((n_steps, 2))
    current[100:200, 0] = 7.0
    normal = noise.normal(noise.streams(seed, range(k), n_E + n_I), n_steps, n_E + n_I)
    state = np.zeros((k, n_E + n_I)), np.zeros((k, n_E + n_I))
    return state, W, current, normal


def _scalar_euler(state, W, current, normal, p):
    """B Eqs. (1)-(3) for one network, one unit after the other, in float64."""
    r, x = (list(a) for a in state)
    n_E = len(W["EE"])
    tau, g, theta, top = (
        [p[f"{name}{c}{end}"] for c in "E" * n_E + "I" * (len(r) - n_E)]
        for name, end in (("tau_", ""), ("g_", ""), ("theta_", ""), ("", "_max"))
    )
    signed = model.matrix(W)
    for t in range(len(current)):
        x = [0.9 * x[i] + 0.1 * float(normal[t, i]) for i in range(len(r))]
        into = [current[t, 0 if i < n_E else 1] for i in range(len(r))]
        f = [g[i] * max(0, sum(signed[i] * r) + x[i] + into[i] - theta[i]) for i in range(len(r))]
        r = [min(top[i], r[i] + p["dt"] / tau[i] * (f[i] - r[i])) for i in range(len(r))]
    return np.array(r)


def test_settles_at_the_fixed_point(rate_spec):
    current = np.zeros((20_000, 2))
    current[:100, 0] = 7.0
    _, (E, I) = _run(rate_spec, fig1, current)
    np.testing.assert_allclose((E[-1], I[-1]), neural.fixed_point(fig1, rate_spec), rtol=1e-9)
    np.testing.assert_allclose(neural.fixed_point(fig1, rate_spec), (5.0, 10.0), rtol=1e-9)


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
        end, _ = _run(rate_spec | {"dt": dt}, fig1, np.zeros((n, 2)), state=(8.0, 15.0))
        errors.append(abs(end - exact).max())
    assert errors[0] < 0.05
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.2)


@pytest.mark.parametrize(("n_E", "n_I"), [(1, 1), (5, 2), (8, 4)])
def test_kernels_are_the_equations_written_out(rate_spec, n_E, n_I):
    state, W, current, normal = _random_networks(n_E, n_I, 3, n_steps=400)
    (end, _), _, _ = model.integrate(state, W, current, normal, rate_spec, 401)
    for k in range(3):
        one = {c: W[c][k] for c in W}
        expected = _scalar_euler((state[0][k], state[1][k]), one, current, normal[k], rate_spec)
        np.testing.assert_allclose(end[k], expected, atol=1e-9 if n_E == 1 else 1e-4)
    assert end.max() > 1


@pytest.mark.parametrize("euler", ["simultaneous", "sequential"])
@pytest.mark.parametrize(("n_E", "n_I"), [(1, 1), (12, 4)])
def test_jax_is_the_compiled_loop(rate_spec, euler, n_E, n_I):
    state, W, current, normal = _random_networks(n_E, n_I, 3)
    results = [
        model.integrate(
            state, W, current, normal, rate_spec | {"euler": euler, "engine": engine}, 100
        )
        for engine in ("numba", "jax")
    ]
    (end, mean, trace), (end_jax, mean_jax, trace_jax) = results
    np.testing.assert_allclose(end[0], end_jax[0], atol=2e-3)
    np.testing.assert_allclose(end[1], end_jax[1], atol=1e-5)
    np.testing.assert_allclose(mean, mean_jax, atol=2e-3)
    np.testing.assert_allclose(trace, trace_jax, atol=2e-3)
    assert trace.shape == (3, 40, n_E + n_I)
    assert trace.max() > 5


def test_float32_of_many_units_is_far_below_the_error_of_euler(rate_spec):
    """80 E and 20 I units over one trial, against float64 and against half the step."""
    state, W, current, _ = _random_networks(80, 20, 1, n_steps=10_000)
    still = np.zeros((1, 10_000, 100), np.float32)
    single = model.integrate(state, W, current, still, rate_spec, 1)[2][0]
    halves = np.repeat(current, 2, 0)
    finer = model.integrate(
        state, W, halves, np.repeat(still, 2, 1), rate_spec | {"dt": rate_spec["dt"] / 2}, 2
    )[2][0]
    exact = _float64(state[0][0], {c: W[c][0] for c in W}, current, rate_spec)
    rounding, euler = abs(single - exact).max(), abs(single - finer).max()
    assert rounding < 1e-2 * euler


def _float64(r, W, current, p):
    signed, n_E, trace = model.matrix(W), len(W["EE"]), []
    (E, I), *_ = model.constants(p)
    step, g, theta, top = np.array([E] * n_E + [I] * (len(r) - n_E)).T
    for into in np.repeat(current, [n_E, len(r) - n_E], 1):
        r = np.minimum(top, r + step * (g * np.maximum(signed @ r + into - theta, 0) - r))
        trace.append(r)
    return np.array(trace)


def test_a_network_does_not_see_its_neighbours_in_the_batch(rate_spec):
    """Of 43 networks: more than the compiled loop takes at once, and a rest."""
    state, W, current, normal = _random_networks(1, 1, 43)
    whole = model.integrate(state, W, current, normal, rate_spec, 10)
    for k in itertools.chain(range(3), range(30, 34), range(40, 43)):
        part = slice(k, k + 1)
        alone = model.integrate(
            (state[0][part], state[1][part]),
            {c: W[c][part] for c in W},
            current,
            normal[part],
            rate_spec,
            10,
        )
        np.testing.assert_array_equal(alone[0][0][0], whole[0][0][k])
        np.testing.assert_array_equal(alone[2][0], whole[2][k])


@pytest.mark.parametrize("engine", ["numba", "jax"])
def test_saturation(rate_spec, engine):
    explosive = {"EE": 20.0, "EI": 0.0, "IE": 100.0, "II": 0.0}
    current = np.full((20_000, 2), 30.0)
    _, (E, I) = _run(rate_spec | {"engine": engine}, explosive, current)
    assert E.max() == 100
    assert I.max() == 250


def test_sequential_shows_the_new_E_to_I(rate_spec):
    """The first step in which E moves also moves I, one step early."""
    p = rate_spec | {"theta_I": 0.0, "euler": "sequential"}
    _, (E, I) = _run(p, fig1, np.full((2, 2), [7.0, 0.0]))
    assert I[0] == pytest.approx(0.1 / 2 * 4 * 10 * E[0])
    _, (_, I) = _run(p | {"euler": "simultaneous"}, fig1, np.full((2, 2), [7.0, 0.0]))
    assert I[0] == 0


def test_noise_has_the_stationary_variance_of_its_process(rate_spec):
    """x' = (1 - a) x + s N: variance s^2 / (1 - (1 - a)^2), seen through a unit far above threshold."""
    n = 200_000
    normal = noise.normal(noise.streams(0, [0], 2), n, 2)[0]
    p = rate_spec | {"theta_E": -1000.0, "E_max": 1e4, "tau_E": 0.1}
    still = dict.fromkeys(fig1, 0.0)
    _, (E, _) = _run(p, still, np.zeros((n, 2)), normal=normal)
    # tau_E = dt: E is the noise itself, shifted.
    expected = np.sqrt(0.1**2 / (1 - 0.9**2))
    assert E[100:].std() == pytest.approx(expected, rel=0.03)
