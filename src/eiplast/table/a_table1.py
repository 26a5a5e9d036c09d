"""A Table 1: test accuracy in %, mean ± standard deviation over seeds.

Lost: training samples of the last epoch whose equilibrium the solver did not find, mean over seeds; the updates
leave them out.
"""

from eiplast.table import accuracy

layout = accuracy.layout


def table(ds):
    """Test accuracy of every cell."""
    return accuracy.table(ds, "test")
