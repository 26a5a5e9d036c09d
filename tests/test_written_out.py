"""Printed equations of both papers written out again, unit by unit, against the functions that run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eiplast.disinhibition import activation, learning_rules, microcircuit, network, student
from eiplast.homeostasis import plasticity

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(True):
        yield


def _phi(u, beta, gamma):
    return beta * np.log(1 + np.exp(u - gamma))


def _softmax(r):
    return np.exp(r) / np.exp(r).sum()


def test_phi_is_eq_20():
    u = np.linspace(-4, 9, 27)
    np.testing.assert_allclose(activation.phi(u, 5.0, 3.0), _phi(u, 5.0, 3.0), rtol=1e-12)


def test_slopes_of_the_line_are_those_of_eq_23():
    """A Eqs. (22), (23) with f' by hand: exp(r / beta) / (beta (exp(r / beta) - 1))."""
    r, beta, gamma = 0.5, 5.0, 3.0
    f = gamma + np.log(np.exp(r / beta) - 1)
    slope = np.exp(r / beta) / (beta * (np.exp(r / beta) - 1))
    theta, delta = activation.linearise(r, beta, gamma)
    np.testing.assert_allclose((theta, delta), (f - r * slope, slope), rtol=1e-12)


def test_microcircuits_move_by_eqs_1_2_5_and_28():
    n_in, n, n_L = 3, 4, 2
    p = {"beta": 1.3, "gamma": 0.4, "k_p": 0.2, "k_i": 0.4, "tau_E": 20.0, "tau_I": 5.0}
    p |= {"tau_c": 100.0}
    W = [rng.normal(size=s) for s in ((n, n_in), (n, n), (n_L, n))]
    Q = [rng.normal(size=(n, n_L)) for _ in range(2)]
    u_E, u_I = rng.normal(size=(2, 2, n))
    r_L, c_int = rng.normal(size=(2, n_L))
    x, r_tar = rng.random(n_in), np.array([0.9, 0.1])
    state = microcircuit.State(list(u_E), list(u_I), r_L, c_int)
    found = microcircuit.velocity(state, W, [], x, Q, r_tar, p)
    e = r_tar - _softmax(r_L)
    c = 0.2 * e + 0.4 * c_int
    pre = x
    for i in range(2):
        r_E, r_I = (_phi(u[i], 1.3, 0.4) for u in (u_E, u_I))
        np.testing.assert_allclose(found.u_E[i], (-u_E[i] + W[i] @ pre - r_I) / 20)
        np.testing.assert_allclose(found.u_I[i], (-u_I[i] + r_E - Q[i] @ c) / 5)
        pre = r_E
    np.testing.assert_allclose(found.r_L, (-r_L + W[2] @ pre + c) / 20)
    np.testing.assert_allclose(found.c_int, (e - c_int) / 100)


def test_error_is_minus_the_slope_of_the_loss():
    """A Eqs. (4), (27); the sum over data points is a mean in the code."""
    r_L, r_tar = rng.normal(size=4), np.array([0.7, 0.1, 0.1, 0.1])
    loss = network.loss(r_L[None], r_tar[None])
    np.testing.assert_allclose(loss, -(r_tar * np.log(_softmax(r_L))).sum(), rtol=1e-12)
    slope = jax.grad(lambda r: network.loss(r[None], r_tar[None]))(jnp.array(r_L))
    np.testing.assert_allclose(microcircuit.error(r_L, r_tar), -slope, rtol=1e-12)


def test_control_loss_is_half_the_squared_feedback():
    """A Eq. (8), one data point: every unit of every layer, and c itself at the readout."""
    Q, c = [rng.normal(size=(n, 3)) for n in (5, 4)], rng.normal(size=3)
    feedback = [sum(layer[i, k] * c[k] for k in range(3)) for layer in Q for i in range(len(layer))]
    expected = sum(x**2 for x in [*feedback, *c]) / 2
    np.testing.assert_allclose(microcircuit.control_loss(Q, c), expected, rtol=1e-12)


