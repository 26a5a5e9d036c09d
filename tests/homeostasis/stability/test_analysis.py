"""Stability against finite differences, simulations, the printed conditions, limits and symmetries."""

import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.stability import analysis, parameters, printed_conditions

classes = neural.CLASSES
rules = sorted(plasticity.RULES)
ones = {c: np.ones((1, 1)) for c in classes}
learning_rates = {k: v for k, v in parameters.defaults().items() if k not in neural.PARAMETERS}


def drawn(rng):
    """Parameters around SI Table 1 with positive learning rates over two decades."""
    p = {
        key: value * rng.uniform(0.6, 1.6)
        for key, value in parameters.defaults().items()
        if key in neural.PARAMETERS
    }
    p["I_ext"] = rng.uniform(0, 8)
    return p | {key: 0.02 * 10 ** rng.uniform(-2, 0) for key in learning_rates}


def weights(W_EE, W_IE, p):
    return np.array([W_EE, *neural.balanced_weights(W_EE, W_IE, p), W_IE])[[0, 1, 3, 2]]


def slow_velocity(w, rule, p):
    """Change of the weights with E and I at the fixed point of SI Eq. (18)."""
    W = dict(zip(classes, w, strict=True))
    E, I = (np.array([r]) for r in neural.fixed_point(W, p))
    W = {c: np.array([[W[c]]]) for c in classes}
    dW = plasticity.RULES[rule](E, I, E, I, W, ones, p)
    return np.array([dW[c].item() for c in classes])


def admissible_points(rule, p, n, rng):
    """Random points that are neurally stable with positive weights and not close to a border."""
    x, y = rng.uniform(0, 12, 400), rng.uniform(0, 25, 400)
    found = analysis.analyse(rule, x, y, params=p)
    growth = found["eigenvalues"].real[:, :2].max(-1)
    clear = np.abs(growth) > 0.05 * np.abs(found["eigenvalues"]).max(-1)
    chosen = np.flatnonzero(found["neural_stable"] & found["positive"] & clear)[:n]
    return [(x[k], y[k], bool(found["rule_stable"][k])) for k in chosen]


@pytest.mark.parametrize("rule", rules)
def test_eigenvalues_are_those_of_finite_differences(rule):
    rng = np.random.default_rng(0)
    for _ in range(15):
        p = drawn(rng)
        W_EE, W_IE = rng.uniform(0.1, 12), rng.uniform(0.1, 25)
        w, h = weights(W_EE, W_IE, p), 1e-6
        steps = h * np.eye(4)
        J = [slow_velocity(w + s, rule, p) - slow_velocity(w - s, rule, p) for s in steps]
        expected = np.linalg.eigvals(np.transpose(J) / (2 * h))
        got = analysis.analyse(rule, W_EE, W_IE, params=p)["eigenvalues"]
        scale = np.abs(got).max()
        distance = np.abs(expected[:, None] - got).min(0)
        assert np.all(distance < 2e-4 * scale)
        assert np.all(got[np.argsort(np.abs(got))[:2]] == 0)


@pytest.mark.parametrize("rule", rules)
def test_simulated_weights_return_or_leave(rule):
    """Off the attractor by a little, error in the rates shrinks where the rule is stable and else grows."""
    rng = np.random.default_rng(1)
    for _ in range(3):
        p = drawn(rng)
        for W_EE, W_IE, stable in admissible_points(rule, p, 2, rng):
            w = weights(W_EE, W_IE, p)
            eigenvalues = analysis.analyse(rule, W_EE, W_IE, params=p)["eigenvalues"][:2]
            horizon = 4 / np.abs(eigenvalues.real).min()
            start = w + 1e-6 * rng.standard_normal(4)
            leaves = 10 * off(start, p)

            def left(t, w, p=p, leaves=leaves):
                return off(w, p) - leaves

            left.terminal = True
            path = solve_ivp(
                lambda t, w, p=p: slow_velocity(w, rule, p),
                (0, horizon),
                start,
                method="LSODA",
                events=left,
                rtol=1e-10,
                atol=1e-14,
            )
            error = [off(x, p) for x in path.y.T]
            assert (error[-1] < 0.5 * error[0]) if stable else (max(error) > 2 * error[0])


def off(w, p):
    """Distance of the fixed point from the set-points (Hz)."""
    E, I = neural.fixed_point(dict(zip(classes, w, strict=True)), p)
    return np.hypot(E - p["E_set"], I - p["I_set"])


