"""What the panels of B Figs. 2-6 and S1-S7 say, from the runs of config.yaml made short and few."""

import numpy as np
import pytest

from eiplast.homeostasis.rate import results, simulate
from eiplast.homeostasis.stability import analysis
from eiplast.homeostasis.stability import map as stability_map

converged, silent = (results.OUTCOMES.index(name) for name in ("converged", "silent"))


@pytest.fixture
def run(paper):
    """A function that runs one of `rate_runs` with changes."""
    block = paper["homeostasis"]
    return lambda name, **changes: simulate.run(block["rate"] | block["rate_runs"][name] | changes)


def test_less_excitation_of_I_raises_I(run):
    """B Fig. 3C."""
    ds = run("antihomeostatic_W_IE", n_trials=5)
    assert (ds.I_change > 2).all()


def test_homeostatic_rule_ends_in_silence(run):
    """B Fig. 2B, C: from weak weights E rises, I never nears its set-point, and both fall silent."""
    ds = run("homeostatic_example", variants={"paper": {}}).squeeze()
    assert ds.E_mean.max() > 3
    assert ds.I_mean.max() < 7
    assert ds.outcome == silent


def test_homeostatic_rule_reaches_no_set_points(run):
    """B Fig. 2D."""
    ds = run("homeostatic_batch", n_init=8, n_trials=500)
    assert ds.converged.sum() <= 1
    assert len(np.unique(ds.W_EE[:, 0])) == 8


def test_homeostatic_rule_leaves_the_set_points(run):
    """B Fig. 2E."""
    ds = run("homeostatic_set_points", n_init=3)
    first, last = (
        abs(ds.E_mean[:, part].mean("trial") - 5) for part in (slice(5), slice(-20, None))
    )
    assert (last > 5 * first).all()
    assert (ds.error_growth > 0).all()


@pytest.mark.slow
def test_only_the_start_inside_both_regions_stays(run):
    """B Fig. S1."""
    ds = run("homeostatic_regions", n_init=1, n_trials=1500, record_trials=[0]).squeeze()
    assert (abs(ds.E_mean[:, 0] - 5) < 0.2).all()
    assert ds.converged.sel(variant="stable") == 1
    assert ds.converged.sel(variant="unstable") == 0


def test_haaa_fails_from_weak_weights(run):
    """B Fig. S2C-E."""
    assert run("haaa_example", n_init=1, record_trials=[0]).outcome == silent
    assert run("haaa_batch", n_init=8, n_trials=600).converged.mean() < 0.5


def test_haaa_is_stable_in_the_paradoxical_region_only(paper):
    """B Fig. S2F, G."""
    block = paper["homeostasis"]
    spec = block["rate"] | block["stability"] | block["stability_runs"]["variations"]
    cases = {name: p for name, p in spec["cases"].items() if name.startswith("HAAA")}
    window = {"W_EE": [0, 10, 50], "W_IE": [0, 20, 50], "intervals": [2000.0]}
    ds = stability_map.run(spec | window | {"cases": cases})
    assert ds.sizes["case"] == 2
    assert (ds.paradoxical_part == 1).all()
    assert ds.region_present.all()
    assert ds.large_overlap.all()


def test_signs_change_who_converges(run, paper):
    """B Fig. S2A: the numerical columns are the sixteen rules on the same networks."""
    names = list(paper["homeostasis"]["rate_runs"]["signs_linear"]["variants"])
    assert len(names) == 16
    few = {"n_init": 2, "n_trials": 40, "duration": 600.0, "average_window": 300.0}
    ds = run("signs_linear", **few)
    assert list(ds.variant.values) == names
    first = ds.W_EE.isel(trial=0)
    np.testing.assert_array_equal(first, np.broadcast_to(first[0], first.shape))
    change = np.sign(ds.W_EE[..., 1] - ds.W_EE[..., 0])
    # The same first error: the letter of EE decides the direction.
    homeostatic = np.array([name[0] == "H" for name in names])
    assert (change[homeostatic] == -change[~homeostatic][0].values).all()


