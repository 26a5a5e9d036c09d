"""A Fig. 4c: the student's losses fall, in the first windows of one network, and Table 1's layout."""

import jax
import numpy as np
import pytest
import xarray as xr

from eiplast.disinhibition import student_teacher
from eiplast.table import a_table1, a_tableS3
from listed import assert_as_published


@pytest.fixture(scope="module", params=["exact_inverse", "linear_threshold"])
def ds(paper, request):
    """The first five windows of one network."""
    block = paper["disinhibition"]
    short = {"n_seeds": 1, "n_windows": 5}
    with jax.enable_x64(True):
        spec = block["student_teacher"] | block["student_teacher_runs"][request.param] | short
        return student_teacher.run(spec).assign_attrs(run=request.param)


def test_published_results_are_those_of_this_code(ds):
    names, part = ["L", "H", "L_closed", "variance"], {"seed": [0], "window": slice(5)}
    assert_as_published(ds, f"student_teacher/{ds.run}", names, 1e-4, **part)


def test_student_learns_its_teacher(ds):
    assert not ds.diverged.any()
    assert (ds.L_ratio < 0.8).all()
    assert (ds.H_ratio < 0.8).all()


def test_summaries_are_of_the_windows_that_they_name(ds):
    first, last = (ds.isel(window=window) for window in (0, -1))
    assert (ds.L_ratio == last.L / first.L).all()
    assert (ds.H_ratio == last.H / first.H).all()
    assert (ds.control_ratio == first.L_closed / first.L).all()
    assert (ds.L_last == last.L).all()
    assert (ds.unexplained_first == first.L / first.variance).all()
    assert (ds.unexplained_last == last.L / last.variance).all()


def test_control_tracks_the_teacher_before_learning(ds):
    assert (ds.control_ratio < 0.2).all()


def test_example_is_nearer_to_the_teacher_under_control(ds):
    """A Fig. 4b, before learning: control is on in the second half."""
    error = ds.r_L.sel(when="before", network="student") - ds.r_L.sel(
        when="before", network="teacher"
    )
    half = float(ds.time[-1]) / 2
    # A second for the controller to act.
    off, on = (abs(error[part]).mean() for part in (ds.time < half, ds.time > half + 1000))
    assert on < off / 3


def test_tables_of_accuracy_are_mean_and_deviation_of_their_part():
    """A Tables 1 (test) and S3 (validation); a diverged seed has no part."""
    values = np.array([[96.0, 98.0, np.nan], [90.0, 91.0, 92.0]])
    dims = ("part", "setup", "dataset", "n_hidden", "method", "seed")
    lost = np.array([[0.0, 3.0], [0.0, 5.0], [9.0, np.nan]])
    ds = xr.Dataset(
        {
            "reported_accuracy": (dims, values[:, None, None, None, None]),
            "diverged": (dims[1:], np.array([False, False, True])[None, None, None, None]),
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
    assert (test["mean"], test["n"], test["diverged"]) == (97.0, 2, 1)
    assert test["sd"] == pytest.approx(2**0.5)
    assert (validation["mean"], validation["sd"], validation["n"]) == (91.0, 1.0, 3)
    assert (
        a_table1.layout(a_table1.table(ds))["MNIST, 1 hidden"][0] == "97.00 ± 1.41 (n = 2, 17 lost)"
    )
