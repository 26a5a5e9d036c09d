"""Figures and tables for the report: words, image or rows, runs with n, device and time, and what to download."""

import importlib
import re

import pandas as pd

from eiplast import names, outcome, report_image, report_runs

_formats = {"figure": ["pdf", "svg", "png"], "table": ["csv", "md", "tex"]}
# Tables of ours that no paper prints, by the part of the page that they stand in.
_parts = {"a_ablation": "sensitivity", "b_sensitivity": "sensitivity", "b_errata": "errata"}


def item(path, scale, folder, sources):
    """A figure (SVG) or table (CSV) at `path`, a dict; `sources` : its runs, paths below `folder`.

    A run that is not there is named as such, and what it would tell is left out.
    """
    kind = "figure" if path.suffix == ".svg" else "table"
    module = importlib.import_module(f"eiplast.{kind}.{path.stem}")
    datasets = {source: report_runs.open_run(folder / source) for source in sources}
    there = [ds for ds in datasets.values() if ds is not None]
    found = words(module.__doc__, path.stem) | {
        "name": path.stem,
        "kind": kind,
        "facts": report_runs.facts(scale, there, len(sources)),
        "notes": sorted({names.sentence(ds.attrs["note"]) for ds in there if ds.attrs.get("note")}),
        "sources": sources,
        "runs": [report_runs.run(source, ds) for source, ds in datasets.items()],
        "files": _files(path, kind),
        "data": _data(path.stem, sources) if len(there) == len(sources) else None,
        "rows": [],
    }
    found["part"] = _parts.get(path.stem, f"paper_{found['paper']}")
    return found | (
        report_image.image(path) if kind == "figure" else {"table": _table(path, module)}
    )


def _files(path, kind):
    there = [suffix for suffix in _formats[kind] if path.with_suffix(f".{suffix}").exists()]
    return [f"{kind}/{path.stem}.{suffix}" for suffix in there]


def _data(name, sources):
    """The one file that holds its runs: `report` packs several."""
    return sources[0] if len(sources) == 1 else f"data/{name}.zip"


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
    placed = not title.startswith(("Fig.", "Table")), outcome.order(name)
    return {
        "paper": paper,
        "label": label,
        "title": title,
        "claim": claim[:1].upper() + claim[1:],
        "caption": _one_line(rest),
        "order": placed,
    }


def _one_line(text):
    # A line that ends in a hyphen breaks a compound: set-points.
    return " ".join(text.replace("-\n", "-").split())


def _table(path, module):
    """The table as its module lays it out, as HTML."""
    numbers = pd.read_csv(path, keep_default_na=False, na_values=[""]).drop(columns="scale")
    text = numbers.select_dtypes(exclude="number").columns
    numbers[text] = numbers[text].fillna("")
    # to_html writes the name of a pivot as one more column.
    laid_out = module.layout(numbers) if hasattr(module, "layout") else numbers
    table = names.frame(laid_out).rename_axis(columns=None)
    with pd.option_context("display.max_colwidth", None):
        return table.to_html(
            index=False, border=0, justify="left", na_rep="", float_format="{:.4g}".format
        )
