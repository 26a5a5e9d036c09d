"""B Fig. S10: regions of stability of the two-term rule.

(Top left) The cross-homeostatic terms, alpha, dominate. (Top right) Equal terms. (Bottom left) The homeostatic
terms, beta, dominate. Areas from eigenvalues, lines from the paper's closed forms; the rule's is SI Eq. (10).
"""

from eiplast.figure import regions


def plot(ds):
    """The three panels."""
    cases = {
        "cross_dominates": "top left",
        "equal": "top right",
        "homeostatic_dominates": "bottom left",
    }
    return regions.supplementary_figure(ds, cases, 2)
