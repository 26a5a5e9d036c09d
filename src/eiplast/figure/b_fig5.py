"""B Fig. 5: cross-homeostatic rules bring a network of many units to the set-points on average.

(B) Average rate of 20 E and 20 I units of one network across trials (thin) and of all (thick); dashed:
set-points; higher rates are cut off. (C) Two E and two I units in single trials. (D) Summed weights onto each
unit, from I against from E, before plasticity, and (E) after; blue: the balance line of the set-points.
(F) Weights before and after. (G) Final mean rates of networks from many initial weights (dots), mean and
standard error; how they end is counted below. (H) Mean rates in the first trial (blue) and at the end (black).
(A) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast.figure import units


def plot(example, batch):
    """Panels B to H."""
    figure = plt.figure(figsize=(7.2, 9.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(3.6, 1))
    units.example(upper, example, "BCDEF")
    units.batch(lower.subplots(1, 2), batch, "GH")
    return figure
