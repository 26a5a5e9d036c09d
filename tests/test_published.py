"""The published comparison, tables and figures are what today's code makes of the published runs."""

import sys
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from drawn import assert_drawn_as_published
from eiplast import aggregate, compare, costs, netcdf
from eiplast.figure import draw
from eiplast.table import write
from listed import listed, published

root = Path(__file__).parent.parent
results = root / "results/paper"
sys.path.insert(0, str(root / "workflow"))


@pytest.fixture(scope="module")
def folder(paper, tmp_path_factory):
    """The published runs, joined where the workflow joins them."""
    import wiring

    folder = tmp_path_factory.mktemp("paper")
    for path in published():
        if path.suffix == ".nc":
            link = folder / path.relative_to(results)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    (folder / "aggregate").mkdir()
    for name, paths in wiring.cells("paper", paper).items():
        cells = [netcdf.load(root / path) for path in paths]
        netcdf.save(aggregate.run({}, *cells), folder / f"aggregate/{name}.nc", {}, job="aggregate")
    return folder


def _assert_alike(made, kept):
    """To the sixth digit, in which processors may differ."""
    made, kept = (pd.read_csv(path) for path in (made, kept))
    pd.testing.assert_frame_equal(made, kept, rtol=1e-6)


def test_published_comparison_is_that_of_the_published_runs(folder):
    """Else: ``snakemake --cores 1 -f results/paper/comparison.csv``."""
    compare.main("paper", folder / "comparison.csv", *map(str, sorted(folder.glob("*/*.nc"))))
    _assert_alike(folder / "comparison.csv", results / "comparison.csv")


@pytest.mark.parametrize("name", listed("TABLES"))
def test_published_tables_are_those_of_the_published_runs(folder, tmp_path, name):
    runs = [folder / run for run in listed("TABLES")[name]]
    write.main(name, "paper", tmp_path / f"{name}.csv", *runs)
    _assert_alike(tmp_path / f"{name}.csv", results / f"table/{name}.csv")
    assert (tmp_path / f"{name}.md").read_text("utf-8") == (results / f"table/{name}.md").read_text(
        "utf-8"
    )


def test_published_costs_are_those_of_the_published_runs(paper, folder):
    """Else: ``snakemake --cores 1 -f results/paper/costs.csv``."""
    import wiring

    runs = [
        folder / Path(path).relative_to("results/paper") for path in wiring.runs("paper", paper)
    ]
    costs.main(folder / "made.csv", *runs)
    _assert_alike(folder / "made.csv", results / "costs.csv")


def test_the_page_on_running_counts_the_published_runs_by_their_commit():
    said = " ".join((root / "docs/running.md").read_text("utf-8").split())
    of = Counter(
        netcdf.attributes(path)["git_commit"] for path in published() if path.suffix == ".nc"
    )
    (commit, count), *_ = of.most_common(1)
    assert f"{count} of the {of.total()} are of one, {commit[:7]}" in said
    assert f"The other {of.total() - count} are of earlier commits" in said


@pytest.mark.parametrize(
    "name", [name for name, runs in listed("FIGURES").items() if "aggregate/train.nc" in runs]
)
def test_published_figures_of_joined_runs_are_those_of_the_published_runs(folder, tmp_path, name):
    """Of single runs: test_figures."""
    runs = [netcdf.load(folder / run) for run in listed("FIGURES")[name]]
    draw.write(draw.stamped(name, "paper", runs), tmp_path / f"{name}.pdf", ["svg"])
    plt.close("all")
    assert_drawn_as_published(tmp_path / f"{name}.svg")
