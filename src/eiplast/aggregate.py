"""The cells of A Tables 1 and S3 joined: dims dataset, method, n_hidden, seed, epoch, part."""

import json

import xarray as xr


def run(spec, *cells):
    """Datasets of `train` joined along the coordinates that each carries; absent cells are NaN."""
    joined = xr.combine_by_coords(
        [cell.drop_attrs(deep=False) for cell in cells],
        join="outer",
        data_vars="all",
        fill_value={"diverged": False},
        combine_attrs="no_conflicts",
    )
    notes = sorted({cell.attrs["note"] for cell in cells} - {""})
    specs = [json.loads(cell.attrs["spec"]) for cell in cells]
    return joined.assign_attrs(note="; ".join(notes), specs=json.dumps(specs, sort_keys=True))
