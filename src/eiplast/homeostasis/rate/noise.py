"""Normal numbers for the noise of the rate models: one stream a network, numpy's bits, Box and Muller's map.

The map from bits to normal numbers is our own because numpy's takes four times as long and is half
the cost of a trial of two populations (benchmarks/rate.py). A radius has 24 bits, as float32 has.
"""

import numba
import numpy as np

_one = np.float32(1)


def stream(*key):
    """Bit generator of its own for every `key` of integers, such as seed, network and purpose."""
    return np.random.SFC64(np.random.SeedSequence(key))


def source(spec, networks):
    """Function of (trial, start, n_steps) that draws normal numbers for `networks`, (k, n_steps, n).

    To be called in the order of time: the streams of numba's engine only go forwards.
    """
    n = spec["n_E"] + spec["n_I"]
    if spec["engine"] == "jax":
        from eiplast.homeostasis.rate import engine_jax

        return lambda trial, start, n_steps: engine_jax.normal(
            spec["seed"], networks, trial, start, n_steps, n
        )
    streams = [stream(spec["seed"], network, 1) for network in networks]
    return lambda trial, start, n_steps: normal(streams, n_steps, n)


def normal(streams, n_steps, n):
    """Standard normal numbers, shape (len(streams), n_steps, n), float32.

    A stream gives the same numbers whoever shares the call and however the steps are split into calls.
    """
    even = n + n % 2
    numbers = np.empty((len(streams), n_steps, even), np.float32)
    for bits, out in zip(streams, numbers, strict=True):
        _box_muller(bits.random_raw(n_steps * even // 2), out.reshape(-1))
    return numbers if even == n else np.ascontiguousarray(numbers[:, :, :n])


@numba.njit(nogil=True, cache=True)
def _box_muller(bits, out):
    """Two independent normal numbers to `out` from each of `bits` (uint64), by loops that compile to SIMD."""
    n = len(bits)
    u, exponent = np.empty(n, np.float32), np.empty(n, np.float32)
    u_bits = u.view(np.int32)
    for k in range(n):
        # In (0, 1]: the logarithm is finite.
        u[k] = np.float32(np.int32(bits[k] >> np.uint64(40)) + np.int32(1)) * np.float32(2.0**-24)
    for k in range(n):
        # u = 2^exponent (1 + f), with 1 + f between sqrt(1/2) and sqrt(2).
        power = (u_bits[k] - np.int32(0x3F3504F3)) >> np.int32(23)
        u_bits[k] = u_bits[k] - np.int32(power << np.int32(23))
        exponent[k] = np.float32(power)
    quarter = np.float32(0.25)
    for k in range(n):
        radius = np.sqrt(np.float32(-2) * _log(u[k] - _one, exponent[k]))
        turn = np.float32(np.int32(np.uint32(bits[k] & np.uint64(0xFFFFFFFF))))
        turn = turn * np.float32(2.0**-32)
        folded = _sin_turn(quarter - abs(abs(turn) - quarter))
        out[2 * k] = radius * _sin_turn(quarter - abs(turn))
        out[2 * k + 1] = radius * (folded if turn >= 0 else -folded)


@numba.njit(nogil=True, cache=True, inline="always")
def _log(f, exponent):
    """log(2^exponent (1 + f)): polynomial of the Cephes library, error below one unit of float32."""
    y = np.float32(7.0376836292e-2)
    y = y * f - np.float32(1.1514610310e-1)
    y = y * f + np.float32(1.1676998740e-1)
    y = y * f - np.float32(1.2420140846e-1)
    y = y * f + np.float32(1.4249322787e-1)
    y = y * f - np.float32(1.6668057665e-1)
    y = y * f + np.float32(2.0000714765e-1)
    y = y * f - np.float32(2.4999993993e-1)
    y = y * f + np.float32(3.3333331174e-1)
    square = f * f
    return f + (y * f * square - np.float32(0.5) * square) + exponent * np.float32(0.6931471806)


@numba.njit(nogil=True, cache=True, inline="always")
def _sin_turn(turn):
    """sin(2 pi turn), |turn| <= 1/4: minimax polynomial of degree 11."""
    x = np.float32(6.2831853072) * turn
    z = x * x
    y = np.float32(2.7525562e-6) - z * np.float32(2.3889859e-8)
    y = np.float32(1.9840874e-4) - z * y
    y = np.float32(8.333331e-3) - z * y
    y = np.float32(1.6666666e-1) - z * y
    return x * (_one - z * y)
