"""Trials and plasticity of the rate models: streams, averages, steps, imprints, outcomes."""

import numpy as np
import pytest

from eiplast.errors import JobError
from eiplast.homeostasis import neural
from eiplast.homeostasis.rate import noise, protocol, results, simulate

fig1 = {"EE": 5.0, "EI": 1.52, "IE": 10.0, "II": 2.25}
silent = {"W_EE": 2.1, "W_EI": 3.0, "W_IE": 4.0, "W_II": 2.0}


def _spec(rate_spec, **run):
    weights = {f"W_{c}": w for c, w in fig1.items()}
    return rate_spec | weights | {"rule": "none", "n_trials": 3} | run


def test_means_are_those_of_the_last_window(rate_spec):
    ds = simulate.run(_spec(rate_spec, record_dt=0.1, n_trials=1))
    np.testing.assert_allclose(ds.E_mean[0, 0], ds.E[0, -5000:].mean(), rtol=1e-6)


@pytest.mark.parametrize(("n_E", "n_I"), [(1, 1), (8, 2)])
def test_results_do_not_depend_on_batches_or_threads(rate_spec, monkeypatch, n_E, n_I):
    run = _spec(rate_spec, n_E=n_E, n_I=n_I, n_init=11, W_EE=[4.0, 7.0], rule="two_term")
    run |= {"alpha": 1e-4, "beta": 1e-4, "duration": 600.0, "average_window": 300.0}
    alone = simulate.run(run | {"n_init": 2})
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    many = simulate.run(run)
    for name in ("E_mean", "W_EI", "E_final"):
        np.testing.assert_array_equal(many[name][:2], alone[name])
    assert len(np.unique(many.W_EE[:, 0])) == 11


def test_noise_goes_on_where_the_trial_before_left_it(rate_spec):
    """Without weights and threshold a rate follows its noise; rates start from silence in every trial."""
    bare = {f"W_{c}": 0.0 for c in neural.CLASSES} | {"theta_E": 0.0, "pulse": 0.0, "tau_OU": 10.0}
    times = {"duration": 20.0, "average_window": 10.0, "record_dt": 0.1, "record_trials": [1]}
    spec = _spec(rate_spec, n_trials=2, **bare, **times)
    ds = simulate.run(spec)
    numbers = noise.normal(noise.streams(spec["seed"], [0], 2), 400, 2)[0, :, 0]
    x, expected = 0.0, []
    for t, number in enumerate(numbers.astype(float)):
        before = 0.0 if t % 200 == 0 else expected[-1]
        x = 0.99 * x + 0.1 * number
        expected.append(before + 0.01 * (max(0.0, x) - before))
    np.testing.assert_allclose(ds.E[1, :, 0], expected[200:], rtol=1e-4, atol=1e-6)


def test_networks_have_independent_noise(rate_spec):
    ds = simulate.run(_spec(rate_spec, n_init=4, n_trials=40))
    correlation = np.corrcoef(ds.E_mean.values) - np.eye(4)
    assert abs(correlation).max() < 0.65


def test_variants_share_weights_and_noise(rate_spec):
    variants = {"same": {}, "also": {"tau_trial": 3.0}, "other": {"W_EE": 4.9}}
    ds = simulate.run(_spec(rate_spec, n_init=3, variants=variants))
    same, also, other = (ds.E_mean.sel(variant=name).values for name in variants)
    np.testing.assert_array_equal(same, also)
    assert abs(same - other).min() > 0


def test_paradoxical_effect(rate_spec):
    """B Fig. 1: more drive to I, from outside or from E, lowers both rates."""
    for step in ({"I_ext_I": 7.0}, {"W_IE": 12.0}):
        run = _spec(rate_spec, step={"start": 1000.0, "stop": 1500.0} | step)
        ds = simulate.run(run)
        assert (ds.I_change < -4).all()
        assert (ds.E_change < -1).all()


def test_step_means_agree_with_the_fixed_point(rate_spec):
    step = {"start": 1000.0, "stop": 2000.0, "W_IE": 12.0}
    ds = simulate.run(_spec(rate_spec, step=step, n_trials=10))
    E, I = neural.fixed_point(fig1 | {"IE": 12.0}, rate_spec)
    assert ds.E_during.mean() == pytest.approx(E, abs=0.02)
    assert ds.I_during.mean() == pytest.approx(I, abs=0.05)


def test_a_rule_without_its_learning_rate_says_so(rate_spec):
    with pytest.raises(JobError, match="needs 'alpha_EE'"):
        simulate.run(_spec(rate_spec, rule="homeostatic"))


