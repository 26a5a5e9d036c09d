"""Published runs of the rate models, run again: their first trials, and the short ones whole."""

import pytest

from eiplast.homeostasis.rate import simulate
from listed import assert_as_published, published_runs, spec_of

whole = ["antihomeostatic_W_IE", "cross_example", "paradoxical_W_IE", "paradoxical_current"]
# Published without their courses over trials, as are those with many signs of the rule, which take too long.
ends = ["cross_choices", "haaa_batch", "homeostatic_batch"]
longer = [pytest.param(name, marks=pytest.mark.slow) for name in ("cross_units", "two_term_units")]
# That processors may differ by, whose rounding noise carries on from step to step.
rtol = 1e-3


def _again(run, **changes):
    """The first two networks of the published `run`, with `changes`, without a memory that comes later."""
    spec = spec_of(run)
    spec.pop("imprint", None)
    return simulate.run(spec | {"n_init": min(spec["n_init"], 2)} | changes)


@pytest.mark.parametrize("name", [*whole, *longer])
def test_published_results_are_those_of_this_code(name):
    run = f"rate_simulate/{name}"
    assert_as_published(_again(run), run, rtol=rtol)


@pytest.mark.slow
@pytest.mark.parametrize("name", ends)
def test_two_networks_of_published_batches_end_as_by_this_code(name):
    run = f"rate_simulate/{name}"
    ds = _again(run)
    names = [key for key, one in ds.data_vars.items() if {*one.dims} <= {"variant", "init"}]
    assert {"E_last", "I_last", "converged", "starts_silent"} <= {*names}
    assert_as_published(ds, run, names, rtol, init=slice(2))


@pytest.mark.parametrize(
    "name", sorted({*published_runs("rate_simulate")} - {*whole, "cross_online"})
)
def test_first_trials_of_published_results_are_those_of_this_code(name):
    run = f"rate_simulate/{name}"
    without_courses = "trial" in spec_of(run).get("drop_dims", [])
    n_trials = 1 if without_courses else 12
    ds = _again(run, n_trials=n_trials, record_trials=[0])
    part = {"init": slice(2), "trial": slice(n_trials)}
    courses = [key for key, one in ds.data_vars.items() if {"init", "trial"} <= {*one.dims}]
    if without_courses:
        courses = ["starts_silent", "starts_saturated"]
        del part["trial"]
    assert len(courses) >= 2
    assert_as_published(ds, run, courses, rtol, **part)


def test_first_seconds_of_published_plasticity_without_trials_are_those_of_this_code():
    run = "rate_simulate/cross_online"
    ds = _again(run, duration=3000.0)
    names = ["E_by_second", "I_by_second"]
    assert_as_published(ds, run, names, rtol, init=slice(2), second=slice(3))
