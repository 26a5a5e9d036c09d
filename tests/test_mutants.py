"""docs/mutants.md counts and explains what benchmarks/mutants.csv holds."""

import csv
import re
from pathlib import Path

import pytest

root = Path(__file__).parent.parent
page = (root / "docs/mutants.md").read_text("utf-8")


@pytest.fixture(scope="module")
def errors():
    with open(root / "benchmarks/mutants.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_numbers_are_those_of_the_table(errors):
    assert errors
    for seed in {error["seed"] for error in errors}:
        caught = [error["caught_by"] != "" for error in errors if error["seed"] == seed]
        counts = len(caught), sum(caught), len(caught) - sum(caught)
        assert f"| {' | '.join([seed, *map(str, counts)])} |" in page


def test_every_survivor_and_nothing_else_is_explained(errors):
    survivors = [f"{e['module']}:{e['line']}" for e in errors if not e["caught_by"]]
    assert sorted(re.findall(r"^- `([^`]+:\d+)`", page, re.MULTILINE)) == sorted(survivors)
