"""Cells of A Tables 1 and S3, or their variants, joined: dims dataset, method, n_hidden, seed, epoch, part."""

import json

import xarray as xr

_named = ["setup", "dataset", "method", "variant"]
_absent = {"diverged": False}


def run(spec, *cells):
    """Datasets of `train` joined along the coordinates that each carries; absent cells and seeds are NaN."""
    alike = [_whole_names(cell.drop_attrs(deep=False)) for cell in cells]
    # Cells of fewer seeds would else be joined along the seeds, and what has none be given them.
    alike = xr.align(*alike, join="outer", exclude=[*_named, "n_hidden"], fill_value=_absent)
    joined = xr.combine_by_coords(
        alike, join="outer", data_vars="all", fill_value=_absent, combine_attrs="no_conflicts"
    )
    joined = joined.sel({name: _order(cells, name) for name in _named if name in joined.dims})
    notes = sorted({cell.attrs["note"] for cell in cells} - {""})
    specs = [json.loads(cell.attrs["spec"]) for cell in cells]
    return joined.assign_attrs(note="; ".join(notes), specs=json.dumps(specs, sort_keys=True))


def _order(cells, name):
    """Values of the coordinate `name` as config.yaml lists them; the join sorts by alphabet."""
    return list(dict.fromkeys(str(value) for cell in cells for value in cell[name].values))


def _whole_names(cell):
    """`cell` with coordinates of text as objects: joined as arrays, they are cut to the first one's length."""
    texts = {name: value for name, value in cell.coords.items() if value.dtype.kind in "UT"}
    return cell.assign_coords({name: value.astype(object) for name, value in texts.items()})
