"""The spiking network against closed forms: single units, a single synapse, the kick, the connections."""

import brian2
import numpy as np
import pytest
from brian2 import StateMonitor, ms, mV, pA

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import model, train, trials


@pytest.fixture
def quiet(spiking_spec):
    """No noise, no kick, no adaptation."""
    still = {"sigma_E": 0.0, "sigma_I": 0.0, "I_kick": 0.0, "beta_E": 0.0}
    return spiking_spec | still


def _silent_weights(synapses):
    return {c: np.zeros(len(synapses[c]["pre"])) for c in neural.CLASSES}


def _run(p, currents, duration=400.0, w=None):
    """Spikes of one trial for each constant current into all units."""
    synapses = model.connect(p, np.random.default_rng(0))
    w = w or _silent_weights(synapses)
    with trials.simulator(p, synapses) as trial:
        for current in currents:
            values = train.values(p, step=(current, 0.0, duration))
            values["I_step"] = (current, current)
            yield trial(1, w, duration, values)


def test_f_I_curve_of_single_units(quiet):
    """Rates against the closed form of the leaky integrate-and-fire unit with refractory period."""
    currents = (100.0, 150.0, 300.0)
    for current, result in zip(currents, _run(quiet, currents), strict=True):
        for x in "EI":
            tau_m = quiet[f"C_m_{x}"] / quiet[f"g_L_{x}"]
            target = quiet[f"E_L_{x}"] + current / quiet[f"g_L_{x}"]
            times = result[x][1][result[x][0] == 3]
            if target <= quiet[f"V_thresh_{x}"]:
                assert not len(times)
                continue
            rise = (target - quiet[f"V_reset_{x}"]) / (target - quiet[f"V_thresh_{x}"])
            interval = quiet[f"tau_ref_{x}"] + tau_m * np.log(rise)
            np.testing.assert_allclose(np.diff(times)[1:], interval, atol=3 * quiet["dt"])


def test_the_refractory_period_is_exact(quiet):
    """A current that fires a unit in one step leaves the refractory period as the interval."""
    (result,) = _run(quiet, [1e6], duration=50.0)
    for x in "EI":
        intervals = np.diff(result[x][1][result[x][0] == 0])
        np.testing.assert_allclose(intervals, quiet[f"tau_ref_{x}"], atol=1e-6)


def test_adaptation_lengthens_intervals(quiet):
    (result,) = _run(quiet | {"beta_E": 3.0}, [300.0])
    intervals = np.diff(result["E"][1][result["E"][0] == 0])
    assert intervals[-1] > 1.3 * intervals[0]


def test_noise_has_the_printed_standard_deviation_over_root_two(spiking_spec):
    p = spiking_spec | {"I_kick": 0.0, "V_thresh_E": 900.0, "V_thresh_I": 900.0}
    (result,) = _run(p, [0.0], duration=2000.0)
    for x, wide in (("E", 0.2), ("I", 0.14)):
        v = result[f"v_{x}"][100:]
        assert v.mean() == pytest.approx(p[f"E_L_{x}"], abs=0.7)
        assert v.std() == pytest.approx(p[f"sigma_{x}"] / np.sqrt(2), rel=wide)


