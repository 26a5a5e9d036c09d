"""B Fig. S12: regions of stability of forced balance.

(Top left) Equal learning rates. (Top right) Slow plasticity of W_IE. (Bottom left) Slow plasticity of W_EE. Areas
from eigenvalues, lines from the paper's closed forms; the rule's are both of SI Eq. (16), which hold for the rule
SI Eq. (15) with the opposite sign of alpha_3.
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
