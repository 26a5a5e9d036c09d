"""B Fig. S2: homeostatic (H) and anti-homeostatic (A) combinations, in the order W_EE, W_EI, W_IE, W_II.

(A) All sixteen: is there a region of stability of the rule; is its overlap with that of the neurons large (more
than the fraction in the head); how many networks reach both set-points when they start at them (linear regime)
and from weak weights (sub-linear regime)? Dot: yes, or at least the share in the head; cross: no. (C) Single
trials of one network under HAAA; dashed: set-points; over each, with how many noises the network is active then,
that is with E above 1 Hz. (D) Its average rates and weights across trials; bands: the middle half over noises.
(E) Final rates of networks from many initial weights under HAAA (dots), mean and standard error; how they end is
counted below. (F) Regions of HAAA for equal learning rates. (G) The same with fast plasticity onto I: stable in
the paradoxical region only, right of the blue line. (B) of the paper is a drawing.
"""

import json

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style

_marks = {
    True: {"marker": "o", "ms": 5, "color": style.E_colour},
    False: {"marker": "x", "ms": 4, "color": style.I_colour},
}


def plot(linear, sublinear, example, batch, stability):
    """Panels A and C to G."""
    figure = plt.figure(figsize=(7.6, 7.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1.9))
    ax = left.subplots()
    dots(ax, stability)
    signs(ax, json.loads(stability.attrs["spec"])["success"], linear, sublinear)
    upper, lower = right.subfigures(2, 1, height_ratios=(1.6, 1))
    simulated(upper, example, batch)
    analytical(lower.subplots(1, 2), stability)
    regions.legend(lower, ["printed", "border"])
    return figure


def dots(ax, ds):
    """The analytical columns of panel A."""
    names = _rules(ds.case.values)
    p = json.loads(ds.attrs["spec"])
    for row, name in enumerate(names):
        for column, variable in enumerate(("region_present", "large_overlap")):
            yes = bool(ds[variable].sel(case=name))
            ax.plot(column, row, **_marks[yes])
    ax.set(xticks=range(4), xlim=(-0.6, 3.9), ylim=(len(names) - 0.4, -0.6))
    share = rf"$\geq$ {p['success']:g}"
    heads = (
        "region",
        f"overlap\n> {p['large_overlap']:g}",
        f"linear\n{share}",
        f"sub-linear\n{share}",
    )
    ax.set_xticklabels(heads, fontsize=6)
    ax.set_yticks(range(len(names)), names, family="monospace", fontsize=6.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    style.letter(ax, "A")


def signs(ax, success, *regimes):
    """The numerical columns of panel A; green where at least `success` of the networks end at the set-points."""
    for column, ds in enumerate(regimes, 2):
        for row, name in enumerate(_rules(ds.variant.values)):
            converged = ds.converged.sel(variant=name).values
            yes = converged.mean() >= success
            ax.plot(column, row, **_marks[bool(yes)])
            counts = f"{converged.sum()}/{converged.size}"
            ax.text(column + 0.18, row, counts, va="center", fontsize=6)


def _rules(names):
    """The sixteen in the order of the print: H before A."""
    return sorted((str(name) for name in names if len(str(name)) == 4), reverse=True)


def simulated(figure, example, batch):
    """Panels C to E in `figure`, a figure or a part of one."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.7))
    trials = upper.subplots(1, 3)
    rates.trials(trials, example, seeds=example)
    axes = lower.subplot_mosaic([["D", "E"], ["W", "E"]], width_ratios=(2, 1))
    rates.history(axes["D"], axes["W"], example, seeds=example)
    rates.final_rates(axes["E"], batch)
    axes["C"] = trials[0]
    for letter in "CDE":
        style.letter(axes[letter], letter)


def analytical(axes, ds):
    """Panels F and G on two axes."""
    panels = {"F": ("HAAA", {}), "G": ("HAAA_slow_excitatory", {"paradoxical": True})}
    for ax, (letter, (case, extra)) in zip(axes, panels.items(), strict=True):
        regions.main(ax, ds, case, **extra)
        ax.set_title(regions.title(ds, case), fontsize=6.5)
        style.letter(ax, letter)
