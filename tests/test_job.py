"""What a job does before and after its work: the user's shell changes no number, and what is run is said."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import diffrax
import jax
import netCDF4
import pytest
import xarray as xr

from eiplast import jax_cache, job, netcdf, record, source, toolchain
from eiplast.errors import JobError

root = Path(__file__).parent.parent
_hostile = {
    "JAX_ENABLE_X64": "1",
    "JAX_DEFAULT_PRNG_IMPL": "rbg",
    "JAX_THREEFRY_PARTITIONABLE": "0",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
    "JAX_NUMPY_DTYPE_PROMOTION": "strict",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true --xla_cpu_prefer_vector_width=512"
    " --xla_force_host_platform_device_count=2",
    "OMP_NUM_THREADS": "7",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
_digits = {"dataset": "digits", "tfds_dir": ""}


def _train(tmp_path, paper, name, **environ):
    """Two epochs of back-propagation and of the exact rule on the digits, as a job of its own."""
    a = paper["disinhibition"]
    spec = a["train"] | a["methods"]["exact_inverse"] | {"n_epochs": 1, "n_units": 16}
    spec |= {"n_seeds": 2, "reported_epoch": "last", "dataset": "digits"}
    spec |= {"method": "exact_inverse", "n_hidden": 1}
    images, output = tmp_path / "digits.nc", tmp_path / f"{name}.nc"
    if not images.exists():
        _job("dataset", _digits, images)
    _job("disinhibition.train", spec, output, images, **environ)
    return xr.load_dataset(output)


def _job(module, spec, *paths, **environ):
    """Run a job in a clean shell but for `environ`."""
    here = {k: v for k, v in os.environ.items() if k not in _hostile}
    here |= {"PYTHONPATH": str(root / "src")} | environ
    command = [sys.executable, "-m", "eiplast.job", module, "1", json.dumps(spec), *paths]
    subprocess.run(command, check=True, env=here, capture_output=True)


@pytest.fixture(scope="module")
def clean(tmp_path_factory, paper):
    """File of a training in a clean shell."""
    folder = tmp_path_factory.mktemp("clean")
    _train(folder, paper, "clean")
    return folder / "clean.nc"


@pytest.mark.slow
def test_the_users_shell_changes_no_number(tmp_path, paper, clean):
    clean = xr.load_dataset(clean)
    hostile = _train(tmp_path, paper, "hostile", **_hostile)
    xr.testing.assert_identical(clean.drop_attrs(), hostile.drop_attrs())
    recorded = json.loads(hostile.attrs["environment"])
    assert recorded["JAX_ENABLE_X64"] == "0"
    assert recorded["XLA_FLAGS"] == "--xla_force_host_platform_device_count=2"
    assert recorded["OMP_NUM_THREADS"] == "1"


def test_a_file_names_the_vectors_of_its_processor(clean, monkeypatch):
    """Beside the accelerator, if there is one: rounding is that of their width."""
    monkeypatch.delitem(sys.modules, "jax")
    device = job.device()
    assert re.fullmatch(r"cpu: \w+ with [A-Z]\w+", device)
    assert netcdf.attributes(clean)["device"] == device or jax.default_backend() != "cpu"


def test_a_file_does_without_what_its_run_does_not_keep(tmp_path):
    _job("dataset", _digits | {"drop_dims": ["row"]}, tmp_path / "digits.nc")
    found = netcdf.load(tmp_path / "digits.nc")
    assert set(found.variables) == {"sample", "label", "split"}
    assert json.loads(found.attrs["spec"])["drop_dims"] == ["row"]


@pytest.mark.parametrize(
    ("module", "double"),
    [("train", 0), ("single_synapse", 1), ("explicit_error", 1), ("student_teacher", 1)],
)
def test_precision_and_threads_are_the_jobs_own(module, double):
    other = {"JAX_ENABLE_X64": str(1 - double), "NUMBA_NUM_THREADS": "7"}
    environ = other | {"JAX_PLATFORMS": "cpu", "JAX_DEBUG_NANS": "1"}
    job.fix_environment(f"disinhibition.{module}", "3", environ)
    assert environ["JAX_ENABLE_X64"] == str(double)
    for threads in ("NUMBA", "OMP", "OPENBLAS", "MKL"):
        assert environ[f"{threads}_NUM_THREADS"] == "3"
    assert environ["NPROC"] == "3"
    assert environ["JAX_PLATFORMS"] == "cpu"
    assert "JAX_DEBUG_NANS" not in environ


def test_no_library_is_told_how_to_compute():
    """The vectors of a processor set the last digit, so which of them are used is not the shell's to say."""
    flags = "--xla_dump_to=/tmp/hlo --xla_cpu_max_isa=AVX2 --xla_cpu_enable_fast_math=true"
    free = {"NUMBA_CACHE_DIR": "/tmp/numba", "JAX_PLATFORMS": "cpu"}
    fixing = {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "AVX2",
        "NUMBA_CPU_NAME": "generic",
    }
    environ = {"XLA_FLAGS": flags} | free | fixing
    job.fix_environment("homeostasis.rate.simulate", "1", environ)
    assert environ["XLA_FLAGS"] == "--xla_dump_to=/tmp/hlo"
    assert free.items() <= environ.items()
    assert not fixing.keys() & environ.keys()


