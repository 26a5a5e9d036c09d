"""A student network that learns a teacher's output in continuous time: A Fig. 4, C.2. All times in ms."""

import functools
import sys
from typing import NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from tqdm import tqdm

from eiplast.disinhibition import activation, student


def run(spec):
    """L and H of every window, over (seed, window), and one seed's output before and after.

    spec : the block ``student_teacher`` of config.yaml with a run on top.
    A seed whose solver fails or whose losses are not finite is NaN from there on, and `diverged` names it.
    """
    static = tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in sorted(spec.items()))
    n_seeds, n_windows, burn_in = spec["n_seeds"], spec["n_windows"], spec["burn_in_windows"]
    waves, teacher, pupil = _create(static, np.arange(n_seeds))
    open_loop = functools.partial(_window, static, waves, None, **_modes["open_loop"])
    before = _example(static, waves, teacher, pupil)
    neurons_teacher = neurons = _rest(static, n_seeds)
    losses = np.full((4, n_seeds, n_windows), np.nan)
    steps = np.zeros((n_seeds, n_windows), int)
    alive = np.ones(n_seeds, bool)
    for window in tqdm(range(burn_in + n_windows), unit="window", file=sys.stderr, mininterval=2):
        target = open_loop(teacher, neurons_teacher, window)
        neurons_teacher = target.neurons
        if window < burn_in:
            end = open_loop(pupil, neurons, window, plastic_Q=1.0)
            neurons, pupil = end.neurons, end.slow
            continue
        uncontrolled = open_loop(pupil, neurons, window)
        end = _window(static, waves, target.r_L, pupil, neurons, window, **_modes["learning"])
        neurons, pupil = end.neurons, end.slow
        found = _losses(target.r_L, uncontrolled.r_L, end)
        steps[:, window - burn_in] = end.n_steps
        for seed in np.flatnonzero(alive & ~np.isfinite(found).all(0)):
            print(f"seed {seed} diverged in window {window}; it stops there", file=sys.stderr)
        alive &= np.isfinite(found).all(0)
        losses[:, alive, window - burn_in] = found[:, alive]
        if not alive.any():
            break
    after = _example(static, waves, teacher, pupil)
    return _dataset(spec, losses, steps, ~alive, before, after)


# When control begins in a window (ms), and whether W (with b) and Q change.
_modes = {
    "open_loop": {"control_from": np.inf, "plastic_W": 0.0, "plastic_Q": 0.0},
    "example": {"control_from": None, "plastic_W": 0.0, "plastic_Q": 0.0},
    "learning": {"control_from": -1.0, "plastic_W": 1.0, "plastic_Q": 1.0},
}


def _losses(r_tar, r_open, end):
    """L, H, the loss under control and the variance of the target in one window, (4, seed)."""
    # ASSUME: the sums over data points of A Eqs. (4), (8) become means over time. DIFFERS: the authors' code
    # leaves out the factor 1/2 in both.
    halves = [
        ((r - r_tar) ** 2).sum(-1).mean(-1) / 2
        for r in (r_open, end.r_L, r_tar.mean(1, keepdims=True))
    ]
    return np.stack([halves[0], end.H.mean(-1), *halves[1:]])


def _example(static, waves, teacher, pupil):
    """Readouts of teacher and student of the first seed, (2, time, n_out).

    The first window of the training data, from rest, with frozen weights and control in the second half.
    """
    # ASSUME: the window of panel b is not printed.
    rest = _rest(static, len(waves.A))
    target = _window(static, waves, None, teacher, rest, 0, **_modes["open_loop"])
    half = {**_modes["example"], "control_from": dict(static)["window"] / 2}
    end = _window(static, waves, target.r_L, pupil, rest, 0, **half)
    return np.stack([target.r_L[0], end.r_L[0]])


@functools.partial(jax.jit, static_argnums=0)
def _create(static, seeds):
    """Input, teacher and student of every seed; Q of the student from its Jacobian at rest: A Eq. (25)."""
    p = dict(static)

    def one(seed):
        key_x, key_teacher, key_student = jax.random.split(jax.random.key(seed), 3)
        keys = jax.random.split(key_x, 3)
        drawn = [
            jax.random.uniform(k, (p["sizes"][0],), minval=p[name][0], maxval=p[name][1])
            for k, name in zip(keys, ("amplitude", "frequency", "phase"), strict=True)
        ]
        return (
            student.Waves(*drawn),
            student.network(key_teacher, p),
            student.network(key_student, p),
        )

    return jax.vmap(one)(seeds)


def _rest(static, n_seeds):
    zeros = [jnp.zeros((n_seeds, n)) for n in dict(static)["sizes"][1:]]
    return student.Neurons(zeros, zeros, zeros[-1])


class Window(NamedTuple):
    """A window of every seed: state at its end; r_L (seed, time, n_out) and H (seed, time); solver steps."""

    neurons: student.Neurons
    slow: student.Slow
    r_L: jax.Array
    H: jax.Array
    n_steps: jax.Array


def _window(static, waves, r_tar, slow, neurons, window, control_from, plastic_W, plastic_Q):
    """Integrate one window of every seed; r_tar (seed, time, n_out), None where there is no control."""
    p = dict(static)
    if r_tar is None:
        n = round(p["window"] / p["sample_dt"]) + 1
        r_tar = jnp.zeros((len(waves.A), n, p["sizes"][-1]))
    flags = jnp.array([control_from, plastic_W, plastic_Q])
    return _integrate(static, waves, r_tar, slow, neurons, window * p["window"], flags)


