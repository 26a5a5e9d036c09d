"""B Fig. S1: stability needs both subsystems.

Regions of stability as in Fig. 2F with the start (asterisk) and the weights of one network across trials (blue),
and of networks with other noise (pale): (A) from inside the neural region and outside that of the rule, (B) from
inside both. Beside them, (a) its first and (b) its last trial, and how many of the others are active then, that
is with E above 1 Hz; its average rates and weights across trials, with the middle half of the others as bands;
dashed: set-points. Over the weights: how the others end. The paper's network of (A) ends in a Down-state.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style


def plot(runs, seeds, stability):
    """Panels A and B, one below the other."""
    figure = plt.figure(figsize=(7.4, 6.4), layout="constrained")
    for part, letter, variant in zip(
        figure.subfigures(2, 1), "AB", ("unstable", "stable"), strict=True
    ):
        ds, many = (run.sel(variant=variant) for run in (runs, seeds))
        axes = part.subplot_mosaic(
            [["map", "a", "rate"], ["map", "b", "weight"]], width_ratios=(1.5, 1, 1.6)
        )
        analytical(axes["map"], stability, letter)
        limits = axes["map"].get_xlim(), axes["map"].get_ylim()
        axes["map"].plot(many.W_EE.T, many.W_IE.T, color="#9ec3e6", lw=0.5, rasterized=True)
        axes["map"].plot(ds.W_EE[0], ds.W_IE[0], color="#2166ac")
        axes["map"].set(xlim=limits[0], ylim=limits[1])
        rates.trials([axes["a"], axes["b"]], ds, seeds=many)
        for mark in "ab":
            axes[mark].set_title(f"{mark}, {axes[mark].get_title()}")
        rates.history(axes["rate"], axes["weight"], ds, seeds=many)
        axes["weight"].set_title(_ends(many), fontsize=6)
        style.marks(axes["rate"], ds.record.values + 1)
    regions.legend(part, ["printed"])
    return figure


def _ends(many):
    """How the networks with other noise end."""
    return f"{many.sizes['init']} networks: " + rates.outcomes(many)


def analytical(ax, ds, letter):
    """Regions of one panel with its start, on one axes."""
    regions.main(ax, ds, "equal", point=f"fig_S1{letter}")
    style.letter(ax, letter)
