"""A scale as Workflow Run RO-Crate, by the profile https://w3id.org/ro/wfrun/workflow/0.5.

``python -m eiplast.crate SCALE OUTPUT CITATION.cff SNAKEFILE CONFIG FILE ...``: OUTPUT is ro-crate-metadata.json
in the folder that becomes the crate. Every FILE, a NetCDF, figure, table or page below that folder, is a result of
the run; copies of SNAKEFILE and CONFIG come to lie beside OUTPUT, because a crate has to hold its workflow. The
same files give the same crate. Who ran it, and when, stands in no file, so the crate does not say.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from rocrate.rocrate import ROCrate

from eiplast import atomic, netcdf, program, publication, sample
from eiplast.crate_about import add, add_root, add_scale, add_workflow

_context = "https://w3id.org/ro/terms/workflow-run/context"
_formats = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".nc": "application/netcdf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
}
# What the rule `dataset` reads.
_images = {
    "digits": "https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_digits.html",
    "fashion_mnist": "https://www.tensorflow.org/datasets/catalog/fashion_mnist",
    "mnist": "https://www.tensorflow.org/datasets/catalog/mnist",
}


def main(scale, output, citation, snakefile, config, *files):
    """Write the crate's metadata, and copies of Snakefile and configuration beside them."""
    folder = Path(output).parent
    copies = folder / "Snakefile", folder / "config.yaml"
    for source, copy in zip((snakefile, config), copies, strict=True):
        with atomic.writing(copy) as temporary:
            shutil.copyfile(source, temporary)
    crate = describe(scale, folder, publication.citation(citation), sorted(map(Path, files)))
    text = json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False)
    with atomic.writing(output) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def describe(scale, folder, cited, files):
    """The crate of one scale.

    folder : Path, with Snakefile and config.yaml in it; cited : content of CITATION.cff; files : Paths below it.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(_context)
    runs = {path: netcdf.attributes(path) for path in files if path.suffix == ".nc"}
    add_root(crate, scale, cited)
    workflow = add_workflow(crate, folder / "Snakefile", cited, list(runs.values()))
    results = [_add_file(crate, path, folder, runs.get(path, {})) for path in files]
    used = [_add_file(crate, folder / "config.yaml", folder), add_scale(crate, workflow, scale)]
    used += [
        add(crate, _images[name], "CreativeWork", name=name, url=_images[name])
        for name in _data_sets(runs.values())
        if name in _images
    ]
    run = "".join(result["sha256"] for result in results)
    action = add(
        crate,
        f"#run-{hashlib.sha256(run.encode()).hexdigest()[:16]}",
        "CreateAction",
        name=f"Run of eiplast at {scale} scale",
        description=_of_run(scale, list(runs.values())),
        instrument=workflow,
        object=used,
        result=results,
    )
    crate.root_dataset["mentions"] = action
    return crate


def _add_file(crate, path, folder, attributes=None):
    """A file of the crate with its size and checksum."""
    content, name = path.read_bytes(), path.relative_to(folder).as_posix()
    properties = {
        "name": _name(path, folder),
        "encodingFormat": _formats[path.suffix],
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if attributes:
        said = {key: attributes[key] for key in ("job", "seed", "device") if key in attributes}
        properties["description"] = "; ".join(f"{key} {value}" for key, value in said.items())
    return crate.add_file(path, name, properties=properties)


def _name(path, folder):
    """A figure or table as the report names it, another file by its place."""
    if path.parent.name not in ("figure", "table"):
        return path.relative_to(folder).as_posix()
    words = publication.output(path)
    return f"Paper {words['paper'].upper()}, {words['title']}: {words['claim']}"


def _data_sets(runs):
    """Names of the data sets that runs, or what they merge, were specified with, sorted."""
    specs = [json.loads(run.get("spec", "{}")) for run in runs]
    specs += [spec for run in runs for spec in sample.joined(run)]
    return sorted({spec["dataset"] for spec in specs if "dataset" in spec})


def _of_run(scale, runs):
    commits = sorted({run["git_commit"] for run in runs if "git_commit" in run})
    dirty = any(run.get("git_dirty") == "yes" for run in runs)
    seconds = sum(float(run.get("wall_time_s", 0)) for run in runs)
    return (
        f"snakemake --config scale={scale}: {len(runs)} NetCDF files, which took {seconds:.0f} s of wall time "
        f"in all, made by commits {', '.join(commits) or 'unknown'}{', with changes on top' if dirty else ''}"
    )


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
