"""The soft rectifier of paper A against its own definitions."""

import jax
import numpy as np
import pytest

from eiplast.disinhibition import activation

shapes = [(1.0, 0.0), (1.0, 3.0), (5.0, 3.0)]


@pytest.fixture(autouse=True)
def double_precision(request):
    with jax.enable_x64("single_precision" not in request.node.name):
        yield


@pytest.mark.parametrize(("beta", "gamma"), shapes)
def test_phi_inv_inverts_phi(beta, gamma):
    u = np.linspace(-5, 200, 300)
    r = activation.phi(u, beta, gamma)
    np.testing.assert_allclose(activation.phi_inv(r, beta, gamma), u, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("beta", "gamma"), shapes)
def test_dphi_is_the_derivative(beta, gamma):
    u = np.linspace(-10, 10, 41)
    derivative = jax.vmap(jax.grad(activation.phi), (0, None, None))(u, beta, gamma)
    np.testing.assert_allclose(activation.dphi(u, beta, gamma), derivative, rtol=1e-12)


@pytest.mark.parametrize(("beta", "gamma"), shapes)
def test_slope_at_a_rate_is_that_at_its_potential(beta, gamma):
    u = np.linspace(-20, 100, 41)
    slope = activation.dphi_at(activation.phi(u, beta, gamma), beta)
    np.testing.assert_allclose(slope, activation.dphi(u, beta, gamma), rtol=1e-12)


def test_slope_at_a_small_rate_is_right_in_single_precision():
    r = np.array([0, 1e-20, 1e-5, 1e-3], "f4")
    slope = activation.dphi_at(r, 1.0)
    np.testing.assert_allclose(slope, -np.expm1(-r), rtol=1e-6)


@pytest.mark.parametrize(("beta", "gamma"), shapes)
@pytest.mark.parametrize("r_tilde", [0.1, 0.5, 3.0])
def test_line_touches_phi_inv(beta, gamma, r_tilde):
    """A Eq. (23): value and slope at the linearisation point."""
    theta, delta = activation.linearise(r_tilde, beta, gamma)
    slope = jax.grad(activation.phi_inv)(r_tilde, beta, gamma)
    np.testing.assert_allclose(delta, slope, rtol=1e-12)
    np.testing.assert_allclose(
        theta + delta * r_tilde, activation.phi_inv(r_tilde, beta, gamma), rtol=1e-12
    )


def test_single_precision_does_not_overflow():
    u = np.float32(500.0)
    assert activation.phi_inv(activation.phi(u, 1.0, 0.0), 1.0, 0.0) == u
