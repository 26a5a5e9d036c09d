"""What B Fig. 7 draws, from a small network: errors, balance, weights, networks side by side, currents."""

import json

import brian2
import numpy as np
import pytest
import xarray as xr
from brian2 import StateMonitor, ms, mV, pA

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import model, paradox, results, robustness, train, trials
from listed import assert_described


@pytest.fixture(scope="module")
def trained(spiking_spec):
    strong = {f"W_{c}": 10 * spiking_spec[f"W_{c}"] for c in ("EE", "IE")}
    spec = spiking_spec | {"n_trials": 4} | strong
    ds = train.run(spec | {"W_max": 5000.0})
    return ds.assign_attrs(spec=json.dumps(spec))


def test_error_is_eq_18(trained):
    """B Eq. (18): the mean over all units, E and I, of the squared distance from their set-points."""
    for record, trial in enumerate(trained.record.values):
        squares = [
            (trained[f"rate_{x}"][record].values - set_point) ** 2
            for x, set_point in (("E", 5.0), ("I", 14.0))
        ]
        assert trained.MSE[trial].item() == pytest.approx(np.concatenate(squares).mean(), rel=1e-5)
    assert trained.E_mean[-1] == pytest.approx(trained.rate_E[-1].mean().item(), rel=1e-5)
    mse = trained.MSE.values
    assert trained.MSE_initial == mse[0]
    np.testing.assert_allclose(trained.MSE_gain, mse[0] - mse[2:])
    for name in ("E_mean", "I_mean", "MSE", "CV_ISI"):
        np.testing.assert_array_equal(trained[f"{name}_late"], trained[name][2:])
    assert trained.rate_E[-1].max() > 0


def test_late_rates_are_the_mean_over_all_late_trials(trained):
    """B Fig. 7H."""
    for x in "EI":
        late = trained[f"{x}_mean_late"].mean().item()
        assert late > 0
        assert trained[f"rate_{x}_late"].mean().item() == pytest.approx(late, rel=1e-5)


def test_intervals_are_of_late_trials_alone(trained):
    assert np.isnan(trained.CV_ISI[:2]).all()


def test_intervals_of_all_late_trials_are_pooled(spiking_spec):
    """Two trials with one interval each, of 10 and of 30 ms."""
    state = {"CV_ISI": np.full(3, np.nan)}
    for x in "EI":
        n = spiking_spec[f"n_{x}"]
        state |= {f"intervals_{x}": np.zeros((3, n)), f"late_{x}": np.zeros(n)}
    rates = {x: np.ones(spiking_spec[f"n_{x}"]) for x in "EI"}
    for k, interval in ((1, 10.0), (2, 30.0)):
        spikes = {x: (np.zeros(2, int), np.array([20.0, 20.0 + interval])) for x in "EI"}
        train._observe_late(state, k, spikes, np.array([[0.0, 100.0]]), rates, spiking_spec)
    for x in "EI":
        np.testing.assert_array_equal(state[f"intervals_{x}"][:, 0], [2, 40, 1000])
        assert not state[f"intervals_{x}"][:, 1:].any()
    # Neither has the two intervals in one trial that a coefficient of variation needs.
    assert np.isnan(state["CV_ISI"]).all()


def test_balance_is_the_sum_of_the_weights_onto_each_unit(trained):
    """B Fig. 7E-G, J, K: the final sums, in nA, from the final weights; r squared from the sums."""
    for c in neural.CLASSES:
        total = np.zeros(trained.sizes[f"unit_{c[0]}"])
        for post, w in zip(trained[f"post_{c}"].values, trained[f"w_{c}"].values, strict=True):
            total[post] += w / 1e3
        found = trained[f"sum_{c}"].sel(stage="final")
        np.testing.assert_allclose(found, total, rtol=1e-4)
    for x in "EI":
        for stage in ("initial", "final"):
            sums = [trained[f"sum_{x}{pre}"].sel(stage=stage).values for pre in "EI"]
            expected = np.corrcoef(*sums)[0, 1] ** 2
            assert trained[f"balance_r2_{x}"].sel(stage=stage).item() == pytest.approx(expected)
            slope = np.polyfit(*sums, 1)[0]
            assert trained[f"balance_slope_{x}"].sel(stage=stage).item() == pytest.approx(slope)


