"""Plasticity in every time step against the same equations written out."""

import numpy as np
import pytest

from eiplast.homeostasis.rate import noise, online


def _spec(rate_spec, **run):
    weights = {"W_EE": 5.0, "W_EI": 1.09, "W_IE": 10.0, "W_II": 1.54}
    rates = {f"alpha_{c}": 5e-7 for c in ("EE", "EI", "IE", "II")}
    online_run = {"tau_Ca": 1000.0, "pulse_rate": 0.0}
    about = {"rule": "cross_homeostatic", "online": online_run, "duration": 1000.0, "n_init": 2}
    return rate_spec | weights | rates | about | run


def test_online_is_the_rule_in_every_step(rate_spec):
    spec = _spec(rate_spec, duration=300.0)
    ds = online.run(spec)
    W = {c: spec[f"W_{c}"] for c in ("EE", "EI", "IE", "II")}
    numbers = noise.normal(noise.streams(0, [0], 2), 3000, 2)[0].astype(float)
    E = I = x_E = x_I = Ca_E = Ca_I = 0.0
    for t in range(3000):
        x_E, x_I = 0.9 * x_E + 0.1 * numbers[t, 0], 0.9 * x_I + 0.1 * numbers[t, 1]
        pulse = 7.0 if 2500 <= t < 2600 else 0.0
        f_E = max(0, W["EE"] * E - W["EI"] * I + x_E + pulse - 4.8)
        f_I = 4 * max(0, W["IE"] * E - W["II"] * I + x_I - 25)
        E, I = min(100, E + 0.01 * (f_E - E)), min(250, I + 0.05 * (f_I - I))
        Ca_E, Ca_I = Ca_E + 1e-4 * (E - Ca_E), Ca_I + 1e-4 * (I - Ca_I)
        e, i = max(Ca_E, 1.0), max(Ca_I, 1.0)
        W["EE"] += 5e-7 * e * (14 - i)
        W["EI"] -= 5e-7 * i * (14 - i)
        W["IE"] -= 5e-7 * e * (5 - e)
        W["II"] += 5e-7 * i * (5 - e)
    assert ds.E[-1] == pytest.approx(E, rel=1e-6)
    assert ds.Ca_I[-1] == pytest.approx(Ca_I, rel=1e-6)
    for c, w in W.items():
        assert ds[f"W_{c}"][-1] == pytest.approx(w, rel=1e-9)


def test_a_sensor_follows_a_steady_rate(rate_spec):
    still = {f"alpha_{c}": 0.0 for c in ("EE", "EI", "IE", "II")}
    spec = _spec(rate_spec, sigma_OU=0.0, duration=8000.0, **still)
    ds = online.run(spec)
    np.testing.assert_allclose(ds.Ca_E[-1], ds.E[-1], rtol=0.01)


def test_pulses_come_at_their_rate(rate_spec):
    spec = _spec(rate_spec, duration=1e6)
    spec["online"] = {"tau_Ca": 1000.0, "pulse_rate": 1.0}
    onsets = (np.diff(online._pulses(spec, 0).astype(int)) > 0).sum()
    assert onsets == pytest.approx(1000, abs=4 * 1000**0.5)


def test_the_first_pulse_is_the_one_set_by_hand(rate_spec):
    spec = _spec(rate_spec, pulse_start=200.0)
    spec["online"] = {"tau_Ca": 1000.0, "pulse_rate": 50.0}
    on = online._pulses(spec, 0)
    assert not on[:2000].any()
    assert on[2000:2100].all()
    assert on[2100:].any()


def test_every_network_has_its_mean_rate_in_each_second(rate_spec):
    ds = online.run(_spec(rate_spec, duration=2500.0))
    assert ds.E_by_second.shape == (2, 2)
    assert ds.second.values.tolist() == [1, 2]
    second = (ds.time > 1000) & (ds.time <= 2000)
    assert ds.I_by_second[0, 1] == pytest.approx(ds.I[second].mean().item(), rel=1e-5)


def test_the_last_tenth_says_how_a_network_ends(rate_spec):
    ds = online.run(_spec(rate_spec, duration=2500.0))
    for x in "EI":
        last = ds[x][-ds.sizes["time"] // 10 :].mean().item()
        assert ds[f"{x}_last"][0] == pytest.approx(last, rel=1e-5)