@pytest.mark.parametrize("rule", [rule for rule in rules if hasattr(printed_conditions, rule)])
def test_printed_conditions_decide_where_neurons_are_stable(rule):
    rng = np.random.default_rng(2)
    agreed = decided = 0
    for _ in range(20):
        p = drawn(rng)
        x, y = rng.uniform(0, 12, 500), rng.uniform(0, 25, 500)
        found = analysis.analyse(rule, x, y, params=p)
        inside = found["neural_stable"] & found["positive"] & ~found["borderline"]
        printed = (analysis.printed(rule, x, y, params=p) > 0).all(0)
        decided += inside.sum()
        agreed += (printed == found["rule_stable"])[inside].sum()
    assert decided > 1000
    assert agreed == decided


# Borders that the authors' figures show: rule, rates, slope and intercept of W_IE over W_EE, stable side.
borders = [
    ("homeostatic", {}, 2.8, 2.2, 1),
    ("homeostatic", {"alpha_IE": 2e-4, "alpha_II": 2e-4}, 0.028, 4.972, 1),
    ("two_term", {}, 0.473684, 1.094737, 1),
    ("two_term", {"alpha": 2e-4}, 2.714008, 2.159144, 1),
    ("forced_balance", {}, 6.008584, -6.252439, -1),
    ("forced_balance", {"alpha_3": 2e-4}, 5.467811, -5.711666, -1),
    ("cross_homeostatic", {}, -0.357143, 0.7, 1),
]


@pytest.mark.parametrize(("rule", "rates", "slope", "intercept", "side"), borders)
def test_borders_of_the_printed_figures(rule, rates, slope, intercept, side):
    x = np.linspace(0.1, 10, 100)
    line = slope * x + intercept
    x, line = x[(line > 0.1) & (line < 20)], line[(line > 0.1) & (line < 20)]
    values = analysis.printed(rule, x, line, params=rates)
    above = analysis.printed(rule, x, line + 0.1, params=rates)
    which = np.abs(values).max(1).argmin()
    assert np.all(np.abs(values[which]) < 1e-3 * np.abs(above[which]).max())
    assert np.all(np.sign(above[which]) == side)


def test_overlap_is_the_area_of_the_triangle():
    """Fig. 2F: between 2.8 x + 2.2 and 5.208 (x - 1) below y = 20, over the neurally stable region."""
    x, y = ((np.arange(400) + 0.5) * w / 400 for w in (10, 20))
    found = analysis.analyse("homeostatic", x, y[:, None])
    admissible = found["neural_stable"] & found["positive"]
    overlap = (admissible & found["rule_stable"]).mean() * 200
    slope = 125 / 24
    corner = (2.2 + slope) / (slope - 2.8)
    top = 17.8 / 2.8 - (20 / slope + 1)
    height = 20 - (2.8 * corner + 2.2)
    assert overlap == pytest.approx(top * height / 2, rel=0.01)


def test_weak_learning_rates_change_only_the_time_scale():
    rates = {key: 1e-7 * value for key, value in learning_rates.items()}
    for rule in rules:
        slow = analysis.analyse(rule, [3.0, 5.0], [12.0, 10.0], params=rates)
        fast = analysis.analyse(rule, [3.0, 5.0], [12.0, 10.0])
        assert np.allclose(slow["eigenvalues"], 1e-7 * fast["eigenvalues"], rtol=1e-10, atol=0)
        assert np.array_equal(slow["rule_stable"], fast["rule_stable"])


def test_current_is_a_lower_threshold():
    for rule in rules:
        a = analysis.analyse(rule, 1.8, 9.0, params={"I_ext": 3.0})
        b = analysis.analyse(rule, 1.8, 9.0, params={"theta_E": 1.8})
        assert np.allclose(a["eigenvalues"], b["eigenvalues"], rtol=1e-10)
        assert a["W_EI"] == pytest.approx(b["W_EI"])


def test_time_constants_do_not_enter_the_slow_dynamics():
    a = analysis.analyse("two_term", 5, 10, params={"tau_E": 1.0, "tau_I": 50.0})
    b = analysis.analyse("two_term", 5, 10)
    assert np.allclose(a["eigenvalues"], b["eigenvalues"], rtol=1e-12)
    assert not a["neural_stable"]
    assert b["neural_stable"]


@pytest.mark.parametrize("rule", rules)
def test_full_system_tends_to_the_quasi_steady_state(rule):
    slow = analysis.analyse(rule, 4.0, 12.0)["eigenvalues"][:2]
    neurons = analysis.analyse(rule, 4.0, 12.0)["trace"]
    for interval in (1e6, 1e8):
        full = analysis.full_eigenvalues(rule, 4.0, 12.0, interval)
        assert np.allclose(full[:2] * interval, slow, rtol=1e4 / interval)
        assert full[2:].sum() == pytest.approx(neurons, rel=1e4 / interval)


