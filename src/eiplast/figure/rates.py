"""Panels that the figures of paper B share: rates over a trial, mean rates before and during a step."""

import json

import numpy as np

from eiplast.figure import style


def trial(ax, ds, record=0):
    """Rates of E and I over one trial, time counted from the pulse, with the set-points dashed."""
    spec = json.loads(ds.attrs["spec"])
    time = (ds.time - spec["pulse_start"]) / 1000
    for population, colour in (("E", style.E_colour), ("I", style.I_colour)):
        ax.plot(time, ds[population][record].mean(f"unit_{population}"), color=colour, lw=0.8)
        ax.axhline(spec[f"{population}_set"], color=colour, ls="--", lw=0.7)
    if spec.get("step"):
        start, stop = (
            (spec["step"][key] - spec["pulse_start"]) / 1000 for key in ("start", "stop")
        )
        ax.axvspan(start, stop, color="0.9", zorder=0)
    ax.set(xlabel="time from the pulse (s)", ylabel="rate (Hz)", ylim=(0, None))


def before_and_during(ax, ds, labels=("before", "during")):
    """Mean rates before and late in the step, mean and standard deviation over trials."""
    spec = json.loads(ds.attrs["spec"])
    for population, colour in (("E", style.E_colour), ("I", style.I_colour)):
        values = [ds[f"{population}_{when}"].values.ravel() for when in ("before", "during")]
        mean, spread = np.mean(values, 1), np.std(values, 1, ddof=1)
        ax.errorbar((0, 1), mean, spread, color=colour, marker="o", ms=3, capsize=2)
        ax.axhline(spec[f"{population}_set"], color=colour, ls="--", lw=0.7)
    ax.set(xticks=(0, 1), xticklabels=labels, xlim=(-0.4, 1.4), ylim=(0, None), ylabel="rate (Hz)")
