"""B Fig. 4: cross-homeostatic rules lead to inhibition-stabilized dynamics at the set-points.

(B) Single trials of one network from weights without self-sustained activity; dashed: set-points; a pulse at
time 0. Over each trial, with how many noises the network is active then, that is with E above 1 Hz. (C) Its
average rates and weights across trials; bands: the middle half over noises. (D) Weights of many networks, from
first to last (circles); blue: the theoretical balance line. (E) Their final rates, with mean and standard error;
how they end is counted below. (F) Final rates for three pairs of set-points (dashed). (G) Final weights for the
three pairs; lines: theory. (H) Regions of stability of the neurons (green) and of the rule (hatched): the rule
is stable wherever the neurons are. Black: the printed boundary of the rule, SI Eq. (7). (A) of the paper is a
drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style

pairs = ("#4292c6", "#6a51a3", "#e6550d")


def plot(example, seeds, batch, stability):
    """Panels B to H."""
    figure = plt.figure(figsize=(7.6, 6.8), layout="constrained")
    upper, middle, lower = figure.subfigures(3, 1, height_ratios=(1, 1.5, 1.5))
    one, many = (ds.sel(variant="paper") for ds in (example, seeds))
    _example(upper, middle, one, many, batch.isel(variant=0))
    axes = lower.subplot_mosaic([["F", "G", "g", "H"]], width_ratios=(1, 1.2, 1.2, 1.3))
    _final_rates(axes["F"], batch)
    _final_weights([axes["G"], axes["g"]], batch)
    for letter in "FG":
        style.letter(axes[letter], letter)
    analytical(axes["H"], stability)
    regions.legend(lower, ["printed"])
    return figure


def _example(upper, middle, example, seeds, batch):
    """Panels B, in `upper`, and C to E."""
    trials = upper.subplots(1, 4)
    rates.trials(trials, example, seeds=seeds)
    mosaic = [["C", "D", "d", "E"], ["W", "D", "d", "E"]]
    axes = middle.subplot_mosaic(mosaic, width_ratios=(1.5, 1, 1, 0.9))
    rates.history(axes["C"], axes["W"], example, seeds=seeds)
    rates.weight_changes([axes["D"], axes["d"]], batch)
    rates.final_rates(axes["E"], batch)
    axes["B"] = trials[0]
    for letter in "BCDE":
        style.letter(axes[letter], letter)


def _final_rates(ax, batch):
    for i in range(batch.sizes["variant"]):
        for population, colour in rates.populations:
            rates.ends(ax, i, batch.isel(variant=i), population, colour)
    ax.set(xticks=range(3), xticklabels="123", xlabel="set-points", ylabel="final rate (Hz)")


def _final_weights(axes, batch):
    for ax, post in zip(axes, "EI", strict=True):
        for i, colour in enumerate(pairs):
            one = batch.isel(variant=i)
            p = rates.spec(one)
            label = f"{i + 1}: {p['E_set']:g}, {p['I_set']:g} Hz"
            last = one[f"W_{post}E"][:, -1], one[f"W_{post}I"][:, -1]
            ax.plot(*last, color=colour, label=label, **rates.dots)
        bottom = ax.get_ylim()[0]
        for i, colour in enumerate(pairs):
            rates.balance_line(ax, batch.isel(variant=i), post, colour)
        ax.set_ylim(bottom=bottom)
    # Over the panels, beside their letter: below them the legend of the regions begins.
    legend = axes[0].legend(
        loc="lower left",
        bbox_to_anchor=(0.05, 0.98),
        ncols=3,
        fontsize=6,
        handlelength=1,
        columnspacing=0.8,
    )
    legend.set_in_layout(False)


def analytical(ax, ds):
    """Panel H on one axes."""
    regions.main(ax, ds, "equal")
    ax.set_title(regions.title(ds, "equal"), fontsize=6.5)
    style.letter(ax, "H")
