"""A rule that explodes: which networks are lost, and that the file, the log and the figures say so."""

import sys
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from eiplast import finite, job, netcdf, source
from eiplast.figure import rates
from eiplast.homeostasis import plasticity
from eiplast.homeostasis.rate import simulate

words = "became infinite or no number, so how these end means nothing"


@pytest.fixture(scope="module")
def exploded(paper):
    """Three networks; to the second the rule gives no number."""
    rule = plasticity.RULES["two_term"]

    def explodes(E, I, E_pre, I_pre, W, A, p):
        dW = rule(E, I, E_pre, I_pre, W, A, p)
        factor = np.where(np.arange(len(E)) == 1, np.nan, 1.0)[:, None, None]
        return {c: dW[c] * factor for c in dW}

    weights = {"W_EE": 5.0, "W_EI": 1.52, "W_IE": 10.0, "W_II": 2.25}
    run = {"n_E": 1, "n_I": 1, "n_init": 3, "n_trials": 3, "alpha": 1e-4, "beta": 1e-4} | weights
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(plasticity.RULES, "two_term", explodes)
        return simulate.run(paper["homeostasis"]["rate"] | run | {"rule": "two_term"})


def _ends(**values):
    return xr.Dataset({name: ("init", np.array(value)) for name, value in values.items()})


def test_a_rule_that_gives_no_number_loses_its_network_alone(exploded):
    assert finite.lost(exploded).values.tolist() == [False, True, False]
    assert finite.notes(exploded) == [f"weights or rates of 1 of 3 networks {words}"]


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
    monkeypatch.setattr(source, "digest", lambda *_: "0")
    output = tmp_path / "explodes.nc"
    job.main("explodes", "1", "{}", str(output))
    said = "; ".join([*before.values(), f"weights or rates {words}"])
    assert netcdf.attributes(output)["note"] == said
    assert words in capsys.readouterr().err


def test_a_figure_counts_them_apart_and_shows_no_mean_of_them(exploded):
    """Whatever a kernel made of their rates."""
    silent = exploded.assign(outcome=exploded.outcome.copy(data=np.ones(3, "i1")))
    assert rates.outcomes(silent) == "2 silent;  1 infinite or no number"
    axes = plt.figure().add_subplot()
    shown = silent.assign(E_last=silent.E_last.copy(data=[2.0, 50.0, 4.0])).assign_attrs(
        spec='{"E_set": 5.0}'
    )
    rates.ends(axes, 0, shown, "E", "red")
    dots, mean = axes.lines[0].get_ydata(), axes.containers[0].lines[0].get_ydata()
    assert (list(dots), list(mean)) == ([2, 4], [3])
    plt.close("all")
