"""B Fig. 4: cross-homeostatic rules lead to inhibition-stabilized dynamics at the set-points.

(B) Single trials of one network from weights without self-sustained activity; dashed: set-points; a pulse at
time 0. (C) Its average rates and weights across trials. (D) Weights of many networks, from first to last
(circles); blue: the theoretical balance line. (E) Their final rates, with mean and standard error; how they end
is counted below. (F) Final rates for three pairs of set-points (dashed). (G) Final weights for the three pairs;
lines: theory. (A) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style

pairs = ("#4292c6", "#6a51a3", "#e6550d")


def plot(example, batch):
    """Panels B to G."""
    figure = plt.figure(figsize=(7.2, 6.2), layout="constrained")
    simulated(figure, example.sel(variant="paper"), batch)
    return figure


def simulated(figure, example, batch):
    """Panels B to G in `figure`, a figure or a part of one."""
    upper, middle, lower = figure.subfigures(3, 1, height_ratios=(1, 1.5, 1.2))
    trials = upper.subplots(1, 4)
    rates.trials(trials, example)
    style.letter(trials[0], "B")
    axes = middle.subplot_mosaic([["C", "D", "d", "E"], ["W", "D", "d", "E"]])
    rates.history(axes["C"], axes["W"], example)
    first = batch.isel(variant=0)
    rates.weight_changes([axes["D"], axes["d"]], first)
    rates.final_rates(axes["E"], first)
    axes |= lower.subplot_mosaic([["F", "G", "g"]])
    _final_rates(axes["F"], batch)
    _final_weights([axes["G"], axes["g"]], batch)
    for letter in "CDEFG":
        style.letter(axes[letter], letter)


def _final_rates(ax, batch):
    for i in range(batch.sizes["variant"]):
        one = batch.isel(variant=i)
        p = rates.spec(one)
        for population, colour in rates.populations:
            values = one[f"{population}_last"].values
            sem = values.std(ddof=1) / len(values) ** 0.5
            ax.plot([i] * len(values), values, ".", color=colour, ms=2, alpha=0.3, mew=0)
            ax.errorbar(i, values.mean(), sem, color="black", marker="_", ms=10, capsize=3, lw=1)
            ax.plot([i - 0.4, i + 0.4], [p[f"{population}_set"]] * 2, color=colour, ls="--", lw=0.9)
    ax.set(
        xticks=range(3), xticklabels=("1", "2", "3"), xlabel="set-points", ylabel="final rate (Hz)"
    )


def _final_weights(axes, batch):
    for ax, post in zip(axes, "EI", strict=True):
        for i, colour in enumerate(pairs):
            one = batch.isel(variant=i)
            x, y = one[f"W_{post}E"][:, -1], one[f"W_{post}I"][:, -1]
            p = rates.spec(one)
            ax.plot(
                x,
                y,
                "o",
                color=colour,
                ms=2.5,
                mew=0,
                label=f"{i + 1}: {p['E_set']:g}, {p['I_set']:g} Hz",
            )
        for i, colour in enumerate(pairs):
            rates.balance_line(ax, batch.isel(variant=i), post, colour)
    axes[0].legend(title="E, I set-points", title_fontsize=6, fontsize=6)
