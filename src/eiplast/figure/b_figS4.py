"""B Fig. S4: cross-homeostatic plasticity in every time step, driven by a calcium sensor.

(A) Rates of one network over time; pulses come at random; dashed: set-points. (B) The calcium sensors. (C) The
weights. (D) The first second, (E) ten seconds around the first time that the sensor of I passes 1 Hz, (F) the last
second. When activity takes off depends on the random pulses. Counted above: how all networks end.
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
    axes["B"].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    axes["A"].set(ylabel="rate (Hz)")
    axes["A"].set_title(rates.outcomes(ds), fontsize=6)
    axes["B"].set(ylabel="sensor (Hz)")
    for c, colour in rates.weight_colours.items():
        axes["C"].plot(seconds, ds[f"W_{c}"], color=colour, label=f"$W_{{{c}}}$")
    axes["C"].set(xlabel="time (s)", ylabel="weight")
    axes["C"].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    on = np.flatnonzero(ds.Ca_I.values > 1)
    take_off = seconds[on[0]] if len(on) else seconds[-1] / 2
    windows = {"D": (0, 1), "E": (take_off - 5, take_off + 5), "F": (seconds[-1] - 1, seconds[-1])}
    for name, (start, stop) in windows.items():
        _over_time(axes[name], ds, seconds, "", start, stop)
        axes[name].set(xlabel="time (s)")
        axes[name].xaxis.set_major_locator(MaxNLocator(3))
    axes["D"].set_ylabel("rate (Hz)")
    for letter in "ABCDEF":
        style.letter(axes[letter], letter)
    return figure


def _over_time(ax, ds, seconds, prefix, start=0, stop=np.inf):
    inside = (seconds >= start) & (seconds <= stop)
    for population, colour in rates.populations:
        rate = ds[f"{prefix}{population}"].values
        ax.plot(seconds[inside], rate[inside], color=colour, lw=0.7)
    rates.set_points(ax, rates.spec(ds))
