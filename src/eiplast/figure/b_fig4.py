"""B Fig. 4: cross-homeostatic rules lead to inhibition-stabilized dynamics.

(H) Regions of stability of the neurons (green) and of the rule (hatched): the rule is stable wherever the neurons
are. Black: the printed boundary of the rule, SI Eq. (7).
"""

import matplotlib.pyplot as plt

from eiplast.figure import regions, style


def plot(stability):
    """Panel H."""
    figure, ax = plt.subplots(figsize=(3.4, 3.3), layout="constrained")
    analytical(ax, stability)
    regions.legend(figure, ["printed"], ncols=1)
    return figure


def analytical(ax, ds):
    """Panel H on one axes."""
    regions.main(ax, ds, "equal")
    ax.set_title(regions.title(ds, "equal"), fontsize=6.5)
    style.letter(ax, "H")
