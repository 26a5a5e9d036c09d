"""Which networks are lost, and that the file and the log say so."""

import sys
import types

import numpy as np
import pytest
import xarray as xr

from eiplast import finite, job, netcdf, source

words = "became infinite or no number, so how these end means nothing"


def _ends(**values):
    return xr.Dataset({name: ("init", np.array(value)) for name, value in values.items()})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["W_EE", "W_EI", "W_IE", "W_II", "E_last", "I_last"])
def test_every_weight_and_last_rate_counts(name, value):
    assert finite.lost(_ends(**{name: [1.0, value]})).values.tolist() == [False, True]


def test_of_variants_each_network_counts():
    W = np.ones((2, 3, 4))
    W[1, 2, 0] = np.inf
    found = finite.lost(xr.Dataset({"W_IE": (("variant", "init", "trial"), W)}))
    assert found.dims == ("variant", "init")
    assert np.argwhere(found.values).tolist() == [[1, 2]]


def test_weights_of_one_network_among_many_say_nothing_of_the_others():
    ds = _ends(E_last=[1.0, np.nan]).assign(W_EE=("time", [np.nan]))
    assert finite.lost(ds).values.tolist() == [False, True]


def test_one_network_and_results_of_others():
    one = xr.Dataset({"W_EE": ("trial", [1.0, np.nan])})
    whole = xr.Dataset({"W_EE": ("trial", [1.0, 2.0])})
    assert finite.notes(one) == [f"weights or rates {words}"]
    found = finite.notes(whole, ["a/network_1.nc", "b/network_1.nc"], [whole, one])
    assert found == [f"network_1: weights or rates {words}"]
    assert finite.notes(whole, ["network_1.nc"], [whole]) == []


def test_what_has_no_number_elsewhere_is_not_lost():
    ds = _ends(E_last=[1.0, 2.0], trials_to_convergence=[np.nan, 3.0])
    assert finite.notes(ds) == []
    assert finite.notes(xr.Dataset({"accuracy": ("seed", [np.nan])})) == []


@pytest.mark.parametrize("before", [{}, {"note": "of noise"}])
def test_a_job_writes_it_down_and_says_it(before, tmp_path, monkeypatch, capsys):
    about = {"units": "1", "long_name": "weight"}
    ds = xr.Dataset({"W_EE": ("trial", [np.nan], about)}, attrs=before)
    explodes = types.ModuleType("eiplast.explodes")
    explodes.run = lambda spec: ds
    monkeypatch.setitem(sys.modules, explodes.__name__, explodes)
    monkeypatch.setattr(job, "fix_environment", lambda *_: {})
    monkeypatch.setattr(source, "digest", lambda module, spec: "0")
    output = tmp_path / "explodes.nc"
    job.main("explodes", "1", "{}", str(output))
    said = "; ".join([*before.values(), f"weights or rates {words}"])
    assert netcdf.attributes(output)["note"] == said
    assert words in capsys.readouterr().err