def test_time_is_that_of_all_processes_and_memory_that_of_the_largest(monkeypatch):
    def usage(who):
        own = who == resource.RUSAGE_SELF
        largest = 3e9 if own else 1e9
        kept = largest if sys.platform == "darwin" else largest / 1024
        return SimpleNamespace(ru_utime=5.0 if own else 2.0, ru_stime=1.0, ru_maxrss=kept)

    monkeypatch.setattr(resource, "getrusage", usage)
    assert job.used() == {"cpu_time_s": 9.0, "peak_memory_mb": 3000}


def test_a_checkpoint_of_other_code_goes_and_ones_own_stays(tmp_path):
    output = tmp_path / "run.nc"
    own, other, of_another_run = (
        tmp_path / f"{name}.checkpoint" for name in ("run.nc.now", "run.nc.then", "a.nc.then")
    )
    for path in (own, other, of_another_run):
        path.touch()
    job._drop_others(own, output)
    assert [path.exists() for path in (own, other, of_another_run)] == [True, False, True]


def test_what_jax_compiles_is_kept_with_the_user(tmp_path):
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    jax_cache.prepare(environ)
    assert Path(environ["JAX_COMPILATION_CACHE_DIR"]).parent == tmp_path / "eiplast"
    jax_cache.prepare(named := {"JAX_COMPILATION_CACHE_DIR": "/mine"})
    assert named["JAX_COMPILATION_CACHE_DIR"] == "/mine"


def test_without_a_cache_jax_keeps_nothing(tmp_path):
    (tmp_path / "file").touch()
    environ = {"XDG_CACHE_HOME": str(tmp_path / "file")}
    jax_cache.prepare(environ)
    assert "JAX_COMPILATION_CACHE_DIR" not in environ


def test_what_diffrax_compiles_can_be_kept():
    """jax keeps no program that calls Python back."""
    problem = diffrax.ODETerm(lambda t, y, args: -y), diffrax.Tsit5()
    solve = jax.jit(lambda end: diffrax.diffeqsolve(*problem, 0.0, end, 0.1, 1.0).ys)
    assert "callback" not in solve.lower(1.0).as_text()


def test_figures_know_no_file_of_the_users(tmp_path):
    """A matplotlibrc of the user's and a notebook's backend change no figure."""
    (tmp_path / "matplotlibrc").write_text(
        "text.usetex: True\nfont.size: 40\naxes.grid: True\n", "utf-8"
    )
    code = (
        "from eiplast.figure import style; style.use(); import matplotlib as m;"
        "print(m.rcParams['text.usetex'], m.rcParams['font.size'], m.rcParams['axes.grid'], m.get_backend())"
    )
    environ = os.environ | _hostile | {"PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "8.0", "False", "agg"], done.stderr


def test_a_record_tells_what_the_file_tells(tmp_path, clean):
    path = tmp_path / "run.nc"
    for source_path in (clean, record.path_of(clean)):
        shutil.copy(source_path, tmp_path / source_path.name.replace("clean", "run"))
    found, problem = record.read(path)
    attrs = netcdf.attributes(path)
    assert not problem
    assert found["code"] == attrs["code"] == source.digest("disinhibition.train")
    assert found["spec"] == json.loads(attrs["spec"])
    assert found["bytes"] == path.stat().st_size
    # Without it, the file itself is read.
    record.path_of(path).unlink()
    assert record.read(path)[0] == {"code": found["code"], "spec": found["spec"]}


def test_a_record_is_only_written_for_code_that_means_the_same(tmp_path):
    path = tmp_path / "run.nc"
    attrs = {"job": "disinhibition.train", "code": "0" * 16}
    netcdf.save(xr.Dataset(), path, {"a": 1}, **attrs)
    with netCDF4.Dataset(path, "a") as file:
        file.git_dirty = "yes"  # of a clean checkout, the commit would tell
    with pytest.raises(JobError, match="made with other code"):
        record.main("disinhibition.train", path)
    netcdf.save(xr.Dataset(), path, {"a": 1}, job="aggregate", code=source.digest("aggregate"))
    record.main("aggregate", path)
    assert record.read(path)[0]["spec"] == {"a": 1}


@pytest.mark.parametrize("compiler", ["g++ -m64", "env g++ -O1"])
def test_a_compiler_may_have_arguments(compiler, tmp_path):
    environ = {"CXX": compiler, "XDG_CACHE_HOME": str(tmp_path)}
    toolchain.prepare(environ)
    assert " " not in environ["CXX"]
    done = subprocess.run([environ["CXX"], "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout


def test_a_compiler_that_is_not_there(tmp_path):
    with pytest.raises(JobError, match="no program 'clang-99'"):
        toolchain.prepare({"CXX": "clang-99 -O2", "XDG_CACHE_HOME": str(tmp_path)})


def test_a_cache_that_cannot_lock_is_done_without(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(toolchain.fcntl, "flock", refuse)
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    toolchain.prepare(environ)
    assert environ["XDG_CACHE_HOME"] != str(tmp_path)
    assert "cannot lock" in capsys.readouterr().err


def test_an_account_without_a_home_has_a_cache(monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(toolchain.Path, "home", nowhere)
    environ = {}
    toolchain.prepare(environ)
    assert Path(environ["XDG_CACHE_HOME"]).is_dir()


def test_a_cache_that_runs_nothing_is_named(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(toolchain.subprocess, "run", refuse)
    with pytest.raises(JobError, match="set XDG_CACHE_HOME"):
        toolchain.prepare({"XDG_CACHE_HOME": str(tmp_path)})
