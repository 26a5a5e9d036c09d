"""Processor seconds of a training step of paper A, batch and units as in config.yaml: ours beside diffrax.

`eiplast` is each rule with the algebraic solver, the exact rule first. `diffrax` integrates the dynamics of the
exact rule as printed (eiplast.disinhibition.ode); the drive of the first layer, which does not change, is computed
once, outside the loop. Without a data set of results/*/dataset/ the images are noise of the size of MNIST.
"""

import time
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import measure
import numpy as np
import yaml

from eiplast import dataset, names, netcdf
from eiplast.disinhibition import train

_n_steps = {"algebraic": 100, "ode": 2}
# Steps before the clock starts: weights that have learned make harder equilibria than initial ones.
_warm_up = {"algebraic": 200, "ode": 2}


def rows(quick=False, file=None):
    """Rows of the table `training`; file : NetCDF file of a data set, or None."""
    paper = yaml.safe_load((measure.root / "config.yaml").read_text("utf-8"))["disinhibition"]
    x, label = _images(file)
    for n_hidden in paper["n_hidden"][: 1 if quick else None]:
        work = f"{n_hidden} hidden layer{'s' if n_hidden > 1 else ''}"
        specs = _specs(paper, n_hidden, quick)
        steps = {name: _step(spec, x, label, quick) for name, spec in specs.items()}
        for (program, variant), seconds in measure.least(steps, 1 if quick else 3).items():
            note = f"images: {names.printed(Path(file).stem if file else 'noise')}"
            of = version(program)
            yield measure.row("training", work, program, seconds, "step", variant, of, note)


def _specs(paper, n_hidden, quick):
    """Settings by program and variant; those that the others are compared with come first."""
    common = paper["train"] | {"n_hidden": n_hidden}
    exact = common | paper["methods"]["exact_inverse"]
    specs = {("eiplast", "exact inverse"): exact | {"solver": "algebraic"}}
    for method, changes in paper["methods"].items():
        changed = common | changes | {"solver": "algebraic"}
        specs["eiplast", names.printed(method)] = changed
    integrated = exact | {"solver": "ode"}
    specs["diffrax", "as printed"] = integrated
    if not quick:
        specs["diffrax", "at the authors' tolerance"] = integrated | {"steady_rtol": 1e-3}
    return specs


def _images(file):
    if file:
        x, label = dataset.part(netcdf.load(file), "train")
    else:
        random = np.random.default_rng(0)
        x, label = random.random((20_000, 784), "f4") ** 4, random.integers(0, 10, 20_000, "i4")
    return jnp.array(x[:20_000]), jnp.array(label[:20_000])


def _step(spec, x, label, quick):
    """Function that measures the seconds of one training step; each call goes on from the same state."""
    static = tuple(sorted(spec.items()))
    n, n_warm = (2, 2) if quick else (_n_steps[spec["solver"]], _warm_up[spec["solver"]])
    state, keys = train._start(static, x.shape[1], np.arange(1))
    batches = train._batches(static, keys, 0, len(label))
    state = train._epoch(static, state, x, label, batches[:, :n_warm])[0]
    # A first call compiles; the state it is given is used up.
    jax.block_until_ready(train._epoch(static, _copy(state), x, label, batches[:, :n]))

    def seconds():
        start = _copy(state)
        started = time.process_time()
        jax.block_until_ready(train._epoch(static, start, x, label, batches[:, :n]))
        return (time.process_time() - started) / n

    return seconds


def _copy(state):
    return jax.block_until_ready(jax.tree.map(jnp.copy, state))
