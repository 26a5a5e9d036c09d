"""A Fig. 4c: the student's losses fall, in the first windows of one network."""

import jax
import pytest

from eiplast.disinhibition import student_teacher
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
