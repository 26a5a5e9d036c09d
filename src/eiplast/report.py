"""One self-contained page: comparison, figures, tables. ``python -m eiplast.report SCALE OUTPUT FILE ...``."""

import base64
import importlib
import os
import sys
from pathlib import Path

import jinja2
import pandas as pd

from eiplast import netcdf

_papers = {
    "a": "A. Rossbroich & Zenke (2023), Dis-inhibitory neuronal circuits can control the sign of synaptic "
    "plasticity",
    "b": "B. Soldado-Magraner, Seay, Laje & Buonomano (2022), Paradoxical self-sustained dynamics emerge from "
    "orchestrated excitatory and inhibitory homeostatic plasticity rules",
}


def main(scale, output, comparison, *files):
    """Write the page from the comparison (CSV), the figures (SVG) and the tables (CSV)."""
    items = [_item(Path(file)) for file in files]
    papers = [
        {"title": title, "items": [item for item in items if item["name"].startswith(key)]}
        for key, title in _papers.items()
    ]
    rows = pd.read_csv(comparison, dtype=str, keep_default_na=False).to_dict("records")
    verdicts = ["reproduced", "differs", "not computed"]
    template = jinja2.Environment(autoescape=True).from_string(
        Path(__file__).with_name("report.html").read_text()
    )
    page = template.render(
        scale=scale,
        papers=papers,
        rows=[row | {key: _short(row[key]) for key in _numbers} for row in rows],
        counts={verdict: sum(row["verdict"] == verdict for row in rows) for verdict in verdicts},
        provenance=netcdf.provenance(),
    )
    temporary = Path(output).with_name(f".{Path(output).name}.{os.getpid()}")
    temporary.write_text(page)
    os.replace(temporary, output)


_numbers = ["reproduced", "spread", "difference", "ci_low", "ci_high"]


def _short(text):
    return f"{float(text):.4g}" if text else ""


def _item(path):
    kind = "figure" if path.suffix == ".svg" else "table"
    module = importlib.import_module(f"eiplast.{kind}.{path.stem}")
    caption = " ".join(module.__doc__.split())
    if kind == "figure":
        image = base64.b64encode(path.read_bytes()).decode()
        return {"name": path.stem, "caption": caption, "image": image}
    table = pd.read_csv(path).to_html(index=False, float_format="{:.4g}".format, border=0)
    return {"name": path.stem, "caption": caption, "table": table}


if __name__ == "__main__":
    main(*sys.argv[1:])
