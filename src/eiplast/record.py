"""The record beside every NetCDF file, JSON: what made it, for who reads no NetCDF, as Snakemake before its jobs.

``python -m eiplast.record JOB FILE.nc ...`` writes the records of files that JOB would make alike today: those of
its code, and those of a commit of this checkout whose code means the same.
"""

import json
import sys
from pathlib import Path

from eiplast import atomic, hdf5, program, source
from eiplast.errors import JobError


def path_of(path):
    """Where the record of the NetCDF file `path` is."""
    return Path(path).with_suffix(".json")


def write(path, job, code, spec):
    """Record that `job` with the digest `code` made `path` to the specification `spec`."""
    what = {"job": job, "code": code, "bytes": Path(path).stat().st_size, "spec": spec}
    with atomic.writing(path_of(path)) as temporary:
        temporary.write_text(json.dumps(what, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def read(path):
    """The record of `path` as a dict, else what the file itself says; None where neither can be read, and why.

    Returns the pair (dict or None, words).
    """
    try:
        return json.loads(path_of(path).read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return _of_file(path)
    except (OSError, ValueError) as error:
        return None, f"{path_of(path)}: {error}"


def is_cut_short(path, found):
    """Whether `path` has another size than the record `found` says, or, without one, less than it says itself."""
    if found and "bytes" in found:
        return Path(path).stat().st_size != found["bytes"]
    return hdf5.is_cut_short(path)


def _of_file(path):
    try:
        from eiplast import netcdf

        attrs = netcdf.attributes(path)
    except (ImportError, OSError) as error:
        return None, f"no {path_of(path).name} beside it, and {error}"
    return {"code": attrs.get("code"), "spec": json.loads(attrs.get("spec", "{}"))}, ""


def main(job, *paths):
    """Write the records of `paths`, which `job` would make alike today; JobError names those it would not."""
    from eiplast import netcdf

    for path in paths:
        attrs = netcdf.attributes(path)
        now = source.digest(job, spec=attrs["spec"])
        same = attrs["code"] == now or (
            attrs["git_dirty"] == "no"
            and source.digest_at(attrs["git_commit"], attrs["job"], spec=attrs["spec"]) == now
        )
        if not same:
            raise JobError(f"{path} was made with other code than that of {job} today")
        write(path, job, now, json.loads(attrs["spec"]))


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
