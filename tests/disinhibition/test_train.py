"""Training: learning happens, divergence is marked, choices reach the numbers."""

import json
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from scipy import stats

from eiplast import dataset
from eiplast.disinhibition import control, microcircuit, network, train
from eiplast.table import a_tableS1, a_tableS2
from listed import assert_described


@pytest.fixture(scope="module")
def digits():
    return dataset.run({"dataset": "digits", "tfds_dir": ""})


def spec(paper, **changes):
    s = paper["disinhibition"]
    small = {"n_units": 16, "n_epochs": 3, "n_seeds": 1, "dataset": "digits", "n_hidden": 1}
    return s["train"] | {"reported_epoch": "last", "method": "m"} | small | changes


def learn(paper, digits, **changes):
    return train.run(spec(paper, learning_rate=0.01, n_seeds=2, **changes), digits)


@pytest.fixture(scope="module")
def learned(paper, digits):
    """Two seeds by the exact rule, one after the other."""
    return learn(paper, digits, rule="exact_inverse")


def test_every_variable_says_what_it_is(learned):
    assert_described(learned)


@pytest.mark.parametrize("rule", ["exact_inverse", "linear_threshold"])
def test_rule_learns_digits(paper, digits, learned, rule):
    exact = rule == "exact_inverse"
    ds = (learned if exact else learn(paper, digits, rule=rule)).squeeze()
    assert (ds.accuracy.sel(part="test")[:, -1] > 60).all()
    loss = ds.loss.sel(part="train")
    assert (loss[:, -1] < loss[:, 0]).all()
    assert ds.n_unconverged.sum() == 0
    assert ds.residual.max() <= paper["disinhibition"]["train"]["tolerance"]
    assert (ds.H[:, -1] < ds.H[:, 0]).all()


def test_seeds_together_are_seeds_alone(paper, digits, learned, monkeypatch):
    monkeypatch.setattr(train, "_groups", lambda n: [np.arange(n)])
    together = learn(paper, digits, rule="exact_inverse")
    alone, together = (ds.loss.squeeze().isel(epoch=0) for ds in (learned, together))
    np.testing.assert_allclose(alone, together, rtol=1e-4)
    assert abs(alone.isel(seed=0) - alone.isel(seed=1)).sel(part="validation") > 1e-4


class Plain(NamedTuple):
    """The parameters as plain lists."""

    W: list
    b: list

    def arrays(self):
        return self.W, self.b

    def alike(self, W, b):
        return Plain(W, b)


