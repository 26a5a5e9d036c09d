"""Weight change at one synapse against postsynaptic rate, in three circuits: A Figs. 3, S2, C.1."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from eiplast.disinhibition import activation, learning_rules


def run(spec):
    """Weight change for every drive (and target, imposed inhibition, linear approximation).

    spec : the block ``single_synapse`` of config.yaml with a run on top.
    Returns dW over (level, line, drive), r_E and r_I over (level, drive), phi_inv over r, and the fixed points:
    `level` is a target (closed_loop), an imposed inhibitory rate (isolated) or single (open_loop); `line` is a
    pair theta, delta.
    """
    p = {key: spec[key] for key in ("beta", "gamma")}
    drive = jnp.linspace(*spec["drive"][:2], spec["drive"][2])
    theta, delta = (jnp.array(spec[key])[:, None] for key in ("theta", "delta"))
    levels = {"closed_loop": "r_tar", "isolated": "r_I"}.get(spec["condition"])
    level = np.array(spec[levels] if levels else [np.nan])
    u_E, u_I, residual = zip(*(_equilibrium(spec, drive, x) for x in level), strict=True)
    u_E, u_I = jnp.stack(u_E), jnp.stack(u_I)
    r_E = activation.phi(u_E, **p)
    r_I = activation.phi(u_I, **p)
    if levels == "r_I":
        r_I = jnp.broadcast_to(level[:, None], r_E.shape)
    post = learning_rules.linear_threshold(
        r_E[:, None], u_E[:, None], r_I[:, None], theta, delta, **p
    )
    r = np.linspace(*_inset_range(spec), 1000)
    rate = {"units": "1", "long_name": "rate"}
    number = {"units": "1", "long_name": "index of the linear approximation"}
    unit = {"units": "1"}
    return xr.Dataset(
        {
            "dW": (("level", "line", "drive"), drive * post, unit | {"long_name": "weight change"}),
            "r_E": (("level", "drive"), r_E, unit | {"long_name": "postsynaptic rate"}),
            "r_I": (("level", "drive"), r_I, unit | {"long_name": "inhibitory rate"}),
            "residual": (
                "level",
                np.array(residual),
                {"units": "1/ms", "long_name": "largest |du/dt| at the end of the simulation"},
            ),
            "phi_inv": (
                "r",
                activation.phi_inv(r, **p),
                unit | {"long_name": "inverse activation"},
            ),
            "theta": ("line", spec["theta"], unit | {"long_name": "intercept"}),
            "delta": ("line", spec["delta"], unit | {"long_name": "slope"}),
        },
        coords={
            "level": ("level", level, unit | {"long_name": levels or "none"}),
            "line": ("line", np.arange(len(spec["theta"])), number),
            "drive": ("drive", drive, unit | {"long_name": "presynaptic drive"}),
            "r": ("r", r, rate),
        },
    ).assign(
        _fixed_points(r_E, drive * post, unit)
        | (_exact(r_E, u_E, r_I, p, unit) if levels == "r_tar" else {})
    )


def _equilibrium(spec, drive, level):
    """u_E, u_I after ``duration`` of forward Euler from rest, and the largest |du/dt| left."""
    if spec["condition"] == "isolated":
        # Inhibition is imposed and not part of the circuit: u_E is the drive.
        return drive, jnp.zeros_like(drive), 0.0
    p = {key: spec[key] for key in ("beta", "gamma")}

    def velocity(u):
        u_E, u_I = u
        r_E, r_I = activation.phi(u_E, **p), activation.phi(u_I, **p)
        control = spec["k_p"] * (level - r_E) if spec["condition"] == "closed_loop" else 0.0
        return (-u_E - r_I + drive) / spec["tau_E"], (-u_I + r_E - control) / spec["tau_I"]

    def step(u, _):
        return tuple(x + spec["dt"] * dx for x, dx in zip(u, velocity(u), strict=True)), None

    start = (jnp.zeros_like(drive), jnp.zeros_like(drive))
    n_steps = round(spec["duration"] / spec["dt"])
    end, _ = jax.lax.scan(step, start, length=n_steps)
    return *end, float(max(jnp.abs(dx).max() for dx in velocity(end)))


def _inset_range(spec):
    """Rates at u = 0 and u = u_max, the range in which phi_inv is drawn."""
    return (float(activation.phi(u, spec["beta"], spec["gamma"])) for u in (0.0, spec["u_max"]))


def _fixed_points(r_E, dW, unit):
    """Rates where dW falls (stable) or rises (unstable) through zero, and what the paper says of them."""
    stable, unstable = (
        np.array([[_crossing(r_E[i], y, sign) for y in dW[i]] for i in range(len(dW))])
        for sign in (-1, 1)
    )
    dims = ("level", "line")
    below = [
        [_largest_below(r_E[i], y, u) for y, u in zip(*rows, strict=True)]
        for i, rows in enumerate(zip(dW, unstable, strict=True))
    ]
    there = np.isfinite(stable)
    spread = np.ptp(stable[there]) if there.any() else np.nan
    shift = np.diff(unstable[:, 0]).min() if len(unstable) > 1 else np.nan
    named = {
        "r_stable": (dims, stable, "rate at the upper stable fixed point (NaN: there is none)"),
        "r_unstable": (
            dims,
            unstable,
            "rate at the upper unstable fixed point (NaN: there is none)",
        ),
        "fixed_point_gap": (dims, stable - unstable, "stable minus unstable fixed point"),
        "dW_below": (dims, below, "largest weight change at rates below the unstable fixed point"),
        "r_stable_range": (
            (),
            spread,
            "largest less least stable fixed point, all lines and levels",
        ),
        "with_stable": (dims, there, "whether there is a stable fixed point"),
        "n_stable": ((), there.sum(), "number of stable fixed points, all levels"),
        "threshold_shift": (
            (),
            shift,
            "least shift of the unstable fixed point by a step of level",
        ),
    }
    return {key: (d, x, unit | {"long_name": name}) for key, (d, x, name) in named.items()}


def _largest_below(r_E, dW, r_unstable):
    """Largest of dW at rates below `r_unstable`, at drives above zero; NaN where there is none."""
    below = np.asarray(dW)[1:][np.asarray(r_E)[1:] < r_unstable]
    return below.max() if below.size else np.nan


def _exact(r_E, u_E, r_I, p, unit):
    """The upper stable fixed point of the exact rule, A Eq. (10), at each target."""
    dW = learning_rules.exact_inverse(r_E, u_E, activation.phi_inv(r_I, **p), **p)
    rates = [_crossing(*pair, -1) for pair in zip(r_E, dW, strict=True)]
    about = "rate at the upper stable fixed point of the exact rule (NaN: there is none)"
    return {"r_exact": ("level", rates, unit | {"long_name": about})}


def _crossing(x, y, sign):
    """The largest x where y passes through zero with slope `sign`, by linear interpolation, or NaN."""
    x, y = np.asarray(x), np.asarray(y)
    i = np.flatnonzero((y[:-1] * y[1:] < 0) & (np.sign(y[1:]) == sign))
    if not len(i):
        return np.nan
    i = i[-1]
    return x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])