@functools.partial(jax.jit, static_argnums=0)
@functools.partial(jax.vmap, in_axes=(None, 0, 0, 0, 0, None, None))
def _integrate(static, waves, r_tar, slow, neurons, start, flags):
    """Window of one seed, from time `start` (ms); NaN where the solver gives up."""
    p = dict(static)
    control_from, plastic_W, plastic_Q = flags

    def velocity(t, y, args):
        neurons, slow = y
        x = student.inputs(waves, start + t)
        closed = jnp.where(t >= control_from, 1.0, 0.0)
        change = student.slow_velocity(neurons, slow, x, p)
        slow_change = student.Slow(
            *jax.tree.map(lambda v: plastic_W * v, (change.W, change.b)),
            [plastic_Q * v for v in change.Q],
        )
        return student.neuron_velocity(neurons, slow, x, _at(r_tar, t, p), closed, p), slow_change

    def output(t, y, args):
        neurons, slow = y
        c, _ = student.control(neurons, _at(r_tar, t, p), jnp.where(t >= control_from, 1.0, 0.0), p)
        r_L = activation.phi(neurons.u_E[-1], p["beta_E"], p["gamma_E"])
        return r_L, sum((Q @ c) @ (Q @ c) for Q in slow.Q) / 2

    times = p["sample_dt"] * jnp.arange(len(r_tar))
    saves = [diffrax.SubSaveAt(t1=True), diffrax.SubSaveAt(ts=times, fn=output)]
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(velocity),
        diffrax.Tsit5(),
        0.0,
        p["window"],
        p["dt0"],
        (neurons, slow),
        saveat=diffrax.SaveAt(subs=saves),
        stepsize_controller=_step_sizes(p),
        max_steps=p["max_steps"],
        throw=False,
    )
    failed = jnp.where(diffrax.is_okay(solution.result), 0.0, jnp.nan)
    end, (r_L, H) = solution.ys
    end = jax.tree.map(lambda y: y[-1] + failed, end)
    return Window(*end, r_L + failed, H + failed, solution.stats["num_steps"])


def _step_sizes(p):
    # ASSUME: coefficients and limits are the authors' (tolerances are not printed); no least step unless asked.
    return diffrax.PIDController(
        p["rtol"],
        p["atol"],
        pcoeff=0.1,
        icoeff=0.3,
        dcoeff=0.1,
        dtmin=p["dt_min"] or None,
        dtmax=p["dt_max"],
    )


def _at(samples, t, p):
    """Linear interpolation of samples (n, n_out) at time t."""
    position = t / p["sample_dt"]
    left = jnp.clip(jnp.floor(position).astype(int), 0, len(samples) - 2)
    share = position - left
    return (1 - share) * samples[left] + share * samples[left + 1]


def _dataset(spec, losses, steps, diverged, before, after):
    number = {"units": "1"}
    names = {
        "L": "mean squared error without control, half the sum over outputs, mean over the window",
        "H": "control loss ||Qc||^2 / 2, mean over the window",
        "L_closed": "mean squared error under control, half the sum over outputs, mean over the window",
        "variance": "variance of the target over the window, half the sum over outputs",
    }
    data = {
        name: (("seed", "window"), values, number | {"long_name": meaning})
        for (name, meaning), values in zip(names.items(), losses, strict=True)
    }
    L, H, L_closed, variance = losses
    summaries = {
        "L_ratio": (L[:, -1] / L[:, 0], "open-loop loss L, last window over first"),
        "H_ratio": (H[:, -1] / H[:, 0], "control loss H, last window over first"),
        "control_ratio": (L_closed[:, 0] / L[:, 0], "loss in the first window, control over none"),
        "L_last": (L[:, -1], "open-loop loss L in the last window"),
        "unexplained_first": (
            L[:, 0] / variance[:, 0],
            "L over the target's variance, first window",
        ),
        "unexplained_last": (
            L[:, -1] / variance[:, -1],
            "L over the target's variance, last window",
        ),
        "diverged": (diverged, "the solver failed or a loss was not finite"),
    }
    data |= {
        name: ("seed", values, number | {"long_name": meaning})
        for name, (values, meaning) in summaries.items()
    }
    data["n_steps"] = (
        ("seed", "window"),
        steps,
        number | {"long_name": "steps of the solver while learning"},
    )
    examples = np.stack([before, after])[:, :, :: spec["record_every"]]
    data["r_L"] = (
        ("when", "network", "time", "output"),
        examples,
        number | {"long_name": "readout of the first seed; control is on in the second half"},
    )
    time = np.arange(examples.shape[2]) * spec["sample_dt"] * spec["record_every"]
    index = {"units": "1"}
    return xr.Dataset(
        data,
        coords={
            "seed": ("seed", np.arange(len(L)), index | {"long_name": "random seed"}),
            "window": (
                "window",
                np.arange(L.shape[1]) * spec["window"] / 1000,
                {"units": "s", "long_name": "start of the window"},
            ),
            "when": ("when", ["before", "after"], index | {"long_name": "training"}),
            "network": ("network", ["teacher", "student"], index | {"long_name": "network"}),
            "time": ("time", time, {"units": "ms", "long_name": "time"}),
            "output": ("output", np.arange(examples.shape[3]), index | {"long_name": "neuron"}),
        },
    )
