"""B Fig. 7 with the parameters behind the authors' own figure, which are not those that the paper prints.

Panels as in B Fig. 7. (B-H, J, K) Refractory periods of 2.5 and 1 ms, a learning rate of 0.008 pA/Hz², weights
from 0.4 pA without an upper bound. The paper labels the stages of (B) 0, 200, 400 and 1500. (I) The network of
the published training script (0.005 pA/Hz², 5 and 2 ms), with adaptation, as the authors' figure was made. (L)
Networks 1 and 7 from the weights in the authors' code, the others as printed.
"""

from eiplast.figure import b_fig7

plot = b_fig7.plot
