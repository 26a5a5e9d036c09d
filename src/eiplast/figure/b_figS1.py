"""B Fig. S1: stability needs both subsystems.

Regions of stability as in Fig. 2F and the starts (asterisks) of the simulations: (A) inside the neural region and
outside that of the rule, (B) inside both.
"""

import matplotlib.pyplot as plt

from eiplast.figure import regions, style


def plot(stability):
    """The regions of panels A and B."""
    figure, axes = plt.subplots(1, 2, figsize=(5.6, 3.2), layout="constrained", sharey=True)
    for ax, letter in zip(axes, "AB", strict=True):
        analytical(ax, stability, letter)
    regions.legend(figure, ["printed"])
    return figure


def analytical(ax, ds, letter):
    """Regions of one panel with its start, on one axes."""
    regions.main(ax, ds, "equal", point=f"fig_S1{letter}")
    style.letter(ax, letter)
