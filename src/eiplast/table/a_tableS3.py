"""A Table S3: validation accuracy in %, mean ± standard deviation over seeds, in two set-ups.

text: as the paper has it; authors: with the targets of 1.0, LeCun normal weights and plastic biases of their code.
Lost: training samples whose equilibrium the solver did not find, of all epochs and seeds; updates leave them out.
"""

from eiplast.table import accuracy

layout = accuracy.layout


def table(ds):
    """Validation accuracy of every cell."""
    return accuracy.table(ds, "validation")
