"""One self-contained page: the comparison, then every figure and table with what was found and how.

``python -m eiplast.report SCALE OUTPUT COMPARISON.csv RUNS FILE ...``: RUNS is a JSON object, the NetCDF files
below the folder of OUTPUT from which each figure (SVG) and table (CSV) among the FILEs was made.
"""

import base64
import functools
import importlib
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import jinja2
import pandas as pd
import xarray as xr
import yaml

from eiplast import atomic, netcdf, printed, program
from eiplast.figure import draw
from eiplast.verdict import verdicts

papers = {
    "a": "A. Rossbroich & Zenke (2023), Dis-inhibitory neuronal circuits can control the sign of synaptic "
    "plasticity",
    "b": "B. Soldado-Magraner, Seay, Laje & Buonomano (2022), Paradoxical self-sustained dynamics emerge from "
    "orchestrated excitatory and inhibitory homeostatic plasticity rules",
}
# (key of a row, head, whether the column sorts as numbers)
columns = [
    ("paper", "Paper", False),
    ("item", "Item", False),
    ("quantity", "Quantity", False),
    ("setup", "Set-up", False),
    ("printed", "Printed", True),
    ("printed_n", "Printed n", True),
    ("reproduced", "Ours", True),
    ("n", "Our n", True),
    ("difference", "Difference", True),
    ("interval", "95 % interval", True),
    ("rounding", "Rounding of the print", True),
    ("verdict", "Verdict", False),
    ("summary", "Set-ups together", False),
    ("reason", "Reason", False),
    ("note", "Remarks", False),
]


def main(scale, output, comparison, runs, *files):
    """Write the page, and beside it comparison.html, its first part alone."""
    rows = read_rows(comparison)
    _write(Path(output).with_name("comparison.html"), scale, comparison, rows, [])
    runs = json.loads(runs)
    items = [_item(Path(file), scale, Path(output).parent, runs[Path(file).stem]) for file in files]
    items.sort(key=lambda item: (item["kind"], item["order"]))
    share_out(rows, items)
    _write(Path(output), scale, comparison, rows, items)


def _write(output, scale, comparison, rows, items):
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("report.html").read_text("utf-8"))
    page = template.render(
        scale=scale,
        papers=papers,
        verdicts=verdicts,
        columns=columns,
        rows=rows,
        items=items,
        comparison=Path(comparison).name,
        provenance=netcdf.provenance(),
    )
    with atomic.writing(output) as temporary:
        temporary.write_text(page, encoding="utf-8")


def read_rows(comparison):
    """Rows of the comparison as dicts: text to show for each of `columns`, and `number` to sort by."""
    sources = {_identity(entry): entry.get("source") for entry in printed.rows()}
    rows = pd.read_csv(comparison, dtype=str, keep_default_na=False).to_dict("records")
    return [_row(row) | {"source": sources.get(_identity(row))} for row in rows]


def _identity(row):
    return tuple(row[key] for key in ("paper", "item", "quantity", "setup"))


def _row(row):
    numbers = {key: row[key] for key in ("printed_n", "reproduced", "n", "difference", "rounding")}
    numbers |= {"printed": row["printed"].lstrip("<> "), "interval": row["ci_low"]}
    low, high = _short(row["ci_low"]), _short(row["ci_high"])
    shown = {
        "printed": _with_spread(row["printed"], row["printed_spread"]),
        "printed_n": _short(row["printed_n"]),
        "reproduced": _with_spread(_short(row["reproduced"]), _short(row["spread"])),
        "n": f"{_short(row['n'])} {row['n_of']}".strip(),
        "difference": _short(row["difference"]),
        "interval": f"[{low}, {high}]" if low else "",
        "rounding": _rounding(row),
        "note": "; ".join(filter(None, (row["note"], row["test"], row["where"]))),
    }
    return row | shown | {"number": numbers, "place": None}


def _rounding(row):
    only = ": it holds only by this" if row["only_by_rounding"] else ""
    return f"± {_short(row['rounding'])}{only}" if row["rounding"] else ""


def _short(text):
    return f"{float(text):.4g}" if text else ""


def _with_spread(text, spread):
    return f"{text} ±\u00a0{spread}" if spread else text


def share_out(rows, items):
    """Give every row to the items that it is about: by the name that the papers print, then by its run.

    A run's smallest figure takes what the papers say of it elsewhere, such as in an equation. Adds to
    ``item["rows"]`` and sets ``row["place"]``, the first such item, where there is one.
    """
    for row in rows:
        own = [item for item in items if item["paper"] == row["paper"].lower()]
        named = [item for item in own if _is_part(row["item"], item["label"])]
        drawn = [item for item in own if row["source"] in item["sources"]]
        smallest = sorted(drawn, key=lambda item: (item["kind"] == "table", len(item["sources"])))
        found = [item for item in named if item in drawn] or named[:1] or smallest[:1]
        for item in found:
            item["rows"].append(row)
        row["place"] = found[0]["name"] if found else None


