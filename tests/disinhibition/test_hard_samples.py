"""The hardest samples of a trained network (hard_samples.py): they have an equilibrium, one, and settle there."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy import optimize

from eiplast.disinhibition import algebraic, circuits, cooling, microcircuit, network, ode

n_starts = 12


@pytest.fixture(scope="module")
def p(paper):
    return paper["disinhibition"]["train"]


@pytest.fixture(scope="module")
def hard():
    """W, Q (one a sample), drives of the first layer and targets."""
    with np.load(Path(__file__).with_name("hard_samples.npz")) as file:
        found = dict(file)
    # The drive of the first layer is its input here, with the unit matrix as weights.
    W = [np.eye(256), *(found[name] for name in ("W_1", "W_2", "W_3"))]
    Q = [found[name] for name in ("Q_0", "Q_1", "Q_2")]
    return W, Q, found["drive"], network.soft_target(found["label"], float(found["target"]))


def settled(hard, p, dtype, **changes):
    """Uncontrolled and controlled equilibrium."""

    @jax.jit
    def settle(W, Q, drive, r_tar):
        start = algebraic.uncontrolled((W, []), drive, p)
        return start, algebraic.controlled((W, []), drive, Q, r_tar, start, p | changes)

    return settle(*jax.tree.map(lambda a: jnp.asarray(a, dtype), hard))


@pytest.fixture(scope="module")
def exact(hard, p):
    """The same in double precision."""
    with jax.enable_x64(True):
        return settled(hard, p, "f8", tolerance=1e-12)


def mismatch(c, W, Q, drive, r_tar, p):
    """c - (k_p + k_i) e of one sample."""
    swept = circuits.sweep(W, [], drive, [layer.T for layer in Q], c, p)
    return c - (p["k_p"] + p["k_i"]) * microcircuit.error(swept.r_L, r_tar)


def test_all_are_solved_in_both_precisions(hard, p, exact):
    _, found = exact
    with jax.enable_x64(True):
        W, *samples = jax.tree.map(lambda a: jnp.asarray(a, "f8"), hard)
        left = jax.jit(jax.vmap(lambda c, *a: mismatch(c, W, *a, p)))(found.c, *samples)
    assert found.converged.all()
    assert np.abs(left).max() <= 1e-12
    # The quick search does not get there.
    assert found.n_steps.max() > algebraic._max_sweeps
    _, single = settled(hard, p, "f4")
    assert single.converged.all()
    assert single.residual.max() <= 4e-6
    np.testing.assert_allclose(single.c, found.c, atol=2e-5)


def test_no_search_from_anywhere_finds_another_equilibrium(hard, p, exact):
    _, found = exact
    with jax.enable_x64(True):
        W, Q, drive, r_tar = jax.tree.map(lambda a: jnp.asarray(a, "f8"), hard)
        F = jax.jit(lambda c, Q, drive, r_tar: mismatch(c, W, Q, drive, r_tar, p))
        J = jax.jit(jax.jacobian(F))
        starts = np.random.default_rng(0).uniform(-0.6, 0.6, (n_starts, len(drive), 10))
        n_found = 0
        for i, c in enumerate(found.c):
            args = [layer[i] for layer in Q], drive[i], r_tar[i]
            for start in starts[:, i]:
                other = optimize.root(F, start, args=args, jac=J, method="lm", tol=1e-13)
                # Where it ends at more, it is a minimum of the mismatch and no equilibrium.
                if np.abs(other.fun).max() < 1e-9:
                    n_found += 1
                    np.testing.assert_allclose(other.x, c, atol=1e-7)
        assert n_found > n_starts * len(drive) / 2


@pytest.fixture
def cooled(hard, p):
    """Function of starts (m, 10) and most iterations, in double precision: control signal, what is left."""
    with jax.enable_x64(True):
        W, Q, drive, r_tar = jax.tree.map(lambda a: jnp.asarray(a, "f8"), hard)
        rows = [jnp.swapaxes(layer, -2, -1) for layer in Q]
        limit = jnp.full(len(drive), 1e-12)

        @jax.jit
        def solve(c, max_iterations):
            q = p | {"tolerance": 1e-12, "max_iterations": max_iterations}
            c, _, left, _ = cooling.solve(W, [], rows, drive, r_tar, c, limit, q)
            return c, left

        yield solve


@pytest.mark.parametrize("patience", [cooling._patience, 1])
def test_cooling_finds_it_from_anywhere(cooled, exact, monkeypatch, patience):
    """By Newton's steps alone, or heated after the first."""
    monkeypatch.setattr(cooling, "_patience", patience)
    _, found = exact
    for start in np.random.default_rng(1).uniform(-0.6, 0.6, (n_starts, *found.c.shape)):
        c, left = cooled(start, 300)
        assert left.max() <= 1e-12
        np.testing.assert_allclose(c, found.c, atol=1e-9)
        # A search that ends while hot has found nothing.
        assert patience > 2 or np.isinf(cooled(start, 2)[1]).all()


def test_converged_is_at_most_the_tolerance(hard, p):
    with jax.enable_x64(True):
        _, unsolved = settled(hard, p, "f8", max_iterations=0)
        left = np.array(unsolved.residual)
        _, found = settled(hard, p, "f8", max_iterations=0, tolerance=float(left.max()) / 1.5)
    np.testing.assert_array_equal(found.residual, left)
    np.testing.assert_array_equal(found.converged, left <= left.max() / 1.5)
    assert found.converged.any()
    assert not found.converged.all()


@pytest.mark.slow
def test_the_dynamics_settle_there_and_stay(hard, p, exact):
    tight = {"rtol": 1e-7, "atol": 1e-9, "steady_rtol": 0.0, "steady_atol": 1e-7}
    with jax.enable_x64(True):
        W = [jnp.asarray(w, "f8") for w in hard[0]]
        few = jax.tree.map(lambda a: jnp.asarray(a[:3], "f8"), (*hard[1:], *exact))
        Q, drive, r_tar, start, found = few
        q = p | tight | {"settle_duration": 20_000.0}
        end = ode.controlled((W, []), drive, Q, r_tar, start, q)
        assert end.converged.all()
        np.testing.assert_allclose(end.c, found.c, atol=1e-6)
        for layer, expected in zip(end.u_E, found.u_E, strict=True):
            np.testing.assert_allclose(layer, expected, atol=1e-5)

        c_int = found.c[0] / (p["k_p"] + p["k_i"])
        at = [u[0] for u in found.u_E], [u[0] for u in found.u_I], found.r_L[0], c_int
        flat, back = ravel_pytree(microcircuit.State(*at))
        mine = [layer[0] for layer in Q]

        def speed(y):
            velocity = microcircuit.velocity(back(y), W, [], None, mine, r_tar[0], p, drive[0])
            return ravel_pytree(velocity)[0]

        assert np.abs(speed(flat)).max() < 1e-12
        assert np.linalg.eigvals(jax.jit(jax.jacobian(speed))(flat)).real.max() < -0.002
