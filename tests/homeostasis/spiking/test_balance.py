"""Units that listen to a trained network: what they are given, and the slope that is read from their rates."""

import contextlib
import json

import numpy as np
import pytest

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import balance, model, train
from listed import assert_described


@pytest.fixture(scope="module")
def crowd(spiking_spec):
    """Synapses and weights of a network, the numbers of its units, and what `listeners` makes of them."""
    p = spiking_spec
    synapses = model.connect(p, np.random.default_rng(0))
    w = model.initial_weights(p, synapses, np.random.default_rng(1))
    n = {x: p[f"n_{x}"] for x in "EI"}
    return synapses, w, n, balance.listeners(synapses, w, n, np.random.default_rng(2))


def _onto(synapses, w, c, unit):
    """Presynaptic units, delays and weights onto one unit, sorted."""
    here = synapses[c]["post"] == unit
    return sorted(
        zip(*(part[here] for part in (synapses[c]["pre"], synapses[c]["delay"], w[c])), strict=True)
    )


def test_the_network_stands_among_its_listeners_as_it_was(crowd):
    """Nothing that listens sends spikes, and the units themselves keep their synapses, in their order."""
    synapses, w, n, (more, weights, _) = crowd
    for c in neural.CLASSES:
        own = more[c]["post"] < n[c[0]]
        for part in ("pre", "post", "delay"):
            np.testing.assert_array_equal(more[c][part][own], synapses[c][part])
        np.testing.assert_allclose(weights[c][own], w[c])
        assert more[c]["pre"].max() < n[c[1]]
        assert more[c]["post"].max() == 3 * n[c[0]] - 1
        order = np.lexsort((more[c]["post"], more[c]["delay"], more[c]["pre"]))
        np.testing.assert_array_equal(order, np.arange(len(order)))


def test_a_listener_has_the_excitation_of_one_unit_and_the_inhibition_of_another(crowd):
    synapses, w, n, (more, weights, sums) = crowd
    for c in neural.CLASSES:
        m = n[c[0]]
        given = [_onto(more, weights, c, m + u) for u in range(m)]
        units = [_onto(synapses, w, c, u) for u in range(m)]
        of = [units.index(synapses_of) for synapses_of in given]
        assert sorted(of) == list(range(m))
        assert (of == list(range(m))) == (c[1] == "E")
        np.testing.assert_allclose(sums[c], [sum(s[2] for s in units[u]) for u in of], rtol=1e-5)


def test_alike_listeners_have_the_same_sums_by_weak_synapses(crowd):
    """All synapses of one unit, and those of a second by which the sum comes out."""
    synapses, w, n, (more, weights, sums) = crowd
    for c in neural.CLASSES:
        m = n[c[0]]
        total = np.bincount(more[c]["post"], weights[c], 3 * m)[2 * m :]
        np.testing.assert_allclose(total, sums[c], rtol=1e-5)
        whole = {tuple(_onto(synapses, w, c, u)) for u in range(m)}
        for u in range(m):
            given = _onto(more, weights, c, 2 * m + u)
            assert sum(set(unit) <= set(given) for unit in whole) == 1


def test_slope_along_which_the_rate_is_the_same():
    """A planted slope, through a threshold and noise."""
    rng = np.random.default_rng(0)
    sum_E, sum_I = rng.normal(70, 3, 4000), rng.normal(20, 1, 4000)
    rate = np.maximum(2 * (0.4 * sum_E - sum_I) - 14, 0) + rng.normal(0, 1, 4000)
    assert balance.level_slope(sum_E, sum_I, rate) == pytest.approx(0.4, rel=0.05)


@pytest.fixture(scope="module")
def trained(spiking_spec):
    strong = {f"W_{c}": 10 * spiking_spec[f"W_{c}"] for c in ("EE", "IE")}
    spec = spiking_spec | {"n_trials": 2, "W_max": 5000.0} | strong
    return train.run(spec).assign_attrs(spec=json.dumps(spec))


def test_listeners_fire_and_pairings_differ(trained):
    ds = balance.run({"n_pairings": 2, "n_trials": 1, "seed": 3}, trained)
    assert_described(ds)
    for x in "EI":
        assert (ds[f"rate_{x}"] > 0).all()
        assert len(np.unique(ds[f"slope_{x}"])) == 4


def test_slopes_are_those_of_each_kind(trained, monkeypatch):
    """Planted rates: of the units themselves, of `own` and of `alike`; every trial has a number of its own."""
    seen = []

    def planted(p, synapses, w, spec, numbers):
        seen.extend(numbers)
        rates = {}
        for x in "EI":
            n = p[f"n_{x}"]
            sums = [np.bincount(synapses[c]["post"], w[c], n) for c in (f"{x}E", f"{x}I")]
            rates[x] = np.repeat([9, 0.4, 0.3], n // 3) * sums[0] - sums[1]
        return rates

    monkeypatch.setattr(balance, "_rates", planted)
    ds = balance.run({"n_pairings": 2, "n_trials": 3, "seed": 3}, trained)
    for x in "EI":
        np.testing.assert_allclose(ds[f"slope_{x}"].sel(kind="own"), 0.4, rtol=1e-4)
        np.testing.assert_allclose(ds[f"slope_{x}"].sel(kind="alike"), 0.3, rtol=1e-4)
    assert seen == list(range(6))


def test_listeners_have_no_part_in_the_up_states(spiking_spec, monkeypatch):
    """Of 48 I units 16 are of the network: only their spikes tell when it is active."""
    n_listening = len(balance._kinds) * spiking_spec["n_I"]
    p = spiking_spec | {"n_I": spiking_spec["n_I"] + n_listening}
    none = np.empty(0, int), np.empty(0)
    units, times = np.arange(p["n_I"]), np.linspace(20, 180, p["n_I"])
    seen = []

    @contextlib.contextmanager
    def simulator(p, synapses):
        yield lambda *_: {"E": none, "I": (units, times)}

    monkeypatch.setattr(balance.trials, "simulator", simulator)
    monkeypatch.setattr(
        balance.up_states, "detect", lambda times, p: seen.append(times) or np.empty((0, 2))
    )
    balance._rates(p, None, None, {"seed": 0}, [0])
    np.testing.assert_array_equal(seen[0], times[: spiking_spec["n_I"]])
