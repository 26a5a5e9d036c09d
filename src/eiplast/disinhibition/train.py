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
from eiplast.disinhibition import network

_rules = {"backprop": network.backprop}
_parts = ["train", "validation", "test"]


def run(spec, data):
    """Loss and accuracy of every part after every epoch, over (seed, epoch).

    spec : n_hidden, n_seeds, rule, dataset, method and the block ``train`` of config.yaml.
    A seed whose loss is not finite stops there; its later epochs are NaN and `diverged` names it.
    """
    images, labels = zip(*(dataset.part(data, part) for part in _parts), strict=True)
    x, label = [jnp.array(i) for i in images], [jnp.array(i) for i in labels]
    n_seeds, n_epochs = spec["n_seeds"], spec["n_epochs"]
    loss, accuracy = np.full((2, n_seeds, n_epochs, len(_parts)), np.nan)
    bar = tqdm(total=n_seeds * n_epochs, unit="epoch", file=sys.stderr, mininterval=2)
    for seed in range(n_seeds):
        epochs = _train(spec, seed, x, label)
        for epoch, metrics in enumerate(epochs):
            loss[seed, epoch], accuracy[seed, epoch] = np.array(metrics).T
            bar.update()
            if not np.isfinite(loss[seed, epoch]).all():
                print(f"seed {seed} diverged in epoch {epoch}; it stops here", file=sys.stderr)
                bar.update(n_epochs - epoch - 1)
                break
    bar.close()
    diverged = np.isnan(loss).any((1, 2))
    dims = ("seed", "epoch", "part")
    ds = xr.Dataset(
        {
            "loss": (dims, loss, {"units": "nat", "long_name": "cross-entropy after the epoch"}),
            "accuracy": (dims, 100 * accuracy, {"units": "%", "long_name": "accuracy"}),
            "diverged": (
                "seed",
                diverged,
                {"units": "1", "long_name": "loss became NaN or infinite"},
            ),
        },
        coords={
            "seed": ("seed", np.arange(n_seeds), {"units": "1", "long_name": "random seed"}),
            "epoch": ("epoch", np.arange(1, n_epochs + 1), {"units": "1", "long_name": "epoch"}),
            "part": ("part", _parts, {"units": "1", "long_name": "part of the data set"}),
        },
    )
    ds = _reported(ds, spec["reported_epoch"])
    for name in ("dataset", "method", "n_hidden"):
        ds = ds.expand_dims({name: [spec[name]]})
        ds[name].attrs.update(units="1", long_name=name.replace("n_hidden", "hidden layers"))
    return ds.assign_attrs(note=data.attrs["note"])


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


def _train(spec, seed, x, label):
    """Yields (loss, accuracy) of the three parts, shape (3, 2), after each epoch."""
    key_W, key_order = jax.random.split(jax.random.key(seed))
    n_in, n_classes = x[0].shape[1], 10
    sizes = [n_in, *[spec["n_units"]] * spec["n_hidden"], n_classes]
    parameters = network.initial_parameters(key_W, sizes, spec["init"], spec["bias"])
    state = parameters, optax.adam(spec["learning_rate"]).init(parameters)
    static = tuple((key, spec[key]) for key in ("rule", "beta", "gamma", "target", "learning_rate"))
    n_batches = len(label[0]) // spec["batch_size"]
    for epoch in range(spec["n_epochs"]):
        order = jax.random.permutation(jax.random.fold_in(key_order, epoch), len(label[0]))
        batches = order[: n_batches * spec["batch_size"]].reshape(n_batches, -1)
        state = _epoch(static, state, x[0], label[0], batches)
        yield [_metrics(static, state[0], *part) for part in zip(x, label, strict=True)]


@functools.partial(jax.jit, static_argnums=0, donate_argnums=1)
def _epoch(static, state, x, label, batches):
    """`state` after one pass over `batches`, shape (n_batches, batch_size), all on the device."""
    p = dict(static)
    adam = optax.adam(p["learning_rate"])

    def step(state, batch):
        parameters, moments = state
        r_tar = network.soft_target(label[batch], p["target"])
        gradient, _ = _rules[p["rule"]](parameters, x[batch], r_tar, p)
        updates, moments = adam.update(gradient, moments)
        return (optax.apply_updates(parameters, updates), moments), None

    return jax.lax.scan(step, state, batches)[0]


@functools.partial(jax.jit, static_argnums=0)
def _metrics(static, parameters, x, label):
    p = dict(static)
    r_L = network.forward(parameters, x, p)
    accuracy = (r_L.argmax(-1) == label).mean()
    return network.loss(r_L, network.soft_target(label, p["target"])), accuracy
