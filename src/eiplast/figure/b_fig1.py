"""B Fig. 1: the paradoxical effect in the two-population model.

(B) A current into the inhibitory population lowers the rates of both populations. (C) Raising W_IE, as a
homeostatic rule would when I fires below its set-point, lowers I further. Left, one trial; grey: the step.
Right, mean and standard deviation over trials with independent noise, before and late in the step. (A) of the
paper shows measurements of Sanzeni et al. (2020), which are not redistributed.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(current, W_IE):
    """Panels B and C: one trial each, and the rates of all trials before and during the step."""
    figure, axes = plt.subplots(
        1, 4, figsize=(7.2, 2.3), layout="constrained", width_ratios=(3, 1.2, 3, 1.2)
    )
    for left, right, ds, letter in ((*axes[:2], current, "B"), (*axes[2:], W_IE, "C")):
        rates.stepped(left, right, ds)
        style.letter(left, letter)
    axes[0].plot([], [], color=style.E_colour, label="E")
    axes[0].plot([], [], color=style.I_colour, label="I")
    axes[0].plot([], [], color="0.4", ls="--", label="set-points")
    style.legend_below(axes[0], ncols=3)
    return figure
