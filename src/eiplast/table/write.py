"""Write one table: ``python -m eiplast.table.write TABLE SCALE OUTPUT.csv [RUN.nc ...]``.

A table module has ``table(*datasets) -> DataFrame`` with plain numbers, one row a cell, for the CSV, and may
have ``layout(DataFrame) -> DataFrame`` of text as the paper prints it, for Markdown and LaTeX.
"""

import importlib
import sys
from pathlib import Path

from eiplast import atomic, names, netcdf, program, sample


def main(name, scale, output, *runs):
    """Write the table beside `output` as CSV, Markdown and LaTeX, each whole or not at all."""
    datasets = [netcdf.load(path) for path in runs]
    module = importlib.import_module(f"eiplast.table.{name}")
    numbers = module.table(*datasets)
    text = module.layout(numbers) if hasattr(module, "layout") else numbers.copy()
    text = names.frame(text)
    caption = names.sentence(_caption(module, scale, datasets))
    numbers.insert(0, "scale", scale)
    escaped = caption.replace("%", r"\%").replace("_", r"\_")
    _write(output, ".csv", numbers.to_csv(index=False))
    _write(output, ".md", f"{caption}\n\n{text.to_markdown(index=False)}\n")
    _write(output, ".tex", text.to_latex(index=False, caption=escaped, escape=True))


def _caption(module, scale, datasets):
    words = [" ".join(module.__doc__.split())]
    if scale != "paper":
        words.append(f"{sample.opening(scale, datasets)}.")
    words += sorted({f"Note: {ds.attrs['note']}." for ds in datasets if ds.attrs.get("note")})
    return " ".join(words)


def _write(output, suffix, text):
    target = Path(output).with_suffix(suffix)
    with atomic.writing(target) as temporary:
        # Spreadsheets take a CSV for Latin-1 unless it begins with this mark.
        marked = suffix == ".csv" and not text.isascii()
        temporary.write_text(text, encoding="utf-8-sig" if marked else "utf-8")


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
