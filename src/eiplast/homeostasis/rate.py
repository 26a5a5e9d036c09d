"""The firing-rate model of paper B, two populations or many units alike: B Eqs. (1)-(3).

A batch of networks advances together. n = n_E + n_I units, E before I; k counts networks.

r : (k, n)                rates (Hz);  x : (k, n), noise inputs
W : dict of EE, EI, IE, II, (k, n_post, n_pre) onto the first class from the second
p : dict                  tau_E, tau_I, tau_OU, dt (ms), theta, g, E_max, I_max (Hz), sigma_OU (1/sqrt(s)),
                          euler (simultaneous, or sequential: E first, and I sees the new E), engine
"""

import math

import numba
import numpy as np

# Networks that the kernel of two populations advances in one SIMD register of 512 bits.
LANES = 8

_ms_per_s = 1e3


def integrate(state, W, current, normal, p, every):
    """Forward Euler over ``len(current)`` steps: B Eqs. (1)-(3), with Ornstein-Uhlenbeck noise inside f.

    By compiled loops, or by jax on what device it finds where p["engine"] says so.

    state : r and x at the start.
    current : (n_steps, 2) external input into all E units and all I units.
    normal : (n_steps, n, k) standard normal numbers.
    every : steps between stored points.
    Returns the state at the end, the mean of r over the steps, (k, n), and its trace,
    (k, n_steps // every, n). Two populations are computed in float64, many units in float32.
    """
    if p["engine"] == "jax":
        from eiplast.homeostasis import rate_jax

        return rate_jax.integrate(state, W, current, normal, p, every)
    r, x = state
    k, n = r.shape
    many = n > 2
    end_r, end_x, total = (np.empty((k, n)) for _ in range(3))
    trace = np.empty((k, len(current) // every, n))
    size = 1 if many else LANES
    for start in range(0, k, size):
        part = slice(start, min(start + size, k))
        kernel = _one_network if many else _lanes
        weights = {c: W[c][part] for c in W}
        done = kernel(r[part], x[part], weights, current, normal[:, :, part], p, every)
        end_r[part], end_x[part], total[part], trace[part] = done
    return (end_r, end_x), total / len(current), trace


def matrix(W):
    """All weights as one matrix with signs, (..., n, n): drive = matrix @ r."""
    E = np.concatenate([W["EE"], -W["EI"]], -1)
    I = np.concatenate([W["IE"], -W["II"]], -1)
    return np.concatenate([E, I], -2)


def fixed_point(W, p):
    """E_up, I_up of two populations above threshold: B SI Eq. (18)."""
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    C = W["EI"] * W["IE"] * p["g_E"] * p["g_I"] - gain_I * gain_E
    E_up = (W["EI"] * p["g_I"] * p["theta_I"] - gain_I * p["theta_E"]) * p["g_E"] / C
    I_up = (gain_E * p["theta_I"] - W["IE"] * p["g_E"] * p["theta_E"]) * p["g_I"] / C
    return E_up, I_up


def constants(p):
    """Of E and of I: step (dt / tau), gain, threshold, saturation; then keep and kick of the noise."""
    of_class = [
        (p["dt"] / p[f"tau_{c}"], p[f"g_{c}"], p[f"theta_{c}"], p[f"{c}_max"]) for c in "EI"
    ]
    # sigma_OU is per square root of a second, dt in ms.
    return of_class, 1 - p["dt"] / p["tau_OU"], p["sigma_OU"] * math.sqrt(p["dt"] / _ms_per_s)


def _lanes(r, x, W, current, normal, p, every):
    """`integrate` for at most LANES networks of two populations; lanes without a network are zero."""
    k = len(r)
    (E, I), keep, kick = constants(p)
    W = np.concatenate([W[c].reshape(k, 1) for c in ("EE", "EI", "IE", "II")], 1)
    spare = [(0, 0), (0, LANES - k)]
    r, x, W = (np.pad(a.T, spare) for a in (r, x, W))
    numbers = np.ascontiguousarray(normal if k == LANES else np.pad(normal, [(0, 0), *spare]))
    total = np.zeros_like(r)
    trace = np.empty((len(current) // every, 2, LANES))
    sequential = p["euler"] == "sequential"
    _two_populations(r, x, W, current, numbers, keep, kick, E, I, sequential, every, total, trace)
    return r[:, :k].T, x[:, :k].T, total[:, :k].T, np.moveaxis(trace[:, :, :k], 2, 0)


# Contraction lets the compiler fuse a product and a sum, which rounds less, not more.
@numba.njit(nogil=True, cache=True, fastmath={"contract"})
def _two_populations(
    r, x, W, current, normal, keep, kick, of_E, of_I, sequential, every, total, trace
):
    step_E, g_E, theta_E, E_max = of_E
    step_I, g_I, theta_I, I_max = of_I
    E, I, x_E, x_I = (r[0].copy(), r[1].copy(), x[0].copy(), x[1].copy())
    W_EE, W_EI, W_IE, W_II = W[0].copy(), W[1].copy(), W[2].copy(), W[3].copy()
    sum_E, sum_I = np.zeros(LANES), np.zeros(LANES)
    for t in range(len(current)):
        into_E, into_I = current[t, 0] - theta_E, current[t, 1] - theta_I
        for k in range(LANES):
            x_E[k] = keep * x_E[k] + kick * normal[t, 0, k]
            x_I[k] = keep * x_I[k] + kick * normal[t, 1, k]
            drive = W_EE[k] * E[k] - W_EI[k] * I[k] + x_E[k] + into_E
            new_E = min(E_max, E[k] + step_E * (g_E * max(drive, 0.0) - E[k]))
            seen_E = new_E if sequential else E[k]
            drive = W_IE[k] * seen_E - W_II[k] * I[k] + x_I[k] + into_I
            I[k] = min(I_max, I[k] + step_I * (g_I * max(drive, 0.0) - I[k]))
            E[k] = new_E
            sum_E[k] += E[k]
            sum_I[k] += I[k]
        if (t + 1) % every == 0:
            trace[t // every, 0] = E
            trace[t // every, 1] = I
    r[0], r[1], x[0], x[1] = E, I, x_E, x_I
    total[0], total[1] = sum_E, sum_I


def _one_network(r, x, W, current, normal, p, every):
    """`integrate` for one network of many units."""
    n, n_E = r.shape[1], W["EE"].shape[-1]
    (E, I), keep, kick = constants(p)
    of_unit = np.ascontiguousarray(np.array([E] * n_E + [I] * (n - n_E), np.float32).T)
    # Columns are taken four at a time; a column of zeros changes nothing.
    columns = np.zeros((-(-n // 4) * 4, n), np.float32)
    columns[:n] = matrix(W)[0].T
    rates = np.zeros(len(columns), np.float32)
    rates[:n] = r[0]
    x = x[0].astype(np.float32)
    total, trace = np.zeros(n), np.empty((len(current) // every, n))
    # Unsigned, or numba guards against negative indices and no loop becomes SIMD.
    blocks = np.array([0, n_E, n] if p["euler"] == "sequential" else [0, n], np.uint32)
    _many_units(
        rates,
        x,
        columns,
        current.astype(np.float32),
        np.ascontiguousarray(normal[:, :, 0]),
        np.float32(keep),
        np.float32(kick),
        of_unit,
        n_E,
        blocks,
        every,
        total,
        trace,
    )
    return rates[None, :n], x[None], total[None], trace[None]


@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "nnan"})
def _many_units(
    r, x, columns, current, normal, keep, kick, of_unit, n_E, blocks, every, total, trace
):
    n = len(x)
    step, gain, theta, top = of_unit
    drive = np.empty(n, np.float32)
    for t in range(len(current)):
        for i in range(n):
            x[i] = keep * x[i] + kick * normal[t, i]
        for i in range(n_E):
            drive[i] = x[i] + (current[t, 0] - theta[i])
        for i in range(n_E, n):
            drive[i] = x[i] + (current[t, 1] - theta[i])
        for b in range(len(blocks) - 1):
            first, last = blocks[b], blocks[b + 1]
            for j in range(0, len(r), 4):
                r_0, r_1, r_2, r_3 = r[j], r[j + 1], r[j + 2], r[j + 3]
                # Silent units drive nobody.
                if r_0 + r_1 + r_2 + r_3 == 0:
                    continue
                for i in range(first, last):
                    drive[i] += (columns[j, i] * r_0 + columns[j + 1, i] * r_1) + (
                        columns[j + 2, i] * r_2 + columns[j + 3, i] * r_3
                    )
            for i in range(first, last):
                rate = r[i] + step[i] * (gain[i] * max(drive[i], np.float32(0)) - r[i])
                # A silent unit decays into subnormal numbers, which are slow.
                r[i] = min(top[i], rate) if rate > np.float32(1e-30) else np.float32(0)
        for i in range(n):
            total[i] += r[i]
        if (t + 1) % every == 0:
            trace[t // every] = r[:n]
