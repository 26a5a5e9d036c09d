"""In words, of which scale results are and how many of everything were run, for figures, tables and the report."""

import json

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
        sizes = sorted({size for ds in datasets if dim in ds.sizes for size in _sizes(ds, dim)})
        if sizes:
            few = " or ".join(map(str, sizes)) if len(sizes) < 3 else f"{sizes[0]} to {sizes[-1]}"
            counts.append(f"{few} {noun}")
    found = {str(name) for ds in datasets if "dataset" in ds.coords for name in ds.dataset.values}
    paper = scale == "paper"
    if not counts:
        return f"{scale} scale: deterministic" + ("" if paper else ", as at paper scale")
    where = f" on {', '.join(map(names.printed, sorted(found)))}" if found else ""
    which = "" if paper else ", not the paper's"
    return f"{scale} scale{which}: n = {', '.join(counts)}{where}"


def opening(scale, datasets):
    """`words` as they begin a sentence: names in them keep their capitals."""
    said = words(scale, datasets)
    return said[:1].upper() + said[1:]


def joined(attrs):
    """Specifications of the runs that a Dataset with these attributes joins; none where it is a run itself."""
    return json.loads(attrs.get("specs", "[]"))


def _sizes(ds, dim):
    """How many of `dim` there are in `ds`, or in each of the runs that it joins: these may have fewer."""
    specs = joined(ds.attrs)
    return {spec[f"n_{dim}s"] for spec in specs if f"n_{dim}s" in spec} or {ds.sizes[dim]}
