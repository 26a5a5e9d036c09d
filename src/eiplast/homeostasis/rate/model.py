"""The firing-rate model of paper B, two populations or many units alike: B Eqs. (1)-(3).

A batch of networks advances together. n = n_E + n_I units, E before I; k counts networks.

r : (k, n)                rates (Hz);  x : (k, n), noise inputs
W : dict of EE, EI, IE, II, (k, n_post, n_pre) onto the first class from the second
p : dict                  tau_E, tau_I, tau_OU, dt (ms), theta, g, E_max, I_max (Hz), sigma_OU (1/sqrt(s)),
                          euler (simultaneous, or sequential: E first, and I sees the new E), engine
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float

_ms_per_s = 1e3


def integrate(
    state: tuple[Float[Any, "k n"], Float[Any, "k n"]],
    W: dict[str, Float[np.ndarray, "k _post _pre"]],
    current: Float[np.ndarray, "n_steps 2"],
    normal: Float[Any, "k n_steps n"],
    p,
    every,
) -> tuple[
    tuple[Float[Any, "k n"], Float[Any, "k n"]], Float[Any, "k n"], Float[Any, "k n_stored n"]
]:
    """Forward Euler over ``len(current)`` steps: B Eqs. (1)-(3), with Ornstein-Uhlenbeck noise inside f.

    By compiled loops, or by jax on what device it finds where p["engine"] says so.
    state : r and x at the start, arrays of numpy or of the engine.
    current : external input into all E units and all I units.
    normal : standard normal numbers.
    every : steps between stored points.
    Returns the state at the end, the mean of r over the steps, and its trace, n_steps // every stored points.
    """
    if p["engine"] == "jax":
        from eiplast.homeostasis.rate import engine_jax as engine
    else:
        from eiplast.homeostasis.rate import engine_numba as engine
    n_E, sequential = W["EE"].shape[-1], p["euler"] == "sequential"
    return engine.integrate(state, matrix(W), current, normal, constants(p), n_E, sequential, every)


def matrix(W: dict[str, Float[np.ndarray, "*batch _post _pre"]]) -> Float[np.ndarray, "*batch n n"]:
    """All weights as one matrix with signs: drive = matrix @ r."""
    E = np.concatenate([W["EE"], -W["EI"]], -1)
    I = np.concatenate([W["IE"], -W["II"]], -1)
    return np.concatenate([E, I], -2)


def constants(p):
    """Of E and of I: step (dt / tau), gain, threshold, saturation; then keep and kick of the noise."""
    of_class = tuple(
        (p["dt"] / p[f"tau_{c}"], p[f"g_{c}"], p[f"theta_{c}"], p[f"{c}_max"]) for c in "EI"
    )
    # sigma_OU is per square root of a second, dt in ms.
    return of_class, 1 - p["dt"] / p["tau_OU"], p["sigma_OU"] * math.sqrt(p["dt"] / _ms_per_s)
