"""B Fig. 2: standard homeostatic rules rarely reach their set-points.

(B) Single trials of one network under homeostatic plasticity from weak weights; dashed: set-points; a pulse at
time 0. (C) Its average rates and weights across trials. (D) Final rates of networks from many initial weights:
dots, with mean and standard error; how they end is counted below. (E) A network that starts at its set-points
leaves them. (A) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(example, batch, set_points):
    """Panels B to E."""
    figure = plt.figure(figsize=(7.2, 4.6), layout="constrained")
    simulated(figure, example.sel(variant="paper"), batch, set_points)
    return figure


def simulated(figure, example, batch, set_points):
    """Panels B to E in `figure`, a figure or a part of one."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.5))
    trials = upper.subplots(1, 5)
    rates.trials(trials, example)
    style.letter(trials[0], "B")
    axes = lower.subplot_mosaic([["C", "D", "E"], ["W", "D", "e"]], width_ratios=(2, 1.2, 1.4))
    rates.history(axes["C"], axes["W"], example)
    rates.final_rates(axes["D"], batch)
    rates.trials([axes["E"], axes["e"]], set_points)
    for letter in "CDE":
        style.letter(axes[letter], letter)
