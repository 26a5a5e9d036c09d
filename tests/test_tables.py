"""Tables from made-up runs: what each row is of, counts, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eiplast import netcdf
from eiplast.errors import JobError
from eiplast.table import a_table1, a_tableS3, b_tableS2A, parameters, write


def test_tables_of_accuracy_are_mean_and_deviation_of_their_part():
    """A Tables 1 (test) and S3 (validation); a diverged seed has no part."""
    values = np.array([[96.0, 98.0, np.nan, np.nan], [90.0, 91.0, 92.0, np.nan]])
    dims = ("part", "setup", "dataset", "n_hidden", "method", "seed")
    lost = np.array([[0.0, 3.0], [0.0, 5.0], [9.0, np.nan], [0.0, 0.0]])
    ds = xr.Dataset(
        {
            "reported_accuracy": (dims, values[:, None, None, None, None]),
            "diverged": (dims[1:], np.array([False, False, True, True])[None, None, None, None]),
            "n_unconverged": ((*dims[1:], "epoch"), lost[None, None, None, None]),
        },
        coords={
            "part": ["test", "validation"],
            "setup": ["text"],
            "dataset": ["mnist"],
            "n_hidden": [1],
            "method": ["m"],
        },
    )
    (test,), (validation,) = (
        module.table(ds).to_dict("records") for module in (a_table1, a_tableS3)
    )
    assert (test["mean"], test["n"], test["diverged"]) == (97.0, 2, 2)
    assert test["sd"] == pytest.approx(2**0.5)
    assert (validation["mean"], validation["sd"], validation["n"]) == (91.0, 1.0, 3)
    assert (
        a_table1.layout(a_table1.table(ds))["MNIST, 1 hidden"][0] == "97.00 ± 1.41 (n = 2, 17 lost)"
    )


def test_a_parameter_has_one_value_in_all_runs_of_a_table():
    rows = [("tau_c", "tau_c", "time constant", "s", 1e-3)]
    alike = parameters.table([{"tau_c": 100.0}, {"tau_c": 100.0}], rows)
    assert parameters.layout(alike)["Value"].tolist() == ["0.1 s"]
    with pytest.raises(JobError, match=r"different tau_c: \[50.0, 100.0\]"):
        parameters.table([{"tau_c": 100.0}, {"tau_c": 50.0}], rows)


def test_a_table_names_the_scale_that_it_is_of(tmp_path):
    run, output = tmp_path / "run.nc", tmp_path / "b_table1.csv"
    symbols = ("g_{}", "theta_{}", "tau_{}", "{}_set")
    spec = {symbol.format(x): 1.0 for symbol in symbols for x in "EI"}
    netcdf.save(xr.Dataset(), run, spec)
    write.main("b_table1", "quick", output, run)
    assert set(pd.read_csv(output).scale) == {"quick"}
    assert "Quick scale" in output.with_suffix(".md").read_text("utf-8")


def _networks(converged):
    """Of two rules, ten networks each, so many at both set-points."""
    reached = [np.arange(10) < n for n in converged.values()]
    return xr.Dataset({"converged": (("variant", "init"), reached)}, {"variant": list(converged)})


def test_success_is_at_least_the_share_of_its_regime():
    maps = {"region_present": [True, False, True], "overlap": [0.7, 0.2, 1.0]}
    maps["large_overlap"] = [True, False, True]
    stability = xr.Dataset(
        {name: ("case", values) for name, values in maps.items()},
        {"case": ["AAAH", "HHHA", "equal"]},
        {"spec": json.dumps({"success": 0.9})},
    )
    linear, sublinear = _networks({"HHHA": 9, "AAAH": 8}), _networks({"HHHA": 0, "AAAH": 10})
    found = b_tableS2A.table(stability, linear, sublinear).set_index("rule")
    assert found.index.tolist() == ["HHHA", "AAAH"]
    assert found.region_present.tolist() == found.large_overlap.tolist() == [False, True]
    assert found.overlap.tolist() == [0.2, 0.7]
    assert found.linear_converged.tolist() == [9, 8]
    assert found.linear_success.tolist() == [True, False]
    assert found.sublinear_converged.tolist() == [0, 10]
    assert found.sublinear_success.tolist() == [False, True]
