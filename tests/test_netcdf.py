"""The NetCDF writer: complete, atomic, and never silent about damage."""

import json
import subprocess

import numpy as np
import pytest
import xarray as xr

from eiplast import hdf5, netcdf
from eiplast.errors import DamagedFileError, JobError


@pytest.fixture
def ds():
    rng = np.random.default_rng(0)
    attrs = {"units": "Hz", "long_name": "rate"}
    return xr.Dataset({"E": (("trial", "unit"), rng.random((300, 20)), attrs)})


def test_round_trip_keeps_values_and_provenance(ds, tmp_path):
    netcdf.save(ds, tmp_path / "a.nc", {"tau_E": 10.0}, command="python", wall_time_s=1.0)
    back = netcdf.load(tmp_path / "a.nc")
    np.testing.assert_array_equal(back.E, ds.E)
    assert json.loads(back.attrs["spec"]) == {"tau_E": 10.0}
    assert "numpy" in json.loads(back.attrs["versions"])
    assert {"git_commit", "git_dirty", "command", "wall_time_s"} <= set(back.attrs)


@pytest.mark.parametrize(
    ("dims", "size", "rounded"),
    [
        (("init", "trial"), 400, True),
        (("record", "time"), 400, True),
        (("W_IE", "W_EE"), 400, True),
        (("init", "unit"), 400, False),
        (("init", "trial"), 100, False),
    ],
)
def test_large_courses_and_maps_are_rounded_and_nothing_else(tmp_path, dims, size, rounded):
    values = np.random.default_rng(0).normal(size=(size, 1000)).astype("f4")
    attrs = {"units": "Hz", "long_name": "rate"}
    path = tmp_path / "run.nc"
    netcdf.save(xr.Dataset({"rate": (dims, values, attrs)}), path, {})
    found = netcdf.load(path).rate
    assert (found.values == values).all() != rounded
    np.testing.assert_allclose(found, values, rtol=2.0**-12)
    assert found.attrs.get("_QuantizeBitRoundNumberOfSignificantBits") == (12 if rounded else None)


def test_units_are_required(ds, tmp_path):
    del ds.E.attrs["units"]
    with pytest.raises(ValueError, match="variable E has no units"):
        netcdf.save(ds, tmp_path / "a.nc", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kept", [0, 0.01, 0.5, 0.999])
def test_a_cut_file_is_known_and_not_read(ds, tmp_path, kept):
    path = tmp_path / "a.nc"
    netcdf.save(ds, path, {})
    assert not hdf5.is_cut_short(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    assert hdf5.is_cut_short(path)
    with pytest.raises(DamagedFileError, match="delete it and run the same command again"):
        netcdf.load(path)


def test_units_are_those_that_readers_know(tmp_path):
    """A pressure of nano-atmospheres would be read for nat; of steps and updates nothing is known."""
    about = {"units": "nat", "long_name": "cross-entropy"}
    ds = xr.Dataset(
        {
            "loss": ("epoch", [1.0], about),
            "E": ("epoch", [5.0], {"units": "Hz", "long_name": "rate"}),
        }
    )
    netcdf.save(ds, tmp_path / "a.nc", {})
    read = netcdf.load(tmp_path / "a.nc")
    assert read.loss.attrs == {"units": "1", "long_name": "cross-entropy (nat)"}
    assert read.E.attrs["units"] == "Hz"
    assert ds.loss.attrs == about


def test_a_flipped_byte_is_not_read(ds, tmp_path):
    path = tmp_path / "a.nc"
    netcdf.save(ds, path, {})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DamagedFileError):
        netcdf.load(path)


def test_a_failed_write_leaves_the_old_file(ds, tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    netcdf.save(ds, path, {})
    before = path.read_bytes()

    def full_disk(self, target, **_):
        target.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full_disk)
    with pytest.raises(JobError, match=r"No space left.*MB are free"):
        netcdf.save(ds, path, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _checkout(folder):
    """A repository in `folder` with one module of the package; returns git there, and the module."""

    def git(*args):
        name = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", folder, *name, *args], check=True, capture_output=True)

    code = folder / "src/eiplast/a.py"
    code.parent.mkdir(parents=True)
    code.write_text("one", "utf-8")
    git("init")
    git("add", ".")
    git("commit", "--message", "one")
    return git, code


def test_a_figure_drawn_anew_leaves_the_tree_clean(tmp_path, monkeypatch):
    """`git_dirty` speaks of what made the numbers, not of results that are kept beside it."""
    git, code = _checkout(tmp_path)
    figure = tmp_path / "results/a.svg"
    figure.parent.mkdir()
    figure.write_text("one", "utf-8")
    git("add", ".")
    git("commit", "--message", "two")
    monkeypatch.setattr(netcdf, "__file__", str(code))
    figure.write_text("two", "utf-8")
    assert netcdf.provenance()["git_dirty"] == "no"
    code.write_text("two", "utf-8")
    assert netcdf.provenance()["git_dirty"] == "yes"


@pytest.mark.parametrize("tracked", [False, True])
def test_the_commit_of_an_outer_repository_is_not_ours(tmp_path, monkeypatch, tracked):
    """An archive that was unpacked inside another project, which may even have added it."""
    git, _ = _checkout(tmp_path)
    code = tmp_path / "archive/src/eiplast/a.py"
    code.parent.mkdir(parents=True)
    code.write_text("one", "utf-8")
    if tracked:
        git("add", ".")
        git("commit", "--message", "two")
    monkeypatch.setattr(netcdf, "__file__", str(code))
    for of_shell in ({}, {"GIT_DIR": str(tmp_path / ".git"), "GIT_WORK_TREE": str(tmp_path)}):
        for name, value in of_shell.items():
            monkeypatch.setenv(name, value)
        said = netcdf.provenance()
        assert (said["git_commit"], said["git_dirty"]) == ("unknown", "unknown")
