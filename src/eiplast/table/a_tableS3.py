"""A Table S3: validation accuracy in %, mean ± standard deviation over seeds."""

from eiplast.table import accuracy

layout = accuracy.layout


def table(ds):
    """Validation accuracy of every cell."""
    return accuracy.table(ds, "validation")
