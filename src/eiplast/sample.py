"""In words, of which scale results are and how many of everything were run, for figures, tables and the report."""

from eiplast import names

_counted = {
    "seed": "seeds",
    "init": "initialisations",
    "network": "networks",
    "trial": "trials",
    "epoch": "epochs",
}


def words(scale, datasets):
    """The scale, and the sizes of what `datasets` have many of."""
    counts = []
    for dim, noun in _counted.items():
        sizes = sorted({ds.sizes[dim] for ds in datasets if dim in ds.sizes})
        if sizes:
            counts.append(f"{' or '.join(map(str, sizes))} {noun}")
    found = {str(name) for ds in datasets if "dataset" in ds.coords for name in ds.dataset.values}
    paper = scale == "paper"
    if not counts:
        return f"{scale} scale: deterministic" + ("" if paper else ", as at paper scale")
    where = f" on {', '.join(map(names.printed, sorted(found)))}" if found else ""
    which = "" if paper else ", not the paper's"
    return f"{scale} scale{which}: n = {', '.join(counts)}{where}"
