"""Verdicts of the comparison on samples whose answer is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from eiplast import compare

entry = {"paper": "A", "item": "Table 1", "quantity": "q", "printed": "98.1", "spread": "0.2", "n": 10,
         "source": "aggregate/train.nc", "variable": "x", "select": {"method": "backprop"}}  # fmt: skip


def _dataset(values):
    values = np.atleast_2d(values)
    return xr.Dataset({"x": (("method", "seed"), values)}, coords={"method": ["backprop"]})


def _sample(mean, sd, n):
    z = np.random.default_rng(0).standard_normal(n)
    return mean + sd * (z - z.mean()) / z.std(ddof=1)


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [(98.1, "reproduced"), (98.2, "reproduced"), (98.6, "differs"), (97.5, "differs")],
)
def test_verdict_of_a_printed_mean(mean, verdict):
    row = compare.compare(entry, _dataset(_sample(mean, 0.2, 10)))
    assert row["verdict"] == verdict
    assert row["difference"] == pytest.approx(mean - 98.1)
    assert list(row)[: len(row)] == [key for key in row if key in compare.columns]


def test_interval_is_welchs_widened_by_rounding():
    ours = _sample(98.0, 0.1, 7)
    row = compare.compare(entry, _dataset(ours))
    theirs = _sample(98.1, 0.2, 10)
    welch = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose(
        (row["ci_low"], row["ci_high"]), (welch.low - 0.05, welch.high + 0.05)
    )


def test_false_alarms_are_rare():
    """Means drawn from the printed distribution differ in one case of twenty at the most."""
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(400):
        theirs, ours = rng.normal(98.1, 0.2, (2, 10))
        printed = entry | {"printed": f"{theirs.mean():.4f}", "spread": f"{theirs.std(ddof=1):.4f}"}
        rows.append(compare.compare(printed, _dataset(ours))["verdict"])
    assert 0.02 < np.mean([verdict == "differs" for verdict in rows]) < 0.08


@pytest.mark.parametrize(
    ("printed", "values", "verdict"),
    [
        ("< 0", [-1.0, -1.1, -0.9], "reproduced"),
        ("< 0", [1.0, 1.1, 0.9], "differs"),
        ("< 0", [-1.0, 2.0, -0.5], "differs"),
        ("> 0", [0.3], "reproduced"),
        ("4", [4.3], "reproduced"),
        ("4.0", [4.3], "differs"),
    ],
)
def test_relations_and_exact_results(printed, values, verdict):
    claim = entry | {"printed": printed, "spread": None, "n": None}
    assert compare.compare(claim, _dataset(values))["verdict"] == verdict


def test_equality_claims_are_not_rounded():
    claim = entry | {"printed": "4", "spread": None, "n": None, "exact": True}
    assert compare.compare(claim, _dataset([4.09]))["verdict"] == "differs"


def test_too_few_are_not_judged():
    row = compare.compare(entry, _dataset([98.1, 98.2]))
    assert row["verdict"] == "not computed"
    assert "n = 2 is too few" in row["note"]


def test_diverged_runs_are_counted():
    values = np.append(_sample(98.1, 0.2, 8), [np.nan, np.nan])
    row = compare.compare(entry, _dataset(values))
    assert row["n"] == 8
    assert "2 of 10 diverged" in row["note"]


def test_what_is_not_there_is_not_computed():
    for ds in (None, _dataset([1.0]).assign_coords(method=["other"])):
        assert compare.compare(entry, ds)["verdict"] == "not computed"


def test_damaged_print_is_not_compared():
    row = compare.compare(entry | {"printed": None}, _dataset(_sample(98, 0.1, 10)))
    assert row["verdict"] == "print unreadable"
    assert row["reproduced"] == pytest.approx(98)


def test_every_entry_is_complete():
    entries = compare.printed()
    assert len(entries) >= 40
    for e in entries:
        assert {"paper", "item", "quantity", "printed", "where", "source", "variable"} <= set(e), e
    damaged = [e for e in entries if e["printed"] is None]
    assert len(damaged) == 4


def test_the_one_survivor_of_many_is_not_a_result():
    values = np.full(6, np.nan)
    values[2] = 98.1
    row = compare.compare(entry, _dataset(values))
    assert row["verdict"] == "not computed"
    assert "5 of 6" in row["note"]


def test_rows_whose_runs_are_gone_stay_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(
        compare, "printed", lambda: [entry, {**entry, "quantity": "y", "source": "never_run.nc"}]
    )
    table, run = tmp_path / "so_far.csv", tmp_path / "aggregate/train.nc"
    run.parent.mkdir()
    _dataset(_sample(98.1, 0.2, 10)).to_netcdf(run)
    compare.main("paper", table, run)
    first = pd.read_csv(table)
    compare.main("paper", table)
    second, text = pd.read_csv(table), table.read_text()
    assert second.note[0] == f"{first.note[0]}; kept from an earlier run"
    assert list(second.verdict) == ["reproduced", "not computed"]
    pd.testing.assert_frame_equal(first.drop(columns="note"), second.drop(columns="note"))
    compare.main("paper", table)
    assert table.read_text() == text
    compare.main("paper", table, run)
    pd.testing.assert_frame_equal(pd.read_csv(table), first)
