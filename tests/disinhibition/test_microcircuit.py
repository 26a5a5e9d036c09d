"""The network of microcircuits: closed forms against integration, automatic differentiation and limits."""

import functools
import types

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


def make(n_hidden, scale=1.5, bias=False, n_units=9, n=6):
    """Weights `scale` times the initial ones (trained networks have larger ones), inputs and targets.

    With biases there is one input fewer: it is as many numbers.
    """
    n_in = 11 if bias else 12
    sizes = [12, *[n_units] * n_hidden, 10]
    W, _ = network.initial_parameters(jax.random.key(n_hidden), sizes, "xavier", False)
    W = [scale * np.asarray(w, "f8") for w in W]
    W[0] = W[0][:, :n_in]
    b = [np.linspace(-1, 1, n_units) for _ in range(n_hidden)] if bias else []
    x = np.random.default_rng(7).random((n, n_in))
    return (W, b), x, np.asarray(network.soft_target(jnp.arange(n), 0.99), "f8")


# What changes from test to test without another program.
numbers = ("k_p", "k_i", "alpha", "tolerance", "r_tilde_memory", "settle_duration", "steady_rtol")


def update(parameters, x, r_tar, r_tilde=None, **changes):
    """control.update, compiled once for all tests of one shape and one choice of what is not in `numbers`."""
    r_tilde = r_tilde or [np.full(len(w), np.nan) for w in parameters[0][:-1]]
    p = P | changes
    values = {name: p.pop(name) for name in numbers}
    return _update(tuple(p.items()), values, parameters, x, r_tar, r_tilde)


@functools.partial(jax.jit, static_argnums=0)
def _update(rest, values, parameters, x, r_tar, r_tilde):
    return control.update(parameters, x, r_tar, r_tilde, dict(rest) | values)


def assert_close(a, b, **tolerance):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, **tolerance), a, b)


def train(parameters, x, r_tar):
    """The network after 1000 steps of the exact rule on these samples."""
    W, b = parameters
    for _ in range(1000):
        W = [np.add(w, dw) for w, dw in zip(W, update((W, b), x, r_tar).dW, strict=True)]
    return W, b


@jax.jit
def exact_changes(W, x, closed):
    return control.weight_updates(W, x, closed, None, closed.converged, P)[0]


def assert_solvers_agree(parameters, x, r_tar, **changes):
    ours, reference = (
        update(parameters, x, r_tar, solver=solver, **changes) for solver in ("algebraic", "ode")
    )
    assert ours.closed.converged.all()
    for name in ("dW", "Q", "r_tilde"):
        assert_close(getattr(ours, name), getattr(reference, name), atol=1e-7)
    for phase in ("open", "closed"):
        equilibria = [getattr(found, phase)[:5] for found in (ours, reference)]
        assert_close(*equilibria, atol=1e-7)
    if changes["rule"] != "exact_inverse":
        exact = [exact_changes(parameters[0], x, found.closed) for found in (ours, reference)]
        assert_close(*exact, atol=1e-7)
    return ours


@pytest.mark.parametrize(
    ("n_hidden", "average_J", "rule"),
    [
        (1, False, "linear_threshold"),
        (3, True, "exact_inverse"),
        pytest.param(1, True, "linear_threshold", marks=pytest.mark.slow),
        pytest.param(3, False, "linear_threshold", marks=pytest.mark.slow),
        pytest.param(3, True, "linear_threshold", marks=pytest.mark.slow),
    ],
)
def test_solvers_agree(n_hidden, average_J, rule):
    """At initial and at trained weights."""
    parameters, x, r_tar = make(n_hidden, scale=1.0)
    changes = {"average_J": average_J, "rule": rule}
    before = assert_solvers_agree(parameters, x, r_tar, **changes)
    after = assert_solvers_agree(train(parameters, x, r_tar), x, r_tar, **changes)
    assert network.loss(after.open.r_L, r_tar) < network.loss(before.open.r_L, r_tar) / 3


def test_integration_stops_at_the_printed_duration():
    parameters, x, r_tar = make(1)
    found, exact = (
        update(
            parameters, x, r_tar, rule="linear_threshold", settle_duration=30.0, solver=solver
        ).open
        for solver in ("ode", "algebraic")
    )
    assert found.residual.min() > 1e-3
    assert jnp.abs(found.r_L - exact.r_L).max() > 1e-2


