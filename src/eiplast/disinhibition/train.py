"""Training on images: one cell of A Tables 1 and S3 (data set, method, depth), all its seeds."""

import functools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from tqdm import tqdm

from eiplast import dataset
from eiplast.disinhibition import control, network

_parts = ["train", "validation", "test"]
# What tells the cells of A Tables 1 and S3 and their variants apart.
_places = {
    "setup": "set-up: as the text or as the authors' code has it",
    "dataset": "data set",
    "method": "method",
    "n_hidden": "hidden layers",
    "variant": "variant",
}
# What is kept of every epoch besides loss and accuracy: unit, meaning.
_monitors = {
    "H": ("1", "control loss ||Qc||^2 / 2, mean over the samples of the epoch"),
    "residual": ("1", "largest residual of the controlled equilibria of the epoch"),
    "n_steps": ("1", "steps or iterations of the solver of the controlled equilibria, mean"),
    "n_unconverged": (
        "1",
        "samples whose equilibrium was not found, left out of their batch's average",
    ),
}


def run(spec, data):
    """Loss and accuracy after every epoch, over (seed, epoch, part), and monitors of the solver, (seed, epoch).

    spec : setup, dataset, method, n_hidden, n_seeds, and the block ``train`` of config.yaml as set-up and method
        change it
    data : Dataset of `dataset.run`
    A seed whose loss is not finite stops there; its later epochs are NaN and `diverged` names it.
    """
    x, label = _load(spec, data)
    n_seeds, n_epochs = spec["n_seeds"], spec["n_epochs"]
    loss, accuracy = np.full((2, n_seeds, n_epochs, len(_parts)), np.nan)
    monitor = np.full((n_seeds, n_epochs, len(_monitors)), np.nan)
    bar = tqdm(total=n_seeds * n_epochs, unit="epoch", file=sys.stderr, mininterval=2)
    for seeds in _groups(n_seeds):
        alive = np.ones(len(seeds), bool)
        for epoch, (metrics, monitored) in enumerate(_train(spec, seeds, x, label)):
            alive &= np.isfinite(metrics).all((1, 2))
            loss[seeds[alive], epoch], accuracy[seeds[alive], epoch] = np.moveaxis(
                metrics[alive], -1, 0
            )
            monitor[seeds[alive], epoch] = monitored[alive]
            bar.update(len(seeds))
            if not alive.any():
                bar.update(len(seeds) * (n_epochs - epoch - 1))
                break
        for seed in seeds[~alive]:
            last = np.isfinite(loss[seed, :, 0]).sum()
            print(f"seed {seed} diverged in epoch {last + 1}; it stops there", file=sys.stderr)
    bar.close()
    ds = _dataset(spec, loss, accuracy, monitor)
    return ds.assign_attrs(note=data.attrs["note"])


def _load(spec, data):
    """x, label of every part; n_validation > 0 leaves that many for validation, the rest trains."""
    images, labels = zip(*(dataset.part(data, part) for part in _parts), strict=True)
    if n := spec["n_validation"]:
        images, labels = (
            [np.concatenate([train, validation[n:]]), validation[:n], test]
            for train, validation, test in (images, labels)
        )
    return [jnp.array(i) for i in images], [jnp.array(i) for i in labels]