def test_fast_weights_break_the_quasi_steady_state():
    """Cross-homeostatic weights as fast as the neurons are unstable, against B SI (8)."""
    assert analysis.analyse("cross_homeostatic", 5, 10)["rule_stable"]
    assert analysis.full_eigenvalues("cross_homeostatic", 5, 10, 1.0).real[0] > 0
    assert analysis.full_eigenvalues("cross_homeostatic", 5, 10, 2000.0).real[0] < 0


def test_full_eigenvalues_are_those_of_a_simulation_of_neurons_and_weights():
    p = parameters.defaults()
    w, interval, h = weights(5.0, 10.0, p), 300.0, 1e-6

    def velocity(state):
        W = dict(zip(classes, state[2:], strict=True))
        fast = neural.velocity(state[0], state[1], W, p)
        E, I = state[:1], state[1:2]
        dW = plasticity.cross_homeostatic(E, I, E, I, None, ones, p)
        return np.array([*fast, *(dW[c].item() / interval for c in classes)])

    at = np.array([p["E_set"], p["I_set"], *w])
    J = np.transpose([velocity(at + s) - velocity(at - s) for s in h * np.eye(6)]) / (2 * h)
    expected = np.sort_complex(np.linalg.eigvals(J))
    got = analysis.full_eigenvalues("cross_homeostatic", 5.0, 10.0, interval)
    assert np.abs(expected[:, None] - got).min(0).max() < 1e-6


def test_borders_are_not_decided_by_rounding():
    W_EE = np.linspace(3.2, 6.3, 2001)
    on = analysis.analyse("homeostatic", W_EE, 2.8 * W_EE + 2.2)
    assert on["borderline"].all()
    assert not on["rule_stable"].any()
    # Far beyond the margin the sign is the line's.
    for shift in (-1e-9, 1e-9):
        near = analysis.analyse("homeostatic", W_EE, (2.8 * W_EE + 2.2) * (1 + shift))
        assert not near["borderline"].any()
        assert np.all(near["rule_stable"] == (shift > 0))


def test_neural_border_is_not_decided_by_rounding():
    W_EE = np.linspace(2.5, 4.5, 1001)
    on = analysis.analyse("cross_homeostatic", W_EE, 125 / 24 * (W_EE - 1))
    assert not on["neural_stable"].any()
    assert on["borderline"].all()
    assert not np.isinf(on["eigenvalues"]).any()


def test_no_learning_is_borderline():
    none = dict.fromkeys(("alpha_IE", "alpha_II"), 0.0)
    found = analysis.analyse("homeostatic", 5.0, 10.0, params=none)
    assert found["borderline"]
    assert not found["rule_stable"]


def test_unstable_whatever_an_open_sign_says_is_not_borderline():
    rates = {"alpha_EE": -0.02, "alpha_EI": -0.02, "alpha_IE": 0.0, "alpha_II": 0.0}
    found = analysis.analyse("homeostatic", 5.0, 10.0, params=rates)
    assert not found["borderline"]
    assert not found["rule_stable"]


def test_paradoxical_is_beyond_a_gain_of_one():
    """B SI Eq. (27)."""
    found = analysis.analyse("homeostatic", np.array([1.0, 1.001]), 10.0)
    assert found["paradoxical"].tolist() == [False, True]


def test_small_eigenvalue_keeps_its_digits_beside_a_large_one():
    found = analysis._two_eigenvalues(np.array([[-1e8, 0.0], [1.0, -1e-8]]))
    np.testing.assert_allclose(found, [-1e-8, -1e8], rtol=1e-12)


def test_results_broadcast_and_are_double():
    found = analysis.analyse(
        "homeostatic", np.ones((3, 1)), np.ones(4), params={"g_E": [1.0, 2.0, 0.5, 1.0]}
    )
    assert found["eigenvalues"].shape == (3, 4, 4)
    assert found["eigenvalues"].dtype == complex
    shapes = {np.shape(value) for name, value in found.items() if name != "eigenvalues"}
    assert shapes == {(3, 4)}
    assert np.shape(analysis.analyse("gradient", 5, 10)["rule_stable"]) == ()
    assert analysis.analyse("gradient", [], [])["eigenvalues"].shape == (0, 4)


def test_each_point_of_an_array_is_the_point_alone():
    rng = np.random.default_rng(3)
    x, y, g_E = rng.uniform(0, 10, 20), rng.uniform(0, 20, 20), rng.uniform(0.5, 2, 20)
    for rule in rules:
        together = analysis.analyse(rule, x, y, params={"g_E": g_E})
        alone = [analysis.analyse(rule, *xy, params={"g_E": g}) for *xy, g in zip(x, y, g_E)]  # noqa: B905
        for name, values in together.items():
            assert np.allclose(values, [a[name] for a in alone], equal_nan=True), name


