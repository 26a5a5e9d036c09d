"""B Fig. S8: regions of stability of the homeostatic rule.

(Top) Equal learning rates: little overlap of the rule's region with that of the neurons. (Bottom) Slow plasticity
onto I enlarges it. Areas from eigenvalues, lines from the paper's closed forms; the rule's is SI Eq. (2).
"""

from eiplast.figure import regions


def plot(ds):
    """Both panels."""
    return regions.supplementary_figure(ds, {"equal": "top", "slow_inhibitory": "bottom"}, 1)
