"""A Fig. S2: how the linearisation parameters shape the learning rule, one row for each theta, delta.

First column: the inverse inhibitory activation function (black) and its linear stand-in. Second: weight change
in the circuit with feedback towards two targets (arrows). Third: without feedback. Last: isolated neuron under
imposed inhibition.
"""

import matplotlib.pyplot as plt

from eiplast.figure import style

_titles = ["inverse activation", "closed loop", "no top-down feedback", "isolated neuron"]


def plot(closed_loop, open_loop, isolated):
    """Rows of four panels."""
    n = closed_loop.sizes["line"]
    figure, axes = plt.subplots(n, 4, figsize=(7.2, 1.4 * n + 0.6), layout="constrained")
    for line, row in enumerate(axes):
        theta, delta = closed_loop.theta.values[line], closed_loop.delta.values[line]
        row[0].plot(closed_loop.r, closed_loop.phi_inv, color="black", lw=1)
        row[0].plot(closed_loop.r, theta + delta * closed_loop.r, color=style.greens[0])
        row[0].set_ylim(-5, 25)
        row[0].set_ylabel(f"$\\theta$ = {theta:g}, $\\delta$ = {delta:g}\n$\\phi^{{-1}}(r^I)$")
        _curves(row[1], closed_loop, line, style.targets, "$r^{{tar}}$ = {:g}")
        for i, colour in enumerate(style.targets):
            arrow = {"arrowstyle": "->", "color": colour}
            target = closed_loop.level.values[i]
            row[1].annotate("", (target, 0), (target, 9), arrowprops=arrow)
        _curves(row[2], open_loop, line, style.greens, None)
        _curves(row[3], isolated, line, style.blues, "$r^I$ = {:g}")
        for ax in row[1:]:
            ax.axhline(0, color="0.7", lw=0.6, zorder=0)
            ax.set_ylim(-15, 25)
        row[1].set_ylabel(r"$\Delta W$")
    for ax, title in zip(axes[0], _titles, strict=True):
        ax.set_title(title)
    for ax, label in zip(axes[-1], ["$r^I$", *["postsynaptic rate $r^E$"] * 3], strict=True):
        ax.set_xlabel(label)
    for ax in axes[-1, [1, 3]]:
        style.legend_below(ax, bbox_to_anchor=(0.5, -0.45))
    return figure


def _curves(ax, ds, line, colours, label):
    for i, level in enumerate(ds.level.values):
        name = label.format(level) if label else None
        ax.plot(ds.r_E[i], ds.dW[i, line], color=colours[i], label=name)
