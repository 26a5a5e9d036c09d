"""What happens in the trials of the rate models: pulse, step, what is averaged and recorded."""

import numpy as np
from jaxtyping import Float


def timeline(spec) -> tuple[list, Float[np.ndarray, "n_steps 2"]]:
    """Edges (steps) of the stretches with constant weights or separate means, and the currents.

    The currents go into all E units and all I units.
    """
    times = [0.0, spec["duration"] - spec["average_window"], spec["duration"]]
    step = spec.get("step")
    if step:
        half = (step["stop"] - step["start"]) / 2
        times += [step["start"], step["stop"], step["start"] - half, step["stop"] - half]
    edges = sorted({max(0, round(t / spec["dt"])) for t in times})
    t = np.arange(edges[-1]) * spec["dt"]
    current = np.zeros((len(t), 2))
    pulse = (t >= spec["pulse_start"]) & (t < spec["pulse_start"] + spec["pulse_duration"])
    current[pulse, 0] = spec["pulse"]
    if step:
        during = (t >= step["start"]) & (t < step["stop"])
        current[during] += step.get("I_ext_E", 0.0), step.get("I_ext_I", 0.0)
    return edges, current


def stretch_means(
    spec, means: Float[np.ndarray, "*batch stretch"], start, stop
) -> Float[np.ndarray, "*batch"]:
    """Average of `means` over the stretches between `start` and `stop` (ms)."""
    edges, _ = timeline(spec)
    inside = [start <= edge * spec["dt"] < stop for edge in edges[:-1]]
    return np.average(means[..., inside], axis=-1, weights=np.diff(edges)[inside])


def recorded(spec):
    """Trials of which network 0 keeps traces and weights."""
    return sorted({0, *spec.get("record_trials", [])})