def test_mean_weights_are_those_of_the_synapses(trained):
    """B Fig. 7D: stored before each trial, so that the mean of the first is the initial one."""
    for c in neural.CLASSES:
        mean = 1e3 * trained[f"sum_{c}"].sel(stage="initial").sum() / trained.sizes[f"synapse_{c}"]
        assert trained[f"W_{c}"][0].item() == pytest.approx(mean.item(), rel=1e-4)


def test_networks_side_by_side(trained):
    """B Fig. 7L: what each network ends with, in its own place."""
    late = ["E_mean_late", "I_mean_late", "MSE_late", "MSE_gain", "CV_ISI_late"]
    names = [*late, "MSE_initial", "first_Up_state", "converged_trial", "runaway_trials"]
    other = trained.assign({name: trained[name] + 1 + i for i, name in enumerate(names)})
    two = [d.assign_attrs(outcome=outcome) for d, outcome in ((trained, "x"), (other, "y"))]
    ds = robustness.run({"networks": ["a", "b"]}, *two)
    assert_described(ds)
    for name in names:
        np.testing.assert_array_equal(ds[name], [d[name] for d in two])
    for name in ("E_mean", "I_mean", "MSE"):
        means = [d[f"{name}_late"].mean() for d in two]
        np.testing.assert_allclose(ds[f"{name}_final"], means)
    assert list(ds.outcome.values) == ["x", "y"]
    assert list(ds.network.values) == ["a", "b"]


@pytest.fixture(scope="module")
def steps(paper):
    """No current and a large one from 100 to 150 ms."""
    times = {"duration": 200.0, "step_start": 100.0, "step_stop": 150.0}
    few = {"n_trials": 2, "currents": [0.0, 500.0], "adaptation": [False, True], "silent_E": 0.0}
    return paper["homeostasis"]["paradox"] | times | few


@pytest.fixture(scope="module")
def session(trained, steps):
    return paradox.run(steps, trained)


def test_rates_of_a_session_are_the_spikes_of_its_trials(session, trained, steps):
    p = json.loads(trained.spec)
    synapses, w = paradox.network(trained, p)
    values = train.values(p, adaptation=True, step=(500.0, 100.0, 150.0))
    with trials.simulator(p, synapses) as trial:
        spikes = trial(train.trial_seed(steps, 1), w, 200.0, values)
    shown = session.sel(adaptation=1, current=500.0, trial=1)
    for x in "EI":
        _, times = spikes[x]
        counts = [((times >= t) & (times < t + 10)).sum() for t in range(0, 200, 10)]
        np.testing.assert_allclose(shown[x], np.array(counts) / p[f"n_{x}"] / 0.01, rtol=1e-5)


def test_change_by_the_current_is_during_less_before(session):
    """B Fig. 7I: means over the step and over as long before it, from the stored rates."""
    assert_described(session)
    rate = session.I.values
    expected = rate[..., 10:15].mean(-1) - rate[..., 5:10].mean(-1)
    active = session.silent.values == 0
    assert active[:, 1].all()
    assert np.isnan(session.I_change.values[~active]).all()
    np.testing.assert_allclose(session.I_change.values[active], expected[active], rtol=1e-4)
    assert (session.I_change.sel(current=500.0) > 5).all()


def test_a_trial_is_silent_where_either_class_is_during_the_step(steps):
    """Of four trials the second has too few spikes of E, the third of I, the last of both, but before the step."""
    time, few = np.arange(0, 200, 10.0), {"silent_E": 1.0, "silent_I": 2.0, "n_trials": 4}
    during = (time >= 100) & (time < 150)
    E, I = np.full((2, 1, 1, 4, len(time)), 5.0)
    E[..., 1, during], I[..., 2, during] = 0.9, 1.9
    E[..., 3, ~during] = I[..., 3, ~during] = 0.5
    one = {"currents": [0.0], "adaptation": [False]}
    ds = paradox._dataset(steps | few | one, {"E": E, "I": I}, time).squeeze()
    assert ds.silent.values.tolist() == [0, 1, 1, 0]
    np.testing.assert_allclose(ds.E_change, [0, np.nan, np.nan, 4.5])
    np.testing.assert_allclose(ds.I_during, [5, np.nan, np.nan, 5])


