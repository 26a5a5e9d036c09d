"""Forced balance and the gradient rules: many equal units act as the two populations do."""

import numpy as np
import pytest

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.stability import parameters

classes = neural.CLASSES
n = {"E": 5, "I": 3}
p = parameters.defaults()


def equal_units(totals):
    """Weights of equal units with these sums, no unit onto itself, and the mask."""
    A = {c: np.ones((n[c[0]], n[c[1]])) - (np.eye(n[c[0]]) if c[0] == c[1] else 0) for c in totals}
    return {c: A[c] * totals[c] / A[c].sum(-1, keepdims=True) for c in totals}, A


def rule_on(rule, E, I, W, A):
    return plasticity.RULES[rule](E, I, E, I, W, A, p)


@pytest.mark.parametrize("rule", ["forced_balance", "gradient", "gradient_approximate"])
def test_equal_units_share_a_factor(rule):
    """Summed weights move as in two populations, times the partners of a unit but for the balance."""
    totals = dict(zip(classes, (4.0, 1.2, 9.0, 1.8), strict=True))
    W, A = equal_units(totals)
    many = rule_on(rule, np.full(5, 4.6), np.full(3, 13.0), W, A)
    W_1 = {c: np.array([[totals[c]]]) for c in classes}
    two = rule_on(rule, np.array([4.6]), np.array([13.0]), W_1, {c: np.ones((1, 1)) for c in W_1})
    for c in classes:
        per_synapse = 1 if rule == "forced_balance" and c in ("EI", "II") else A[c][0].sum()
        assert np.allclose((A[c] * many[c]).sum(-1), per_synapse * two[c].item())


def test_forced_balance_removes_the_imbalance_in_its_own_time():
    W = dict(zip(classes, (5.0, 2.0, 10.0, 2.0), strict=True))
    EI, II = neural.balanced_weights(W["EE"], W["IE"], p)
    W = {c: np.array([[W[c]]]) for c in classes}
    A = {c: np.ones((1, 1)) for c in classes}
    dW = rule_on("forced_balance", np.array([5.0]), np.array([14.0]), W, A)
    tau_0 = 1 / (p["alpha_1"] * p["g_E"] * p["g_I"] * p["E_set"] * p["I_set"])
    assert dW["EI"].item() == pytest.approx((EI - 2.0) / tau_0)
    assert dW["II"].item() == pytest.approx((II - 2.0) / tau_0)
    assert dW["EE"].item() == dW["IE"].item() == 0


def test_gradient_lowers_the_loss():
    rng = np.random.default_rng(0)
    for _ in range(20):
        W = dict(zip(classes, rng.uniform(0.5, 2, 4) * (5, 1, 10, 1.5), strict=True))
        E, I = neural.fixed_point(W, p)
        arrays = {c: np.array([[W[c]]]) for c in classes}
        A = {c: np.ones((1, 1)) for c in classes}
        small = p | {"alpha": 1e-12}
        step = plasticity.gradient(*(np.array([r]) for r in (E, I, E, I)), W=arrays, A=A, p=small)
        after = neural.fixed_point({c: W[c] + step[c].item() for c in classes}, p)
        before = (E - 5) ** 2 + (I - 14) ** 2
        assert (after[0] - 5) ** 2 + (after[1] - 14) ** 2 < before