def _groups(n_seeds):
    """Seeds that are trained together: all where an accelerator has room, one by one on a processor."""
    together = 1 if jax.default_backend() == "cpu" else n_seeds
    return np.array_split(np.arange(n_seeds), n_seeds // together)


def _train(spec, seeds, x, label):
    """Yields, after each epoch, (loss, accuracy) of the parts, (seed, part, 2), and the monitors, (seed, 4)."""
    static = tuple(sorted((key, value) for key, value in spec.items() if key != "n_seeds"))
    state, key_order = _start(static, x[0].shape[1], seeds)
    held_out = jnp.concatenate(x[1:]), jnp.concatenate(label[1:])
    with jax.default_matmul_precision("highest"):
        for epoch in range(spec["n_epochs"]):
            batches = _batches(static, key_order, epoch, len(label[0]))
            state, metrics, monitored = _epoch(static, state, x[0], label[0], batches)
            tested = _metrics(static, len(label[1]), state[0], *held_out)
            yield np.stack([metrics, *tested], 1), np.array(monitored)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _start(static, n_in, seeds):
    """State of every seed before training, and the keys of its batches.

    State: the Network, that of Adam, and the linearisation points, of which there are none yet.
    """
    p = dict(static)
    sizes = [n_in, *[p["n_units"]] * p["n_hidden"], 10]

    def one(seed):
        key_W, key_order = jax.random.split(jax.random.key(seed))
        W, b = network.initial_parameters(key_W, sizes, p["init"], p["bias"])
        net = network.Network(W, b)
        r_tilde = [jnp.full(len(layer), jnp.nan, layer.dtype) for layer in W[:-1]]
        return (net, optax.adam(p["learning_rate"]).init(net), r_tilde), key_order

    return jax.vmap(one)(seeds)


@functools.partial(jax.jit, static_argnums=(0, 3))
def _batches(static, key_order, epoch, n_samples):
    """Samples of every batch of one epoch, shape (seed, n_batches, batch_size)."""
    size = dict(static)["batch_size"]
    n_batches = n_samples // size
    order = jax.vmap(lambda k: jax.random.permutation(jax.random.fold_in(k, epoch), n_samples))
    return order(key_order)[:, : n_batches * size].reshape(-1, n_batches, size)


@functools.partial(jax.jit, static_argnums=0, donate_argnums=1)
def _epoch(static, state, x, label, batches):
    """`state` after one pass over `batches`, all on the device; means and monitors of the pass.

    Loss and accuracy of a batch are those of the uncontrolled network before the batch's update.
    """
    p = dict(static)
    adam = optax.adam(p["learning_rate"])

    def step(state, batch):
        net, moments, r_tilde = state
        r_tar = network.soft_target(label[batch], p["target"])
        gradient, r_L, r_tilde, monitored = _gradient(net.arrays(), x[batch], r_tar, r_tilde, p)
        updates, moments = adam.update(net.alike(*gradient), moments)
        state = optax.apply_updates(net, updates), moments, r_tilde
        return state, (_score(r_L, label[batch], p["target"]), monitored)

    def pass_over(state, batches):
        state, (metrics, (H, residual, n_steps, n_lost)) = jax.lax.scan(step, state, batches)
        monitored = jnp.stack([H.mean(), residual.max(), n_steps.mean(), n_lost.sum()])
        return state, metrics.mean(0), monitored

    if len(batches) > 1:
        return jax.vmap(pass_over)(state, batches)
    # A loop under vmap copies its state in every iteration, for the sake of seeds that are through.
    alone = jax.tree.map(lambda a: a[0], (state, batches))
    return jax.tree.map(lambda a: a[None], pass_over(*alone))


def _gradient(parameters, x, r_tar, r_tilde, p):
    """What Adam descends, the uncontrolled readout, the linearisation points and the monitors."""
    if p["rule"] == "backprop":
        nothing = jnp.zeros(())
        gradient, r_L = network.backprop(parameters, x, r_tar, p)
        return gradient, r_L, r_tilde, (nothing * jnp.nan, nothing, nothing, nothing)
    update = control.update(parameters, x, r_tar, r_tilde, p)
    ascent = jax.tree.map(jnp.negative, (update.dW, update.db))
    counted = update.open.converged & update.closed.converged
    monitored = (
        control.control_loss(update, counted),
        update.closed.residual.max(),
        update.closed.n_steps.mean(),
        (~counted).sum(),
    )
    return ascent, update.open.r_L, update.r_tilde, monitored


@functools.partial(jax.jit, static_argnums=(0, 1))
def _metrics(static, n_validation, net, x, label):
    """(loss, accuracy) of the uncontrolled network on validation and on test, each of shape (seed, 2)."""
    p = dict(static)

    def one(net):
        readout = network.forward if p["rule"] == "backprop" else control.readout
        r_L = readout(net.arrays(), x, p)
        parts = [slice(n_validation), slice(n_validation, None)]
        return [_score(r_L[part], label[part], p["target"]) for part in parts]

    return jax.vmap(one)(net)


def _score(r_L, label, target):
    """(loss, accuracy) of the readouts, shape (2,)."""
    loss = network.loss(r_L, network.soft_target(label, target))
    return jnp.stack([loss, (r_L.argmax(-1) == label).mean()])


def _dataset(spec, loss, accuracy, monitor):
    dims = ("seed", "epoch", "part")
    when = "validation, test: after the epoch; train: mean over the epoch, before each update"
    diverged = np.isnan(loss).any((1, 2))
    numbers = {"units": "1"}
    ds = xr.Dataset(
        {
            "loss": (dims, loss, {"units": "1", "long_name": f"cross-entropy (nat; {when})"}),
            "accuracy": (dims, 100 * accuracy, {"units": "%", "long_name": f"accuracy ({when})"}),
            "diverged": ("seed", diverged, numbers | {"long_name": "loss became NaN or infinite"}),
            "n_epochs": ((), loss.shape[1], numbers | {"long_name": "epochs of training"}),
            "loss_floor": (
                (),
                _entropy(spec["target"]),
                {"units": "1", "long_name": "entropy of the targets (nat), least possible loss"},
            ),
        }
        | {
            name: (dims[:2], monitor[..., i], {"units": unit, "long_name": meaning})
            for i, (name, (unit, meaning)) in enumerate(_monitors.items())
        },
        coords={
            "seed": ("seed", np.arange(len(loss)), numbers | {"long_name": "random seed"}),
            "epoch": ("epoch", np.arange(1, loss.shape[1] + 1), numbers | {"long_name": "epoch"}),
            "part": ("part", _parts, numbers | {"long_name": "part of the data set"}),
        },
    )
    ds = _reported(ds, spec["reported_epoch"]).assign(H_L_correlation=_together(ds))
    for name, meaning in _places.items():
        if name in spec:
            ds = ds.expand_dims({name: [spec[name]]})
            ds[name].attrs.update(units="1", long_name=meaning)
    return ds


def _entropy(target, n_classes=10):
    """Entropy (nat) of the targets of A C.3."""
    others = (1 - target) / (n_classes - 1)
    shares = np.array([target, *[others] * (n_classes - 1)])
    return float(-(shares * np.log(np.where(shares > 0, shares, 1))).sum())


def _together(ds):
    """Rank correlation over epochs of H and L, one a seed (NaN: no control, or diverged): A B.1."""
    ranks = [np.argsort(np.argsort(v)) for v in (ds.H.values, ds.loss.sel(part="train").values)]
    values = [
        np.corrcoef(*pair)[0, 1] if len(H) > 2 and np.isfinite(H).all() else np.nan
        for H, *pair in zip(ds.H.values, *ranks, strict=True)
    ]
    name = "rank correlation over epochs of control loss H and training loss L"
    return xr.DataArray(values, dims="seed", attrs={"units": "1", "long_name": name})


def _reported(ds, choice):
    """`accuracy_last` and `accuracy_best`, and the one of them that the tables report."""
    last = ds.accuracy.isel(epoch=-1, drop=True)
    validation = ds.accuracy.sel(part="validation", drop=True).fillna(-1)
    best = ds.accuracy.isel(epoch=validation.argmax("epoch"))
    columns = {"accuracy_last": last, "accuracy_best": best.drop_vars("epoch")}
    columns["reported_accuracy"] = columns[f"accuracy_{choice}"]
    names = {
        "accuracy_last": "accuracy after the last epoch",
        "accuracy_best": "accuracy after the epoch that is best on validation",
        "reported_accuracy": f"accuracy that the tables report ({choice} epoch)",
    }
    return ds.assign(
        {key: value.assign_attrs(units="%", long_name=names[key]) for key, value in columns.items()}
    )
