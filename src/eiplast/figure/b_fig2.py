"""B Fig. 2: standard homeostatic rules rarely reach their set-points and are stable in a narrow regime.

(B) Single trials of one network under homeostatic plasticity from weak weights; dashed: set-points; a pulse at
time 0. What it does depends on the noise: over each trial, with how many noises the network is active then, that
is with E above 1 Hz. (C) Its average rates and weights across trials; bands: the middle half over noises. (D)
Final rates of networks from many initial weights: dots, with mean and standard error; how they end is counted
below. (E) First and last trial of a network that starts at its set-points. Below, how far such networks are from
them: the larger of the relative errors of E and I, of each network (grey) and their mean (black). (F) Regions of
stability of the neurons (green) and of the rule (hatched) for equal learning rates. Asterisk: start of E. (G)
Fast plasticity onto E. (H) Fast plasticity onto I; right of the blue line the network is paradoxical. (I) As H,
with a current into E and a lower gain. Black: the printed boundary of the rule, SI Eqs. (2), (40). (A) of the
paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style


def plot(example, seeds, batch, set_points, stability):
    """Panels B to I."""
    figure = plt.figure(figsize=(7.6, 8.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(5.2, 3))
    one, many = (ds.sel(variant="paper") for ds in (example, seeds))
    simulated(upper, one, many, batch, set_points)
    analytical(lower.subplots(1, 4, sharey=True), stability)
    regions.legend(lower, ["printed", "border"])
    return figure


def simulated(figure, example, seeds, batch, set_points):
    """Panels B to E in `figure`, a figure or a part of one."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.7))
    trials = upper.subplots(1, 5)
    rates.trials(trials, example, seeds=seeds)
    style.letter(trials[0], "B")
    axes = lower.subplot_mosaic(
        [["C", "D", "E", "e"], ["W", "D", "off", "off"]], width_ratios=(2.4, 1.1, 1, 1)
    )
    rates.history(axes["C"], axes["W"], example, seeds=seeds)
    rates.final_rates(axes["D"], batch)
    rates.trials([axes["E"], axes["e"]], set_points)
    for name in "Ee":
        axes[name].set_xlabel("time (s)")
    rates.errors(axes["off"], set_points)
    axes["off"].set_title(f"{set_points.sizes['init']} networks")
    for letter in "CDE":
        style.letter(axes[letter], letter)


def analytical(axes, ds):
    """Panels F to I on four axes."""
    panels = {
        "F": ("equal", {"point": "fig_2E"}),
        "G": ("slow_inhibitory", {}),
        "H": ("slow_excitatory", {"paradoxical": True}),
        "I": ("current", {"paradoxical": True}),
    }
    for ax, (letter, (case, extra)) in zip(axes, panels.items(), strict=True):
        regions.main(ax, ds, case, **extra)
        ax.set_title(regions.title(ds, case), fontsize=6.5)
        style.letter(ax, letter)
    for ax in axes[1:]:
        ax.set_ylabel("")
