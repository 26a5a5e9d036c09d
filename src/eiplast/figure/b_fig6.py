"""B Fig. 6: with homeostatic and cross-homeostatic terms every unit reaches its set-point.

(B) Average rate of 20 E and 20 I units of one network across trials (thin) and of all (thick); dashed:
set-points; higher rates are cut off. (C) Two E and two I units, one solid and one dotted, in single trials. (D)
Summed weights onto each unit, from I against from E, before plasticity, and (E) after; blue: the balance line of
the set-points. (F) Weights before and after, excitatory green, inhibitory pink. (G) Final mean rates of networks
from many initial weights (dots), mean and standard error over networks; dashed: set-points; below: how they end,
and the standard deviation over the units of a network. (H) Mean rates in the first trial (blue) and at the end
(black); dotted: set-points. (A) of the paper is a drawing.
"""

from eiplast.figure import b_fig5

plot = b_fig5.plot
