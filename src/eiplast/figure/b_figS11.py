"""B Fig. S11: regions of stability of synaptic scaling.

(Top left) Equal learning rates. (Top right) Slow plasticity onto I. (Bottom left) Slow plasticity onto E. Areas
from eigenvalues, lines from the paper's closed forms; the rule's is SI Eq. (13), a hyperbola:
it holds in two opposite quadrants, on the side of the ticks.
"""

from eiplast.figure import regions


def plot(ds):
    """The three panels."""
    cases = {
        "equal": "top left",
        "slow_inhibitory": "top right",
        "slow_excitatory": "bottom left",
    }
    return regions.supplementary_figure(ds, cases, 2)
