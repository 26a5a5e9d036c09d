"""A Table 1: test accuracy in %, mean ± standard deviation over seeds."""

from eiplast.table import accuracy

layout = accuracy.layout


def table(ds):
    """Test accuracy of every cell."""
    return accuracy.table(ds, "test")
