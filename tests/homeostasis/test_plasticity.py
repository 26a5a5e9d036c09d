"""The plasticity rules of paper B against explicit sums, and one function for every kind of network."""

import numpy as np
import pytest

from eiplast.homeostasis import plasticity
from eiplast.homeostasis.stability import parameters

p = {"E_set": 5.0, "I_set": 14.0, "alpha": 2e-5, "beta": 1e-5}
p |= {"alpha_EE": 1e-4, "alpha_EI": 2e-4, "alpha_IE": 3e-4, "alpha_II": 4e-4}


def _network(n_E, n_I, density=1.0, seed=0):
    rng = np.random.default_rng(seed)
    n = {"E": n_E, "I": n_I}
    A = {
        c: (rng.random((n[c[0]], n[c[1]])) < density).astype(float)
        for c in ("EE", "EI", "IE", "II")
    }
    for mask in A.values():
        mask[:, 0] = 1.0
    W = {c: a * rng.random(a.shape) for c, a in A.items()}
    E, I = 10 * rng.random(n_E), 20 * rng.random(n_I)
    return E, I, W, A


@pytest.mark.parametrize("rule", ["homeostatic", "cross_homeostatic", "two_term"])
def test_nothing_changes_at_the_set_points(rule):
    _, _, W, A = _network(8, 4)
    E, I = np.full(8, 5.0), np.full(4, 14.0)
    dW = plasticity.RULES[rule](E, I, E, I, W, A, p)
    assert all((dW[c] == 0).all() for c in dW)


def test_homeostatic_two_populations_is_eq_6():
    E, I = np.array([3.0]), np.array([9.0])
    dW = plasticity.homeostatic(E, I, E, I, None, None, p)
    expected = {"EE": 1e-4 * 3 * 2, "EI": -2e-4 * 9 * 2, "IE": 3e-4 * 3 * 5, "II": -4e-4 * 9 * 5}
    assert {c: dW[c].item() for c in dW} == pytest.approx(expected)


def test_cross_homeostatic_two_populations_is_eq_7():
    E, I = np.array([3.0]), np.array([9.0])
    _, _, W, A = _network(1, 1)
    dW = plasticity.cross_homeostatic(E, I, E, I, W, A, p)
    expected = {"EE": 1e-4 * 3 * 5, "EI": -2e-4 * 9 * 5, "IE": -3e-4 * 3 * 2, "II": 4e-4 * 9 * 2}
    assert {c: dW[c].item() for c in dW} == pytest.approx(expected)


@pytest.mark.parametrize("density", [1.0, 0.4])
def test_two_term_is_eqs_11_and_17_written_out(density):
    E, I, W, A = _network(7, 5, density)
    dW = plasticity.two_term(E, I, E, I, W, A, p)
    for i in range(7):
        cross = sum(A["EI"][i, k] * (14 - I[k]) for k in range(5)) / sum(A["EI"][i])
        for j in range(7):
            expected = 1e-5 * E[j] * (5 - E[i]) + 2e-5 * E[j] * cross
            assert dW["EE"][i, j] == pytest.approx(expected)
    for i in range(5):
        cross = sum(A["IE"][i, k] * (5 - E[k]) for k in range(7)) / sum(A["IE"][i])
        for j in range(5):
            expected = -1e-5 * I[j] * (14 - I[i]) + 2e-5 * I[j] * cross
            assert dW["II"][i, j] == pytest.approx(expected)


def test_two_term_with_rates_onto_E_and_onto_I_is_eq_8():
    E, I, W, A = _network(4, 3)
    rates = {"alpha_E": 2e-4, "alpha_I": 3e-4, "beta_E": 5e-4, "beta_I": 7e-4}
    dW = plasticity.two_term(E, I, E, I, W, A, p | rates)
    error_E, error_I = 5 - E, 14 - I
    onto_E = 2e-4 * error_I.mean() + 5e-4 * error_E
    onto_I = -3e-4 * error_E.mean() + 7e-4 * error_I
    np.testing.assert_allclose(dW["EE"], np.outer(onto_E, E))
    np.testing.assert_allclose(dW["EI"], -np.outer(onto_E, I))
    np.testing.assert_allclose(dW["IE"], np.outer(onto_I, E))
    np.testing.assert_allclose(dW["II"], -np.outer(onto_I, I))


@pytest.mark.parametrize("rule", plasticity.RULES)
def test_a_batch_is_its_networks_one_by_one(rule):
    p = parameters.defaults() | {"alpha_1": 1e-4, "alpha_3": 2e-4}
    networks = [_network(6, 3, seed=seed) for seed in range(4)]
    A = networks[0][3]
    E, I = (np.stack([network[i] for network in networks]) for i in (0, 1))
    W = {c: np.stack([network[2][c] for network in networks]) for c in A}
    batch = plasticity.RULES[rule](E, I, E, I, W, A, p)
    for i in range(4):
        one = plasticity.RULES[rule](E[i], I[i], E[i], I[i], {c: W[c][i] for c in W}, A, p)
        for c in one:
            np.testing.assert_allclose(batch[c][i], one[c], rtol=1e-12)


def test_the_presynaptic_factor_is_separate_from_the_error():
    E, I, W, A = _network(4, 3)
    floor_E, floor_I = np.maximum(E, 1), np.maximum(I, 1)
    dW = plasticity.homeostatic(E, I, floor_E, floor_I, W, A, p)
    np.testing.assert_allclose(dW["EE"], 1e-4 * np.outer(5 - E, floor_E))
