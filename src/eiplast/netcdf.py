"""The one writer and reader of NetCDF files: complete units, provenance, atomic, checksummed."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import netCDF4
import xarray as xr

from eiplast import atomic, hdf5
from eiplast.errors import DamagedFileError

# What UDUNITS, by which readers convert, does not know or takes for something else (nat: a pressure).
_counts = ("nat", "step", "1/step", "update", "1/update")
# Dimensions of the courses and maps that are rounded where they are large.
_rounded = [{"init", "trial"}, {"record", "time"}, {"W_EE", "W_IE"}]
_packages = ["brian2", "jax", "jaxlib", "diffrax", "optax", "numba", "numpy", "scipy", "xarray"]


def save(ds, path, spec, **attrs):
    """Write `ds` to `path` with its provenance, whole or not at all.

    ds : xarray.Dataset; every variable and coordinate needs ``units`` and ``long_name``.
    spec : dict, the full specification of the run, stored as JSON.
    attrs : further attributes, such as command and wall time.
    Raises ValueError where a unit or a long name is missing, JobError where the file cannot be written.
    """
    for name, variable in ds.variables.items():
        missing = [key for key in ("units", "long_name") if key not in variable.attrs]
        if missing:
            raise ValueError(f"{path}: variable {name} has no {' and no '.join(missing)}")
    ds = _with_known_units(ds)
    ds = ds.assign_attrs(spec=json.dumps(spec, sort_keys=True), **provenance(), **attrs)
    encoding = {
        name: _encoding(v) for name, v in ds.variables.items() if v.ndim and v.dtype.kind in "iufb"
    }
    with atomic.writing(path) as temporary:
        try:
            ds.to_netcdf(temporary, engine="netcdf4", encoding=encoding)
        except RuntimeError as error:  # of the HDF5 library, on a full disk
            raise OSError(error) from error
        if hdf5.is_cut_short(temporary):
            raise OSError("it came out shorter than it should be")


def _encoding(variable):
    """How a variable is packed: whole, but for large courses, over trials or time, and large maps: to 12 bits.

    That is to one part in 8000, less than what noise makes of a trial, and moves the line where a map changes
    its sign by a thousandth of a cell at most, in less than half of the space; netCDF notes it in the variable's
    attribute _QuantizeBitRoundNumberOfSignificantBits.
    """
    # fletcher32 makes a read of damaged data fail instead of giving wrong numbers.
    encoding = {"zlib": True, "complevel": 4, "shuffle": True, "fletcher32": True}
    of_course_or_map = any(dims <= set(variable.dims) for dims in _rounded)
    if variable.size > 1e5 and of_course_or_map and variable.dtype.kind == "f":
        encoding |= {"quantize_mode": "BitRound", "significant_digits": 12}
    return encoding


def _with_known_units(ds):
    """`ds` with 1 for units that only count, which its long names then tell."""
    ds = ds.copy()
    for variable in ds.variables.values():
        if variable.attrs["units"] in _counts:
            about = f"{variable.attrs['long_name']} ({variable.attrs['units']})"
            variable.attrs |= {"units": "1", "long_name": about}
    return ds


def load(path):
    """The Dataset in `path`, in memory. Raises DamagedFileError if it cannot be read to its end."""
    try:
        return xr.load_dataset(path, engine="netcdf4")
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise DamagedFileError(
            f"{path} is damaged ({error}): delete it and run the same command again"
        ) from error


def attributes(path):
    """Attributes of the file in `path` as a dict; OSError where it cannot be read."""
    with netCDF4.Dataset(path) as file:
        return {name: file.getncattr(name) for name in file.ncattrs()}


def provenance():
    """Attributes that let a stranger rebuild a result: versions, commit, dirty flag."""
    versions = {"python": sys.version.split()[0]}
    for package in ["eiplast", *_packages]:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    commit, dirty = _commit(Path(__file__).resolve())
    return {
        "versions": json.dumps(versions, sort_keys=True),
        "git_commit": commit,
        "git_dirty": dirty,
    }


def _commit(file):
    """Commit and whether there are changes, where `file` is of a checkout of its own; else unknown."""
    root = file.parents[2]
    top = _git(root, "rev-parse", "--show-toplevel")
    tracked = _git(root, "ls-files", "--error-unmatch", str(file))
    # An archive unpacked inside another repository is no part of it.
    if not (top and tracked and Path(top).samefile(root)):
        return "unknown", "unknown"
    # Without results/: figures drawn anew change no result.
    of_code = [":(top)", ":(top,exclude)results"]
    changes = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *of_code)
    dirty = "unknown" if changes is None else "yes" if changes else "no"
    return _git(root, "rev-parse", "HEAD") or "unknown", dirty


def _git(folder, *args):
    """What git says there, whatever repository the user's shell points to; None where it fails."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *args], capture_output=True, encoding="utf-8", env=environ
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
