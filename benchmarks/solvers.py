"""Cost of a training step of paper A: ``python benchmarks/solvers.py [data.nc]``.

CPU time of one step (batch and units as in config.yaml) for back-propagation, for every rule with the algebraic
solver and for the exact rule with the ode solver, in one process, as ratios. Times depend on the machine, ratios
hardly. Without a data set of results/*/dataset/ the images are noise of the size of MNIST.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("NPROC", "1")

import jax
import jax.numpy as jnp
import numpy as np
import yaml

from eiplast import dataset, netcdf
from eiplast.disinhibition import train

_root = Path(__file__).parent.parent
_n_steps = {"algebraic": 100, "ode": 2}
# Steps before the clock starts: weights that have learned make harder equilibria than initial ones.
_warm_up = {"algebraic": 200, "ode": 2}


def main(*files):
    """Print the table."""
    paper = yaml.safe_load((_root / "config.yaml").read_text("utf-8"))["disinhibition"]
    x, label = _images(files)
    print(f"device: {jax.devices()[0].device_kind}; ms of CPU a step; ratio to backprop; to ode")
    for n_hidden in paper["n_hidden"]:
        runs = {
            f"{method} ({solver})": paper["train"] | changes | {"solver": solver}
            for method, changes in paper["methods"].items()
            for solver in ("algebraic", "ode")
            if solver == "algebraic" or method == "exact_inverse"
        }
        runs["exact_inverse (ode, authors' tolerance)"] = runs["exact_inverse (ode)"] | {
            "steady_rtol": 1e-3
        }
        cost = {name: _step(spec | {"n_hidden": n_hidden}, x, label) for name, spec in runs.items()}
        for name, ms in cost.items():
            backprop, ode = cost["backprop (algebraic)"], cost["exact_inverse (ode)"]
            name = name.replace("backprop (algebraic)", "backprop")
            print(f"{n_hidden} hidden  {name:42s}{ms:10.2f}{ms / backprop:10.2f}{ode / ms:10.1f}")


def _images(files):
    if files:
        x, label = dataset.part(netcdf.load(files[0]), "train")
    else:
        random = np.random.default_rng(0)
        x, label = random.random((20_000, 784), "f4") ** 4, random.integers(0, 10, 20_000, "i4")
    return jnp.array(x[:20_000]), jnp.array(label[:20_000])


def _step(spec, x, label):
    """CPU milliseconds of one training step."""
    static = tuple(sorted(spec.items()))
    n, n_warm = _n_steps[spec["solver"]], _warm_up[spec["solver"]]
    state, keys = train._start(static, x.shape[1], np.arange(1))
    batches = train._batches(static, keys, 0, len(label))
    if n_warm != n:
        state, *_ = train._epoch(static, state, x, label, batches[:, :n_warm])
    # A first call compiles.
    state, *_ = jax.block_until_ready(train._epoch(static, state, x, label, batches[:, :n]))
    started = time.process_time()
    jax.block_until_ready(train._epoch(static, state, x, label, batches[:, :n]))
    return 1000 * (time.process_time() - started) / n


if __name__ == "__main__":
    main(*sys.argv[1:])
