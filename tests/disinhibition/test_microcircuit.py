"""The network of microcircuits: closed forms against integration, automatic differentiation and limits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eiplast.disinhibition import (
    activation,
    algebraic,
    circuits,
    control,
    learning_rules,
    microcircuit,
    network,
    ode,
)

P = {
    "beta": 1.0,
    "gamma": 0.0,
    "k_p": 0.2,
    "k_i": 0.4,
    "alpha": 1.0,
    "tau_E": 20.0,
    "tau_I": 5.0,
    "tau_c": 100.0,
    "average_J": False,
    "r_tilde_memory": 0.0,
    "solver": "algebraic",
    "rule": "exact_inverse",
    "tolerance": 1e-12,
    "max_iterations": 30,
    "rtol": 1e-7,
    "atol": 1e-9,
    "steady_rtol": 0.0,
    "steady_atol": 1e-7,
    "settle_duration": 4000.0,
    "dt0": 1.0,
    "dt_max": 10.0,
}


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(True):
        yield


def make(n_hidden, scale=1.5, bias=False, n_in=12, n_units=9, n=6):
    """Weights `scale` times the initial ones (trained networks have larger ones), inputs and targets."""
    sizes = [n_in, *[n_units] * n_hidden, 10]
    W, _ = network.initial_parameters(jax.random.key(n_hidden), sizes, "xavier", False)
    W = [scale * w.astype("f8") for w in W]
    b = [jnp.linspace(-1, 1, n_units) for _ in range(n_hidden)] if bias else []
    x = jax.random.uniform(jax.random.key(7), (n, n_in), dtype="f8")
    return (W, b), x, network.soft_target(jnp.arange(n), 0.99).astype("f8")


def update(parameters, x, r_tar, **changes):
    r_tilde = [jnp.full(len(w), jnp.nan) for w in parameters[0][:-1]]
    p = P | changes
    # What changes from test to test without another program.
    numbers = {name: p.pop(name) for name in ("k_p", "k_i", "alpha", "tolerance")}
    return _update(tuple(p.items()), numbers, parameters, x, r_tar, r_tilde)


@functools.partial(jax.jit, static_argnums=0)
def _update(rest, numbers, parameters, x, r_tar, r_tilde):
    return control.update(parameters, x, r_tar, r_tilde, dict(rest) | numbers)


def assert_close(a, b, **tolerance):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, **tolerance), a, b)


def train(parameters, x, r_tar):
    """The network after 1000 steps of the exact rule on these samples."""

    def step(_, W):
        return [w + dw for w, dw in zip(W, update((W, []), x, r_tar).dW, strict=True)]

    return jax.lax.fori_loop(0, 1000, step, parameters[0]), []


@pytest.mark.parametrize(
    ("n_hidden", "average_J", "trained"),
    [(1, False, False), (1, True, True), (3, True, False), (3, False, True)],
)
def test_solvers_agree(n_hidden, average_J, trained):
    parameters, x, r_tar = make(n_hidden, scale=1.0)
    if trained:
        before = parameters
        parameters = train(parameters, x, r_tar)
        after, start = (
            network.loss(algebraic.uncontrolled(n, x, P).r_L, r_tar) for n in (parameters, before)
        )
        assert after < start / 3
    changes = {"average_J": average_J, "rule": "linear_threshold"}
    ours, reference = (
        update(parameters, x, r_tar, solver=solver, **changes) for solver in ("algebraic", "ode")
    )
    assert ours.closed.converged.all()
    for name in ("dW", "Q", "r_tilde"):
        assert_close(getattr(ours, name), getattr(reference, name), atol=1e-7)
    for phase in ("open", "closed"):
        equilibria = [getattr(found, phase)[:5] for found in (ours, reference)]
        assert_close(*equilibria, atol=1e-7)
    exact = [
        control.weight_updates(parameters[0], x, found.closed, None, found.closed.converged, P)[0]
        for found in (ours, reference)
    ]
    assert_close(*exact, atol=1e-7)


@pytest.mark.parametrize(("beta", "gamma"), [(1.0, 0.0), (1.7, 0.8)])
@pytest.mark.parametrize("scale", [1.0, 6.0])
def test_equilibrium_stops_the_dynamics(beta, gamma, scale):
    parameters, x, r_tar = make(3, scale, bias=True)
    found = update(parameters, x, r_tar, beta=beta, gamma=gamma)
    assert found.closed.converged.all()
    p = P | {"beta": beta, "gamma": gamma}
    for phase, Q in ((found.open, None), (found.closed, found.Q)):
        c_int = phase.c / (P["k_p"] + P["k_i"])
        state = microcircuit.State(phase.u_E, phase.u_I, phase.r_L, c_int)
        speed = microcircuit.velocity(state, *parameters, x, Q, r_tar, p)
        for derivative in jax.tree.leaves(speed):
            np.testing.assert_allclose(derivative, 0, atol=1e-11)


def test_uncontrolled_rate_is_half_a_softplus():
    drive = jnp.array([-40.0, -3.0, 0.0, 2.0, 60.0, 300.0])
    u_E, _, r_E = circuits.circuit(drive, 0.0, 1.0, 0.0)
    np.testing.assert_allclose(r_E, jax.nn.softplus(drive) / 2, rtol=1e-12)
    np.testing.assert_allclose(activation.phi(u_E, 1.0, 0.0), r_E, rtol=1e-10)


def test_no_drive_is_too_large_or_too_small_for_single_precision():
    drive = jnp.array([-1e4, -200.0, 200.0, 1e4], "f4")
    for feedback in (-3.0, 0.0, 3.0):
        u_E, u_I, r_E = circuits.circuit(drive, jnp.float32(feedback), 1.0, 0.0)
        np.testing.assert_allclose(u_E + activation.phi(u_I, 1.0, 0.0), drive, rtol=1e-6)
        np.testing.assert_allclose(activation.phi(u_E, 1.0, 0.0), r_E, rtol=1e-5, atol=1e-6)


def test_small_and_large_rates_keep_their_digits_in_single_precision():
    drive = np.linspace(-60, 60, 241)
    exact = np.logaddexp(0, drive) / 2
    r_E = jax.jit(lambda a: circuits.circuit(a, jnp.float32(0), 1.0, 0.0)[2])(drive.astype("f4"))
    np.testing.assert_allclose(r_E, exact, rtol=1e-6)


def test_newton_agrees_with_quadratic():
    drive, feedback = jnp.meshgrid(jnp.linspace(-30, 120, 61), jnp.linspace(-2, 2, 9))
    newton = activation.phi(circuits._newton(drive, feedback, 1.0, 0.0), 1.0, 0.0)
    np.testing.assert_allclose(newton, circuits._quadratic(drive, feedback), atol=1e-10)


@pytest.mark.parametrize("n_hidden", [1, 3])
def test_jacobian_is_the_printed_derivative(n_hidden):
    parameters, x, _ = make(n_hidden)
    W, _ = parameters
    start = algebraic.uncontrolled(parameters, x[0], P)

    def readout(u_I):
        # All u_I independent: every u_E at its steady state given them, A Eqs. (1), (6).
        r = x[0]
        for weights, u in zip(W[:-1], u_I, strict=True):
            r = activation.phi(weights @ r - activation.phi(u, 1.0, 0.0), 1.0, 0.0)
        return W[-1] @ r

    J = microcircuit.jacobian(W, *(microcircuit.slopes(u, P) for u in (start.u_E, start.u_I)))
    assert_close(J, jax.jacrev(readout)(start.u_I), atol=1e-12)


def test_feedback_weights_have_norm_alpha_and_oppose_J():
    J = [-jnp.abs(jax.random.normal(jax.random.key(l), (5, 10, 4 + l))) for l in range(2)]
    for average in (False, True):
        Q = microcircuit.feedback_weights(J, 2.5, average)
        for layer, full in zip(Q, J, strict=True):
            assert layer.shape == (*full.shape[: 0 if average else 1], full.shape[2], full.shape[1])
            np.testing.assert_allclose(jnp.sqrt((layer**2).sum((-2, -1))), 2.5)
            assert (layer > 0).all()
    one_by_one = [microcircuit.feedback_weights([layer.mean(0)], 2.5)[0] for layer in J]
    assert_close(Q, one_by_one)


def test_average_feedback_of_equal_samples_is_that_of_each():
    parameters, x, r_tar = make(3)
    x, r_tar = (jnp.broadcast_to(a[:1], a.shape) for a in (x, r_tar))
    each, shared = (update(parameters, x, r_tar, average_J=flag) for flag in (False, True))
    assert_close(each.dW, shared.dW, atol=1e-12)


def test_exact_inverse_is_eq_9_and_eq_10():
    parameters, x, r_tar = make(1)
    found = update(parameters, x, r_tar)
    (u_E,), (u_I,), (r_E,) = found.closed[:3]
    Qc = microcircuit.project(found.Q[0], found.closed.c)
    post = learning_rules.exact_inverse(r_E, u_E, u_I, 1.0, 0.0)
    np.testing.assert_allclose(post, Qc * jax.nn.sigmoid(u_E), atol=1e-12)
    inverse = activation.phi_inv(activation.phi(u_I, 1.0, 0.0), 1.0, 0.0)
    np.testing.assert_allclose(post, (r_E - inverse) * jax.nn.sigmoid(u_E), atol=1e-12)
    mean = np.mean([np.outer(p, pre) for p, pre in zip(post, x, strict=True)], 0)
    np.testing.assert_allclose(found.dW[0], mean, atol=1e-12)


def test_readout_learns_by_the_control_signal():
    parameters, x, r_tar = make(3)
    found = update(parameters, x, r_tar)
    np.testing.assert_allclose(
        found.dW[-1], found.closed.c.T @ found.closed.r_E[-1] / len(x), atol=1e-10
    )


def test_weak_control_changes_weights_along_minus_the_gradient_of_its_own_network():
    # One hidden layer, c -> 0: A Eq. (9) is then a positive factor a unit times the gradient of the loss.
    parameters, x, r_tar = make(1, n=1)
    found = update(parameters, x, r_tar, k_p=1e-5, k_i=0.0)

    def loss(W):
        return network.loss(algebraic.uncontrolled((W, []), x, P).r_L, r_tar)

    descent = -jax.grad(loss)(parameters[0])[0]
    assert (jnp.sign(found.dW[0]) == jnp.sign(descent)).all()


def test_biases_learn_like_weights_from_a_constant_input():
    (W, b), x, r_tar = make(1, bias=True)
    found = update((W, b), x, r_tar)
    extended = [jnp.concatenate([W[0], b[0][:, None]], 1), W[1]]
    ones = jnp.concatenate([x, jnp.ones((len(x), 1))], 1)
    np.testing.assert_allclose(
        found.db[0], update((extended, []), ones, r_tar).dW[0][:, -1], atol=1e-12
    )


def test_no_error_no_control_no_loss():
    # Both sides of A Eq. (19): where the uncontrolled output is the target, H is zero and the loss at its least.
    parameters, x, _ = make(3)
    r_tar = jax.nn.softmax(algebraic.uncontrolled(parameters, x, P).r_L)
    found = update(parameters, x, r_tar)
    assert control.control_loss(found, found.closed.converged) < 1e-24
    assert all(jnp.abs(dW).max() < 1e-12 for dW in found.dW)
    entropy = -(r_tar * jnp.log(r_tar)).sum(-1).mean()
    np.testing.assert_allclose(network.loss(found.open.r_L, r_tar), entropy, rtol=1e-12)


def test_linear_rule_approaches_the_exact_one_near_its_point():
    parameters, x, r_tar = make(1)
    found = update(parameters, x, r_tar, rule="linear_threshold")
    (u_E,), (u_I,), (r_E,) = found.open[:3]
    r_I = activation.phi(u_I, 1.0, 0.0)
    theta, delta = activation.linearise(r_I, 1.0, 0.0)
    linear = learning_rules.linear_threshold(r_E, u_E, r_I, theta, delta, 1.0, 0.0)
    exact = learning_rules.exact_inverse(r_E, u_E, u_I, 1.0, 0.0)
    np.testing.assert_allclose(linear, exact, atol=1e-12)
    np.testing.assert_allclose(found.r_tilde[0], r_I.mean(0), rtol=1e-12)


def test_r_tilde_remembers():
    parameters, x, r_tar = make(1)
    first = update(parameters, x, r_tar, rule="linear_threshold").r_tilde
    p = P | {"rule": "linear_threshold", "r_tilde_memory": 0.9}
    second = control.update(parameters, x * 0, r_tar, first, p).r_tilde
    fresh = update(parameters, x * 0, r_tar, rule="linear_threshold").r_tilde
    assert_close(second, [0.9 * a + 0.1 * b for a, b in zip(first, fresh, strict=True)])


def test_sample_without_equilibrium_is_left_out():
    parameters, x, r_tar = make(3)
    broken = x.at[2].set(jnp.nan)
    found = update(parameters, broken, r_tar)
    rest = jnp.array([0, 1, 3, 4, 5])
    assert found.closed.converged.tolist() == [True, True, False, True, True, True]
    assert_close(found.dW, update(parameters, x[rest], r_tar[rest]).dW, atol=1e-10)


def test_too_few_iterations_are_reported():
    parameters, x, r_tar = make(3, scale=4.0)
    found = update(parameters, x, r_tar, max_iterations=0)
    assert not found.closed.converged.all()
    assert (found.closed.residual > P["tolerance"]).any()


def test_integration_stops_at_the_printed_duration():
    parameters, x, _ = make(1, n=2)
    found = ode.uncontrolled(parameters, x, P | {"settle_duration": 30.0})
    exact = algebraic.uncontrolled(parameters, x, P)
    assert found.residual.min() > 1e-3
    assert jnp.abs(found.r_L - exact.r_L).max() > 1e-2