def test_integration_stops_where_the_velocity_is_small_beside_the_state():
    """The rule of the authors' integration: rms(dy/dt) < steady_atol + steady_rtol rms(y), in 1/s."""
    parameters, x, r_tar = make(1)
    rtol = 1e-2
    changes = {"rule": "linear_threshold", "solver": "ode", "steady_rtol": rtol}
    end = update(parameters, x, r_tar, **changes).open
    # Without control the integral of the error stays zero.
    state = [*end.u_E, *end.u_I, end.r_L, jnp.zeros_like(end.r_L)]
    size = jnp.sqrt((jnp.concatenate(state, -1) ** 2).mean(-1))
    assert (end.residual < P["steady_atol"] + rtol * size).all()
    assert (end.residual > rtol * size / 100).all()


speed = jax.jit(microcircuit.velocity)


@pytest.mark.parametrize(("beta", "gamma"), [(1.0, 0.0), (1.7, 0.8)])
@pytest.mark.parametrize("scale", [1.0, 6.0])
def test_equilibrium_stops_the_dynamics(beta, gamma, scale):
    parameters, x, r_tar = make(3, scale, bias=True)
    found = update(parameters, x, r_tar, beta=beta, gamma=gamma)
    assert found.closed.converged.all()
    p = {name: P[name] for name in ("k_p", "k_i", "tau_E", "tau_I", "tau_c")}
    p |= {"beta": beta, "gamma": gamma}
    for phase, Q in ((found.open, None), (found.closed, found.Q)):
        c_int = phase.c / (P["k_p"] + P["k_i"])
        state = microcircuit.State(phase.u_E, phase.u_I, phase.r_L, c_int)
        for derivative in jax.tree.leaves(speed(state, *parameters, x, Q, r_tar, p)):
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
    start = jax.jit(lambda x: algebraic.uncontrolled(parameters, x, P))(x[0])

    def readout(u_I):
        # All u_I independent: every u_E at its steady state given them, A Eqs. (1), (6).
        r = x[0]
        for weights, u in zip(W[:-1], u_I, strict=True):
            r = activation.phi(weights @ r - activation.phi(u, 1.0, 0.0), 1.0, 0.0)
        return W[-1] @ r

    @jax.jit
    def jacobian(u_E, u_I):
        return microcircuit.jacobian(W, microcircuit.slopes(u_E, P), microcircuit.slopes(u_I, P))

    J = jacobian(start.u_E, start.u_I)
    assert_close(J, jax.jit(jax.jacrev(readout))(start.u_I), atol=1e-12)


def test_feedback_weights_have_norm_alpha_and_oppose_J():
    J = [-np.abs(np.random.default_rng(l).standard_normal((5, 10, 4 + l))) for l in range(2)]
    for average in (False, True):
        Q = jax.jit(lambda J, average=average: microcircuit.feedback_weights(J, 2.5, average))(J)
        for layer, full in zip(Q, J, strict=True):
            assert layer.shape == (*full.shape[: 0 if average else 1], full.shape[2], full.shape[1])
            np.testing.assert_allclose(np.sqrt((np.asarray(layer) ** 2).sum((-2, -1))), 2.5)
            assert (np.asarray(layer) > 0).all()
    one_by_one = [microcircuit.feedback_weights([layer.mean(0)], 2.5)[0] for layer in J]
    assert_close(Q, one_by_one)


def test_average_feedback_of_equal_samples_is_that_of_each():
    parameters, x, r_tar = make(3)
    x, r_tar = (np.broadcast_to(a[:1], a.shape) for a in (x, r_tar))
    each, shared = (update(parameters, x, r_tar, average_J=flag) for flag in (False, True))
    assert_close(each.dW, shared.dW, atol=1e-12)


@pytest.mark.parametrize("average_J", [False, True])
def test_feedback_is_that_of_the_jacobian_of_a_sample_or_of_their_mean(average_J):
    parameters, x, r_tar = make(3)
    found = update(parameters, x, r_tar, average_J=average_J)
    slopes = microcircuit.slopes_at(found.open.r_E, P), microcircuit.slopes(found.open.u_I, P)
    J = microcircuit.jacobian(parameters[0], *slopes)
    J = [layer.mean(0) for layer in J] if average_J else J
    assert_close(found.Q, microcircuit.feedback_weights(J, P["alpha"]), rtol=1e-12)


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
    parameters, x, r_tar = make(1)
    # One sample, as often as the program that other tests share wants samples.
    x, r_tar = (np.broadcast_to(a[:1], a.shape) for a in (x, r_tar))
    found = update(parameters, x, r_tar, k_p=1e-5, k_i=0.0)

    def loss(W):
        return network.loss(algebraic.uncontrolled((W, []), x, P).r_L, r_tar)

    descent = -jax.jit(jax.grad(loss))(parameters[0])[0]
    assert (jnp.sign(found.dW[0]) == jnp.sign(descent)).all()


