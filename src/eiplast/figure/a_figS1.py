"""A Fig. S1: simulated in vitro experiments with learning rules that have an explicit error.

(a) Dendritic error rule with feedback towards two targets (arrows): stable fixed points near the targets.
(b) Without the closed loop, recurrent inhibition cancels a dendritic potential that is not there: LTD only.
(c) The isolated neuron: only imposed inhibition changes weights, towards LTD. (d) Deep feedback control with
feedback, and (e) isolated. (f) Burst-dependent rule with feedback. (g) The same where the burst probability grows
with the event rate: a postsynaptic threshold that inhibition raises.
"""

import matplotlib.pyplot as plt
import numpy as np

from eiplast.figure import style

_layout = {
    "dendritic_closed": ((0, 0), "a", "dendritic error\nclosed loop", (-2, 3)),
    "dendritic_open": ((0, 1), "b", "dendritic error\nno feedback", (-10, 2)),
    "dendritic_isolated": ((0, 2), "c", "dendritic error\nisolated", (-12, 3)),
    "dfc_closed": ((1, 0), "d", "deep feedback control\nclosed loop", (-2, 3)),
    "dfc_isolated": ((1, 2), "e", "deep feedback control\nisolated", (-12, 3)),
    "burst_closed": ((2, 0), "f", "burst-dependent\nclosed loop", (-2, 3)),
    "burst_isolated": ((2, 2), "g", "burst-dependent\nisolated, Poisson", (None, None)),
}


def plot(ds):
    """Panels (a) to (g): a row a rule, a column a condition."""
    figure, axes = plt.subplots(3, 3, figsize=(7.2, 7.2), layout="constrained")
    for ax in axes.flat:
        ax.set_visible(False)
    for name, (place, letter, title, limits) in _layout.items():
        _panel(axes[place], ds.sel(panel=name), name)
        style.letter(axes[place], letter)
        axes[place].set_title(title)
        axes[place].set(xlabel="postsynaptic rate $r^E$", ylim=limits)
    for row in axes:
        row[0].set_ylabel(r"weight change $\Delta W$")
    axes[2, 0].set_xlabel("event rate $r_{event}$")
    axes[2, 2].set_xlabel("event rate $r_{event}$")
    return figure


def _panel(ax, ds, name):
    ax.set_visible(True)
    ax.axhline(0, color="0.7", lw=0.6, zorder=0)
    values = ds.value.values[np.isfinite(ds.value.values)]
    closed = name.endswith("closed")
    colours = style.targets if closed else style.blues if len(values) > 1 else style.greens
    for i, value in enumerate(values):
        label = f"$r^{{tar}}$ = {value:g}" if closed else f"$r^I$ = {value:g}"
        ax.plot(ds.r[i], ds.dW[i], color=colours[i], label=label if len(values) > 1 else None)
        if closed:
            arrow = {"arrowstyle": "->", "color": colours[i]}
            ax.annotate("", (value, 0), (value, 1), arrowprops=arrow)
    if len(values) > 1:
        style.legend_below(ax, ncols=4 if len(values) > 2 else 2)
