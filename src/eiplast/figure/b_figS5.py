"""B Fig. S5: log-normal initial weights also lead cross-homeostatic rules to the set-points on average.

(B) Average rate of 20 E and 20 I units of one network across trials (thin) and of all (thick); dashed:
set-points; higher rates are cut off. (C) Two E and two I units in single trials. (D) Distribution of the weights
before (blue) and after plasticity (grey). (E) Summed weights onto each unit, from I against from E, before
plasticity, and (F) after; blue: the balance line of the set-points. (G) Weights before and after. (H) Final
mean rates of networks from many initial weights (dots), mean and standard error; how they end is counted
below. (I) Mean rates in the first trial (blue) and at the end (black). (A) of the paper is a drawing.
"""

import matplotlib.pyplot as plt
import numpy as np

from eiplast.figure import rates, style, units


def plot(batch):
    """Panels B to I; B to G are network 0 of the batch."""
    figure = plt.figure(figsize=(7.2, 10.6), layout="constrained")
    upper, middle, lower = figure.subfigures(3, 1, height_ratios=(3.6, 0.8, 1))
    units.example(upper, batch, "BCEFG")
    _distributions(middle.subplots(1, 4), batch)
    units.batch(lower.subplots(1, 2), batch, "HI")
    return figure


def _distributions(axes, ds):
    for ax, c in zip(axes, rates.weight_colours, strict=True):
        weights = ds[f"W_{c}_units"].values[[0, -1]].reshape(2, -1)
        # No unit connects to itself: the diagonal holds no weights.
        weights = [w[w > 0] for w in weights]
        bins = np.linspace(0, np.quantile(np.concatenate(weights), 0.995), 40)
        for values, colour, label in zip(
            weights, ("#3b6fb6", "0.5"), ("before", "after"), strict=True
        ):
            ax.hist(values, bins, color=colour, alpha=0.7, label=label)
        ax.set(xlabel=f"$W_{{{c}}}$", ylabel="count" if c == "EE" else "")
    axes[0].legend()
    style.letter(axes[0], "D")
