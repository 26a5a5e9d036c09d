"""Weight change at one synapse under rules with an explicit error: A Fig. S1, Appendix A.

x : (point,) presynaptic rate = drive. Each panel has up to four levels: targets r_tar, or imposed inhibition r_I.
phi is the soft rectifier with the spec's beta and gamma for all units.
"""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from eiplast.disinhibition import activation, learning_rules


def run(spec):
    """dW and the postsynaptic rate r over (panel, level, point); a panel with fewer levels is filled with NaN.

    spec : the block ``explicit_error`` of config.yaml.
    """
    panels = spec["panels"]
    n_levels = max(len(panel["level"]) for panel in panels.values())
    n_points = {panel["drive"][2] for panel in panels.values()}
    shape = (len(panels), n_levels, max(n_points))
    dW, r, x = (np.full(shape, np.nan) for _ in range(3))
    level = np.full(shape[:2], np.nan)
    for i, (name, panel) in enumerate(panels.items()):
        drive = jnp.linspace(*panel["drive"][:2], panel["drive"][2])
        for j, value in enumerate(panel["level"]):
            rate, change = _panels[name](drive, value, spec)
            n = len(drive)
            x[i, j, :n], r[i, j, :n], dW[i, j, :n], level[i, j] = drive, rate, change, value
    dims = ("panel", "level", "point")
    one = {"units": "1"}
    stable, unstable = (
        [
            [_crossing(*pair, sign) for pair in zip(*rows, strict=True)]
            for rows in zip(r, dW, strict=True)
        ]
        for sign in (-1, 1)
    )
    return xr.Dataset(
        {
            "dW": (dims, dW, one | {"long_name": "weight change"}),
            "r": (dims, r, one | {"long_name": "postsynaptic rate (event rate of burst rules)"}),
            "drive": (dims, x, one | {"long_name": "presynaptic rate"}),
            "value": (
                dims[:2],
                level,
                one | {"long_name": "target rate (closed loop) or imposed inhibition (isolated)"},
            ),
            "r_stable": (dims[:2], stable, one | {"long_name": "rate where dW falls through zero"}),
            "r_unstable": (
                dims[:2],
                unstable,
                one | {"long_name": "rate where dW rises through zero"},
            ),
            "threshold_shift": (
                "panel",
                [min(np.diff(np.array(row)), default=np.nan) for row in unstable],
                one | {"long_name": "least shift of r_unstable by a step of level"},
            ),
            "r_above": (
                dims[:2],
                _phi(np.array(stable), spec),
                one | {"long_name": "rate of a unit downstream at r_stable"},
            ),
            "dW_mean": (
                dims[:2],
                _over_drives(dW),
                one | {"long_name": "weight change, mean over the drives"},
            ),
            "dW_r2": (
                "panel",
                [_proportional(*rows) for rows in zip(level, dW, strict=True)],
                one | {"long_name": "r^2 of dW = -k r_I at the largest drive"},
            ),
            "dW_max": (dims[:2], _largest(dW), one | {"long_name": "largest weight change"}),
        },
        coords={
            "panel": ("panel", list(panels), one | {"long_name": "rule and condition"}),
            "level": ("level", np.arange(n_levels), one | {"long_name": "index of the level"}),
            "point": ("point", np.arange(shape[2]), one | {"long_name": "index of the drive"}),
        },
    )


def _largest(dW):
    return np.where(np.isnan(dW).all(-1), np.nan, np.nanmax(np.nan_to_num(dW, nan=-np.inf), -1))


def _over_drives(dW):
    known = ~np.isnan(dW)
    return np.where(known.any(-1), np.nansum(dW, -1) / np.maximum(known.sum(-1), 1), np.nan)


def _proportional(level, dW):
    """r^2 of a line through zero at the largest drive; NaN where dW(0) is not zero or levels are few."""
    known = np.isfinite(level)
    if known.sum() < 3 or dW[0, -1] != 0:
        return np.nan
    x, y = level[known], dW[known][:, -1]
    left = y - x * (x @ y) / (x @ x)
    return 1 - (left @ left) / ((y - y.mean()) @ (y - y.mean()))


def _phi(u, p):
    return activation.phi(u, p["beta"], p["gamma"])


def _simulate(velocity, u, p):
    """Forward Euler from `u` for the printed 600 ms: A C.1."""
    steps = round(p["duration"] / p["dt"])

    def step(u, _):
        return jax.tree.map(lambda a, da: a + p["dt"] / p["tau"] * da, u, velocity(u)), None

    return jax.lax.scan(step, u, length=steps)[0]


