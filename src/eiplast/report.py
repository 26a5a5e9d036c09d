"""One self-contained page: what holds, the comparison, then every figure and table with what made it.

``python -m eiplast.report SCALE OUTPUT COMPARISON.csv RUNS FILE ...``: RUNS is a JSON object, the NetCDF files
below the folder of OUTPUT from which each figure (SVG) and table (CSV) among the FILEs was made. FILEs that are
not there are left out; of runs that are not there, the page says so.
"""

import json
import sys
import zipfile
from pathlib import Path

import jinja2

from eiplast import (
    atomic,
    names,
    netcdf,
    outcome,
    program,
    report_items,
    report_overview,
    report_rows,
)
from eiplast.verdict import verdicts

papers = {
    "a": "A. Rossbroich & Zenke (2023), Dis-inhibitory neuronal circuits can control the sign of synaptic "
    "plasticity",
    "b": "B. Soldado-Magraner, Seay, Laje & Buonomano (2022), Paradoxical self-sustained dynamics emerge from "
    "orchestrated excitatory and inhibitory homeostatic plasticity rules",
}
parts = {
    "number": "Printed numbers",
    "claim": "Printed claims",
    "sensitivity": "Our sensitivity checks",
    "errata": "Errata of the papers",
}
_pieces = [
    "report.html",
    "report_parts.html",
    "report_overview.html",
    "report_glossary.html",
    "report.css",
    "report.js",
]


def main(scale, output, comparison, runs, *files):
    """Write the page, beside it what its figures are made from, and the comparison alone beside its CSV."""
    output, rows = Path(output), report_rows.read(comparison)
    _write(Path(comparison).with_suffix(".html"), scale, comparison, rows, [])
    runs = json.loads(runs)
    there = [file for file in map(Path, files) if file.exists()]
    items = [report_items.item(file, scale, output.parent, runs[file.stem]) for file in there]
    items.sort(key=lambda item: (item["kind"], item["order"]))
    report_rows.share_out(rows, items)
    for item in items:
        _pack(output.parent, item["data"], item["sources"])
    _write(output, scale, comparison, rows, items)


def _pack(folder, data, sources):
    """Several runs in one file to download; the same files give the same bytes."""
    if not data or data in sources:
        return
    (folder / data).parent.mkdir(exist_ok=True)
    with atomic.writing(folder / data) as temporary, zipfile.ZipFile(temporary, "w") as packed:
        for source in sources:  # a NetCDF is compressed already
            packed.writestr(zipfile.ZipInfo(source), (folder / source).read_bytes())


def _write(output, scale, comparison, rows, items):
    here = Path(__file__).parent
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.DictLoader({name: (here / name).read_text("utf-8") for name in _pieces}),
    )
    found = report_overview.overview(rows)
    page = environment.get_template("report.html").render(
        scale=scale,
        papers=papers,
        parts=parts,
        verdicts=verdicts,
        outcomes=outcome.outcomes,
        short=outcome.short,
        overview=found,
        most=report_overview.most(found["figures"]),
        columns=report_rows.columns,
        columns_below=report_rows.columns_below,
        rows=rows,
        items=items,
        comparison=Path(comparison).name,
        provenance=netcdf.provenance(),
        printed_name=names.printed,
    )
    with atomic.writing(output) as temporary:
        temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
