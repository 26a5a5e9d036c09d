"""B Fig. S4: cross-homeostatic plasticity in every time step, driven by a calcium sensor.

(A) Rates of one network over time; pulses come at random; dashed: set-points; letters: what D, E and F show. (B)
Its calcium sensors. (C) Its weights. (D) a, the first second, (E) b, ten seconds around the first time that the
sensor of I passes 1 Hz, (F) c, the last second. When activity takes off depends on the random pulses. Counted at
the top: how all networks end.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from eiplast.figure import rates, style


def plot(runs):
    """Panels A to F."""
    ds = runs.sel(variant="no_rate_floor")
    figure, axes = plt.subplot_mosaic(
        [["A", "A", "A"], ["B", "B", "B"], ["C", "C", "C"], ["D", "E", "F"]],
        figsize=(6.4, 6.2),
        layout="constrained",
    )
    seconds = ds.time.values / 1000
    for name, prefix in (("A", ""), ("B", "Ca_")):
        _over_time(axes[name], ds, seconds, prefix)
    for population, colour in rates.populations:
        axes["B"].plot([], [], color=colour, label=population)
    axes["B"].plot([], [], color="0.4", ls="--", label="set-points")
    style.legend_right(axes["B"])
    axes["A"].set(ylabel="rate (Hz)")
    ends = rates.outcomes(ds).replace("\n", ";  ")
    figure.suptitle(f"{ds.sizes['init']} networks: {ends}", fontsize=7)
    axes["B"].set(ylabel="sensor (Hz)")
    for c, line in rates.weight_lines.items():
        axes["C"].plot(seconds, ds[f"W_{c}"], label=f"$W_{{{c}}}$", **line)
    axes["C"].set(xlabel="time (s)", ylabel="weight")
    style.legend_right(axes["C"])
    _windows(axes, ds, seconds)
    for letter in "ABCDEF":
        style.letter(axes[letter], letter, pad=14 if letter == "A" else None)
    return figure


def _windows(axes, ds, seconds):
    """Panels D to F, and where they lie in A."""
    on = np.flatnonzero(ds.Ca_I.values > 1)
    take_off = seconds[on[0]] if len(on) else seconds[-1] / 2
    windows = [(0, 1), (take_off - 5, take_off + 5), (seconds[-1] - 1, seconds[-1])]
    for name, mark, (start, stop) in zip("DEF", "abc", windows, strict=True):
        _over_time(axes[name], ds, seconds, "", start, stop)
        axes[name].set(xlabel="time (s)", title=mark)
        axes[name].xaxis.set_major_locator(MaxNLocator(3))
    axes["D"].set_ylabel("rate (Hz)")
    style.marks(axes["A"], np.mean(windows, 1))


def _over_time(ax, ds, seconds, prefix, start=0, stop=np.inf):
    inside = (seconds >= start) & (seconds <= stop)
    for population, colour in rates.populations:
        rate = ds[f"{prefix}{population}"].values
        ax.plot(seconds[inside], rate[inside], color=colour, lw=0.7, rasterized=True)
    rates.set_points(ax, rates.spec(ds))
