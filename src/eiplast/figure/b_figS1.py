"""B Fig. S1: stability needs both subsystems.

Regions of stability as in Fig. 2F with the start (asterisk) and the weights (blue) of one network across trials:
(A) from inside the neural region and outside that of the rule, (B) from inside both. Beside them, its first and
last trial and its average rates and weights across trials; dashed: set-points.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, regions, style


def plot(runs, stability):
    """Panels A and B, one below the other."""
    figure = plt.figure(figsize=(7.4, 6.4), layout="constrained")
    for part, letter, variant in zip(
        figure.subfigures(2, 1), "AB", ("unstable", "stable"), strict=True
    ):
        ds = runs.sel(variant=variant)
        axes = part.subplot_mosaic(
            [["map", "a", "rate"], ["map", "b", "weight"]], width_ratios=(1.5, 1, 1.6)
        )
        analytical(axes["map"], stability, letter)
        limits = axes["map"].get_xlim(), axes["map"].get_ylim()
        axes["map"].plot(ds.W_EE[0], ds.W_IE[0], color="#2166ac")
        axes["map"].set(xlim=limits[0], ylim=limits[1])
        rates.trials([axes["a"], axes["b"]], ds)
        rates.history(axes["rate"], axes["weight"], ds)
    regions.legend(part, ["printed"])
    return figure


def analytical(ax, ds, letter):
    """Regions of one panel with its start, on one axes."""
    regions.main(ax, ds, "equal", point=f"fig_S1{letter}")
    style.letter(ax, letter)
