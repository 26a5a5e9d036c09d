"""B Fig. 2: standard homeostatic rules are stable in a narrow regime.

(F) Regions of stability of the neurons (green) and of the rule (hatched) for equal learning rates. Asterisk:
start of E. (G) Fast plasticity onto E. (H) Fast plasticity onto I; right of the blue line the network is
paradoxical. (I) As H, with a current into E and a lower gain. Black: the printed boundary of the rule, SI Eqs.
(2), (40).
"""

import matplotlib.pyplot as plt

from eiplast.figure import regions, style


def plot(stability):
    """Panels F to I."""
    figure, axes = plt.subplots(1, 4, figsize=(7.6, 2.9), layout="constrained", sharey=True)
    analytical(axes, stability)
    regions.legend(figure, ["printed", "border"])
    return figure


def analytical(axes, ds):
    """Panels F to I on four axes."""
    panels = {
        "F": ("equal", {"point": "fig_2E"}),
        "G": ("slow_inhibitory", {}),
        "H": ("slow_excitatory", {"paradoxical": True}),
        "I": ("current", {"paradoxical": True}),
    }
    for ax, (letter, (case, extra)) in zip(axes, panels.items(), strict=True):
        regions.main(ax, ds, case, **extra)
        ax.set_title(regions.title(ds, case), fontsize=6.5)
        style.letter(ax, letter)
    for ax in axes[1:]:
        ax.set_ylabel("")
