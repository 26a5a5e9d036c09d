"""B Fig. S1: stability needs both subsystems.

Regions of stability as in Fig. 2F with the start (asterisk) and the weights of one network across trials (blue),
and of the same network with other noise (pale): (A) from inside the neural region and outside that of the rule,
(B) from inside both. Beside them, (a) its first and (b) its last trial, and with how many noises it is active
then, that is with E above 1 Hz; its average rates and weights across trials, and as bands the middle half over
noises; dashed: set-points. Over the weights: how the networks end. The paper's network of (A) ends in a
Down-state.
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
        axes["map"].plot(ds.W_EE.T, ds.W_IE.T, color="#9ec3e6", lw=0.5, rasterized=True)
        axes["map"].plot(ds.W_EE[0], ds.W_IE[0], color="#2166ac")
        axes["map"].set(xlim=limits[0], ylim=limits[1])
        rates.trials([axes["a"], axes["b"]], ds, seeds=ds)
        for mark in "ab":
            axes[mark].set_title(f"{mark}, {axes[mark].get_title()}")
        rates.history(axes["rate"], axes["weight"], ds, seeds=ds)
        axes["weight"].set_title(_ends(ds), fontsize=6)
        style.marks(axes["rate"], ds.record.values + 1)
    regions.legend(part, ["printed"])
    return figure


def _ends(ds):
    return f"{ds.sizes['init']} networks: " + rates.outcomes(ds)


def analytical(ax, ds, letter):
    """Regions of one panel with its start, on one axes."""
    regions.main(ax, ds, "equal", point=f"fig_S1{letter}")
    style.letter(ax, letter)
