"""Run one job: ``python -m eiplast.job MODULE THREADS SPEC OUTPUT [INPUT ...]``.

MODULE is below ``eiplast`` and has ``run(spec, *inputs) -> xarray.Dataset``; SPEC is a JSON object;
every INPUT is a NetCDF file. Where ``run`` takes a `checkpoint`, it gets a path beside OUTPUT, which goes when
OUTPUT is whole. Errors meant for the reader end the log in one line.
"""

import gc
import importlib
import inspect
import json
import os
import platform
import re
import resource
import shlex
import sys
import time
from pathlib import Path

from eiplast import jax_cache, program

_thread_variables = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    # XLA reads no thread count of its own but this one.
    "NPROC",
]
# Jobs in double precision; jax computes the others in single, but for what they ask of it themselves.
_double = {
    "disinhibition.single_synapse",
    "disinhibition.explicit_error",
    "disinhibition.student_teacher",
}
# What a user may say to libraries that compute: which device, where things lie. All else could change numbers.
_libraries = ("JAX_", "NUMBA_", "NPY_", "OPENBLAS_", "MKL_", "ONEDNN_", "DNNL_")
_free = {
    "JAX_PLATFORMS",
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_CUDA_VISIBLE_DEVICES",
    "JAX_LOG_COMPILES",
    "NUMBA_CACHE_DIR",
    "NUMBA_THREADING_LAYER",
}
_free_flag = re.compile(
    r"--xla_(force_host_platform_device_count|gpu_cuda_data_dir|dump_\w+)(=.*)?"
)


def fix_environment(module, threads, environ=os.environ):
    """Set what numpy, numba, jax and XLA read on import, whatever the user's shell says; the same is recorded.

    Returns what was set, by name. Of XLA_FLAGS stays what says nothing of arithmetic.
    """
    for name in [name for name in environ if name.startswith(_libraries) and name not in _free]:
        del environ[name]
    flags = environ.get("XLA_FLAGS", "").split()
    fixed = dict.fromkeys(_thread_variables, threads) | {
        "JAX_ENABLE_X64": str(int(module in _double)),
        "JAX_DEFAULT_PRNG_IMPL": "threefry2x32",
        "JAX_THREEFRY_PARTITIONABLE": "1",
        "NUMBA_DISABLE_JIT": "0",
        "XLA_FLAGS": " ".join(filter(_free_flag.fullmatch, flags)),
    }
    environ.update(fixed)
    environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    jax_cache.prepare(environ)
    return fixed


def main(module, threads, spec, output, *inputs):
    """Run the job and write its Dataset with provenance to `output`, and its record beside it."""
    fixed = fix_environment(module, threads)
    from eiplast import finite, netcdf, record, source, toolchain

    if module.startswith("homeostasis.spiking"):
        toolchain.prepare(os.environ)
    code, spec = source.digest(module, spec=spec), json.loads(spec)
    started = time.monotonic()
    run = importlib.import_module(f"eiplast.{module}").run
    # Brian2 looks for garbage in every trial: not in what stays.
    gc.freeze()
    _forget_preferences()
    options, checkpoint = {}, Path(f"{output}.{code}.checkpoint")
    if "checkpoint" in inspect.signature(run).parameters:
        options = {"checkpoint": str(checkpoint)}
        _drop_others(checkpoint, output)
    sources = [netcdf.load(path) for path in inputs]
    ds = run(spec, *sources, **options)
    ds = _with_notes(ds, finite.notes(ds, inputs, sources)).drop_dims(spec.get("drop_dims", []))
    command = shlex.join(["python", "-m", "eiplast.job", *sys.argv[1:]])
    wall_time = round(time.monotonic() - started, 3)
    attrs = {"job": module, "code": code, "seed": seeds(spec), "environment": json.dumps(fixed)}
    attrs |= {"command": command, "wall_time_s": wall_time} | used()
    netcdf.save(ds, output, spec, device=device(), **attrs)
    record.write(output, module, code, spec)
    if how := ds.attrs.get("simulated_by"):
        # Also to the terminal: compiled and interpreted networks draw from different streams.
        print(f"{output}: simulated by {how}", flush=True)
    checkpoint.unlink(missing_ok=True)
    print(f"{output}: done in {wall_time:.1f} s", file=sys.stderr)


def _with_notes(ds, notes):
    """`ds` with more notes, which the tables, the report and the comparison show; the log shows these."""
    if not notes:
        return ds
    print("; ".join(notes), file=sys.stderr)
    return ds.assign_attrs(note="; ".join(filter(None, [ds.attrs.get("note"), *notes])))


def used():
    """Processor time and largest memory of this process and of those that it waited for, such as compilers."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu_time_s": round(sum(one.ru_utime + one.ru_stime for one in both), 1),
        "peak_memory_mb": round(max(one.ru_maxrss for one in both) * unit / 1e6),
    }


def _forget_preferences():
    """Brian2 reads preference files of the user and of the folder, which may change types and compiler flags."""
    if "brian2" in sys.modules:
        sys.modules["brian2"].prefs.reset_to_defaults()


def _drop_others(checkpoint, output):
    """A checkpoint of other code would mix two models."""
    output = Path(output)
    for other in output.parent.glob(f"{output.name}.*.checkpoint"):
        if other != checkpoint:
            other.unlink()
            print(f"{other} is of other code: starting again", file=sys.stderr)


def seeds(spec):
    """The random seed or seeds of a run, in words."""
    if "n_seeds" in spec:
        return f"0 to {spec['n_seeds'] - 1}, one for each entry of the dimension seed"
    return str(spec.get("seed", "none: the job is deterministic"))


def device():
    """The accelerator that jax used, or the processor and its widest vectors, which set how sums are rounded."""
    if "jax" in sys.modules and (found := sys.modules["jax"].devices()[0]).platform != "cpu":
        return f"{found.platform}: {found.device_kind}"
    known = sys.modules["numpy"].show_config(mode="dicts")["SIMD Extensions"]
    vectors = [*known.get("baseline", []), *known.get("found", [])]
    return " with ".join([f"cpu: {platform.machine()}", *vectors[-1:]])


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
