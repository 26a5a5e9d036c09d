"""`model.integrate` by compiled loops: many networks of two populations at once, or one of many units."""

import functools
import math

import numba
import numpy as np

# Networks of two populations that advance together: the more SIMD registers they fill, the less waits for a step.
_lanes = (1, 8, 32)
LANES = _lanes[-1]
# Float32 numbers in a register of 256 bits; more would leave lanes without a unit.
_register = 8
# Weights of so many units are added to the drive at a time.
_columns = 5


def integrate(state, matrix, current, normal, constants, n_E, sequential, every):
    """As `model.integrate`, with the matrix of all weights, (k, n, n), and `model.constants`.

    Two populations are computed in float64, many units in float32.
    """
    r, x = state
    k, n = r.shape
    kernel, size = (_one_network, 1) if n > 2 else (_networks, LANES)
    end_r, end_x, total = (np.empty((k, n)) for _ in range(3))
    trace = np.empty((k, len(current) // every, n))
    for start in range(0, k, size):
        part = slice(start, start + size)
        done = kernel(
            r[part],
            x[part],
            matrix[part],
            current,
            normal[part],
            constants,
            n_E,
            sequential,
            every,
        )
        end_r[part], end_x[part], total[part], trace[part] = done
    return (end_r, end_x), total / len(current), trace


def _networks(r, x, matrix, current, normal, constants, n_E, sequential, every):
    """At most LANES networks of two populations; lanes without a network are zero."""
    k = len(r)
    lanes = next(size for size in _lanes if k <= size)
    of_E, of_I = constants[0]
    scale = np.array([[of_E[0] * of_E[1]], [of_I[0] * of_I[1]]])
    weights = np.repeat(scale, 2, 0) * matrix.reshape(k, 4).T
    rates, inputs, weights = (_spare(a, lanes) for a in (r.T, scale * x.T, weights))
    numbers = normal.transpose(2, 1, 0)
    numbers = np.ascontiguousarray(numbers if k == lanes else _spare(numbers, lanes))
    total, trace = np.empty((2, lanes)), np.empty((len(current) // every, 2, lanes))
    kernel = _alone if lanes == 1 else _two_populations(lanes)
    kernel(rates, inputs, weights, current, numbers, constants, sequential, every, total, trace)
    x = inputs[:, :k] / scale
    return rates[:, :k].T, x.T, total[:, :k].T, np.moveaxis(trace[:, :, :k], 2, 0)


def _spare(values, lanes):
    """A copy of `values` (..., k) with zeros up to `lanes`."""
    wide = np.zeros((*values.shape[:-1], lanes), values.dtype)
    wide[..., : values.shape[-1]] = values
    return wide


# In both kernels noise, currents and weights have the factor dt / tau times gain of their population already: it
# takes two operations from the chain that each step waits for.


@numba.njit(nogil=True, cache=True, inline="always")
def _step(E, I, into_E, into_I, weights, of, sequential):
    """Rates after one Euler step."""
    W_EE, W_EI, W_IE, W_II = weights
    (step_E, _, _, E_max), (step_I, _, _, I_max) = of
    new_E = min(E_max, (1 - step_E) * E + max(W_EE * E + W_EI * I + into_E, 0.0))
    seen_E = new_E if sequential else E
    return new_E, min(I_max, (1 - step_I) * I + max(W_IE * seen_E + W_II * I + into_I, 0.0))


@functools.cache
def _two_populations(lanes):
    """Kernel for so many networks. Without fused operations, a network ends alike in every number of lanes."""

    @numba.njit(nogil=True, cache=True)
    def kernel(r, x, W, current, normal, constants, sequential, every, total, trace):
        of, keep, kick = constants
        (step_E, g_E, theta_E, _), (step_I, g_I, theta_I, _) = of
        scale_E, scale_I = step_E * g_E, step_I * g_I
        E, I, x_E, x_I = r[0].copy(), r[1].copy(), x[0].copy(), x[1].copy()
        W_EE, W_EI, W_IE, W_II = W[0].copy(), W[1].copy(), W[2].copy(), W[3].copy()
        sum_E, sum_I = np.zeros(lanes), np.zeros(lanes)
        for t in range(len(current)):
            into_E = scale_E * (current[t, 0] - theta_E)
            into_I = scale_I * (current[t, 1] - theta_I)
            for k in range(lanes):
                x_E[k] = keep * x_E[k] + kick * scale_E * normal[0, t, k]
                x_I[k] = keep * x_I[k] + kick * scale_I * normal[1, t, k]
                weights = W_EE[k], W_EI[k], W_IE[k], W_II[k]
                E[k], I[k] = _step(
                    E[k], I[k], x_E[k] + into_E, x_I[k] + into_I, weights, of, sequential
                )
                sum_E[k] += E[k]
                sum_I[k] += I[k]
            if (t + 1) % every == 0:
                trace[t // every, 0] = E
                trace[t // every, 1] = I
        r[0], r[1], x[0], x[1] = E, I, x_E, x_I
        total[0], total[1] = sum_E, sum_I

    return kernel


@numba.njit(nogil=True, cache=True)
def _alone(r, x, W, current, normal, constants, sequential, every, total, trace):
    """The same for one network, whose numbers stay in registers."""
    of, keep, kick = constants
    (step_E, g_E, theta_E, _), (step_I, g_I, theta_I, _) = of
    scale_E, scale_I = step_E * g_E, step_I * g_I
    E, I, x_E, x_I = r[0, 0], r[1, 0], x[0, 0], x[1, 0]
    weights = W[0, 0], W[1, 0], W[2, 0], W[3, 0]
    sum_E = sum_I = 0.0
    for t in range(len(current)):
        into_E = scale_E * (current[t, 0] - theta_E)
        into_I = scale_I * (current[t, 1] - theta_I)
        x_E = keep * x_E + kick * scale_E * normal[0, t, 0]
        x_I = keep * x_I + kick * scale_I * normal[1, t, 0]
        E, I = _step(E, I, x_E + into_E, x_I + into_I, weights, of, sequential)
        sum_E += E
        sum_I += I
        if (t + 1) % every == 0:
            trace[t // every, 0, 0] = E
            trace[t // every, 1, 0] = I
    r[0], r[1], x[0], x[1] = E, I, x_E, x_I
    total[0], total[1] = sum_E, sum_I


def _one_network(r, x, matrix, current, normal, constants, n_E, sequential, every):
    """One network of many units; silent ones behind them fill the last SIMD register."""
    n = r.shape[1]
    (E, I), keep, kick = constants
    size = -(-n // _register) * _register
    units = _aligned(6, size)
    units[:4, :n] = np.array([E] * n_E + [I] * (n - n_E)).T
    units[4, :n], units[5, :n] = r[0], x[0]
    # A column of zeros changes nothing.
    columns = _aligned(-(-n // _columns) * _columns, size)
    columns[:n, :n] = matrix[0].T
    total, trace = np.zeros(size), np.empty((len(current) // every, n))
    _many_units(n_E, n, size, n_E if sequential else size)(
        units,
        columns.reshape(-1),
        _aligned(size),
        current.astype(np.float32),
        np.ascontiguousarray(normal[0]),
        np.float32(keep),
        np.float32(kick),
        every,
        total,
        trace,
    )
    return units[None, 4, :n], units[None, 5, :n], total[None, :n], trace[None]


def _aligned(*shape):
    """Zeros that begin where a cache line does: else every load of a register touches two lines."""
    line = 16
    length = math.prod(shape)
    numbers = np.zeros(length + line, np.float32)
    first = -numbers.ctypes.data % (4 * line) // 4
    return numbers[first : first + length].reshape(shape)


@functools.cache
def _many_units(n_E, n, size, split):
    """Kernel for one network of `n` units: with known lengths, loops become SIMD without remainders.

    Units before `split` advance first and the others see their new rates.
    """
    zero, silent = np.float32(0), np.float32(1e-30)
    n_columns = -(-n // _columns) * _columns

    @numba.njit(nogil=True, inline="always")
    def advance(first, last, backwards, columns, drive, step, gain, top, r):
        for ahead in range(0, n_columns, _columns):
            # To and fro: the weights fill more than the first-level cache, whose part is used twice.
            j = n_columns - _columns - ahead if backwards else ahead
            r_0, r_1, r_2, r_3, r_4 = r[j], r[j + 1], r[j + 2], r[j + 3], r[j + 4]
            # Silent units drive nobody.
            if r_0 + r_1 + r_2 + r_3 + r_4 == 0:
                continue
            at = j * size
            for i in range(first, last):
                drive[i] += columns[at + i] * r_0 + (
                    (columns[at + size + i] * r_1 + columns[at + 2 * size + i] * r_2)
                    + (columns[at + 3 * size + i] * r_3 + columns[at + 4 * size + i] * r_4)
                )
        for i in range(first, last):
            rate = r[i] + step[i] * (gain[i] * max(drive[i], zero) - r[i])
            # A silent unit decays into subnormal numbers, which are slow.
            r[i] = min(top[i], rate) if rate > silent else zero

    @numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "nnan"})
    def kernel(units, columns, drive, current, normal, keep, kick, every, total, trace):
        # One by one: of a tuple, numba forgets that its arrays are contiguous.
        step, gain, theta = units[0], units[1], units[2]
        top, r, x = units[3], units[4], units[5]
        for t in range(len(current)):
            for i in range(n_E):
                x[i] = keep * x[i] + kick * normal[t, i]
                drive[i] = x[i] + (current[t, 0] - theta[i])
            for i in range(n_E, n):
                x[i] = keep * x[i] + kick * normal[t, i]
                drive[i] = x[i] + (current[t, 1] - theta[i])
            # Ends known to the compiler: it needs neither remainders nor tests whether arrays overlap.
            advance(0, split, t % 2 == 1, columns, drive, step, gain, top, r)
            advance(split, size, t % 2 == 1, columns, drive, step, gain, top, r)
            for i in range(size):
                total[i] += r[i]
            if (t + 1) % every == 0:
                for i in range(n):
                    trace[t // every, i] = r[i]

    return kernel
