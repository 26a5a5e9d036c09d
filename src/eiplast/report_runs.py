"""Runs for the report: what n is, on which device they ran and for how long, and all their settings."""

import functools
import json

import xarray as xr
import yaml

from eiplast import sample

_costs = ("wall_time_s", "cpu_time_s", "peak_memory_mb")


@functools.cache
def open_run(path):
    """The run at `path`, not in memory: the page needs sizes and attributes. None where it is not kept."""
    return xr.open_dataset(path, engine="netcdf4") if path.exists() else None


def facts(scale, datasets, n_runs):
    """What stays in sight of an item, text by its head: n, device and run time of the runs that are there."""
    if not datasets:
        return {"sample": "its runs are not kept here"}
    devices = sorted({ds.attrs["device"] for ds in datasets if "device" in ds.attrs})
    seconds = sum(ds.attrs.get("wall_time_s", 0) for ds in datasets)
    n_merged = sum(len(sample.joined(ds.attrs)) for ds in datasets)
    lost = f" ({len(datasets)} of {n_runs} runs; the others are not kept here)"
    return {
        "sample": sample.opening(scale, datasets) + (lost if len(datasets) < n_runs else ""),
        "device": ", ".join(devices) or "not recorded",
        "run time": _time(seconds)
        + (f", without the {n_merged} runs merged here" if n_merged else ""),
    }


def _time(seconds):
    """In words, with two or three digits."""
    units = [(3600, "h"), (60, "min"), (1, "s")]
    size, unit = next((one for one in units if seconds >= one[0]), units[-1])
    return f"{seconds / size:.{2 if seconds < 10 * size else 3}g} {unit}"


def run(source, ds):
    """Where a run is, and its provenance and configuration where it is kept."""
    if ds is None:
        return {"path": source, "kept": False}
    shown = ("job", "seed", "device", *_costs, "git_commit", "git_dirty")
    return {
        "path": source,
        "kept": True,
        "provenance": {key: ds.attrs[key] for key in shown if key in ds.attrs},
        "configuration": yaml.dump(_configuration(ds), Dumper=_Short, width=88, allow_unicode=True),
    }


class _Short(yaml.SafeDumper):
    """Lists on one line, as in config.yaml."""


_Short.add_representer(
    list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True)
)


def _configuration(ds):
    """The specification of a run; of merged runs, what they share and then what each has of its own."""
    spec = json.loads(ds.attrs["spec"])
    merged = sample.joined(ds.attrs)
    if not merged:
        return spec
    shared = {k: v for k, v in merged[0].items() if all(one.get(k) == v for one in merged)}
    own = [{k: v for k, v in one.items() if k not in shared} for one in merged]
    return spec | {"shared": shared, "runs": own}
