"""B Fig. 1: the paradoxical effect in the two-population model.

(B) A current into the inhibitory population lowers the rates of both populations. (C) Raising W_IE from 10 to
12, as a homeostatic rule would when I fires below its set-point, lowers I further. Grey: the step. Dots: mean
and standard deviation over trials with independent noise. (A) of the paper shows measurements of Sanzeni et
al. (2020), which are not redistributed.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(current, W_IE):
    """Panels B and C: one trial each, and the rates of all trials before and during the step."""
    figure, axes = plt.subplots(
        1, 4, figsize=(7.2, 2.3), layout="constrained", width_ratios=(3, 1.2, 3, 1.2)
    )
    for left, right, ds, letter, title in (
        (*axes[:2], current, "B", "current into I"),
        (*axes[2:], W_IE, "C", r"$W_{IE}$: 10 $\to$ 12"),
    ):
        rates.trial(left, ds)
        rates.before_and_during(right, ds)
        right.set_ylabel("")
        right.set_ylim(left.get_ylim())
        style.letter(left, letter)
        left.set_title(title)
    axes[0].plot([], [], color=style.E_colour, label="E")
    axes[0].plot([], [], color=style.I_colour, label="I")
    axes[0].plot([], [], color="0.4", ls="--", label="set-points")
    style.legend_below(axes[0], ncols=3)
    return figure