def dendritic_circuit(x, r_tar, p):
    """r and dW of a pyramidal cell with apical dendrite and interneuron: A Eq. (13)."""

    # ASSUME: Appendix A refers to Sacramento et al. (2018) for the dynamics; form and values are the authors'
    # code, where the target itself, not an error, drives apical dendrite and interneuron.
    def velocity(u):
        u_E, u_I = u
        v_A = r_tar + p["w_IE"] * _phi(u_I, p)
        du_E = -p["g_lk"] * u_E + p["g_B"] * (x - u_E) + p["g_A"] * (v_A - u_E)
        return du_E, -p["g_lk"] * u_I + p["g_D"] * (_phi(u_E, p) - u_I) + r_tar

    u_E, _ = _simulate(velocity, (jnp.zeros_like(x), jnp.zeros_like(x)), p)
    return _phi(u_E, p), x * _dendritic(u_E, x, p)


def dendritic_isolated(x, r_I, p):
    """r and dW of the same cell alone; inhibition is imposed on its apical dendrite."""
    u_E = (p["g_B"] * x - p["g_A"] * r_I) / (p["g_lk"] + p["g_B"] + p["g_A"])
    return _phi(u_E, p), x * _dendritic(u_E, x, p)


def _dendritic(u_E, v_B, p):
    attenuated = v_B * p["g_B"] / (p["g_lk"] + p["g_B"] + p["g_A"])
    return learning_rules.dendritic_error(u_E, attenuated, p["beta"], p["gamma"])


def feedback_control(x, r_tar, p):
    """r and dW of a neuron that a proportional controller drives to its target: A Eqs. (14), (15)."""
    u = _simulate(lambda u: -u + x + p["k_dfc"] * (r_tar - _phi(u, p)), jnp.zeros_like(x), p)
    return _phi(u, p), x * learning_rules.deep_feedback_control(u, x)


def feedback_isolated(x, r_I, p):
    """r and dW of the same neuron alone; inhibition is injected into its soma."""
    u = x - r_I
    return _phi(u, p), x * learning_rules.deep_feedback_control(u, x)


def burst(x, r_tar, p):
    """Event rate and dW where a downstream unit's error sets the burst probability: A Eq. (16)."""
    # ASSUME: the dynamics are those of Greedy et al. (2022) as the authors' code has them: the target is that of
    # the unit downstream, so that the fixed point of this one lies a little below it.
    r_event, above = _phi(x, p), _phi(_phi(x, p), p)
    h, h_above = _gain(x, r_event, p), _gain(r_event, above, p)
    p_b = p["p_b"]
    p_above = p_b - p_b * (r_tar - above) * h_above
    apical = above * (p_b - p_above)
    probability = jax.nn.sigmoid(p["burst_slope"] * apical * h)
    return r_event, x * learning_rules.burst_dependent(r_event, probability, p_b)


def burst_isolated(x, r_I, p):
    """Event rate and dW for Poisson input: the burst probability grows with the event rate; A Appendix A."""
    # ASSUME: p = f(x) is not printed; from the authors' code.
    r_event = _phi(x, p)
    poisson = p["p_poisson"] * -jnp.expm1(-r_event / p["r_poisson"])
    inhibited = jax.nn.sigmoid(-p["burst_slope"] * r_I * _gain(x, r_event, p))
    return r_event, x * learning_rules.burst_dependent(r_event, poisson * inhibited, p["p_b"])


def _gain(u, r, p):
    return activation.dphi(u, p["beta"], p["gamma"]) / r


def _crossing(r, dW, sign):
    """Largest rate where dW passes through zero with slope `sign`, by linear interpolation, or NaN."""
    i = np.flatnonzero((sign * dW[:-1] < 0) & (sign * dW[1:] > 0))
    if not len(i):
        return np.nan
    i = i[-1]
    return r[i] - dW[i] * (r[i + 1] - r[i]) / (dW[i + 1] - dW[i])


_panels = {
    "dendritic_closed": dendritic_circuit,
    "dendritic_open": dendritic_circuit,
    "dendritic_isolated": dendritic_isolated,
    "dfc_closed": feedback_control,
    "dfc_isolated": feedback_isolated,
    "burst_closed": burst,
    "burst_isolated": burst_isolated,
}