@pytest.fixture(params=["exact_inverse", "linear_threshold_wide", "exact_inverse_code"])
def pupil(paper, request):
    """Parameters of A Table S1, or some or all of the authors' choices, and a small student in a random state."""
    block = paper["disinhibition"]
    p = block["student_teacher"] | block["student_teacher_runs"][request.param]
    W = [rng.normal(size=s) for s in ((4, 3), (2, 4))]
    Q = [rng.normal(size=(n, 2)) for n in (4, 2)]
    b = [rng.normal(size=n) for n in (4, 2)] if p["bias"] else []
    u_E, u_I = ([rng.normal(size=n) + 2 for n in (4, 2)] for _ in range(2))
    return p, student.Neurons(u_E, u_I, rng.normal(size=2)), student.Slow(W, b, Q)


def test_student_moves_by_eqs_1_2_and_5(pupil):
    p, neurons, slow = pupil
    x, r_tar = rng.random(3), rng.random(2)
    found = student.neuron_velocity(neurons, slow, x, r_tar, 1.0, p)
    e = r_tar - _phi(neurons.u_E[1], 5.0, 3.0)
    c = 30 * e + 15 * neurons.c_int
    pre = x
    for i in range(2):
        u_E, u_I = neurons.u_E[i], neurons.u_I[i]
        r_E, r_I = _phi(u_E, 5.0, 3.0), _phi(u_I, 1.0, 3.0)
        drive = slow.W[i] @ pre + (slow.b[i] if slow.b else 0)
        np.testing.assert_allclose(found.u_E[i], (-u_E + drive - r_I) / 20)
        np.testing.assert_allclose(found.u_I[i], (-u_I + r_E - slow.Q[i] @ c) / 5)
        pre = r_E
    np.testing.assert_allclose(found.c_int, (e - p["leak"] * neurons.c_int) / 100)


def test_student_learns_by_eqs_9_to_11(pupil):
    """With tau_W of A Table S1; a bias learns as the weight of a constant input of 1 would."""
    p, neurons, slow = pupil
    x = rng.random(3)
    found = student.slow_velocity(neurons, slow, x, p)
    # The line of Eq. (24) at r = 0.5.
    delta = np.exp(0.5) / (np.exp(0.5) - 1)
    theta = 3 + np.log(np.exp(0.5) - 1) - 0.5 * delta
    pre = x
    for i in range(2):
        u_E, u_I = neurons.u_E[i], neurons.u_I[i]
        r_E = _phi(u_E, 5.0, 3.0)
        exact = p["rule"] == "exact_inverse"
        threshold = u_I if exact else theta + delta * _phi(u_I, 1.0, 3.0)
        slope_at = r_E if p["slope_at_rate"] else u_E
        post = (r_E - threshold) * 5 / (1 + np.exp(3.0 - slope_at))
        np.testing.assert_allclose(found.W[i], np.outer(post, pre) / 60_000)
        if slow.b:
            np.testing.assert_allclose(found.b[i], post / 60_000)
        pre = r_E


def test_feedback_weights_relax_by_eq_26(pupil):
    """Towards alpha times the normalised transpose of -dr_L/du_I, with tau_Q of A Table S1."""
    p, neurons, slow = pupil
    dQ = student.slow_velocity(neurons, slow, rng.random(3), p).Q
    slope_E, slope_I = (
        [beta / (1 + np.exp(3.0 - u)) for u in layers]
        for beta, layers in ((5.0, neurons.u_E), (1.0, neurons.u_I))
    )
    second = np.diag(slope_E[1] * slope_I[1])
    first = slope_E[1][:, None] * slow.W[1] * (slope_E[0] * slope_I[0])
    for change, Q, minus_J in zip(dQ, slow.Q, (first, second), strict=True):
        target = 7.5 * minus_J.T / np.sqrt((minus_J**2).sum())
        np.testing.assert_allclose(change, (target - Q) / 30_000, atol=1e-15)


