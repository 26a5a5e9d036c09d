"""The rate model as a user of jax would write it: a scan over the steps, vmap over the networks."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import rate_plain

from eiplast.homeostasis.rate import model, protocol


def run(spec, n_networks, n_trials, dtype="float32"):
    """Seconds a trial of one of `n_networks` networks, and their mean rates (n_networks, 2) in the last trial."""
    with jax.enable_x64(dtype == "float64"):
        trial = _trial(spec, dtype)
        W, A, average = rate_plain.start(spec, range(n_networks))
        x = jnp.zeros(average.shape, dtype)
        keys = jax.random.split(jax.random.key(0), (n_trials + 1, n_networks))
        # A first call compiles.
        trial(jnp.array(model.matrix(W), dtype), x, keys[-1])[0].block_until_ready()
        started = time.process_time()
        for k in range(n_trials):
            mean, x = trial(jnp.array(model.matrix(W), dtype), x, keys[k])
            mean = np.asarray(mean, float)
            W, average = rate_plain.learned(spec, W, A, average, mean)
        seconds = time.process_time() - started
    n_E = spec["n_E"]
    rates = np.stack([mean[:, :n_E].mean(1), mean[:, n_E:].mean(1)], 1)
    return seconds / n_trials / n_networks, rates


def _trial(spec, dtype):
    """Compiled function of weights (k, n, n), noise inputs x (k, n) and keys (k): mean rates at the end, and x."""
    _, keep, kick = model.constants(spec)
    edges, current = protocol.timeline(spec)
    dt_by_tau, gain, theta, top = jnp.array(rate_plain.units(spec), dtype)
    n, n_steps = len(theta), len(current)
    into = jnp.array(np.repeat(current, [spec["n_E"], spec["n_I"]], axis=1), dtype)
    counts = jnp.array(np.arange(n_steps) >= edges[-2], dtype) / (n_steps - edges[-2])

    def of_network(M, x, key):
        def step(carry, now):
            r, x, mean = carry
            normal, into, count = now
            x = keep * x + kick * normal
            drive = M @ r + x + into - theta
            r = jnp.minimum(top, r + dt_by_tau * (gain * jnp.maximum(drive, 0) - r))
            return (r, x, mean + count * r), None

        normal = jax.random.normal(key, (n_steps, n), dtype)
        start = jnp.zeros_like(x), x, jnp.zeros_like(x)
        (_, x, mean), _ = jax.lax.scan(step, start, (normal, into, counts))
        return mean, x

    return jax.jit(jax.vmap(of_network))
