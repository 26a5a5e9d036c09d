"""B Fig. S5: log-normal initial weights also lead cross-homeostatic rules to the set-points on average.

(B) Average rate of 20 E and 20 I units of one network across trials (thin) and of all (thick); dashed:
set-points; higher rates are cut off. (C) Two E and two I units, one solid and one dotted, in single trials. (D)
Distribution of the weights before (blue) and after plasticity (grey). (E) Summed weights onto each unit, from I
against from E, before plasticity, and (F) after; blue: the balance line of the set-points. (G) Weights before
and after, excitatory green, inhibitory pink. (H) Final mean rates of networks from many initial weights (dots),
mean and standard error over networks; dashed: set-points; below: how they end, and the standard deviation over
the units of a network. (I) Mean rates in the first trial (blue) and at the end (black); dotted: set-points. (A)
of the paper is a drawing.
"""

import matplotlib.pyplot as plt
import numpy as np

from eiplast.figure import rates, style, units


def plot(batch):
    """Panels B to I; B to G are network 0 of the batch."""
    figure = plt.figure(figsize=(7.2, 10.6), layout="constrained")
    parts = figure.subfigures(4, 1, height_ratios=(1.4, 0.8, 2.2, 1))
    units.course(parts[0], batch, "BC")
    _distributions(parts[1].subplots(1, 4), batch)
    units.weights(parts[2], batch, "EFG")
    units.batch(parts[3].subplots(1, 2), batch, "HI")
    return figure


def _distributions(axes, ds):
    for ax, c in zip(axes, rates.weight_lines, strict=True):
        weights = ds[f"W_{c}_units"].values[[0, -1]].reshape(2, -1)
        # No unit connects to itself: the diagonal holds no weights.
        weights = [w[w > 0] for w in weights]
        bins = np.linspace(0, np.quantile(np.concatenate(weights), 0.995), 40)
        ax.hist(weights[0], bins, color=style.before_colour, alpha=0.7, label="before")
        ax.hist(weights[1], bins, color="0.3", histtype="step", label="after")
        ax.set(xlabel=f"$W_{{{c}}}$", ylabel="count" if c == "EE" else "")
    style.legend_right(axes[-1])
    style.letter(axes[0], "D")
