"""Rules with an explicit error: fixed points of A Fig. S1."""

import itertools

import jax
import numpy as np
import pytest

from eiplast.disinhibition import explicit_error
from listed import assert_as_published


@pytest.fixture(scope="module")
def ds(paper):
    with jax.enable_x64(True):
        return explicit_error.run(paper["disinhibition"]["explicit_error"])


@pytest.mark.parametrize("panel", ["dendritic_closed", "dfc_closed"])
def test_stable_point_is_the_target(ds, panel):
    np.testing.assert_allclose(ds.r_stable.sel(panel=panel)[:2], [4, 3], atol=0.01)


def test_burst_rule_is_stable_below_the_target_of_the_unit_above(ds):
    # phi(r) = r_tar for the unit downstream: r = log(exp(r_tar) - 1).
    expected = np.log(np.expm1([4.0, 3.0]))
    np.testing.assert_allclose(ds.r_stable.sel(panel="burst_closed")[:2], expected, atol=1e-3)
    np.testing.assert_allclose(ds.r_above.sel(panel="burst_closed")[:2], [4, 3], atol=1e-3)


def test_no_loop_no_potentiation(ds):
    for panel in ("dendritic_open", "dendritic_isolated", "dfc_isolated"):
        assert ds.dW_max.sel(panel=panel).max() <= 1e-6
    isolated = ds.dW.sel(panel="dfc_isolated")
    np.testing.assert_allclose(
        isolated,
        -ds.drive.sel(panel="dfc_isolated") * ds.value.sel(panel="dfc_isolated"),
        atol=1e-4,
    )


def test_inhibition_raises_the_burst_threshold(ds):
    assert (np.diff(ds.r_unstable.sel(panel="burst_isolated")) > 0).all()


def test_change_is_in_proportion_to_the_injected_current(ds):
    np.testing.assert_allclose(ds.dW_r2.sel(panel="dfc_isolated"), 1, atol=1e-6)
    assert ds.dW_r2.sel(panel="dendritic_isolated") > 0.99
    assert np.isnan(ds.dW_r2.sel(panel="burst_isolated"))
    assert (ds.dW_mean.sel(panel="dendritic_isolated")[1:] < 0).all()


def test_mean_and_largest_change_are_those_of_the_curves(ds):
    curves = ds.dW.values
    known = np.isfinite(curves).any(-1)
    assert known.any(1).all()
    assert not known.all()
    for name, over in (("dW_mean", np.nanmean), ("dW_max", np.nanmax)):
        np.testing.assert_allclose(ds[name].values[known], [over(row) for row in curves[known]])
        assert np.isnan(ds[name].values[~known]).all()


def test_shift_of_the_threshold_is_the_least_of_each_panel(ds):
    for panel in ds.panel.values:
        rates = ds.r_unstable.sel(panel=panel).values
        steps = [b - a for a, b in itertools.pairwise(rates)]
        np.testing.assert_array_equal(ds.threshold_shift.sel(panel=panel), min(steps))


def test_published_results_are_those_of_this_code(ds):
    assert_as_published(ds, "explicit_error/panels")
