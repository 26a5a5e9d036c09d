"""A training against its loop written out: batches, Adam (Kingma & Ba 2015), and what is told of every epoch."""

import jax
import numpy as np
import pytest

from eiplast import dataset
from eiplast.disinhibition import control, network, train

n_units, n_epochs, batch_size = 12, 3, 32


@pytest.fixture(scope="module")
def digits():
    """An eighth of each part, in which a batch of 32 leaves some over."""
    digits = dataset.run({"dataset": "digits", "tfds_dir": ""})
    return digits.isel(sample=slice(None, None, 8))


@pytest.fixture
def spec(paper):
    small = {
        "n_units": n_units,
        "n_epochs": n_epochs,
        "n_seeds": 2,
        "n_hidden": 1,
        "batch_size": batch_size,
    }
    names = {"dataset": "digits", "method": "m", "reported_epoch": "last", "bias": True}
    return paper["disinhibition"]["train"] | names | small | {"learning_rate": 0.01}


def softmax(r_L):
    exponential = np.exp(r_L - r_L.max(1, keepdims=True))
    return exponential / exponential.sum(1, keepdims=True)


def targets(label, target):
    r_tar = np.full((len(label), 10), (1 - target) / 9)
    r_tar[np.arange(len(label)), label] = target
    return r_tar


def score(r_L, label, target):
    """Cross-entropy and accuracy in %."""
    loss = -(targets(label, target) * np.log(softmax(r_L))).sum(1).mean()
    return loss, 100 * (r_L.argmax(1) == label).mean()


class Backprop:
    """Readout and gradient of a network without inhibition, with beta = 1 and gamma = 0."""

    def __init__(self, spec):
        self.target = spec["target"]

    def readout(self, parameters, x):
        W_0, W_1, b_0 = parameters
        return np.log1p(np.exp(x @ W_0.T + b_0)) @ W_1.T

    def gradient(self, parameters, x, label):
        W_0, W_1, b_0 = parameters
        u = x @ W_0.T + b_0
        error = (softmax(self.readout(parameters, x)) - targets(label, self.target)) / len(x)
        below = error @ W_1 / (1 + np.exp(-u))
        return [below.T @ x, error.T @ np.log1p(np.exp(u)), below.sum(0)]


class Controlled:
    """The same of the microcircuits, whose updates other tests hold; its linearisation points have a memory."""

    def __init__(self, spec):
        self.target, self.r_tilde = spec["target"], [np.full(n_units, np.nan)]
        self.update = jax.jit(lambda *of_batch: control.update(*of_batch, spec))
        self.uncontrolled = jax.jit(lambda *of_images: control.readout(*of_images, spec))

    def readout(self, parameters, x):
        W_0, W_1, b_0 = parameters
        return np.asarray(self.uncontrolled(([W_0, W_1], [b_0]), x))

    def gradient(self, parameters, x, label):
        W_0, W_1, b_0 = parameters
        r_tar = targets(label, self.target)
        found = self.update(([W_0, W_1], [b_0]), x, r_tar, self.r_tilde)
        self.r_tilde = found.r_tilde
        return [-np.asarray(change) for change in (*found.dW, *found.db)]


def history(net, spec, digits, seed):
    """Loss and accuracy of one seed, shape (epoch, part, 2)."""
    parts = [dataset.part(digits, name) for name in ("train", "validation", "test")]
    x, label = zip(*parts, strict=True)
    key_W, key_order = jax.random.split(jax.random.key(seed))
    W, b = network.initial_parameters(key_W, [64, n_units, 10], spec["init"], True)
    parameters = [np.asarray(one, float) for one in (*W, *b)]
    m, v, t = [0, 0, 0], [0, 0, 0], 0
    epochs = []
    for epoch in range(n_epochs):
        order = jax.random.permutation(jax.random.fold_in(key_order, epoch), len(label[0]))
        before = []
        for first in range(0, len(order) - batch_size + 1, batch_size):
            batch = np.asarray(order[first : first + batch_size])
            images, right = x[0][batch], label[0][batch]
            before.append(score(net.readout(parameters, images), right, net.target))
            t += 1
            for i, slope in enumerate(net.gradient(parameters, images, right)):
                m[i] = 0.9 * m[i] + 0.1 * slope
                v[i] = 0.999 * v[i] + 0.001 * slope**2
                step = (m[i] / (1 - 0.9**t)) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
                parameters[i] = parameters[i] - spec["learning_rate"] * step
        after = [score(net.readout(parameters, x[i]), label[i], net.target) for i in (1, 2)]
        epochs.append([np.mean(before, 0), *after])
    return np.array(epochs)


@pytest.mark.parametrize(
    ("rule", "net"), [("backprop", Backprop), ("linear_threshold", Controlled)]
)
def test_training_is_the_loop_written_out(spec, digits, rule, net):
    spec |= {"rule": rule, "r_tilde_memory": 0.9}
    ds = train.run(spec, digits).squeeze()
    for seed in range(2):
        loss, accuracy = np.moveaxis(history(net(spec), spec, digits, seed), -1, 0)
        np.testing.assert_allclose(ds.loss[seed], loss, rtol=1e-3)
        np.testing.assert_allclose(ds.accuracy[seed], accuracy, atol=1e-3)
    each = ds.accuracy.values
    best = each[np.arange(2), each[:, :, 1].argmax(1)]
    np.testing.assert_array_equal(ds.accuracy_last, each[:, -1])
    np.testing.assert_array_equal(ds.accuracy_best, best)
    np.testing.assert_array_equal(ds.reported_accuracy, each[:, -1])