@pytest.mark.parametrize(
    "rule", ["backprop", pytest.param("exact_inverse", marks=pytest.mark.slow)]
)
def test_parameters_in_a_module_learn_like_plain_arrays_to_the_last_bit(
    paper, digits, rule, monkeypatch
):
    s = spec(paper, rule=rule, bias=True, n_hidden=2)
    x, label = train._load(s, digits)

    def weights(held):
        # The mark that nothing reads makes a program of its own of each.
        static = tuple(sorted((s | {"held": held}).items()))
        state, keys = train._start(static, x[0].shape[1], np.arange(2))
        batches = train._batches(static, keys, 0, len(label[0]))
        return jax.tree.leaves(train._epoch(static, state, x[0], label[0], batches)[0])

    in_module = weights("in a module")
    monkeypatch.setattr(network, "Network", Plain)
    for a, b in zip(in_module, weights("as plain lists"), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_an_epoch_by_either_solver(paper, digits):
    changes = {"rule": "exact_inverse", "n_epochs": 1}
    ours = train.run(spec(paper, **changes), digits)
    reference = train.run(spec(paper, **changes, solver="ode", steady_rtol=1e-3), digits)
    np.testing.assert_allclose(ours.loss, reference.loss, rtol=1e-3)
    np.testing.assert_allclose(ours.H, reference.H, rtol=1e-2)
    assert reference.n_unconverged.sum() == 0


def test_divergence_is_marked(paper, digits):
    ds = train.run(spec(paper, rule="exact_inverse", learning_rate=1e30), digits).squeeze()
    assert bool(ds.diverged)
    assert np.isnan(ds.reported_accuracy).all()


def test_fewer_validation_images_train(paper, digits):
    whole, moved = (
        train._load(spec(paper, n_validation=n, rule="backprop"), digits)[1] for n in (0, 100)
    )
    assert len(moved[1]) == 100
    assert sum(map(len, whole)) == sum(map(len, moved))
    assert set(map(len, moved[2:])) == set(map(len, whole[2:]))


def test_loss_floor_is_the_entropy_of_the_target():
    assert train._entropy(1.0) == 0
    np.testing.assert_allclose(train._entropy(0.1), np.log(10))


printed_S1 = {
    "tau_E": "20 ms",
    "beta_E": "5",
    "gamma_E": "3",
    "tau_I": "5 ms",
    "beta_I": "1",
    "gamma_I": "3",
    "tau_c": "100 ms",
    "k_p": "30",
    "k_i": "15",
    "tau_W": "60 s",
    "tau_Q": "30 s",
    "r_tilde": "0.5",
    "alpha": "7.5",
}
printed_S2 = {
    "tau_E": "20 ms",
    "tau_I": "5 ms",
    "beta": "1",
    "gamma": "0",
    "tau_c": "100 ms",
    "k_p": "0.2",
    "k_i": "0.4",
    "alpha": "1",
}


def test_table_S1_is_as_printed(paper):
    a = paper["disinhibition"]
    runs = [a["student_teacher_runs"][rule] for rule in ("exact_inverse", "linear_threshold")]
    ran = [_Ran(spec=json.dumps(a["student_teacher"] | run)) for run in runs]
    text = a_tableS1.layout(a_tableS1.table(*ran))
    assert dict(zip(text.Parameter, text.Value, strict=True)) == printed_S1


def test_table_S2_is_as_printed(paper):
    a = paper["disinhibition"]
    specs = [a["train"] | method for method in a["methods"].values()]
    text = a_tableS2.layout(a_tableS2.table(_Ran(specs=json.dumps(specs))))
    assert dict(zip(text.Parameter, text.Value, strict=True)) == printed_S2


class _Ran:
    """Stands for a Dataset with attributes."""

    def __init__(self, **attrs):
        self.attrs = attrs


def test_every_epoch_has_an_order_of_its_own():
    """Each image once an epoch, in another order from epoch to epoch and from seed to seed."""
    keys = jax.vmap(jax.random.key)(np.arange(2))
    orders = [train._batches((("batch_size", 5),), keys, epoch, 20) for epoch in range(2)]
    orders = np.reshape(orders, (4, 20))
    np.testing.assert_array_equal(np.sort(orders), [np.arange(20)] * 4)
    assert len(np.unique(orders, axis=0)) == 4


def test_monitors_of_an_epoch_sum_up_its_batches(paper, monkeypatch):
    """H and steps by their mean, the residual by its largest, lost samples by their number."""

    def gradient(parameters, x, r_tar, r_tilde, p):
        none = jax.tree.map(jnp.zeros_like, parameters)
        return none, jnp.zeros((len(x), 10)), r_tilde, tuple(x[0])

    monkeypatch.setattr(train, "_gradient", gradient)
    static = tuple(sorted(spec(paper, method="of this test").items()))
    state, _ = train._start(static, 4, np.arange(1))
    # H, residual, steps and lost samples of three batches of one image each.
    x = jnp.array([[1.0, 5.0, 2.0, 0.0], [2.0, 9.0, 6.0, 3.0], [6.0, 1.0, 1.0, 4.0]])
    batches = jnp.array([[[2], [0], [1]]])
    *_, monitored = train._epoch(static, state, x, jnp.zeros(3, int), batches)
    np.testing.assert_allclose(monitored, [[3, 9, 3, 7]])


def test_H_and_L_are_correlated_by_rank_in_every_seed():
    """A B.1: against scipy; NaN where there is no control or only two epochs."""
    rng = np.random.default_rng(0)
    H, loss = rng.uniform(size=(2, 3, 9))
    H[2] = np.nan
    dims = {"H": ("seed", "epoch"), "loss": ("seed", "epoch", "part")}
    values = {"H": H, "loss": np.stack([loss, rng.uniform(size=(3, 9))], -1)}
    ds = xr.Dataset(
        {name: (dims[name], values[name]) for name in dims}, {"part": ["train", "test"]}
    )
    expected = [stats.spearmanr(H[seed], loss[seed]).statistic for seed in range(2)]
    np.testing.assert_allclose(train._together(ds), [*expected, np.nan])
    assert np.isnan(train._together(ds.isel(epoch=slice(2)))).all()


def test_a_sample_that_either_phase_loses_is_counted_once_and_left_out(paper, digits, monkeypatch):
    s = spec(paper, rule="exact_inverse", batch_size=4)
    x, label = train._load(s, digits)
    W, b = network.initial_parameters(jax.random.key(0), [64, 16, 10], "xavier", False)
    found = control.update((W, b), x[0][:4], network.soft_target(label[0][:4], 0.99), [], s)
    ends = {"open": [True, False, False, True], "closed": [True, True, False, False]}
    some = {
        phase: getattr(found, phase)._replace(converged=jnp.array(ends[phase])) for phase in ends
    }
    monkeypatch.setattr(control, "update", lambda *_: found._replace(**some))
    *_, (H, _, _, n_lost) = train._gradient((W, b), x[0][:4], None, [], s)
    assert n_lost == 3
    alone = microcircuit.control_loss(found.Q, found.closed.c)[0]
    np.testing.assert_allclose(H, alone, rtol=1e-6)


@pytest.mark.parametrize(("choice", "epochs"), [("last", [2, 2]), ("best", [1, 0])])
def test_the_tables_report_the_last_epoch_or_the_best_on_validation(choice, epochs):
    accuracy = np.array(
        [
            [[50, 60, 75], [60, 80, 65], [70, 70, 70]],
            [[50, 65, 60], [60, 64, 80], [70, 63, 90.0]],
        ]
    )
    parts = ["train", "validation", "test"]
    ds = xr.Dataset({"accuracy": (("seed", "epoch", "part"), accuracy)}, {"part": parts})
    found = train._reported(ds.assign_coords(epoch=[1, 2, 3]), choice)
    np.testing.assert_array_equal(found.reported_accuracy, accuracy[[0, 1], epochs])
    np.testing.assert_array_equal(found.accuracy_last, accuracy[:, 2])
    np.testing.assert_array_equal(found.accuracy_best, accuracy[[0, 1], [1, 0]])
