"""B Fig. S3: cross-homeostatic rules from broad initial weights.

(A) Weights of many networks from first to last (circles); blue line: the theoretical balance line. How they end
is counted above. (B) The same first (blue) and last weights without the lines in between.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(batch):
    """Panels A and B, onto E left and onto I right."""
    figure, axes = plt.subplots(1, 4, figsize=(8.4, 2.4), layout="constrained")
    rates.weight_changes(axes[:2], batch)
    rates.weight_changes(axes[2:], batch, lines=False)
    figure.suptitle(rates.outcomes(batch), fontsize=7)
    style.legend_below(axes[2])
    for ax, letter in zip(axes[::2], "AB", strict=True):
        style.letter(ax, letter)
    return figure
