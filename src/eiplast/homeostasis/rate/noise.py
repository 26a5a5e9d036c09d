"""Normal numbers for the noise of the rate models: one stream a pair of units, numpy's bits, Box and Muller's map.

Bits and map run in loops of our own, many streams at a time, because numpy's take three to four times as long and
are half the cost of a trial of two populations (benchmarks/rate.py). A radius has 24 bits, as float32 has.
"""

import numba
import numpy as np

_one = np.float32(1)
# Numbers made at once: they stay in the first-level cache.
_block = 2048


def streams(seed, networks, n):
    """State of a stream for every network and pair of its `n` units, (4, k, pairs): of numpy's SFC64."""
    keys = [[(seed, network, 1, pair) for pair in range(-(-n // 2))] for network in networks]
    words = [[np.random.SFC64(np.random.SeedSequence(key)).state for key in row] for row in keys]
    states = [[state["state"]["state"] for state in row] for row in words]
    return np.ascontiguousarray(np.moveaxis(np.array(states, np.uint64), -1, 0))


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
    state = streams(spec["seed"], networks, n)
    return lambda trial, start, n_steps: normal(state, n_steps, n)


def normal(state, n_steps, n):
    """Standard normal numbers of `streams`, shape (k, n_steps, n), float32; the streams go on.

    A stream gives the same numbers whoever shares the call and however the steps are split into calls. In memory
    they lie as the engines read them: networks beside each other, or the units of one.
    """
    _, k, pairs = state.shape
    numbers = np.empty((2, n_steps, k, pairs), np.float32)
    _fill(state.reshape(4, k * pairs), *numbers.reshape(2, -1))
    return numbers.transpose(2, 1, 0, 3).reshape(k, n_steps, 2 * pairs)[..., :n]


@numba.njit(nogil=True, cache=True)
def _fill(state, first, second):
    """Two independent numbers of every stream and step, to `first` and `second` (n_steps x streams)."""
    n = state.shape[1]
    block = max(1, _block // n) * n
    high, low = np.empty(block, np.uint32), np.empty(block, np.uint32)
    for start in range(0, len(first), block):
        size = min(block, len(first) - start)
        part = slice(start, start + size)
        if n == 1:
            _bits_of_one(state, high[:size], low[:size])
        else:
            _bits(state, high[:size], low[:size])
        _box_muller(high[:size], low[:size], first[part], second[part])


@numba.njit(nogil=True, cache=True)
def _bits(state, high, low):
    """The next bits of every stream, in halves; a step of SFC64, the loop over streams compiles to SIMD."""
    a, b, c, count = state[0].copy(), state[1].copy(), state[2].copy(), state[3].copy()
    n = len(a)
    for start in range(0, len(high), n):
        upper, lower = high[start : start + n], low[start : start + n]
        for k in range(n):
            bits, a[k], b[k], c[k], count[k] = _sfc64(a[k], b[k], c[k], count[k])
            upper[k] = np.uint32(bits >> np.uint64(32))
            lower[k] = np.uint32(bits)
    state[0], state[1], state[2], state[3] = a, b, c, count


@numba.njit(nogil=True, cache=True)
def _bits_of_one(state, high, low):
    """As `_bits` of a single stream, whose state stays in registers."""
    a, b, c, count = state[0, 0], state[1, 0], state[2, 0], state[3, 0]
    for t in range(len(high)):
        bits, a, b, c, count = _sfc64(a, b, c, count)
        high[t] = np.uint32(bits >> np.uint64(32))
        low[t] = np.uint32(bits)
    state[0, 0], state[1, 0], state[2, 0], state[3, 0] = a, b, c, count


@numba.njit(nogil=True, cache=True, inline="always")
def _sfc64(a, b, c, count):
    """Bits and next state of numpy's generator SFC64 (Doty-Humphrey 2010)."""
    bits = a + b + count
    turned = (c << np.uint64(24)) | (c >> np.uint64(40))
    return (
        bits,
        b ^ (b >> np.uint64(11)),
        c + (c << np.uint64(3)),
        turned + bits,
        count + np.uint64(1),
    )


@numba.njit(nogil=True, cache=True)
def _box_muller(high, low, first, second):
    """Two independent normal numbers from each 64 bits, by loops that compile to SIMD."""
    for k in range(len(high)):
        # In (0, 1]: the logarithm is finite.
        u = np.float32(np.int32(high[k] >> np.uint32(8)) + np.int32(1))
        first[k] = u * np.float32(2.0**-24)
    u_bits = first.view(np.int32)
    for k in range(len(high)):
        # u = 2^exponent (1 + f), with 1 + f between sqrt(1/2) and sqrt(2).
        power = (u_bits[k] - np.int32(0x3F3504F3)) >> np.int32(23)
        u_bits[k] = u_bits[k] - np.int32(power << np.int32(23))
        second[k] = np.float32(power)
    quarter = np.float32(0.25)
    for k in range(len(high)):
        radius = np.sqrt(np.float32(-2) * _log(first[k] - _one, second[k]))
        turn = np.float32(np.int32(low[k])) * np.float32(2.0**-32)
        folded = _sin_turn(quarter - abs(abs(turn) - quarter))
        first[k] = radius * _sin_turn(quarter - abs(turn))
        second[k] = radius * (folded if turn >= 0 else -folded)


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