def test_a_common_learning_rate_is_that_of_every_class(rate_spec):
    run = _spec(rate_spec, rule="homeostatic")
    common = simulate.run(run | {"alpha": 1e-4, "alpha_EI": -2e-4})
    each = {"alpha_EE": 1e-4, "alpha_EI": -2e-4, "alpha_IE": 1e-4, "alpha_II": 1e-4}
    np.testing.assert_array_equal(common.W_EI, simulate.run(run | each).W_EI)


@pytest.mark.parametrize("engine", ["numba", "jax"])
def test_cross_homeostatic_reaches_the_set_points(rate_spec, engine):
    """B Fig. 4B-C: from silence to E_set and I_set."""
    run = rate_spec | silent | {"alpha": 5e-4, "rule": "cross_homeostatic", "engine": engine}
    ds = simulate.run(run | {"n_trials": 500 if engine == "numba" else 5})
    assert ds.E_mean[0, 0] < 0.1
    assert ds.outcome_start == results.OUTCOMES.index("silent")
    if engine == "numba":
        assert ds.outcome == results.OUTCOMES.index("converged")
        assert ds.E_last == pytest.approx(5, abs=0.3)
        assert ds.I_last == pytest.approx(14, abs=0.3)


def test_weights_follow_the_rule_and_the_low_pass(rate_spec):
    """Two trials by hand: average from zero with tau_trial, rates floored, then B Eq. (7)."""
    run = _spec(rate_spec, rule="cross_homeostatic", alpha=1e-3, n_trials=2)
    ds = simulate.run(run)
    E, I = ds.E_mean.values[0, 0] / 2, ds.I_mean.values[0, 0] / 2
    assert ds.W_EE[0, 1] == pytest.approx(5.0 + 1e-3 * E * (14 - I))
    assert ds.W_II[0, 1] == pytest.approx(2.25 + 1e-3 * I * (5 - E))
    E, I = E + (ds.E_mean.values[0, 1] - E) / 2, I + (ds.I_mean.values[0, 1] - I) / 2
    assert ds.E_final.item() == pytest.approx(E)
    assert ds.E_average.values[0, 1] == pytest.approx(E)
    last = ds.W_EI_units[-1].item()
    assert last == pytest.approx(ds.W_EI.values[0, 1] - 1e-3 * I * (14 - I))


def test_a_step_leaves_the_last_rates_those_of_the_last_window(rate_spec):
    step = {"start": 600.0, "stop": 1000.0, "I_ext_I": 7.0}
    run = _spec(rate_spec, rule="cross_homeostatic", alpha=1e-3, tau_trial=1.0, step=step)
    ds = simulate.run(run)
    for x in "EI":
        np.testing.assert_allclose(ds[f"{x}_units"].values[:, 0], ds[f"{x}_mean"][0], rtol=1e-6)
        np.testing.assert_allclose(ds[f"{x}_final"][:, 0], ds[f"{x}_mean"][:, -1], rtol=1e-6)


def test_a_step_of_a_class_sets_the_summed_weight_onto_every_unit(rate_spec):
    """B Figs. 1C, 3; within the step alone, synapses in proportion."""
    W = {c: np.arange(1.0, 1.0 + 2 * 3 * 3).reshape(2, 3, 3) for c in neural.CLASSES}
    spec = rate_spec | {"step": {"start": 500.0, "stop": 800.0, "W_IE": 12.0}}
    for start in (4999, 8000):
        assert simulate._stepped(spec, W, start) is W
    during = simulate._stepped(spec, W, 5000)
    np.testing.assert_allclose(during["IE"].sum(-1), 12)
    np.testing.assert_allclose(during["IE"][1, 0] / W["IE"][1, 0], 12 / W["IE"][1, 0].sum())
    for c in ("EE", "EI", "II"):
        np.testing.assert_array_equal(during[c], W[c])


def test_means_of_stretches_count_by_their_length(rate_spec):
    """Edges at 0, 150, 400, 650, 700, 900 and 1000 ms: the last window begins within the step."""
    step = {"start": 400.0, "stop": 900.0}
    spec = rate_spec | {"duration": 1000.0, "average_window": 300.0, "step": step}
    means = np.array([[0.0, 1.0, 2.0, 10.0, 20.0, 30.0]])
    np.testing.assert_allclose(protocol.stretch_means(spec, means, 150.0, 400.0), [1])
    np.testing.assert_allclose(protocol.stretch_means(spec, means, 650.0, 900.0), [18])


