"""Two populations whose weights change in every time step: B Fig. S4.

A calcium sensor of each population follows its rate, tau_Ca dCa/dt = r - Ca, and stands for it in the rule.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.rate import initial, model, noise, results

# Integrated at once; the memory of a run grows with it.
_steps = 20_000


def run(spec):
    """One run of `duration` for each of `n_init` networks: rates, sensors and weights over time.

    spec : as for `simulate.run`, with the block `online`. Pulses into E come at `pulse_start`
    and then as a Poisson process.
    """
    # In float32 a change of 5e-7 of a weight would be lost in rounding.
    with jax.enable_x64(True):
        return _run(spec)


def _run(spec):
    networks = range(spec["n_init"])
    weights = [initial.weights(spec, np.random.default_rng([spec["seed"], k, 0])) for k in networks]
    W = {c: np.stack([one[c] for one, _ in weights]) for c in neural.CLASSES}
    pulses = np.stack([_pulses(spec, k) for k in networks], -1)
    every = round(spec["record_dt"] / spec["dt"])
    streams = noise.streams(spec["seed"], networks, 2)
    rest = jnp.zeros((spec["n_init"], 2))
    state, stored = (rest, rest, rest, {c: jnp.asarray(W[c], float) for c in W}), []
    for start in range(0, len(pulses), _steps // every * every):
        into = spec["pulse"] * pulses[start : start + _steps // every * every]
        state, part = _integrate(spec, state, into, noise.normal(streams, len(into), 2), every)
        stored.append(part)
    r, sensor, W = jax.tree.map(lambda *parts: np.moveaxis(np.concatenate(parts), 0, 1), *stored)
    return _dataset(spec, r, sensor, W)


def _pulses(spec, network):
    """Whether a pulse is on, in every step: from `pulse_start` and then from Poisson times."""
    rng = np.random.default_rng([spec["seed"], network, 2])
    n_steps = round(spec["duration"] / spec["dt"])
    probability = spec["online"]["pulse_rate"] * spec["dt"] / 1e3
    starts = np.flatnonzero(rng.random(n_steps) < probability)
    first, length = (round(spec[key] / spec["dt"]) for key in ("pulse_start", "pulse_duration"))
    on = np.zeros(n_steps, bool)
    for start in [first, *starts[starts > first]]:
        on[start : start + length] = True
    return on


def _integrate(spec, state, current, normal, every):
    constants = model.constants(spec)
    numbers = {key: value for key, value in spec.items() if isinstance(value, float)}
    n = len(current) // every * every
    current, normal = (
        jnp.asarray(a[:n]).reshape(-1, every, *a.shape[1:])
        for a in (current, np.moveaxis(normal, 0, 1))
    )
    return _scan(state, current, normal, constants, numbers, spec["online"]["tau_Ca"], spec["rule"])


@functools.partial(jax.jit, static_argnames="rule")
def _scan(state, current, normal, constants, p, tau_Ca, rule):
    (of_E, of_I), keep, kick = constants
    step, gain, theta, top = (
        jnp.stack(pair) for pair in zip(map(jnp.asarray, of_E), of_I, strict=True)
    )
    A = {c: jnp.ones((1, 1)) for c in neural.CLASSES}

    def body(carry, now):
        r, x, sensor, W = carry
        into, numbers = now
        x = keep * x + kick * numbers
        E, I = r[:, 0], r[:, 1]
        onto = {c: W[f"{c}E"][:, 0, 0] * E - W[f"{c}I"][:, 0, 0] * I for c in "EI"}
        drive = jnp.stack([onto["E"] + into, onto["I"]], -1) + x - theta
        r = jnp.minimum(top, r + step * (gain * jnp.maximum(drive, 0) - r))
        sensor = sensor + p["dt"] / tau_Ca * (r - sensor)
        seen = jnp.maximum(sensor, p["rate_floor"])
        E, I = seen[:, :1], seen[:, 1:]
        dW = plasticity.RULES[rule](E, I, E, I, W, A, p)
        W = {c: jnp.maximum(W[c] + dW[c], p["W_min"]) for c in W}
        return (r, x, sensor, W), None

    def store(carry, now):
        carry, _ = jax.lax.scan(body, carry, now)
        r, _, sensor, W = carry
        return carry, (r, sensor, {c: W[c][:, 0, 0] for c in W})

    return jax.lax.scan(store, state, (current, normal))


def _dataset(spec, r, sensor, W):
    """Traces of network 0 over `time`; the last tenth of the run says how each network ends."""
    hz, one = {"units": "Hz"}, {"units": "1"}
    ds = xr.Dataset()
    for i, population in enumerate("EI"):
        about = f"rate of {population}, network 0"
        ds[population] = ("time", r[0, :, i], hz | {"long_name": about})
        about = f"calcium sensor of {population}, network 0"
        ds[f"Ca_{population}"] = ("time", sensor[0, :, i], hz | {"long_name": about})
        last = r[:, -len(r[0]) // 10 :, i].mean(1)
        about = f"mean rate of {population} over the last tenth"
        ds[f"{population}_last"] = ("init", last, hz | {"long_name": about})
        seconds = _by_second(spec, r[..., i])
        about = f"mean rate of {population} in each second"
        ds[f"{population}_by_second"] = (("init", "second"), seconds, hz | {"long_name": about})
    for c in neural.CLASSES:
        about = f"weight onto {c[0]} from {c[1]}, network 0"
        ds[f"W_{c}"] = ("time", W[c][0], one | {"long_name": about})
    outcome = results.label(ds.E_last.values[:, None], ds.I_last.values[:, None], spec)
    ds["outcome"] = ("init", outcome, results.flags("how the network ends"))
    about = f"both mean rates within {spec['tolerance']:.0%} of their set-points at the end"
    ds["converged"] = ("init", (outcome == 0).astype("i1"), one | {"long_name": about})
    time = (np.arange(r.shape[1]) + 1) * spec["record_dt"]
    ds["time"] = ("time", time, {"units": "ms", "long_name": "time from the start"})
    ds["init"] = ("init", np.arange(len(r)), one | {"long_name": "initialisation"})
    about = {"units": "s", "long_name": "second of the run, the first is 1"}
    ds["second"] = ("second", np.arange(ds.sizes["second"]) + 1, about)
    return ds


def _by_second(spec, r):
    """Means of `r` (init, time) over whole seconds, (init, second), float32."""
    points = round(1e3 / spec["record_dt"])
    seconds = r.shape[1] // points
    return r[:, : seconds * points].reshape(len(r), seconds, points).mean(-1).astype("f4")