def test_the_paradoxical_session_starts_from_the_trained_network(session, trained):
    spec = json.loads(trained.spec)
    synapses, w = paradox.network(trained, spec)
    original = model.connect(spec, np.random.default_rng([spec["seed"], 0]))
    for c in neural.CLASSES:
        for part in ("pre", "post", "delay"):
            np.testing.assert_array_equal(synapses[c][part], original[c][part])
        assert w[c].mean() == pytest.approx(float(trained[f"w_{c}"].mean()))
    assert dict(session.I.sizes) == {"adaptation": 2, "current": 2, "trial": 2, "time": 20}
    # The large current drives I units for certain; the same noise runs before it.
    assert (session.I.sel(current=500.0, time=130.0) > 20).all()
    before = session.I.sel(time=session.time < 100)
    np.testing.assert_array_equal(before.sel(current=0.0), before.sel(current=500.0))
    assert before.max() > 0
    # Each trial has noise of its own.
    assert (before.sel(trial=0) != before.sel(trial=1)).any(["current", "time"]).all()


@pytest.fixture
def still(spiking_spec):
    """A network that no noise and no kick moves, with its objects; units fire where v is set above threshold."""
    p = spiking_spec | {"sigma_E": 0.0, "sigma_I": 0.0, "I_kick": 0.0}
    brian2.set_device("runtime")
    brian2.prefs.codegen.target = "numpy"
    synapses = model.connect(p, np.random.default_rng(0))
    objects, network = model.network(p, synapses)
    model.reset(p, objects)
    for x in "EI":
        objects[x].tau_ref = 1000 * ms
        objects[x].beta = p[f"beta_{x}"] * brian2.nA * ms
    return p, synapses, objects, network


def test_adaptation_current_jumps_and_decays(still):
    """B Eq. (13), the first of that number: by beta / tau_adapt, then with tau_adapt."""
    p, _, objects, network = still
    objects["E"].v[3] = 25 * mV
    monitor = StateMonitor(objects["E"], "I_adapt", record=[2, 3])
    network.add(monitor)
    network.run(100 * ms)
    other, own = monitor.I_adapt / pA
    t = np.arange(len(own)) * p["dt"]
    expected = 1e3 * p["beta_E"] / p["tau_adapt"] * np.exp(-(t - p["dt"]) / p["tau_adapt"])
    np.testing.assert_allclose(own[1:], expected[1:], rtol=1e-3)
    assert not other.any()


def test_potentials_are_kept_of_the_first_unit_in_every_step(still):
    p, _, objects, network = still
    for x in "EI":
        objects[x].v[0] = -50 * mV
    network.run(1 * ms)
    for x in "EI":
        (kept,) = objects[f"v_{x}"].v / mV
        assert kept[0] == pytest.approx(-50)
        assert len(kept) == round(1 / p["dt"])


