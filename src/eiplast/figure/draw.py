"""Draw one figure: ``python -m eiplast.figure.draw FIGURE SCALE OUTPUT.pdf [RUN.nc ...]``."""

import importlib
import re
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.transforms import Bbox

from eiplast import atomic, netcdf, program, sample
from eiplast.figure import style

# A date in the file would make two runs of the same commit differ.
_metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


def main(figure, scale, output, *runs):
    """Write the figure beside `output` as PDF, SVG and PNG, each whole or not at all."""
    write(stamped(figure, scale, [netcdf.load(path) for path in runs]), output)


def write(drawn, output, suffixes=tuple(_metadata)):
    """Write the figure `drawn` beside `output` in the formats `suffixes`, each whole or not at all."""
    # For all formats: it is most of the work.
    style.lay_out(drawn)
    whole = drawn.get_tightbbox().padded(mpl.rcParams["savefig.pad_inches"])
    whole = Bbox(style.rounded(whole.get_points()))
    for suffix in suffixes:
        target = Path(output).with_suffix(f".{suffix}")
        with atomic.writing(target) as temporary:
            drawn.savefig(temporary, metadata=_metadata[suffix], bbox_inches=whole)
            if suffix == "svg":
                temporary.write_text(numbered(temporary.read_text("utf-8")), encoding="utf-8")


def numbered(svg):
    """The text `svg` with its ids numbered as they come: those of matplotlib hash the last digits of places."""
    found = {}

    def short(match):
        return match[1] + found.setdefault(match[2], f"i{len(found)}")

    return re.sub(r'(id="|#)([A-Za-z]\w*[0-9a-f]{10})(?=[")])', short, svg)


def stamped(figure, scale, datasets):
    """The figure of that name; below its axes, whatever the layout, words where it is not at paper scale."""
    style.use()
    drawn = importlib.import_module(f"eiplast.figure.{figure}").plot(*datasets)
    if scale != "paper":
        words = {"ha": "center", "va": "top", "color": "#b30000", "fontsize": 8}
        drawn.text(0.5, -0.02, sample.words(scale, datasets), **words)
    return drawn


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
