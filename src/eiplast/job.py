"""Run one job: ``python -m eiplast.job MODULE THREADS SPEC OUTPUT [INPUT ...]``.

MODULE is below ``eiplast`` and has ``run(spec, *inputs) -> xarray.Dataset``; SPEC is a JSON object;
every INPUT is a NetCDF file. Where ``run`` takes a `checkpoint`, it gets a path beside OUTPUT, which goes when
OUTPUT is whole. Errors meant for the reader end the log in one line.
"""

import importlib
import inspect
import json
import os
import platform
import shlex
import sys
import time
from pathlib import Path

from eiplast import program

_thread_variables = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    # XLA reads no thread count of its own but this one.
    "NPROC",
]


def pin_threads(threads):
    """Hold numpy, numba and jax to `threads`; each reads its variable once, on import."""
    os.environ.update(dict.fromkeys(_thread_variables, threads))
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def main(module, spec, output, *inputs):
    """Run the job and write its Dataset with provenance to `output`."""
    from eiplast import netcdf, source

    spec = json.loads(spec)
    started = time.monotonic()
    run = importlib.import_module(f"eiplast.{module}").run
    checkpoint = f"{output}.checkpoint"
    resumes = "checkpoint" in inspect.signature(run).parameters
    options = {"checkpoint": checkpoint} if resumes else {}
    ds = run(spec, *(netcdf.load(path) for path in inputs), **options)
    command = shlex.join(["python", "-m", "eiplast.job", *sys.argv[1:]])
    wall_time = round(time.monotonic() - started, 3)
    attrs = {"job": module, "code": source.digest(module), "seed": seeds(spec)}
    attrs |= {"command": command, "wall_time_s": wall_time}
    netcdf.save(ds, output, spec, device=device(), **attrs)
    Path(checkpoint).unlink(missing_ok=True)
    print(f"{output}: done in {wall_time:.1f} s", file=sys.stderr)


def seeds(spec):
    """The random seed or seeds of a run, in words."""
    if "n_seeds" in spec:
        return f"0 to {spec['n_seeds'] - 1}, one for each entry of the dimension seed"
    return str(spec.get("seed", "none: the job is deterministic"))


def device():
    """The accelerator that jax used, or the processor."""
    if "jax" in sys.modules and (found := sys.modules["jax"].devices()[0]).platform != "cpu":
        return f"{found.platform}: {found.device_kind}"
    return f"cpu: {platform.processor() or platform.machine()}"


if __name__ == "__main__":
    _module, _threads, *_rest = sys.argv[1:]
    pin_threads(_threads)
    with program.in_one_line():
        main(_module, *_rest)
