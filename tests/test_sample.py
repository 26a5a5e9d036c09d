"""In words, how many of everything was run."""

import json

import pytest
import xarray as xr

from eiplast import sample
from eiplast.table import a_table1, write


def _run(n_seeds, joined=()):
    coords = {"seed": range(n_seeds), "epoch": range(50), "dataset": ["fashion_mnist", "mnist"]}
    specs = [{"n_seeds": n, "n_epochs": 50} for n in joined]
    return xr.Dataset(coords=coords, attrs={"specs": json.dumps(specs)} if joined else {})


@pytest.mark.parametrize(
    ("runs", "seeds"),
    [
        ([_run(10)], "10"),
        ([_run(5, [5, 5]), _run(10, [10])], "5 or 10"),
        ([_run(5, [5, 3, 1]), _run(10, [10])], "1 to 10"),
    ],
)
def test_seeds_are_those_of_every_run_that_was_joined(runs, seeds):
    found = f"n = {seeds} seeds, 50 epochs on Fashion-MNIST, MNIST"
    assert sample.words("paper", runs) == f"paper scale: {found}"
    assert sample.words("quick", runs) == f"quick scale, not the paper's: {found}"


def test_what_has_nothing_of_many_is_deterministic():
    run = xr.Dataset(coords={"time": range(3)})
    assert sample.words("paper", [run]) == "paper scale: deterministic"
    assert sample.words("quick", [run]) == "quick scale: deterministic, as at paper scale"


def test_names_keep_their_capitals_in_the_caption_of_a_table():
    found = "Quick scale, not the paper's: n = 10 seeds, 50 epochs on Fashion-MNIST, MNIST."
    assert write._caption(a_table1, "quick", [_run(10)]).endswith(f" {found}")
