"""B Fig. 2: standard homeostatic rules rarely reach their set-points and are stable in a narrow regime.

(B) Single trials of one network under homeostatic plasticity from weak weights; dashed: set-points; a pulse at
time 0. (C) Its average rates and weights across trials. (D) Final rates of networks from many initial weights:
dots, with mean and standard error; how they end is counted below. (E) A network that starts at its set-points
leaves them. (F) Regions of stability of the neurons (green) and of the rule (hatched) for equal learning rates.
Asterisk: start of E. (G) Fast plasticity onto E. (H) Fast plasticity onto I; right of the blue line the network
is paradoxical. (I) As H, with a current into E and a lower gain. Black: the printed boundary of the rule, SI Eqs.
(2), (40). (A) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style


def plot(example, batch, set_points, stability):
    """Panels B to I."""
    figure = plt.figure(figsize=(7.6, 7.6), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(4.6, 3))
    simulated(upper, example.sel(variant="paper"), batch, set_points)
    analytical(lower.subplots(1, 4, sharey=True), stability)
    regions.legend(lower, ["printed", "border"])
    return figure


def simulated(figure, example, batch, set_points):
    """Panels B to E in `figure`, a figure or a part of one."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.5))
    trials = upper.subplots(1, 5)
    rates.trials(trials, example)
    style.letter(trials[0], "B")
    axes = lower.subplot_mosaic([["C", "D", "E"], ["W", "D", "e"]], width_ratios=(2, 1.2, 1.4))
    rates.history(axes["C"], axes["W"], example)
    rates.final_rates(axes["D"], batch)
    rates.trials([axes["E"], axes["e"]], set_points)
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
