"""Jobs of the stability analysis: areas, sweep of the weights, errata."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from eiplast.errors import JobError
from eiplast.homeostasis import neural
from eiplast.homeostasis.stability import analysis, areas, errata, weight_sweep
from eiplast.homeostasis.stability import map as stability_map
from listed import assert_as_published, assert_described, published_runs

config = yaml.safe_load((Path(__file__).parents[3] / "config.yaml").read_text())["homeostasis"]
table_1 = {key: (config["rate"] | config["stability"])[key] for key in neural.PARAMETERS}
small = {"W_EE": [0, 10, 50], "W_IE": [0, 20, 50], "intervals": [2000.0], "stride": 5}


def mapped(run, **changes):
    spec = table_1 | config["stability"] | config["stability_runs"][run] | small
    return stability_map.run(spec | changes)


def test_cross_homeostatic_rule_is_stable_wherever_the_neurons_are():
    ds = mapped("cross_homeostatic")
    assert np.all(ds.overlap == 1)
    assert np.all(ds.printed_agreement == 1)


def test_homeostatic_rule_avoids_the_paradoxical_region_in_the_limit():
    ds = mapped("homeostatic").sel(case="current_limit")
    assert ds.overlap_paradoxical == 0
    assert ds.overlap_not_paradoxical == 1


def test_half_of_the_variations_have_a_region():
    """SI (5): the two products of rates must have the same sign."""
    ds = mapped("variations")
    names = [c for c in ds.case.values if len(c) == 4]
    present = {c: bool(ds.region_present.sel(case=c)) for c in names}
    # I_set > E_set, so that the rates of EI and II decide.
    assert present == {c: (c[1] == c[3]) for c in names}


@pytest.mark.parametrize("run", published_runs("stability_map"))
def test_published_maps_are_those_of_this_code(run):
    """In every 25th cell: those of a coarser grid have the same centres."""
    n = config["stability_runs"][run].get("W_EE", config["stability"]["W_EE"])[2] // 25
    ds = mapped(run, W_EE=[0, 10, n], W_IE=[0, 20, n])
    part = {"W_EE": slice(12, None, 25), "W_IE": slice(12, None, 25)}
    signs = ["paradoxical", "neural_stable", "positive", "rule_stable"]
    numbers = ["determinant", "trace", "growth", "W_EI", "W_II"]
    assert_as_published(ds, f"stability_map/{run}", signs + numbers, **part)


def test_what_is_stored_is_what_the_analysis_finds():
    """Cell by cell and point by point; the weights on the set-points are those of B Eqs. (4), (5)."""
    ds = mapped("cross_homeostatic", points={"here": [5.0, 10.0], "there": [3.0, 12.0]})
    case, p = ds.case.values[0], table_1
    ds, learning = ds.isel(case=0), config["stability_runs"]["cross_homeostatic"]["cases"][case]
    grid, points = np.meshgrid(ds.W_EE, ds.W_IE), np.array([[5.0, 3.0], [10.0, 12.0]])
    names = ("determinant", "trace", "neural_stable", "positive", "rule_stable")
    here = (("", grid, names), ("point_", points, ("neural_stable", "rule_stable")))
    for prefix, weights, names in here:
        found = analysis.analyse("cross_homeostatic", *weights, params=p | learning)
        growth = found["eigenvalues"].real[..., :2].max(-1)
        np.testing.assert_allclose(ds[f"{prefix}growth"], growth, rtol=1e-6)
        for name in names:
            np.testing.assert_allclose(ds[f"{prefix}{name}"], found[name], rtol=1e-6)
    for prefix, W_EE, W_IE in (("", ds.W_EE, ds.W_IE), ("point_", *points)):
        W_EI = (p["E_set"] * (W_EE - 1 / p["g_E"]) - p["theta_E"]) / p["I_set"]
        W_II = (p["E_set"] * W_IE - p["theta_I"]) / p["I_set"] - 1 / p["g_I"]
        np.testing.assert_allclose(ds[f"{prefix}W_EI"], W_EI)
        np.testing.assert_allclose(ds[f"{prefix}W_II"], W_II)


def test_impossible_case_is_named():
    with pytest.raises(JobError, match="case odd: g_E = 0"):
        mapped("homeostatic", cases={"odd": {"g_E": 0.0}})


def test_sweep_passes_through_its_resting_weights_and_poles():
    ds = weight_sweep.run(table_1 | config["weight_sweep"])
    assert_as_published(ds, "stability_weight_sweep/weight_sweep")
    assert np.allclose(ds.asymptote, [0.9, 4.5, 4.75])
    rates = [
        ds.E_up.sel(varied=f"W_{c}").sel(value=v, method="nearest").item()
        for c, v in (("EI", 2.0), ("IE", 10.0), ("II", 2.0))
    ]
    assert np.ptp(rates) < 1e-9
    assert ds.slope_I.sel(varied="W_IE") < 0 < ds.slope_I.sel(varied="W_II")


def test_every_erratum_has_a_witness_for_the_right_formula():
    ds = errata.run(table_1 | config["errata"])
    assert_described(ds)
    assert np.all(ds.right_error < 1e-6)
    assert np.all(ds.printed_error > 0.1)
    proofs = Path(__file__).with_name("test_proofs.py").read_text()
    assert all(f"def {name.split('::')[1]}(" in proofs for name in ds.proof.values)


def test_lines_of_the_set_points_and_the_border():
    """Methods Eqs. (4), (5); SI 2.1; SI 2.3.6: slope I_set / E_set for equal rates, root 1 / g_E in the limit."""
    ds = mapped("homeostatic", W_EE=[0, 10, 200], W_IE=[0, 20, 200])
    equal = ds.sel(case="equal")
    assert np.allclose([equal.line_slope_E, equal.line_slope_I], 5 / 14)
    assert np.allclose([equal.line_intercept_E, equal.line_intercept_I], [-0.7, -57 / 28])
    assert np.all(ds.zeros_least == 2)
    assert np.all(ds.zeros_most == 2)
    assert np.isclose(equal.border_slope, 14 / 5, rtol=0.01)
    limit = ds.sel(case="current_limit")
    assert np.isclose(limit.border_root, 1 / limit.g_E, atol=0.05)
    assert limit.region_gain > 0
    assert np.isnan(equal.region_gain)


def test_the_border_is_one_between_neurons_that_have_a_fixed_point_to_follow():
    """The growth rate passes zero at 0.5 in every row, and where the determinant changes its sign at 2.5."""
    growth = np.tile([-1.0, 1.0, 1.0, -1.0], (3, 1))
    found = {
        "eigenvalues": np.stack([growth, growth - 1], -1).astype(complex),
        "determinant": np.tile([1.0, 1.0, 1.0, -1.0], (3, 1)),
    }
    W_EE, W_IE = np.arange(4.0), np.arange(3.0)
    assert areas._border(found, W_EE, W_IE)[1] == pytest.approx(0.5)
    found["determinant"] = -found["determinant"]
    assert np.isnan(areas._border(found, W_EE, W_IE)).all()


@pytest.fixture(scope="module")
def counted():
    """A map, and for each of its cases the cells of which something holds, as sets of places."""
    ds = mapped("homeostatic", intervals=[2.0, 2000.0]).sel(case=["slow_inhibitory", "current"])
    planes = {
        "stable": ds.rule_stable,
        "admissible": ds.neural_stable & ds.positive,
        "there": ds.rule_stable & (ds.determinant > 0),
        "paradoxical": ds.paradoxical.broadcast_like(ds.rule_stable),
        "printed": (ds.printed > 0).all("condition"),
        "all": ds.trace == ds.trace,
    }
    sets = {
        case: {
            name: set(zip(*np.nonzero(plane.sel(case=case).values), strict=True))
            for name, plane in planes.items()
        }
        for case in ds.case.values
    }
    return ds, sets


def test_fractions_are_counts_of_cells(counted):
    ds, sets = counted
    for case, cells in sets.items():
        stable, whole, paradoxical = cells["stable"], cells["admissible"], cells["paradoxical"]
        right = whole - (cells["printed"] ^ stable)
        expected = {
            "admissible_area": (whole, cells["all"]),
            "stable_area": (cells["there"], cells["all"]),
            "overlap": (stable, whole),
            "overlap_paradoxical": (stable, whole & paradoxical),
            "paradoxical_part": (paradoxical, cells["there"]),
            "admissible_paradoxical_part": (paradoxical, whole),
            "printed_agreement": (right, whole),
        }
        for name, (part, of) in expected.items():
            assert ds[name].sel(case=case) == pytest.approx(len(part & of) / len(of)), name
        assert ds.borderline.sel(case=case) == 0
        assert ds.region_present.sel(case=case) == bool(cells["there"])
        assert ds.large_overlap.sel(case=case) == (len(stable & whole) > len(whole) / 2)


def test_borderline_cells_are_no_part_of_the_agreement_with_the_print():
    yes = np.ones((1, 2), bool)
    found = dict.fromkeys(("neural_stable", "positive", "paradoxical", "determinant"), yes)
    found |= {"rule_stable": np.array([[True, False]]), "borderline": np.array([[False, True]])}
    printed = np.array([[[1.0, 1e-15]]])
    assert areas.fractions(found, printed, 0.5)["printed_agreement"][1] == 1


def test_agreement_of_the_full_system_is_a_count_of_every_fifth_cell(counted):
    ds, sets = counted
    for case, cells in sets.items():
        p = table_1 | config["stability_runs"]["homeostatic"]["cases"][case]
        some = [place for place in sorted(cells["admissible"]) if not any(k % 5 for k in place)]
        W_IE, W_EE = ds.W_IE.values, ds.W_EE.values
        i, j = np.array(some).T
        for t in ds.interval.values:
            found = analysis.full_eigenvalues("homeostatic", W_EE[j], W_IE[i], t, params=p)
            stable = found.real.max(-1) < 0
            agree = [a == (place in cells["stable"]) for a, place in zip(stable, some, strict=True)]
            expected = pytest.approx(np.mean(agree))
            assert ds.full_agreement.sel(case=case, interval=t) == expected
