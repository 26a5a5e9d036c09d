"""B Fig. S7: cross-homeostatic rules with many units from broad initial weights: the mean over networks comes to
the set-points; how many networks do so each is counted in (B).

(A) Mean rates of each network in the first trial (blue) and at the end (black); dotted: set-points. (B) Final
mean rates (dots), mean and standard error over networks; dashed: set-points; below: how they end, and the
standard deviation over the units of a network.
"""

import matplotlib.pyplot as plt

from eiplast.figure import units


def plot(batch):
    """Panels A and B."""
    figure, axes = plt.subplots(1, 2, figsize=(5.4, 2.6), layout="constrained")
    units.batch(axes[::-1], batch, "BA", hide_saturated=False)
    return figure