def test_currents_of_synapses_add_up(still):
    """B Eqs. (13), (14): the sum over all partners; inhibition lowers the potential."""
    p, synapses, objects, network = still
    w = {c: np.full(len(synapses[c]["pre"]), 1.0 + k) for k, c in enumerate(neural.CLASSES)}
    for c in neural.CLASSES:
        objects[c].q = model.charge(p, w)[c] * pA * ms
    objects["I"].v = 25 * mV
    objects["E"].v[: p["n_E"] // 2] = 25 * mV
    monitors = {x: StateMonitor(objects[x], ["s_E", "s_I", "v"], record=True) for x in "EI"}
    network.add(*monitors.values())
    network.run(250 * ms)
    for post, pre in neural.CLASSES:
        c = post + pre
        fired = np.ones(p["n_I"]) if pre == "I" else np.arange(p["n_E"]) < p["n_E"] // 2
        expected = w[c][0] * synapses[c]["A"] @ fired
        current = getattr(monitors[post], f"s_{pre}") / pA
        np.testing.assert_allclose(current.sum(1) * p["dt"], expected, rtol=2e-3)
    # Of the E units that may move, the first step with current of I alone, which is faster, goes down.
    quiet = monitors["E"].v[p["n_E"] // 2 :, 30] / mV
    assert (quiet < p["E_L_E"]).any()


def test_a_silent_first_trial_shows_the_kick_and_the_noise():
    """B SI Tables S1, S2: spikes of the kicked units just after the kick, and v long after it."""
    noise = 2 * np.random.default_rng(0).standard_normal(1500)
    v = np.where(np.arange(1500) < 600, 50.0, noise)[None]
    ds = xr.Dataset(
        {
            "spike_record_E": ("spike_E", [0, 0, 0, 0, 1]),
            "spike_unit_E": ("spike_E", [0, 0, 2, 1, 1]),
            "spike_time_E": ("spike_E", [99.0, 120.0, 130.0, 250.0, 120.0]),
            "v_E": (("record", "time"), v),
            "v_I": (("record", "time"), v / 2),
        },
        {"time": np.arange(1500.0)},
    )
    results._add_silence(ds, {"t_kick": 100.0, "n_E": 9, "n_kicked": 3})
    assert ds.kick_spikes.values.tolist() == [1, 0, 1]
    assert ds.noise_sd_E.item() == pytest.approx(2, rel=0.1)
    assert ds.noise_sd_I.item() == pytest.approx(1, rel=0.1)


def test_mean_delays_are_those_of_the_synapses(trained):
    for pre in "EI":
        steps = np.concatenate([trained[f"delay_{post}{pre}"].values for post in "EI"])
        assert trained[f"delay_mean_{pre}"].item() == pytest.approx(0.1 * steps.mean())


def test_noise_alone_is_from_half_a_second_after_the_kick():
    time = np.arange(0.0, 1500.0, 100.0)
    v = np.where(time < 600, 1e3, np.arange(len(time)))
    spikes = {"unit": [0, 1, 1, 1, 0], "time": [50.0, 100.0, 199.0, 200.0, 150.0]}
    ds = xr.Dataset({f"spike_{name}_E": ("spike", values) for name, values in spikes.items()})
    ds["spike_record_E"] = "spike", [0, 0, 0, 0, 1]
    ds = ds.assign({f"v_{x}": (("record", "time"), v[None]) for x in "EI"} | {"time": time})
    results._add_silence(ds, {"t_kick": 100.0, "n_E": 4, "n_kicked": 3})
    assert ds.kick_spikes.values.tolist() == [0, 2, 0]
    assert ds.noise_sd_E == pytest.approx(np.arange(6, 15).std(ddof=1))


@pytest.mark.parametrize(
    ("E", "I", "converged", "first_up", "outcome"),
    [
        (5.4, 12.8, 30.0, 10.0, "converged"),
        # It counts how it ends, not whether it ever came there.
        (4.6, 15.2, np.nan, 10.0, "converged"),
        (5.6, 14.0, 30.0, 10.0, "left the set-points"),
        (5.0, 12.4, 30.0, 10.0, "left the set-points"),
        (4.4, 14.0, np.nan, 10.0, "active, not converged"),
        (0.0, 0.0, np.nan, np.nan, "silent"),
    ],
)
def test_outcome_is_told_by_the_late_trials(E, I, converged, first_up, outcome):
    """Means of the late trials within a tenth of both set-points, 5 and 14 Hz."""
    late = {x: ("late", [mean - 1.0, mean + 1.0]) for x, mean in (("E", E), ("I", I))}
    ds = xr.Dataset({f"{x}_mean_late": rates for x, rates in late.items()})
    ds = ds.assign(converged_trial=converged, first_Up_state=first_up)
    spec = {"E_set": 5.0, "I_set": 14.0, "converged_tolerance": 0.1}
    assert results._outcome(ds, spec) == outcome


def _milestones(E, I, n_up, window=3):
    rates = {"E_mean": ("trial", np.array(E, float)), "I_mean": ("trial", np.array(I, float))}
    ds = xr.Dataset(rates | {"n_up": ("trial", np.array(n_up))})
    spec = {"n_trials": len(E), "converged_window": window, "converged_tolerance": 0.1}
    return results._milestones(ds, spec | {"E_set": 5.0, "I_set": 14.0})


def test_milestones_are_the_first_trials_of_their_kind():
    """Both means over three trials are near their set-points from trial 2 on; 50 Hz is ten times that of E."""
    E, I = [0, 3, 6, 6, 3, 80, 50, 5], [0, 0, 14, 14, 14, 14, 14, 14]
    found = _milestones(E, I, [0, 0, 0, 1, 0, 2, 1, 0])
    assert found == {"first_Up_state": 3, "converged_trial": 2, "runaway_trials": 1}


@pytest.mark.parametrize("window", [3, 9])
def test_milestones_that_never_come_are_nan(window):
    """Near one set-point alone, in windows that reach over a change, or with fewer trials than a window."""
    found = _milestones([5, 5, 5, 0, 0, 0, 5, 5], [0, 0, 0, 14, 14, 14, 0, 14], [0] * 8, window)
    assert np.isnan([found["first_Up_state"], found["converged_trial"]]).all()
    assert found["runaway_trials"] == 0
