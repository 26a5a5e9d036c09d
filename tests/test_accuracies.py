"""The tables of docs/reproduced.md: accuracies of paper A beside the print, and the tests of them."""

from pathlib import Path

import pytest
import xarray as xr
from scipy.ndimage import median_filter

from eiplast import accuracies, outcome

root = Path(__file__).parent.parent


def _row(item, quantity, setup, verdict, reproduced="97.514", p="0.2", q="0.3"):
    row = {"paper": "A", "item": item, "quantity": quantity, "setup": setup, "verdict": verdict}
    row |= {"printed": "97.5", "printed_spread": "0.19", "reproduced": reproduced}
    return row | {"spread": "0.126" if reproduced else "", "p": p, "q": q}


def _both(part, item, cell, *verdicts, **more):
    quantity = f"{part} accuracy (%), {cell}"
    setups = zip(("text", "authors"), verdicts, strict=True)
    return [_row(item, quantity, setup, verdict, **more) for setup, verdict in setups]


def _cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_table_has_a_line_a_cell_and_marks_what_differs():
    rows = []
    for cell in ("Fashion-MNIST, Backprop, 1 hidden", "MNIST, Backprop, 3 hidden"):
        rows += _both("validation", "Table S3", cell, "reproduced", "differs")
        rows += _both("test", "Table 1", cell, *["print unreadable"] * 2)
    cell = "MNIST, Backprop, 1 hidden"
    rows += _both("validation", "Table S3", cell, *["not computed"] * 2, reproduced="")
    rows += _both("test", "Table 1", cell, *["reproduced"] * 2)
    deviation = "standard deviation over seeds of the test accuracy (%), MNIST, Backprop, 1 hidden"
    rows.append(_row("Table 1", deviation, "text", "differs"))
    head, line, *cells = (_cells(line) for line in accuracies.table(rows).splitlines())
    assert head[-3:] == ["test, print", "test, text", "test, authors"]
    assert {len(row) for row in (line, *cells)} == {len(head)}
    ours, printed = "97.51 ± 0.13", "97.5 ± 0.19"
    last = ["Backprop", printed, ours, f"**{ours}**", "unreadable", ours, ours]
    missing = ["Backprop", printed, "not computed", "not computed", printed, ours, ours]
    assert cells == [["MNIST", "1", *missing], ["MNIST", "3", *last], ["Fashion-MNIST", "1", *last]]


def test_tests_are_counted_and_the_significant_named():
    numbers = [("0.2", "0.3"), ("0.0411", "0.06"), ("0.00123", "0.0149"), ("", "")]
    rows = [
        _row("Table 1", f"n{i}", "authors", "differs", p=p, q=q) for i, (p, q) in enumerate(numbers)
    ]
    rows.append(_row("Table 1", "of the text", "text", "differs", p="1e-9", q="1e-9"))
    rows.append(_row("Fig. 4c", "no table", "authors", "differs", p="1e-9", q="1e-9"))
    text = accuracies.tests(rows)
    assert text.startswith("With the authors' settings, 2 of the 3 numbers that are tested ")
    assert "; 1 have a q below it too.\n" in text
    assert [_cells(line) for line in text.splitlines()[4:]] == [
        ["Table 1, n2", "0.0012", "0.015", "differs"],
        ["Table 1, n1", "0.041", "0.06", "differs"],
    ]


def _published_row(quantity):
    """The published row of `quantity` with the authors' settings."""
    rows = outcome.read(root / "results/paper/comparison.csv")
    (row,) = (r for r in rows if (r["quantity"], r["setup"]) == (quantity, "authors"))
    return row


@pytest.mark.parametrize("n_hidden", [1, 3])
def test_table_S3_is_of_the_last_epoch(n_hidden):
    """Back-propagation with the authors' settings is at the print then, and not after the best epoch."""
    row = _published_row(f"validation accuracy (%), Fashion-MNIST, Backprop, {n_hidden} hidden")
    path = f"results/paper/train/authors/fashion_mnist/backprop/hidden{n_hidden}.nc"
    ds = xr.load_dataset(root / path).sel(part="validation").squeeze()
    printed, spread = float(row["printed"]), float(row["printed_spread"])
    assert abs(float(ds.accuracy_last.mean()) - printed) < spread / 2
    assert float(ds.accuracy_best.mean()) - printed > spread


def _published(path):
    """Validation accuracy over (seed, epoch)."""
    ds = xr.load_dataset(root / "results/paper" / path)
    return ds.accuracy.sel(part="validation").squeeze(["setup", "dataset", "method", "n_hidden"])


def _late(accuracy):
    return accuracy.isel(epoch=slice(-10, None)).mean("epoch")


def _fall(accuracy):
    """How far an epoch lies below those around it, at most, once learning is slow."""
    return (median_filter(accuracy.values, (1, 9)) - accuracy.values)[:, 20:].max()


@pytest.mark.parametrize("method", ["exact_inverse", "exact_inverse_avg_J"])
def test_the_stopping_rule_lowers_the_last_ten_epochs_of_three_hidden_layers(method):
    without = _published(f"train/authors/mnist/{method}/hidden3.nc")
    whole = _published(f"ablation/stopping_deep/mnist/{method}/hidden3.nc").squeeze("variant")
    assert _late(whole).item() < _late(without).min()
    # The reasons tell the two methods apart.
    averaged = method == "exact_inverse_avg_J"
    assert (_fall(whole) > 2 * _fall(without)) == averaged
    printed = float(
        _published_row("validation accuracy (%), MNIST, Exact inverse, 3 hidden")["printed"]
    )
    assert averaged or _late(whole).item() - printed > (_late(without).mean() - printed) / 2


def test_the_stopping_rule_lowers_a_training_with_the_linear_threshold():
    """By more than half of what the print asks for; one seed does not show it, so the reason stays a guess."""
    cell = "mnist/linear_threshold/hidden3.nc"
    without = _published(f"train/authors/{cell}")
    whole = _published(f"ablation/stopping_deep/{cell}").squeeze("variant")
    row = _published_row("validation accuracy (%), MNIST, Linear threshold, 3 hidden")
    assert row["reason"].startswith("a guess: ")
    lowered = _late(without.sel(seed=whole.seed)) - _late(whole)
    assert lowered.item() > float(row["difference"]) / 2 > 0
    assert _late(whole).item() > _late(without).min()


def test_no_training_on_fashion_mnist_falls_under_the_stopping_rule():
    cell = "fashion_mnist/exact_inverse_avg_J/hidden1.nc"
    without = _published(f"train/authors/{cell}")
    whole = _published(f"ablation/stopping_fashion/{cell}").squeeze("variant")
    assert _fall(whole) <= _fall(without)
    assert _late(without).min() <= _late(whole).min() <= _late(whole).max() <= _late(without).max()
