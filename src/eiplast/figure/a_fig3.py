"""A Fig. 3: the weight change of one synapse against the postsynaptic rate.

(a) Intact circuit with closed-loop feedback towards two targets (arrows): stable fixed points near the
targets. (b) Without top-down feedback, two linear approximations (inset: the inverse activation function
in black): a stable and an unstable fixed point. (c) Isolated neuron under imposed inhibition: the threshold
shifts with inhibition and the stable fixed point is gone. (d) of the paper redraws measurements of Kirkwood
et al. (1996), which are not redistributed.
"""

import matplotlib.pyplot as plt

from eiplast.figure import style


def plot(closed_loop, open_loop, isolated):
    """The three panels and the inset."""
    figure, axes = plt.subplots(1, 3, figsize=(7.2, 2.7), layout="constrained")
    _closed_loop(axes[0], closed_loop)
    _open_loop(axes[1], open_loop)
    _isolated(axes[2], isolated)
    titles = ["closed-loop feedback", "no top-down feedback", "isolated neuron"]
    for ax, letter, title in zip(axes, "abc", titles, strict=True):
        style.letter(ax, letter)
        ax.set_title(title)
        ax.axhline(0, color="0.7", lw=0.6, zorder=0)
        ax.set_xlabel("postsynaptic rate $r^E$")
    axes[0].set_ylabel(r"weight change $\Delta W$")
    return figure


def _closed_loop(ax, ds):
    for i, colour in enumerate(style.targets):
        target = ds.level.values[i]
        ax.plot(ds.r_E[i], ds.dW[i, 0], color=colour, label=f"$r^{{tar}}$ = {target:g}")
        ax.annotate(
            "",
            (target, 0),
            (target, 3),
            arrowprops={"arrowstyle": "->", "color": colour},
        )
    ax.set_ylim(-5, 12)
    style.legend_below(ax)


def _open_loop(ax, ds):
    inset = ax.inset_axes([0.14, 0.66, 0.34, 0.3])
    inset.plot(ds.r, ds.phi_inv, color="black", lw=1)
    for line, colour in enumerate(style.greens):
        theta, delta = ds.theta.values[line], ds.delta.values[line]
        ax.plot(
            ds.r_E[0],
            ds.dW[0, line],
            color=colour,
            label=rf"$\theta$ = {theta:g}, $\delta$ = {delta:g}",
        )
        inset.plot(ds.r, theta + delta * ds.r, color=colour, lw=0.8)
    inset.set(xticks=[], yticks=[])
    inset.set_xlabel("$r^I$", fontsize=6, labelpad=1)
    inset.set_ylabel(r"$\phi^{-1}$", fontsize=6, labelpad=1)
    ax.set_ylim(-10, 16)
    style.legend_below(ax, ncols=1)


def _isolated(ax, ds):
    for i, colour in enumerate(style.blues):
        ax.plot(ds.r_E[i], ds.dW[i, 0], color=colour, label=f"$r^I$ = {ds.level.values[i]:g}")
    ax.set_ylim(-12, 12)
    style.legend_below(ax)
