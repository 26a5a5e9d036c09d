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
        if not tables.earlier(row):
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
        ratio = float(row["seconds"]) / ours[work]
        assert tables.earlier(row) or float(row["ratio"]) == pytest.approx(ratio, rel=1e-3)


def test_what_others_used_meanwhile_is_told():
    row = next(row for row in tables.read() if not tables.earlier(row))
    rows = [row | {"load": f"{share} of 2 cores used by others"} for share in ("0.01", "0.30")]
    for order in (rows, rows[::-1]):
        assert "; 0.01 to 0.3 of 2 cores used by others." in tables.machine(order)
    with pytest.raises(ValueError, match="unpack"):
        tables.machine([*rows, row | {"load": "0.00 of 16 cores used by others"}])


def test_a_row_of_an_earlier_run_is_compared_with_nothing_of_this_one():
    ours = {"table": "rate", "work": "w", "per": "trial", "note": "", "variant": "v"}
    rows = [
        ours | {"program": "eiplast", "seconds": "1", "ratio": "1"},
        ours | {"program": "slow", "seconds": "9", "ratio": "9"},
        ours | {"program": "NEST", "seconds": "2", "ratio": "", "note": "measured earlier"},
    ]
    assert "slow" in tables.summary(rows)
    assert "NEST" not in tables.summary(rows)
    last = [cell.strip() for cell in tables.table(rows, "rate").splitlines()[-1].split("|")]
    assert last[1:-1] == ["w", "NEST, v", "2 s", "", "measured earlier"]