def _is_part(name, label):
    """Whether the paper's `name`, such as Fig. 1B, belongs to `label`, such as Fig. 1 (not to Fig. 10)."""
    return bool(label) and re.match(rf"{re.escape(label)}(?!\d)", name) is not None


def _item(path, scale, folder, sources):
    """A figure or table: its words, its image or rows, and the runs that made it."""
    kind = "figure" if path.suffix == ".svg" else "table"
    module = importlib.import_module(f"eiplast.{kind}.{path.stem}")
    datasets = [_open(folder / source) for source in sources]
    notes = {ds.attrs["note"] for ds in datasets if ds.attrs.get("note")}
    item = words(module.__doc__, path.stem) | {
        "name": path.stem,
        "kind": kind,
        "scale": _scale(scale, datasets),
        "notes": sorted(notes),
        "sources": sources,
        "runs": [_run(source, ds) for source, ds in zip(sources, datasets, strict=True)],
        "files": [f"{kind}/{path.stem}.{suffix}" for suffix in _formats[kind]],
        "rows": [],
    }
    return item | (_image(path) if kind == "figure" else {"table": _table(path, module)})


_formats = {"figure": ["pdf", "svg", "png"], "table": ["csv", "md", "tex"]}


def words(docstring, name):
    """Title, claim and caption of an item from the docstring of its module, and where it belongs."""
    first, _, rest = docstring.strip().partition("\n\n")
    printed = re.match(r"[AB] (?:SI )?((?:Fig\.|Table|Appendix) (?:[A-Z]\.)?S?\d+[A-Z]?)", first)
    label = printed[1] if printed else None
    paper, short, *variant = name.split("_")
    title = label or " ".join([short, *variant]).capitalize()
    if label and variant:
        title += f", {' '.join(variant)}"
    if short.startswith("table") and not title.startswith("Table"):
        title += ", table"
    claim = _one_line(first[printed.end() :] if printed else first).lstrip(": ")
    order = (
        not title.startswith(("Fig.", "Table")),
        [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)],
    )
    return {
        "paper": paper,
        "label": label,
        "title": title,
        "claim": claim[:1].upper() + claim[1:],
        "caption": _one_line(rest),
        "order": order,
    }


def _one_line(text):
    # A line that ends in a hyphen breaks a compound: set-points.
    return " ".join(text.replace("-\n", "-").split())


@functools.cache
def _open(path):
    """Not into memory: the page needs sizes and attributes only."""
    return xr.open_dataset(path, engine="netcdf4")


def _scale(scale, datasets):
    text = draw.stamp(scale, datasets)
    if scale == "paper":
        text = text.replace(", not the paper's", "").replace(", as at paper scale", "")
    return text


def _run(source, ds):
    shown = ("job", "seed", "device", "wall_time_s", "git_commit", "git_dirty")
    return {
        "path": source,
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
    merged = json.loads(ds.attrs.get("specs", "[]"))
    if not merged:
        return spec
    shared = {k: v for k, v in merged[0].items() if all(one.get(k) == v for one in merged)}
    own = [{k: v for k, v in one.items() if k not in shared} for one in merged]
    return spec | {"shared": shared, "runs": own}


def _image(path):
    """The SVG as an image: inlined as elements, thirty of them make a page slow."""
    root = next(ElementTree.iterparse(path, events=["start"]))[1]
    points = {side: float(root.get(side).removesuffix("pt")) for side in ("width", "height")}
    pixels = {side: round(size * 96 / 72) for side, size in points.items()}
    return pixels | {"image": base64.b64encode(path.read_bytes()).decode()}


def _table(path, module):
    """The table as its module lays it out, as HTML."""
    numbers = pd.read_csv(path, keep_default_na=False, na_values=[""]).drop(columns="scale")
    text = numbers.select_dtypes(exclude="number").columns
    numbers[text] = numbers[text].fillna("")
    table = module.layout(numbers) if hasattr(module, "layout") else numbers
    table = table.rename_axis(columns=None)  # to_html writes the name of a pivot as one more column
    with pd.option_context("display.max_colwidth", None):
        return table.to_html(
            index=False, border=0, justify="left", na_rep="", float_format="{:.4g}".format
        )


if __name__ == "__main__":
    with program.in_one_line():
        main(*sys.argv[1:])
