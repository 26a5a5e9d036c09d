"""What the workflow draws and lists, and what is published, for the tests of figures, tables and their layout."""

import ast
import functools
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from eiplast import netcdf

_root = Path(__file__).parent.parent
_rules = _root / "workflow/rules/outputs.smk"


def listed(name):
    """The dict `name`, FIGURES or TABLES, of workflow/rules/outputs.smk: the runs of each by its name."""
    text = _rules.read_text("utf-8")
    block = text[text.index(f"{name} = {{") :]
    return ast.literal_eval(block[block.index("{") : block.index("\n}") + 2])


@functools.cache
def published():
    """Paths of the files below results/ that git keeps."""
    command = ["git", "ls-files", "results"]
    found = subprocess.run(command, cwd=_root, capture_output=True, text=True)
    return {_root / name for name in found.stdout.splitlines()}


def published_runs(rule):
    """Names of the published runs of `rule`, such as ``isolated`` of ``single_synapse``."""
    return sorted(path.stem for path in published() if path.match(f"{rule}/*.nc"))


def kept(run):
    """Path of the published `run`, such as ``single_synapse/isolated``; without it the test is skipped."""
    path = _root / f"results/paper/{run}.nc"
    if path not in published():
        pytest.skip(f"{run} is not published")
    return path


def spec_of(run):
    """The specification of the published `run`."""
    return json.loads(netcdf.attributes(kept(run))["spec"])


def assert_described(ds):
    """Every variable of `ds` has units and a long name; without them no run is written."""
    for name, variable in ds.variables.items():
        assert {"units", "long_name"} <= {*variable.attrs}, name


def assert_as_published(ds, run, names=None, rtol=1e-6, **part):
    """Variables of `ds` are those of the published `run`, or of a part of it.

    names : which of them, else all; part : what to take of a dimension of the published ones
    """
    assert_described(ds)
    then = netcdf.load(kept(run)).isel(**part)
    # A specification has its cases by alphabet.
    ds = ds.sel({dim: then[dim] for dim in {*then.dims} & {"case", "panel", "variant"}})
    for name in names or then.data_vars:
        bits = then[name].attrs.get("_QuantizeBitRoundNumberOfSignificantBits", 52)
        close = {"rtol": max(rtol, 2.0**-bits), "atol": 1e-9, "err_msg": f"{run}: {name}"}
        np.testing.assert_allclose(ds[name].astype(float), then[name].astype(float), **close)