@pytest.mark.slow
def test_cross_homeostatic_rule_reaches_every_pair_of_set_points(run):
    """B Fig. 4D-G: rates at the set-points, weights on the balance line, from random weights."""
    ds = run("cross_batch", n_init=5, n_trials=1000)
    assert (ds.outcome == converged).all()
    for variant, (E_set, I_set) in zip(
        ds.variant.values, [(5, 14), (5, 24), (10, 14)], strict=True
    ):
        one = ds.sel(variant=variant).isel(trial=-1)
        np.testing.assert_allclose(ds.E_last.sel(variant=variant), E_set, rtol=0.1)
        np.testing.assert_allclose(ds.I_last.sel(variant=variant), I_set, rtol=0.1)
        line_E = (one.W_EE * E_set - 4.8 - E_set) / I_set
        line_I = (one.W_IE * E_set - 25 - I_set / 4) / I_set
        np.testing.assert_allclose(one.W_EI, line_E, atol=0.02)
        np.testing.assert_allclose(one.W_II, line_I, atol=0.02)


@pytest.mark.slow
def test_cross_homeostatic_rule_converges_from_broad_weights(run):
    """B Fig. S3."""
    ds = run("cross_broad", n_init=8, n_trials=1000)
    assert (ds.outcome == converged).all()
    assert np.ptp(ds.W_EE.values[:, 0]) > 5


# A fifth of the units learns five times as fast, so that summed weights change as in the paper.
few_units = {"n_E": 16, "n_I": 4, "n_trials": 500, "record_trials": [0], "duration": 1000.0}


@pytest.mark.parametrize(
    "weights",
    [
        "cross_units",
        pytest.param("cross_units_lognormal", marks=pytest.mark.slow),
        pytest.param("cross_units_broad", marks=pytest.mark.slow),
    ],
)
def test_cross_homeostatic_units_converge_on_average_only(run, weights):
    """B Figs. 5B-H, S5, S7: means at the set-points, units and their balance apart."""
    n_init = 1 if weights == "cross_units" else 3
    ds = run(weights, **few_units, n_init=n_init, alpha=1e-4)
    assert (ds.outcome == converged).all()
    assert (ds.units_at_set_point < 0.9).all()
    assert (ds.E_spread > 0.5).all()
    assert (ds.balance_spread_E > 0.05).all()
    assert ds.sizes["snapshot"] == 2


@pytest.mark.slow
def test_two_terms_bring_every_unit_to_its_set_point(run):
    """B Fig. 6B-H: units nearer to their set-points and to one balance than without the homeostatic term."""
    weights = {"n_E": 16, "n_I": 4, "n_trials": 1500, "record_trials": [0], "duration": 1000.0}
    cross = run("cross_units", **weights, alpha=1e-4)
    both = run("two_term_units", **weights, alpha=5e-5, beta=5e-5)
    assert both.outcome == converged
    assert both.units_at_set_point > 0.9
    assert both.E_spread < cross.E_spread / 5
    assert both.balance_spread_E < cross.balance_spread_E / 3


def test_two_terms_keep_an_imprinted_memory(run):
    """B Fig. S6: rates return to the set-points, and the weights of the memory stay stronger."""
    imprint = {"trial": 250, "n_units": 4, "factor": 2.0}
    fast = {"alpha": 5e-5, "beta": 5e-5, "imprint": imprint, "n_init": 2}
    ds = run("two_term_memory", **few_units, **fast)
    assert (ds.outcome == converged).all()
    assert (ds.memory_kept > 0.3).all()
    assert (ds.memory_end > 1.2 * ds.memory_before).all()


@pytest.mark.parametrize("rule", ["two_term", "synaptic_scaling", "forced_balance"])
def test_printed_boundaries_bound_the_regions_of_every_case(paper, rule):
    """B Figs. S10-S12: where the neurons are stable, the printed condition decides as eigenvalues do."""
    block = paper["homeostasis"]
    x, y = np.linspace(0.05, 10, 60), np.linspace(0.05, 20, 60)[:, None]
    for name, rates in block["stability_runs"][rule]["cases"].items():
        if name == "sign_as_printed":
            continue
        found = analysis.analyse(rule, x, y, params=rates)
        printed = (analysis.printed(rule, x, y, params=rates) > 0).all(0)
        inside = found["neural_stable"] & found["positive"] & ~found["borderline"]
        assert inside.sum() > 100
        np.testing.assert_array_equal(printed[inside], found["rule_stable"][inside])
