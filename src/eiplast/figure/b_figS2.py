"""B Fig. S2: homeostatic (H) and anti-homeostatic (A) combinations, in the order W_EE, W_EI, W_IE, W_II.

(A) The two analytical columns for all sixteen: is there a region of stability of the rule, and is its overlap with
that of the neurons large (more than the fraction in the head)? Green: yes. (F) Regions of HAAA for equal learning
rates. (G) The same with fast plasticity onto I: stable in the paradoxical region only, right of the blue line.
"""

import json

import matplotlib.pyplot as plt

from eiplast.figure import regions, style


def plot(stability):
    """Panels A (analytical columns), F and G."""
    figure, axes = plt.subplots(
        1, 3, figsize=(7.4, 3.4), layout="constrained", width_ratios=(1.3, 2, 2)
    )
    dots(axes[0], stability)
    analytical(axes[1:], stability)
    regions.legend(figure, ["printed", "border"])
    return figure


def dots(ax, ds):
    """The analytical columns of panel A."""
    names = sorted((str(c) for c in ds.case.values if len(str(c)) == 4), reverse=True)
    large = json.loads(ds.attrs["spec"])["large_overlap"]
    for row, name in enumerate(names):
        for column, variable in enumerate(("region_present", "large_overlap")):
            yes = bool(ds[variable].sel(case=name))
            ax.plot(column, row, "o", ms=5, color=style.E_colour if yes else style.I_colour)
    ax.set(xticks=(0, 1), xlim=(-0.6, 1.6), ylim=(len(names) - 0.4, -0.6))
    ax.set_xticklabels(("region", f"overlap\n> {large:g}"))
    ax.set_yticks(range(len(names)), names, family="monospace", fontsize=6.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    style.letter(ax, "A")


def analytical(axes, ds):
    """Panels F and G on two axes."""
    panels = {"F": ("HAAA", {}), "G": ("HAAA_slow_excitatory", {"paradoxical": True})}
    for ax, (letter, (case, extra)) in zip(axes, panels.items(), strict=True):
        regions.main(ax, ds, case, **extra)
        ax.set_title(regions.title(ds, case), fontsize=6.5)
        style.letter(ax, letter)
