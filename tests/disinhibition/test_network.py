"""The back-propagation baseline of paper A against finite differences, and its training loop."""

import jax
import numpy as np
import pytest
from scipy import stats

from eiplast import dataset
from eiplast.disinhibition import network, train

p = {"beta": 1.0, "gamma": 0.0}


@pytest.mark.parametrize("bias", [True, False])
def test_gradient_is_the_slope_of_the_loss(bias):
    with jax.enable_x64(True):
        keys = jax.random.split(jax.random.key(0), 3)
        parameters = network.initial_parameters(keys[0], [6, 5, 4, 3], "xavier", bias)
        x = jax.random.uniform(keys[1], (7, 6))
        r_tar = network.soft_target(jax.random.randint(keys[2], (7,), 0, 3), 0.9, 3)
        gradient, _ = jax.jit(lambda parameters: network.backprop(parameters, x, r_tar, p))(
            parameters
        )

        @jax.jit
        def loss(parameters):
            return network.loss(network.forward(parameters, x, p), r_tar)

        rng = np.random.default_rng(0)
        direction = jax.tree.map(lambda w: rng.standard_normal(w.shape), parameters)
        up = jax.tree.map(lambda w, d: np.asarray(w) + 1e-6 * d, parameters, direction)
        down = jax.tree.map(lambda w, d: np.asarray(w) - 1e-6 * d, parameters, direction)
        slope = (loss(up) - loss(down)) / 2e-6
        products = jax.tree.map(lambda g, d: (np.asarray(g) * d).sum(), gradient, direction)
        np.testing.assert_allclose(sum(jax.tree.leaves(products)), slope, rtol=1e-6)


def test_soft_targets_are_as_printed():
    target = network.soft_target(np.array([3]), 0.99)
    np.testing.assert_allclose(target.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(target[0, 3], 0.99, rtol=1e-6)
    np.testing.assert_allclose(target[0, 0], 0.01 / 9, rtol=1e-5)


def _uniform(variance):
    return stats.uniform(-np.sqrt(3 * variance), 2 * np.sqrt(3 * variance))


def _normal(variance):
    """Cut off at two standard deviations, which it has before the cut."""
    return stats.truncnorm(-2, 2, scale=np.sqrt(variance / stats.truncnorm(-2, 2).var()))


@pytest.mark.parametrize(
    ("init", "drawn_from"),
    [("xavier", _uniform(2 / (300 + 200))), ("lecun", _normal(1 / 300))],
)
def test_initial_weights_are_of_their_distribution(init, drawn_from):
    """Glorot & Bengio's uniform one; LeCun's normal one as jax and the authors' code have it."""
    (W,), b = network.initial_parameters(jax.random.key(1), [300, 200], init, False)
    assert W.shape == (200, 300)
    assert b == []
    assert stats.kstest(W.ravel(), drawn_from.cdf).pvalue > 0.01
    np.testing.assert_allclose(W.var(), drawn_from.var(), rtol=0.03)


@pytest.mark.parametrize("init", ["xavier", "lecun"])
def test_layers_of_one_size_are_drawn_apart(init):
    (first, second, _), _ = network.initial_parameters(jax.random.key(1), [9, 9, 9, 3], init, False)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.4


@pytest.fixture(scope="module")
def digits():
    return dataset.run({"dataset": "digits", "tfds_dir": ""})


def _spec(paper, **changes):
    names = {"dataset": "digits", "method": "backprop", "n_hidden": 1, "rule": "backprop"}
    sizes = {"n_seeds": 2, "n_epochs": 15, "n_units": 64, "reported_epoch": "best"}
    return paper["disinhibition"]["train"] | names | sizes | changes


@pytest.fixture(scope="module")
def first(paper, digits):
    return train.run(_spec(paper), digits)


def test_training_learns_and_repeats(paper, digits, first):
    second = train.run(_spec(paper), digits)
    assert (first.accuracy_last.sel(part="test") > 85).all()
    assert not np.array_equal(first.loss[..., 0, :, :], first.loss[..., 1, :, :])
    np.testing.assert_array_equal(first.loss, second.loss)
    assert not first.diverged.any()


def test_best_epoch_is_the_best_on_validation(first):
    best = first.accuracy.sel(part="validation").max("epoch")
    np.testing.assert_array_equal(first.reported_accuracy.sel(part="validation"), best)


def test_a_diverging_seed_is_marked_and_left_out(paper, digits):
    ds = train.run(_spec(paper, learning_rate=1e38, n_epochs=3), digits)
    assert ds.diverged.all()
    assert np.isnan(ds.reported_accuracy.sel(part="test")).all()