def test_weights_stop_at_their_floor(rate_spec):
    run = _spec(rate_spec, n_E=8, n_I=2, rule="homeostatic", alpha=10.0, duration=600.0)
    ds = simulate.run(run)
    assert ds.W_EE_units[-1].sum("pre_E").min() >= 0.1 - 1e-12
    assert ds.W_EI_units[-1].min() >= 0.1 / 2 - 1e-12


def test_an_imprint_multiplies_the_weights_of_the_memory_alone(rate_spec):
    imprint = {"trial": 1, "n_units": 3, "factor": 2.0}
    run = _spec(rate_spec, n_E=8, n_I=2, imprint=imprint, record_trials=[0, 1], duration=600.0)
    ds = simulate.run(run)
    ratio = ds.W_EE_units[1].values / np.where(ds.W_EE_units[0] > 0, ds.W_EE_units[0], 1)
    assert np.allclose(ratio[:3, :3][~np.eye(3, dtype=bool)], 2)
    assert np.allclose(ratio[3:, 3:][~np.eye(5, dtype=bool)], 1)
    assert ds.memory_imprinted / ds.memory_before == pytest.approx(2)


def test_every_way_to_end_has_its_label(rate_spec):
    p = rate_spec | {"label_trials": 2}
    E = np.array([[9, 9, 5, 5], [0, 0, 0, 0], [100, 100, 100, 100], [6, 6, 8, 8], [8, 8, 7, 7.0]])
    I = np.array([[14, 14, 14, 14], [0, 0, 0, 0], [20, 20, 20, 20], [14] * 4, [14.0] * 4])
    names = [results.OUTCOMES[i] for i in results.label(E, I, p)]
    assert names == ["converged", "silent", "saturated", "diverging", "off_target"]


@pytest.mark.parametrize(("floor", "silent"), [(0.0, 1.0), (1.0, 1.0), (2.0, 2.0)])
def test_silent_is_below_1_Hz_and_the_floor_of_the_rates(rate_spec, floor, silent):
    rates = np.repeat([[silent - 0.1], [silent + 0.1]], 4, 1)
    labels = results.label(rates, rates, rate_spec | {"rate_floor": floor})
    assert [results.OUTCOMES[i] for i in labels] == ["silent", "off_target"]


def test_trials_to_convergence_count_to_the_last_return(rate_spec):
    p = rate_spec | {"label_trials": 1}
    E = np.array([[0, 5, 0, 5, 5], [5, 5, 5, 5, 0], [5, 5, 5, 5, 5.0]])
    I = np.full((3, 5), 14.0)
    found = results.trials_to_convergence(E, I, p)
    np.testing.assert_array_equal(found, [3, np.nan, 0])


def test_long_runs_get_all_cores():
    import sys
    from pathlib import Path
    from types import SimpleNamespace

    sys.path.insert(0, str(Path(__file__).parents[3] / "workflow"))
    import wiring

    workflow = SimpleNamespace(cores=8, resource_settings=SimpleNamespace(max_threads=None))
    long = {"n_trials": 1000, "n_init": 400, "n_E": 80}
    assert wiring.threads({"n_trials": 1000}, workflow) == 1
    assert wiring.threads(long, workflow) == 8
    # On a cluster, as the profile says; there `cores` cannot be asked for.
    workflow = SimpleNamespace(resource_settings=SimpleNamespace(max_threads=16))
    assert wiring.threads(long, workflow) == 16


def test_the_floor_of_a_summed_weight_is_shared_by_the_partners(rate_spec):
    p = rate_spec | {"rule": "homeostatic", "W_min": 0.6} | {f"alpha_{c}": 9.0 for c in fig1}
    n = {"E": 4, "I": 3}
    A = {c: np.ones((n[c[0]], n[c[1]])) - (np.eye(n[c[0]]) if c[0] == c[1] else 0) for c in fig1}
    W = {c: A[c][None] for c in fig1}
    # Too high for excitation, too low for inhibition, and the other way round.
    high, low = ((np.full((1, 4), rate), np.full((1, 3), rate)) for rate in (90.0, 2.0))
    changed = simulate._update(p, *high, W, A)["EE"], simulate._update(p, *low, W, A)["EI"]
    np.testing.assert_allclose(changed[0][0], 0.2 * A["EE"])
    np.testing.assert_allclose(changed[1][0], 0.2)


def test_contrast_of_a_memory_is_its_factor():
    """B Fig. S6: no unit connects to itself, inside the memory and outside."""
    EE = np.ones((2, 7, 7)) - np.eye(7)
    np.testing.assert_allclose(simulate._contrast(EE, 3), 1)
    EE[:, :3, :3] *= 4
    np.testing.assert_allclose(simulate._contrast(EE, 3), 4)
