"""B Fig. S1: homeostatic rules hold their set-points only where both subsystems are stable.

(A) From weights at which the network is stable and the rule is not, rates and weights leave the set-points.
(B) From weights at which both are stable, they stay. Dashed: set-points.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(runs):
    """Rates and weights across trials of panels A and B."""
    figure = plt.figure(figsize=(4.8, 4.6), layout="constrained")
    simulated(figure, runs)
    return figure


def simulated(figure, runs):
    """Single trials and histories of panels A (left) and B in `figure`, a figure or a part of one."""
    for part, letter, variant in zip(
        figure.subfigures(1, 2), "AB", ("unstable", "stable"), strict=True
    ):
        axes = part.subplot_mosaic([["a", "b"], ["rate", "rate"], ["weight", "weight"]])
        ds = runs.sel(variant=variant)
        rates.trials([axes["a"], axes["b"]], ds)
        rates.history(axes["rate"], axes["weight"], ds)
        style.letter(axes["a"], letter)