def test_explicit_error_rules_are_eqs_13_to_16():
    """Postsynaptic factors without learning rate and presynaptic rate."""
    u_S, u_B = np.array([1.0, 2.0]), np.array([1.5, 0.5])
    found = learning_rules.dendritic_error(u_S, u_B, 1.0, 0.0)
    np.testing.assert_allclose(found, _phi(u_S, 1, 0) - _phi(u_B, 1, 0))
    np.testing.assert_allclose(learning_rules.deep_feedback_control(u_S, u_B), [-0.5, 1.5])
    np.testing.assert_allclose(learning_rules.burst_dependent(3.0, 0.7, 0.5), 0.6)


def test_linear_threshold_is_eq_18():
    u_E, r_I = np.array([2.0, 4.0]), np.array([0.3, 1.1])
    r_E, slope = _phi(u_E, 2.0, 3.0), 2 / (1 + np.exp(3.0 - u_E))
    found = learning_rules.linear_threshold(r_E, u_E, r_I, 1.5, 0.9, 2.0, 3.0)
    np.testing.assert_allclose(found, slope * (r_E - 1.5 - 0.9 * r_I))


rates = {"alpha_EE": 1e-4, "alpha_EI": 2e-4, "alpha_IE": 3e-4, "alpha_II": 4e-4}
p_B = rates | {"E_set": 5.0, "I_set": 14.0, "alpha": 2e-5, "beta": 1e-5}


def _units(n_E, n_I):
    n = {"E": n_E, "I": n_I}
    A = {c: np.ones((n[c[0]], n[c[1]])) for c in ("EE", "EI", "IE", "II")}
    W = {c: a * rng.random(a.shape) for c, a in A.items()}
    return 10 * rng.random(n_E), 20 * rng.random(n_I), W, A


@pytest.mark.parametrize(("n_E", "n_I"), [(1, 1), (5, 3)])
@pytest.mark.parametrize("own", [0.0, 1e-5])
def test_cross_and_two_term_rules_synapse_by_synapse(n_E, n_I, own):
    """B Eqs. (7), (10) for own = 0, else (8), (11), SI (6), (9): all four classes."""
    E, I, W, A = _units(n_E, n_I)
    E_error = sum(5 - E[k] for k in range(n_E)) / n_E
    I_error = sum(14 - I[k] for k in range(n_I)) / n_I
    if own:
        dW = plasticity.two_term(E, I, E, I, W, A, p_B)
        a = dict.fromkeys(A, 2e-5)
    else:
        dW = plasticity.cross_homeostatic(E, I, E, I, W, A, p_B)
        a = {c: rates[f"alpha_{c}"] for c in A}
    for c, changes in dW.items():
        pre, sign = (E, 1) if c[1] == "E" else (I, -1)
        for i in range(changes.shape[0]):
            for j in range(changes.shape[1]):
                if c[0] == "E":
                    expected = a[c] * pre[j] * I_error + own * pre[j] * (5 - E[i])
                else:
                    expected = -a[c] * pre[j] * E_error + own * pre[j] * (14 - I[i])
                assert changes[i, j] == pytest.approx(sign * expected)


def test_synaptic_scaling_is_si_eq_12():
    E, I, W, A = _units(2, 2)
    dW = plasticity.synaptic_scaling(E, I, E, I, W, A, p_B)
    for i in range(2):
        for j in range(2):
            assert dW["EE"][i, j] == pytest.approx(1e-4 * (5 - E[i]) * W["EE"][i, j])
            assert dW["EI"][i, j] == pytest.approx(-2e-4 * (5 - E[i]) * W["EI"][i, j])
            assert dW["IE"][i, j] == pytest.approx(3e-4 * (14 - I[i]) * W["IE"][i, j])
            assert dW["II"][i, j] == pytest.approx(-4e-4 * (14 - I[i]) * W["II"][i, j])