@pytest.mark.parametrize(
    ("rule", "W", "params", "words"),
    [
        ("hebbian", (5, 10), {}, "rule = 'hebbian'"),
        ("homeostatic", (5, 10), {"g_E": 0}, "g_E = 0: must be positive"),
        ("homeostatic", (5, 10), {"E_set": -5}, "E_set = -5"),
        ("homeostatic", (5, 10), {"tau_I": [2, -1]}, "tau_I = -1"),
        ("homeostatic", (5, 10), {"theta_E": np.nan}, "theta_E: must be finite"),
        ("homeostatic", (np.nan, 10), {}, "W_EE: must be finite"),
        ("homeostatic", (5, np.inf), {}, "W_IE: must be finite"),
        ("homeostatic", (-1, 10), {}, "W_EE = -1"),
        ("homeostatic", (5, 10), {"alpha_XY": 1}, "did you mean alpha_"),
        ("homeostatic", (5, 10), {"alpha_EE": "fast"}, "alpha_EE = 'fast'"),
        ("homeostatic", ([1, 2], [1, 2, 3]), {}, "do not fit"),
        ("forced_balance", (5, 10), {"alpha_1": 0}, "alpha_1 = 0"),
    ],
)
def test_impossible_input_is_refused(rule, W, params, words):
    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        analysis.analyse(rule, *W, params=params)


def test_defaults_are_those_of_the_configuration(paper):
    homeostasis = paper["homeostasis"]
    table = homeostasis["rate"] | homeostasis["stability"]
    assert {key: table[key] for key in neural.PARAMETERS}.items() <= parameters.defaults().items()
    assert set(learning_rates) == {
        *homeostasis["stability_runs"]["homeostatic"]["cases"]["equal"]
    } | {"alpha", "beta", "alpha_1", "alpha_3"}
    # B SI section 1.
    assert set(learning_rates.values()) == {0.02}


def test_balance_forced_at_once_follows_the_excitatory_weights():
    """tau_0 to 0: the balance is instantaneous and the rule only drifts along the attractor, stable."""
    found = analysis.analyse("forced_balance", 4.0, 15.0, params={"tau_0": 1e-6, "alpha_3": -0.02})
    assert np.allclose(found["eigenvalues"][:2], -1e6, rtol=1e-3)
    printed_sign = analysis.analyse("forced_balance", 4.0, 15.0, params={"alpha_3": -0.02})
    assert found["rule_stable"]
    assert not printed_sign["rule_stable"]


def anti_scaling(E, I, E_pre, I_pre, W, A, p):
    """A rule of the reader's: homeostatic onto E, with a parameter of its own."""
    dW = plasticity.homeostatic(E, I, E_pre, I_pre, W, A, p)
    return dW | {c: p["gamma"] * dW[c] for c in ("IE", "II")}


def test_own_rule_is_analysed_by_name(monkeypatch):
    monkeypatch.setitem(plasticity.RULES, "anti_scaling", anti_scaling)
    found = analysis.analyse("anti_scaling", 5.0, 10.0, params={"gamma": 0.01})
    same = {"alpha_IE": 2e-4, "alpha_II": 2e-4}
    expected = analysis.analyse("homeostatic", 5.0, 10.0, params=same)
    assert np.allclose(found["eigenvalues"], expected["eigenvalues"], rtol=1e-12)
    assert found["rule_stable"]


def leaky(E, I, E_pre, I_pre, W, A, p):
    dW = plasticity.cross_homeostatic(E, I, E_pre, I_pre, W, A, p)
    return dW | {"EE": dW["EE"] - p["leak"] * (W["EE"] - 5.0)}


def test_rule_that_moves_along_the_attractor():
    """All four eigenvalues count; where the rule does not rest, nothing is stable."""
    rest = analysis.analyse(leaky, 5.0, 10.0, params={"leak": 0.1})
    assert np.count_nonzero(np.abs(rest["eigenvalues"]) > 1e-9) == 3
    assert rest["rests"]
    assert rest["borderline"]
    elsewhere = analysis.analyse(leaky, 4.0, 10.0, params={"leak": 0.1})
    assert not elsewhere["rests"]
    assert not elsewhere["rule_stable"]


def test_all_rules_are_mapped_quickly():
    x, y = np.linspace(0.01, 10, 100), np.linspace(0.01, 20, 100)[:, None]
    for rule in rules:
        analysis.analyse(rule, x, y)
        start = time.process_time()
        analysis.analyse(rule, x, y)
        # A sixteenth of the map that must take less than 2 s.
        assert time.process_time() - start < 1
