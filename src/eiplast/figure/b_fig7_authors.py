"""B Fig. 7 with the parameters behind the authors' own figure, which are not those that the paper prints.

Panels as in B Fig. 7. (B-H, J, K) Shorter refractory periods, faster learning, weights from a lower least one and
without an upper bound; the line at the top says how much. The paper labels the stages of (B) 0, 200, 400 and 1500.
(I) The network of the published training script, which learns at a rate between the two, with adaptation, as the
authors' figure was made. (L) Networks 1 and 7 from the weights in the authors' code, the others as printed.
"""

from eiplast.figure import b_fig7

plot = b_fig7.plot
