"""Parameter tables of B SI as printed, against the tables that the workflow writes and the settings."""

import json

import pytest
import xarray as xr

from eiplast.homeostasis.stability import parameters
from eiplast.table import b_table1, b_tableS1, b_tableS2, b_tableS3

table_1 = {"I_set": 14, "g_I": 4, "theta_I": 25, "tau_I": 2}
table_1 |= {"E_set": 5, "g_E": 1, "theta_E": 4.8, "tau_E": 10}
table_S1 = {
    "E_L": (7.6, 6.5),
    "V_reset": (14, 14),
    "V_thresh": (20, 20),
    "tau_ref": (5, 2),
    "C_m": (200, 100),
    "g_L": (10, 10),
    "tau_m": (20, 10),
    "beta": (3, 0),
    "tau_adapt": (500, "n/a"),
    "sigma": (2.5, 2.5),
}
table_S2 = {"tau_r": (8, 1), "tau_d": (23, 1), "tau_l": (1, 0.5)}
# EE, IE, EI, II in pA, in the order of the print.
table_S3 = [
    (50, 75, 300, 300),
    (100, 75, 400, 300),
    (125, 75, 500, 300),
    (75, 100, 300, 200),
    (100, 100, 200, 200),
    (125, 100, 300, 200),
    (75, 100, 300, 100),
    (100, 125, 200, 100),
    (125, 125, 100, 100),
]


@pytest.fixture
def runs(paper):
    """Full settings of every spiking run."""
    block = paper["homeostasis"]
    return {name: block["spiking"] | run for name, run in block["spiking_runs"].items()}


def test_table_1_is_as_printed(paper):
    assert {key: paper["homeostasis"]["rate"][key] for key in table_1} == table_1
    assert {key: parameters.defaults()[key] for key in table_1} == table_1
    rows = b_table1.table(xr.Dataset(attrs={"spec": json.dumps(paper["homeostasis"]["rate"])}))
    for symbol, E, I in zip(rows.symbol, rows.E, rows.I, strict=True):
        names = ("E_set", "I_set") if symbol == "set" else (f"{symbol}_E", f"{symbol}_I")
        assert tuple(table_1[name] for name in names) == (E, I)


@pytest.mark.parametrize(("module", "printed"), [(b_tableS1, table_S1), (b_tableS2, table_S2)])
def test_tables_S1_and_S2_are_as_printed(runs, module, printed):
    rows = module.table(xr.Dataset(attrs={"spec": json.dumps(runs["example"])}))
    rows = module.layout(rows) if hasattr(module, "layout") else rows
    assert dict(zip(rows.symbol, zip(rows.E, rows.I, strict=True), strict=True)) == printed


def test_table_S3_is_as_printed(runs):
    names = [f"network_{k}" for k in range(1, 10)]
    zeros = {
        name: ("network", [0.0] * 9) for name in ("MSE_initial", "MSE_final", "runaway_trials")
    }
    ds = xr.Dataset(zeros | {"outcome": ("network", ["converged"] * 9), "network": names})
    ds.attrs["specs"] = json.dumps([runs[name] for name in names])
    rows = b_tableS3.table(ds)
    weights = rows[["W_EE", "W_IE", "W_EI", "W_II"]].itertuples(index=False)
    assert [tuple(row) for row in weights] == table_S3
    assert list(rows.network) == [str(k) for k in range(1, 10)]
