"""The table of ablations: paired by seed at the variant's last epoch, diverged cells included."""

import json

import numpy as np
import pytest
import xarray as xr

from eiplast import aggregate
from eiplast.table import a_ablation

place = {"setup": ["text"], "dataset": ["mnist"], "method": ["m"], "n_hidden": [1]}


def _cell(test, n_epochs, loss_floor=0.5, **variant):
    """A cell with the accuracies `test` (seed, epoch) in per cent; the loss is the share of wrong images."""
    coords = place | variant
    shape = [1] * len(coords)
    accuracy = np.reshape(test, (*shape, *np.shape(test), 1))
    accuracy = np.concatenate([accuracy, accuracy], -1)
    reported = accuracy[..., -1, :]
    return xr.Dataset(
        {
            "accuracy": ((*coords, "seed", "epoch", "part"), accuracy),
            "loss": ((*coords, "seed", "epoch", "part"), 1 - accuracy / 100),
            "accuracy_best": ((*coords, "seed", "part"), reported),
            "accuracy_last": ((*coords, "seed", "part"), reported),
            "loss_floor": (tuple(coords), np.full(shape, loss_floor)),
            "diverged": ((*coords, "seed"), np.isnan(reported[..., 0])),
            "n_epochs": (tuple(coords), np.full(shape, n_epochs)),
        },
        coords
        | {
            "seed": range(len(test)),
            "epoch": range(1, np.shape(test)[1] + 1),
            "part": ["validation", "test"],
        },
    )


def test_pairs_at_the_last_epoch_and_shows_what_diverged():
    train = _cell([[90.0, 92.0], [91.0, 94.0], [90.0, 93.0]], 2)
    nan = np.nan
    variants = xr.concat(
        [
            _cell([[91.0, 93.0], [92.0, 96.0], [nan, nan]], 2, variant=["whole"]),
            _cell([[88.0, nan], [90.0, nan], [89.0, nan]], 1, variant=["short"]),
            _cell([[80.0, nan], [nan, nan], [nan, nan]], 2, variant=["lost"]),
            _cell([[91.0, 93.0], [92.0, 96.0], [90.0, 93.0]], 2, 0.0, variant=["hard"]),
        ],
        "variant",
    )
    table = a_ablation.table(variants, train).set_index("variant")
    assert list(table.index) == ["whole", "short", "lost", "hard", "best_epoch"]
    assert table.difference["whole"] == pytest.approx(1.5)
    assert (table.n["whole"], table.diverged["whole"]) == (2, 1)
    assert (table.epochs["short"], table.variant_mean["short"]) == (1, pytest.approx(89.0))
    assert (table.n["lost"], table.diverged["lost"]) == (0, 3)
    assert np.isnan(table.difference["lost"])
    assert table.late_test_difference["whole"] == pytest.approx(1.25)
    assert table.difference["best_epoch"] == 0
    assert table.loss_difference["whole"] == pytest.approx(-0.015)
    assert (table.loss_n["whole"], table.loss_default_mean["whole"]) == (2, pytest.approx(0.07))
    shown = a_ablation.layout(table.reset_index()).set_index("variant")
    assert shown.loss_difference["whole"].startswith("-0.0150 [")
    assert (shown.difference["lost"], shown.late_test_difference["lost"]) == ("(n = 0)", "")
    assert (shown.loss_difference[["hard", "best_epoch"]] == "").all()


def test_the_last_ten_epochs_are_averaged_where_there_are_as_many():
    """A variant whose last epoch alone is bad: 1 above for nine epochs, 8 below in the last."""
    default = np.tile(np.arange(80.0, 92.0), (2, 1))
    ours = default + np.r_[[50.0] * 2, [1.0] * 9, -8.0]
    ours[1] += 0.5
    cells = _cell(ours, 12, variant=["bad_end"]), _cell(default, 12)
    table = a_ablation.table(*cells).set_index("variant")
    assert table.difference["bad_end"] == pytest.approx(-7.75)
    for part in ("test", "validation"):
        assert table[f"late_{part}_difference"]["bad_end"] == pytest.approx(0.35)
        assert table[f"late_{part}_n"]["bad_end"] == 2
    shown = a_ablation.layout(table.reset_index()).set_index("variant")
    assert shown.late_test_difference["bad_end"].startswith("+0.35 [")
    assert shown.late_test_difference["best_epoch"] == ""


def test_losses_of_other_targets_alone_leave_their_column_empty():
    train = _cell([[90.0, 92.0], [91.0, 94.0]], 2)
    hard = _cell([[91.0, 93.0], [92.0, 96.0]], 2, 0.0, variant=["hard"])
    shown = a_ablation.layout(a_ablation.table(hard, train))
    assert (shown.loss_difference == "").all()


def test_variants_of_fewer_seeds_and_of_another_setup_stand_in_one_table():
    """Joined by `aggregate` as `stopping` is beside the others: no seed is another's, and none is made up."""
    spec = {"spec": json.dumps({}), "note": ""}
    other = {"setup": ["authors"], "variant": ["stopping"]}
    train = [
        _cell([[90.0, 92.0], [91.0, 94.0], [90.0, 93.0]], 2, **setup)
        for setup in ({}, {"setup": ["authors"]})
    ]
    variants = [
        _cell([[91.0, 93.0], [92.0, 96.0], [90.0, 93.0]], 2, variant=["bias"]),
        _cell([[90.0, 90.0], [92.0, 93.0]], 2, **other),
    ]
    joined = [
        aggregate.run({}, *(cell.assign_attrs(spec) for cell in cells))
        for cells in (variants, train)
    ]
    assert "seed" not in joined[0].n_epochs.dims
    assert joined[0].diverged.dtype == bool
    assert not joined[0].diverged.any()
    table = a_ablation.table(*joined).set_index(["variant", "setup"])
    assert table.difference["bias", "text"] == pytest.approx(1.0)
    assert table.n["bias", "text"] == 3
    assert table.difference["stopping", "authors"] == pytest.approx(-1.5)
    assert table.n["stopping", "authors"] == 2


def test_one_training_has_a_difference_and_no_interval():
    cells = _cell([[91.0, 93.0]], 2, variant=["one"]), _cell([[90.0, 92.0], [91.0, 94.0]], 2)
    shown = a_ablation.layout(a_ablation.table(*cells)).set_index("variant").loc["one"]
    assert shown.difference == "+1.00 (n = 1)"
    assert (shown.late_test_difference, shown.loss_difference) == ("+1.00", "-0.0100")
