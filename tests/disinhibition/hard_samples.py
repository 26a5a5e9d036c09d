"""Makes hard_samples.npz: ``python tests/disinhibition/hard_samples.py FASHION_MNIST.nc``, five minutes.

Seed 0 of the exact rule with averaged J, 3 hidden layers, Fashion-MNIST, after all epochs of config.yaml: of the
next batches, the samples that take the solver longest, each with the Q of its batch.
"""

import sys
from pathlib import Path

import jax
import numpy as np
import yaml

from eiplast import netcdf
from eiplast.disinhibition import circuits, control, network, train

n_batches, n_kept = 50, 8


def main(data):
    """Train, look at `n_batches` batches, keep their hardest samples."""
    root = Path(__file__).parents[2]
    paper = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["disinhibition"]
    spec = paper["train"] | paper["methods"]["exact_inverse_avg_J"]
    spec |= {"dataset": "fashion_mnist", "n_hidden": 3}
    x, label = train._load(spec, netcdf.load(data))
    static = tuple(sorted(spec.items()))
    state, keys = train._start(static, x[0].shape[1], np.arange(1))
    with jax.default_matmul_precision("highest"):
        for epoch in range(spec["n_epochs"]):
            batches = train._batches(static, keys, epoch, len(label[0]))
            state, *_ = train._epoch(static, state, x[0], label[0], batches)
        W = [w[0] for w in state[0].arrays()[0]]
        batches = train._batches(static, keys, spec["n_epochs"], len(label[0]))[0, :n_batches]
        found = [_look(W, x[0][batch], label[0][batch], spec) for batch in batches]
    n_steps, drive, labels = (np.concatenate([batch[i] for batch in found]) for i in range(3))
    hardest = np.argsort(n_steps)[-n_kept:]
    print("iterations:", n_steps[hardest])
    kept = {f"W_{layer}": w for layer, w in enumerate(W) if layer}
    for layer in range(len(W) - 1):
        Q = [found[sample // spec["batch_size"]][3][layer] for sample in hardest]
        kept[f"Q_{layer}"] = np.stack(Q)
    np.savez_compressed(
        Path(__file__).with_name("hard_samples.npz"),
        **kept,
        drive=drive[hardest],
        label=labels[hardest],
        target=spec["target"],
    )


def _look(W, x, label, spec):
    update = control.update((W, []), x, network.soft_target(label, spec["target"]), [], spec)
    drive = circuits.first_drive(W, [], x)
    return [np.array(a) for a in (update.closed.n_steps, drive, label)] + [update.Q]


if __name__ == "__main__":
    main(*sys.argv[1:])