def test_biases_learn_like_weights_from_a_constant_input():
    (W, b), x, r_tar = make(3, bias=True)
    b = [b[0], *(0 * above for above in b[1:])]
    found = update((W, b), x, r_tar)
    extended = [np.concatenate([W[0], b[0][:, None]], 1), *W[1:]]
    ones = np.concatenate([x, np.ones((len(x), 1))], 1)
    np.testing.assert_allclose(
        found.db[0], update((extended, []), ones, r_tar).dW[0][:, -1], atol=1e-12
    )


def test_no_error_no_control_no_loss():
    # Both sides of A Eq. (19): where the uncontrolled output is the target, H is zero and the loss at its least.
    parameters, x, any_target = make(3)
    r_tar = jax.nn.softmax(update(parameters, x, any_target).open.r_L)
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
    second, fresh = (
        update(parameters, x * 0, r_tar, past, rule="linear_threshold", r_tilde_memory=0.9).r_tilde
        for past in (first, None)
    )
    assert_close(second, [0.9 * a + 0.1 * b for a, b in zip(first, fresh, strict=True)])


def test_r_tilde_is_the_mean_of_the_samples_that_settle():
    parameters, x, _ = make(1)
    start = jax.jit(lambda x: algebraic.uncontrolled(parameters, x, P))(x)
    some = start._replace(converged=jnp.arange(len(x)) > 1)
    (r_tilde,) = control.track([np.full(9, np.nan)], some, P)
    r_I = activation.phi(start.u_I[0], 1.0, 0.0)
    np.testing.assert_allclose(r_tilde, r_I[2:].mean(0), rtol=1e-12)


def test_sample_without_equilibrium_is_left_out():
    parameters, x, r_tar = make(3)
    broken = x.copy()
    broken[2] = np.nan
    found = update(parameters, broken, r_tar)
    assert found.closed.converged.tolist() == [True, True, False, True, True, True]
    whole = update(parameters, x, r_tar)
    # Of six whole samples the mean, without the third.
    third = update(parameters, *(np.broadcast_to(a[2], a.shape) for a in (x, r_tar)))
    rest = jax.tree.map(lambda six, one: (6 * six - one) / 5, whole.dW, third.dW)
    assert_close(found.dW, rest, atol=1e-10)


def test_too_few_iterations_are_reported():
    parameters, x, r_tar = make(1, scale=4.0)
    found = update(parameters, x, r_tar, max_iterations=0)
    assert not found.closed.converged.all()
    assert (found.closed.residual > P["tolerance"]).any()


def test_weights_change_by_eq_11_with_the_line_of_their_layer():
    """Sample by sample in numpy, A Eqs. (11), (14), (18); the last sample does not count."""
    rng = np.random.default_rng(0)
    u_E, u_I = rng.normal(size=(2, 2, 3, 4))
    r_E, r_I = (np.log1p(np.exp(u)) for u in (u_E, u_I))
    x, r_L, W_L = rng.normal(size=(3, 4)), rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
    r_tilde = np.array([[0.5] * 4, [1.5] * 4])
    end = types.SimpleNamespace(u_E=[*u_E], u_I=[*u_I], r_E=[*r_E], r_L=r_L)
    counted, p = np.array([True, True, False]), P | {"rule": "linear_threshold"}
    W = [None, None, W_L]
    dW, db = control.weight_updates(W, x, end, [*r_tilde], counted, p)
    delta = np.exp(r_tilde) / (np.exp(r_tilde) - 1)
    theta = np.log(np.exp(r_tilde) - 1) - delta * r_tilde
    for layer, pre in enumerate((x, r_E[0])):
        error = r_E[layer] - theta[layer] - delta[layer] * r_I[layer]
        post = error / (1 + np.exp(-u_E[layer]))
        np.testing.assert_allclose(dW[layer], post[:2].T @ pre[:2] / 2, rtol=1e-10)
        np.testing.assert_allclose(db[layer], post[:2].mean(0), rtol=1e-10)
    readout = r_L - r_E[1] @ W_L.T
    np.testing.assert_allclose(dW[2], readout[:2].T @ r_E[1][:2] / 2, rtol=1e-10)


def test_a_sample_at_the_step_limit_is_left_where_it_is_and_not_settled():
    parameters, x, _ = make(1, n=2)
    # More than the 16 384 steps that a sample may take.
    p = P | {"dt_max": 0.01, "settle_duration": 400.0}
    end = jax.jit(lambda x: ode.uncontrolled(parameters, x, p))(x)
    assert not end.converged.any()
    assert end.n_steps.tolist() == [16384, 16384]
    longer = jax.jit(lambda x: ode.uncontrolled(parameters, x, P))(x)
    for layer, settled in zip(end.u_E, longer.u_E, strict=True):
        np.testing.assert_allclose(layer, settled, rtol=1e-2)
