"""B Fig. S2: homeostatic and anti-homeostatic combinations also fail to reach the set-points.

(A) Networks that converge under each of the 16 rules (H homeostatic, A anti-homeostatic; weights EE, EI, IE,
II) from the set-points (linear regime) and from silence (sub-linear regime); a dot is green where at least nine in
ten converge. (C) Single trials of one network under HAAA; dashed: set-points. (D) Its average rates and
weights across trials. (E) Final rates of networks from many initial weights under HAAA (dots), mean and standard
error; how they end is counted below. (B) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(linear, sublinear, example, batch):
    """Panels A (numerical columns) and C to E."""
    figure = plt.figure(figsize=(7.2, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 2))
    signs(left.subplots(), linear, sublinear)
    simulated(right, example, batch)
    return figure


def signs(ax, linear, sublinear, column=0):
    """The two numerical columns of panel A, from `column` on."""
    # H before A, as printed.
    rules = sorted(linear.variant.values, reverse=True)
    for j, ds in enumerate((linear, sublinear)):
        for i, counts in enumerate(ds.converged.sel(variant=rules).values):
            colour = "#1a9850" if counts.mean() >= 0.9 else "#d73027"
            ax.plot(column + j, i, "o", color=colour, ms=6)
            ax.text(column + j + 0.15, i, f"{counts.sum()}/{len(counts)}", va="center", fontsize=6)
    ax.set(yticks=range(len(rules)), yticklabels=rules)
    ax.set(xticks=(column, column + 1), xticklabels=("linear", "sub-linear"))
    ax.set(xlim=(-0.4, column + 1.7), ylim=(len(rules) - 0.5, -0.5))
    ax.xaxis.tick_top()
    ax.set_xlabel("converge from the ... regime")
    style.letter(ax, "A")


def simulated(figure, example, batch):
    """Panels C to E in `figure`, a figure or a part of one."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.7))
    trials = upper.subplots(1, 3)
    rates.trials(trials, example)
    axes = lower.subplot_mosaic([["D", "E"], ["W", "E"]], width_ratios=(2, 1))
    rates.history(axes["D"], axes["W"], example)
    rates.final_rates(axes["E"], batch)
    axes["C"] = trials[0]
    for letter in "CDE":
        style.letter(axes[letter], letter)
