"""Networks whose weights or rates became infinite or no number, as by a rule of plasticity that explodes.

What simulates them computes on: a kernel may take such a drive for none, and how the network ends reads as silent.
"""

from pathlib import Path

import numpy as np

# Weights and rates of networks of paper B; trainings of paper A count for themselves what diverges.
_names = ["W_EE", "W_EI", "W_IE", "W_II", "E_last", "I_last"]
_networks = {"init", "variant"}


def lost(ds):
    """Which networks of `ds` have a weight or rate that is not finite: bool, over its `init` and `variant`.

    ds : Dataset of one job; of one network, or without weights, the answer has no dimension. Weights of one
    network among many say nothing of the others: of these only rates count.
    """
    found = np.array(False)
    for name in _names:
        if name in ds and {"init"} & {*ds.dims} <= {*ds[name].dims}:
            bad = ~np.isfinite(ds[name])
            found = bad.any([dim for dim in bad.dims if dim not in _networks]) | found
    return found


def notes(ds, paths=(), sources=()):
    """In words, how many networks are lost in `ds`, and in each of the Datasets `sources` of `paths`: a list."""
    named = [("", ds), *((f"{Path(p).stem}: ", one) for p, one in zip(paths, sources, strict=True))]
    return [name + words for name, one in named if (words := _words(one))]


def _words(ds):
    found = np.asarray(lost(ds))
    if not found.any():
        return ""
    where = f" of {found.sum()} of {found.size} networks" if found.ndim else ""
    return f"weights or rates{where} became infinite or no number, so how these end means nothing"
