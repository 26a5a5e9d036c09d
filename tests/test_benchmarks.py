"""The tables of the pages are what was measured."""

import sys
from pathlib import Path

import pytest

root = Path(__file__).parent.parent
sys.path.append(str(root / "benchmarks"))

import tables  # noqa: E402


@pytest.mark.parametrize("page", tables.pages, ids=lambda path: path.name)
def test_tables_of_the_pages_are_what_was_measured(page):
    """Else: ``python benchmarks/tables.py``."""
    text, rows = page.read_text("utf-8"), tables.read()
    assert "<!-- table " in text
    assert tables.inserted(text, rows) == text
    slower = [row | {"seconds": str(2 * float(row["seconds"]))} for row in rows]
    assert tables.inserted(text, slower) != text


def test_every_row_says_how_it_was_measured():
    rows = tables.read()
    assert len(rows) > 30
    assert len({tuple(row[c] for c in tables.COLUMNS[:4]) for row in rows}) == len(rows)
    for row in rows:
        if "measured earlier" not in row["note"]:
            assert all(
                row[c] for c in ("version", "per", "threads", "processor", "date", "load")
            ), row


def test_ratios_are_those_of_the_seconds():
    ours = {}
    for row in tables.read():
        work = row["table"], row["work"]
        if work not in ours:
            assert row["program"] == "eiplast"
            ours[work] = float(row["seconds"])
        assert float(row["ratio"]) == pytest.approx(float(row["seconds"]) / ours[work], rel=1e-3)


def test_a_machine_that_was_shared_for_a_while_was_shared():
    row = next(row for row in tables.read() if "measured earlier" not in row["note"])
    rows = [row | {"load": load} for load in ("1.0 on 2 cores, alone", "2.0 on 2 cores, shared")]
    for order in (rows, rows[::-1]):
        assert "load average 1 to 2 on 2 cores, shared." in tables.machine(order)
    with pytest.raises(ValueError, match="unpack"):
        tables.machine([*rows, row | {"load": "1.0 on 16 cores, alone"}])