@pytest.mark.parametrize("c", neural.CLASSES)
def test_current_of_one_synapse(quiet, c):
    """Charge w tau_w a spike, and the difference of exponentials of B Eq. (15) without its tau_m."""
    if c[1] == "I":  # a millisecond asks for a smaller step than the one of the paper
        quiet |= {"dt": 0.02}
    synapses = model.connect(quiet, np.random.default_rng(0))
    post, pre = c
    brian2.set_device("runtime")
    brian2.prefs.codegen.target = "numpy"
    objects, network = model.network(quiet, synapses)
    w = {k: np.zeros(len(synapses[k]["pre"])) for k in neural.CLASSES}
    w[c][0] = 100.0
    model.reset(quiet, objects)
    objects[c].q = model.charge(quiet, w)[c] * pA * ms
    for x in "EI":
        objects[x].tau_ref = 1000 * ms
    objects[pre].v[synapses[c]["pre"][0]] = 25 * mV
    current = StateMonitor(objects[post], f"s_{pre}", record=[synapses[c]["post"][0]])
    network.add(current)
    network.run((250 if pre == "E" else 20) * ms)
    s = current[int(synapses[c]["post"][0])].__getattr__(f"s_{pre}") / pA
    assert s.sum() * quiet["dt"] == pytest.approx(100.0 * quiet[f"tau_w_{post}"], rel=1e-3)
    tau_r, tau_d = quiet[f"tau_r_{pre}"], quiet[f"tau_d_{pre}"]
    # Delay, then one step each until the jump is seen in x and in s.
    t = np.arange(len(s)) * quiet["dt"] - (synapses[c]["delay"][0] + 1) * quiet["dt"]
    if tau_r == tau_d:
        shape = t / tau_r**2 * np.exp(-t / tau_r)
    else:
        shape = (np.exp(-t / tau_d) - np.exp(-t / tau_r)) / (tau_d - tau_r)
    expected = np.where(t > 0, 100.0 * shape, 0.0)
    assert np.abs(s - expected).max() < 0.04 * expected.max()


def test_the_printed_factor_makes_synapses_too_strong(quiet):
    """B Eq. (15) with tau_m of 20 and 10 ms: that many times the charge of the weights as they are used."""
    w = {c: np.ones(1) for c in neural.CLASSES}
    printed = model.charge(quiet | {"tau_w_E": 20.0, "tau_w_I": 10.0}, w)
    used = model.charge(quiet, w)
    assert [printed[c] / used[c] for c in neural.CLASSES] == [20.0, 20.0, 10.0, 10.0]


def test_the_kick_makes_one_spike_in_each_kicked_unit(spiking_spec):
    p = spiking_spec | {"sigma_E": 0.0, "sigma_I": 0.0}
    (result,) = _run(p, [0.0], duration=200.0)
    units, times = result["E"]
    assert sorted(units) == list(range(p["n_kicked"]))
    assert times.min() > p["t_kick"]
    assert not len(result["I"][0])


def test_connections(spiking_spec):
    p = spiking_spec
    synapses = model.connect(p, np.random.default_rng(3))
    for post, pre in neural.CLASSES:
        s = synapses[post + pre]
        assert len(s["pre"]) == round(p["p_conn"] * p[f"n_{post}"] * p[f"n_{pre}"]) == s["A"].sum()
        assert (s["A"][s["post"], s["pre"]] == 1).all()
        assert s["delay"].min() == 1
        assert s["delay"].max() == round(p[f"tau_l_{pre}"] / p["dt"])
        if post == pre:
            assert not np.diag(s["A"]).any()
    again = model.connect(p, np.random.default_rng(3))
    assert all((again[c]["delay"] == synapses[c]["delay"]).all() for c in neural.CLASSES)


def test_initial_weights_have_mean_and_spread(spiking_spec):
    p = spiking_spec | {"n_E": 400, "n_I": 100}
    synapses = model.connect(p, np.random.default_rng(0))
    w = model.initial_weights(p, synapses, np.random.default_rng(1))
    for c in neural.CLASSES:
        assert w[c].mean() == pytest.approx(p[f"W_{c}"], rel=0.01)
        assert w[c].std() / w[c].mean() == pytest.approx(p["W_cv"], rel=0.05)
        assert w[c].min() >= 0


def test_initial_weights_are_cut_off_at_zero(spiking_spec):
    p = spiking_spec | {"W_cv": 1.0}
    rng = np.random.default_rng(0)
    w = model.initial_weights(p, model.connect(p, rng), rng)
    for c in neural.CLASSES:
        assert w[c].min() == 0
        # The normal distribution below one standard deviation under its mean.
        assert (w[c] == 0).mean() == pytest.approx(0.159, abs=4 * np.sqrt(0.13 / len(w[c])))
