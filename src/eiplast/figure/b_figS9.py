"""B Fig. S9: regions of stability of the cross-homeostatic rule, equal learning rates.

The rule is stable wherever the neurons are; its printed boundary, SI Eq. (7), is at the lower left. Areas from
eigenvalues, lines from the paper's closed forms.
"""

from eiplast.figure import regions


def plot(ds):
    """The one panel."""
    return regions.supplementary_figure(ds, {"equal": ""}, 1)
