"""Verdicts of the comparison on samples whose answer is known."""

import runpy
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from eiplast import compare, ours, printed, reasons, verdict

entry = {"paper": "A", "item": "Table 1", "quantity": "q", "printed": "98.1", "spread": "0.2", "n": 10,
         "source": "aggregate/train.nc", "variable": "x", "select": {"method": "backprop"}}  # fmt: skip


def _dataset(values):
    values = np.atleast_2d(values)
    return xr.Dataset({"x": (("method", "seed"), values)}, coords={"method": ["backprop"]})


def _sample(mean, sd, n):
    z = np.random.default_rng(0).standard_normal(n)
    return mean + sd * (z - z.mean()) / z.std(ddof=1)


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [(98.1, "reproduced"), (98.2, "reproduced"), (98.6, "differs"), (97.5, "differs")],
)
def test_verdict_of_a_printed_mean(mean, verdict):
    row = compare.compare(entry, _dataset(_sample(mean, 0.2, 10)))
    assert row["verdict"] == verdict
    assert row["difference"] == pytest.approx(mean - 98.1)
    assert list(row)[: len(row)] == [key for key in row if key in compare.columns]


def test_interval_is_welchs_and_rounding_apart():
    ours = _sample(98.0, 0.1, 7)
    row = compare.compare(entry, _dataset(ours))
    theirs = _sample(98.1, 0.2, 10)
    welch = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose(
        (row["ci_low"], row["ci_high"], row["rounding"]), (welch.low, welch.high, 0.05)
    )


@pytest.mark.parametrize(
    ("mean", "verdict", "only"),
    [
        (98.1, "reproduced", ""),
        (98.14, "reproduced", "yes"),
        (98.06, "reproduced", "yes"),
        (98.17, "differs", ""),
        (98.03, "differs", ""),
    ],
)
def test_what_holds_only_by_rounding_says_so(mean, verdict, only):
    claim = entry | {"spread": None, "n": None}
    row = compare.compare(claim, _dataset(_sample(mean, 0.01, 10)))
    assert (row["verdict"], row["only_by_rounding"]) == (verdict, only)


def test_false_alarms_are_rare():
    """Means drawn from the printed distribution differ in one case of twenty at the most."""
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(400):
        theirs, ours = rng.normal(98.1, 0.2, (2, 10))
        printed = entry | {"printed": f"{theirs.mean():.4f}", "spread": f"{theirs.std(ddof=1):.4f}"}
        rows.append(compare.compare(printed, _dataset(ours))["verdict"])
    assert 0.02 < np.mean([verdict == "differs" for verdict in rows]) < 0.08


@pytest.mark.parametrize(
    ("printed", "values", "verdict"),
    [
        ("< 0", [-1.0, -1.1, -0.9], "reproduced"),
        ("< 0", [1.0, 1.1, 0.9], "differs"),
        ("< 0", [-1.0, 2.0, -0.5], "undecided"),
        ("> 0", [-1.0, 2.0, -0.5], "undecided"),
        ("> 0", [-1.0, -1.1, -0.9], "differs"),
        ("> 0", [0.0], "differs"),
        ("> 0", [0.3], "reproduced"),
        ("4", [4.3], "reproduced"),
        ("4.0", [4.3], "differs"),
    ],
)
def test_relations_and_exact_results(printed, values, verdict):
    claim = entry | {"printed": printed, "spread": None, "n": None}
    assert compare.compare(claim, _dataset(values))["verdict"] == verdict


def test_equality_claims_are_not_rounded():
    claim = entry | {"printed": "4", "spread": None, "n": None, "exact": True}
    assert compare.compare(claim, _dataset([4.09]))["verdict"] == "differs"


def test_too_few_are_not_judged():
    row = compare.compare(entry, _dataset([98.1, 98.2]))
    assert row["verdict"] == "undecided"
    assert "n = 2 is too few" in row["test"]


def test_diverged_runs_are_counted():
    values = np.append(_sample(98.1, 0.2, 8), [np.nan, np.nan])
    row = compare.compare(entry, _dataset(values))
    assert row["n"] == 8
    assert "2 of 10 diverged" in row["note"]


def test_what_is_not_there_is_not_computed():
    for ds in (None, _dataset([1.0]).assign_coords(method=["other"])):
        row = compare.compare(entry, ds)
        assert row["verdict"] == "not computed"
        assert row["note"]


@pytest.mark.parametrize(("n_epochs", "kept"), [(np.nan, True), (50, False)])
def test_a_cell_that_an_aggregate_lacks_is_not_one_that_diverged(n_epochs, kept):
    """Of the one an earlier value stays, of the other it does not."""
    ds = _dataset([np.nan, np.nan]).assign_attrs(job="aggregate")
    ds["n_epochs"] = "method", [n_epochs]
    numbers, lack = ours.numbers(entry, ds, "paper")
    assert (numbers is None) == kept == bool(lack)


def test_damaged_print_is_not_compared():
    row = compare.compare(entry | {"printed": None}, _dataset(_sample(98, 0.1, 10)))
    assert row["verdict"] == "print unreadable"
    assert row["reproduced"] == pytest.approx(98)


def test_every_entry_is_complete():
    entries = printed.rows()
    assert len(entries) >= 40
    for e in entries:
        assert {"paper", "item", "quantity", "printed", "where", "source", "variable"} <= set(e), e
        assert e["setup"] in printed.setups
        reason = e.get("reason")
        assert not reason or "source" in reason or reason["because"].startswith("a guess: "), e
    damaged = [e for e in entries if e["printed"] is None]
    assert len(damaged) == 8
    identities = [(*verdict.claim(e), e["setup"]) for e in entries]
    assert len(set(identities)) == len(identities)


def test_set_ups_have_what_is_their_own():
    own = {"text": {"source": "t.nc"}, "authors": {"select": {"v": 1}}}
    claim = entry | {"note": {"authors": "a"}, "setups": own}
    text, authors = printed.of_setups(claim)
    assert (text["source"], authors["source"]) == ("t.nc", entry["source"])
    assert (text["note"], authors["note"]) == (None, "a")
    assert text["select"] == entry["select"]
    assert authors["select"] == entry["select"] | {"v": 1}
    listed = list(printed.of_setups(entry | {"setups": ["text", "authors"]}))
    assert [one["select"]["setup"] for one in listed] == ["text", "authors"]


@pytest.mark.parametrize(
    ("verdicts", "summary"),
    [
        ({"text": "reproduced", "authors": "reproduced"}, "holds as printed"),
        ({"text": "differs", "authors": "reproduced"}, "holds only with the authors' settings"),
        ({"text": "differs", "authors": "differs"}, "differs in both"),
        (
            {"text": "reproduced", "authors": "differs"},
            "holds as printed, differs with the authors' settings",
        ),
        (
            {"text": "undecided", "authors": "reproduced"},
            "undecided as printed, holds with the authors' settings",
        ),
        (
            {"text": "differs", "authors": "not computed"},
            "differs as printed (the only set-up that is run)",
        ),
        ({"text": "not computed"}, ""),
    ],
)
def test_set_ups_come_to_one_summary(verdicts, summary):
    rows = [entry | {"setup": setup, "verdict": one} for setup, one in verdicts.items()]
    verdict.summarise(rows)
    assert {row["summary"] for row in rows} == {summary}


_why = {"because": "the bias", "source": "why.nc", "select": {"method": "backprop"}}


def _explained(values, ours=97.0, setup="text", reason=_why):
    entries = [entry | {"setup": setup, "select": {}, "reason": reason}]
    rows = [entry | {"setup": setup, "verdict": "differs", "reproduced": ours}]
    reasons.explain(rows, entries, {} if values is None else {"why.nc": _dataset(values)})
    return rows[0]["reason"], rows[0].get("shown_by")


def test_a_reason_names_the_run_that_shows_it():
    assert _explained([98.0, 98.1]) == ("the bias: 98.05 (n = 2)", "why.nc")


@pytest.mark.parametrize("values", [None, [96.0, 96.1], [np.nan, np.nan]])
def test_no_reason_where_the_run_does_not_come_nearer(values):
    assert _explained(values) == ("no reason found", None)


def test_a_run_may_show_the_reason_as_a_whole():
    reason = {"because": "they oscillate", "source": "why.nc", "variable": None}
    assert _explained([90.0, 90.0], reason=reason) == ("they oscillate", "why.nc")
    assert _explained(None, reason=reason) == ("no reason found", None)


@pytest.mark.parametrize(("q", "reason"), [(0.04, reasons.none), (0.06, reasons.chance)])
def test_chance_is_named_where_there_is_no_reason_and_q_is_large(q, reason):
    row = entry | {"setup": "text", "verdict": "differs", "reproduced": 97.0, "q": q}
    reasons.explain([row], [entry], {})
    assert row["reason"] == reason


def test_q_counts_the_tests_of_a_paper_and_set_up():
    """q of the k-th smallest of m is the least p m / k from there on: Benjamini and Hochberg (1995)."""
    p = {"text": [0.04, 0.01, None, 0.03], "authors": [0.04]}
    rows = [
        {"paper": "A", "setup": setup, "p": one, "test": "t"} for setup in p for one in p[setup]
    ]
    verdict.correct(rows)
    np.testing.assert_allclose([row.get("q", -1) for row in rows], [0.04, 0.03, -1, 0.04, 0.04])
    assert rows[1]["test"] == "t, q = 0.03 among 3 tests"


def test_p_is_that_of_the_test_that_the_row_names():
    ours = _sample(98.0, 0.1, 7)
    row = compare.compare(entry, _dataset(ours))
    welch = stats.ttest_ind(ours, _sample(98.1, 0.2, 10), equal_var=False)
    assert row["p"] == pytest.approx(welch.pvalue)
    assert compare.compare(entry | {"spread": None, "n": None}, _dataset(ours))["p"] is None


def test_a_guess_needs_no_run():
    assert _explained(None, reason={"because": "a guess: an outlier"}) == (
        "a guess: an outlier",
        None,
    )


def test_a_run_shows_the_reason_in_the_terms_of_the_claim():
    """Where a share is compared, so is the run's; an undecided row gets what its entry names, or nothing."""
    one = entry | {
        "setup": "text",
        "select": {},
        "holds": "> 97",
        "reason": {"because": "why", "source": "why.nc"},
    }
    row = one | {"reproduced": 0.0, "verdict": "undecided", "printed": "> 0"}
    reasons.explain([row], [one], {"why.nc": _dataset([90.0, 98.0, 99.0, 99.0])})
    assert row["reason"] == "why: 0.75 (n = 4)"
    reasons.explain([row], [one], {"why.nc": _dataset([90.0, 91.0])})
    assert row["reason"] is None


def test_a_reason_stays_where_its_run_is_gone():
    rows = [entry | {"setup": "text", "verdict": "differs", "reproduced": 97.0}]
    before = [{"reason": "the bias: 98.05 (n = 2)", "shown_by": "why.nc"}]
    reasons.explain(rows, [entry | {"reason": _why}], {}, before)
    assert (rows[0]["reason"], rows[0]["shown_by"]) == ("the bias: 98.05 (n = 2)", "why.nc")


def test_the_authors_settings_are_the_reason_where_they_hold():
    entries = [entry | {"setup": setup, "source": f"{setup}.nc"} for setup in printed.setups]
    rows = [
        entry | {"setup": "text", "verdict": "differs", "reproduced": 97.0},
        entry | {"setup": "authors", "verdict": "reproduced", "reproduced": 98.0},
    ]
    reasons.explain(rows, entries, {})
    assert "98" in rows[0]["reason"]
    assert [row["shown_by"] for row in rows] == ["authors.nc", None]


@pytest.mark.parametrize(
    ("printed_as", "there", "reason"),
    [
        ("98.1", 97.5, "the set-up in part: with the authors' settings 97.5"),
        ("98.1", 96.5, "no reason found"),
        # Both sides of the number count, and of a bound the wrong one alone.
        ("98.1", 98.9, "the set-up in part: with the authors' settings 98.9"),
        ("> 98.1", 97.5, "the set-up in part: with the authors' settings 97.5"),
        ("< 96", 96.5, "the set-up in part: with the authors' settings 96.5"),
        ("< 96", 97.5, "no reason found"),
    ],
)
def test_the_authors_settings_are_a_part_of_the_reason_where_they_come_nearer(
    printed_as, there, reason
):
    one = entry | {"printed": printed_as}
    values = {"text": 97.0, "authors": there}
    entries = [one | {"setup": setup} for setup in values]
    rows = [
        one | {"setup": setup, "verdict": "differs", "reproduced": value}
        for setup, value in values.items()
    ]
    reasons.explain(rows, entries, {})
    assert [row["reason"] for row in rows] == [reason, "no reason found"]


@pytest.mark.parametrize(
    ("dims", "n_of"),
    [
        (("seed",), "seeds"),
        (("init",), "networks"),
        (("late",), "trials of one network"),
        (("unit_E",), "units of one network"),
        (("network", "late"), "networks x trials"),
        ((), "one value"),
    ],
)
def test_n_says_of_what(dims, n_of):
    ds = xr.Dataset({"x": (dims, np.full((3,) * len(dims), 98.1))})
    assert compare.compare(entry | {"select": {}}, ds)["n_of"] == n_of


def test_the_independent_unit_is_the_mean_over_the_others():
    values = 98.1 + np.arange(12.0).reshape(3, 4) / 100
    ds = xr.Dataset({"x": (("network", "late"), values)})
    row = compare.compare(entry | {"select": {}, "mean_over": ["late"]}, ds)
    assert (row["n"], row["n_of"]) == (3, "networks")
    assert row["spread"] == pytest.approx(np.std(values.mean(1), ddof=1))


def test_a_note_on_a_data_set_stands_on_its_rows_alone():
    ds = xr.Dataset(
        {"x": (("dataset", "seed"), np.ones((2, 3)))}, {"dataset": ["mnist", "fashion_mnist"]}
    )
    ds.attrs["note"] = "pixels of fashion_mnist differ; one more"
    notes = [
        compare.compare(entry | {"select": {"dataset": name}}, ds)["note"]
        for name in ds.dataset.values
    ]
    assert notes == ["one more", "pixels of fashion_mnist differ; one more"]


def test_words_of_the_paper_are_in_the_row():
    row = compare.compare(entry | {"where": "Sec. 1", "quote": "words"}, None)
    assert (row["where"], row["quote"]) == ("Sec. 1", "words")


def test_the_one_survivor_of_many_is_not_a_result():
    values = np.full(6, np.nan)
    values[2] = 98.1
    row = compare.compare(entry, _dataset(values))
    assert row["verdict"] == "undecided"
    assert "n = 1 is too few" in row["test"]
    assert "5 of 6" in row["note"]
    row = compare.compare(entry | {"of": "spread"}, _dataset(values))
    assert (row["verdict"], row["reproduced"]) == ("not computed", None)


def test_no_survivor_is_no_number():
    row = compare.compare(entry, _dataset(np.full(6, np.nan)))
    assert (row["verdict"], row["n"]) == ("not computed", 0)


def test_rows_whose_runs_are_gone_stay_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(
        printed, "printed", lambda: [entry, {**entry, "quantity": "y", "source": "never_run.nc"}]
    )
    table, run = tmp_path / "so_far.csv", tmp_path / "aggregate/train.nc"
    run.parent.mkdir()
    _dataset(_sample(98.1, 0.2, 10)).to_netcdf(run)
    compare.main("paper", table, run)
    first = pd.read_csv(table)
    compare.main("paper", table)
    second, text = pd.read_csv(table), table.read_text()
    assert second.note[0] == "kept from an earlier run"
    assert list(second.verdict) == ["reproduced", "not computed"]
    pd.testing.assert_frame_equal(first.drop(columns="note"), second.drop(columns="note"))
    compare.main("paper", table)
    assert table.read_text() == text
    compare.main("paper", table, run)
    pd.testing.assert_frame_equal(pd.read_csv(table), first)


def test_a_difference_is_paired():
    ds = xr.Dataset(
        {"x": (("method", "seed"), [[1.0, 2.0, 4.0], [0.5, 1.4, 3.6]])}, {"method": ["a", "b"]}
    )
    claim = entry | {"printed": "> 0", "spread": None, "select": {"method": "a"}}
    row = compare.compare(claim | {"less": {"select": {"method": "b"}}}, ds)
    assert row["reproduced"] == pytest.approx(0.5)
    assert (row["verdict"], row["n"], row["n_of"]) == ("reproduced", 3, "seeds")


def test_what_is_subtracted_may_be_of_another_run():
    claim = entry | {"printed": "0", "select": {}, "less": {"source": "other.nc"}}
    one, other = (xr.Dataset({"x": ("seed", np.arange(4.0) + shift)}) for shift in (0, 1))
    numbers, _ = ours.numbers(claim, one, "paper", other)
    assert numbers["reproduced"] == -1
    assert ours.numbers(claim, one, "paper") == (None, "no run of this scale gives it")


def test_a_ratio_is_paired():
    ds = xr.Dataset({"x": (("seed", "v"), [[2.0, 1.0], [6.0, 2.0], [8.0, 4.0]])}, {"v": [0, 1]})
    claim = entry | {"select": {"v": 0}, "printed": "< 9", "over": {"select": {"v": 1}}}
    row = compare.compare(claim, ds)
    assert row["reproduced"] == pytest.approx(7 / 3)
    assert row["n"] == 3


@pytest.mark.parametrize(
    ("n", "test"), [(1, "one value, no interval"), (2, "exact interval of a proportion")]
)
def test_a_share_of_two_has_an_interval(n, test):
    claim = entry | {"printed": "1", "spread": None, "n": None, "share": True, "exact": True}
    row = compare.compare(claim, _dataset([1.0] * n))
    assert row["test"] == test
    assert (row["ci_low"] < 0) == (n == 2)


@pytest.mark.parametrize(
    ("relation", "share"), [("> 1", 0.5), ("< 1", 0.25), ("within 0.5 1.5", 0.25)]
)
def test_counts_what_holds(relation, share):
    ds = xr.Dataset({"x": ("init", [0.0, 1.0, 2.0, 3.0])})
    row = compare.compare(entry | {"select": {}, "printed": "> 0", "holds": relation}, ds)
    assert row["reproduced"] == share
    # One that shows it is proof that it is not none.
    assert row["verdict"] == "reproduced"
    # Of what has diverged nobody can say whether it holds.
    lost = xr.Dataset({"x": ("init", [0.0, 1.0, 2.0, 3.0, np.nan])})
    row = compare.compare(entry | {"select": {}, "printed": "> 0", "holds": relation}, lost)
    assert (row["reproduced"], row["n"]) == (share, 4)


@pytest.mark.parametrize(("n_miss", "verdict"), [(0, "reproduced"), (1, "differs")])
def test_all_means_all(n_miss, verdict):
    ds = xr.Dataset({"x": ("init", np.arange(100) >= n_miss)})
    claim = entry | {"select": {}, "printed": "1", "spread": None, "share": True, "exact": True}
    row = compare.compare(claim, ds)
    assert row["verdict"] == verdict
    low = stats.beta.ppf(0.025, 100 - n_miss, n_miss + 1)
    assert row["ci_low"] == pytest.approx(low - 1)


@pytest.mark.parametrize(
    ("spread", "verdict"), [(0.2, "reproduced"), (0.3, "reproduced"), (0.6, "differs")]
)
def test_verdict_of_a_standard_deviation(spread, verdict):
    claim = entry | {"printed": "0.20", "spread": None, "of": "spread"}
    row = compare.compare(claim, _dataset(_sample(90.0, spread, 10)))
    assert (row["verdict"], row["n"]) == (verdict, 10)
    assert row["reproduced"] == pytest.approx(spread)
    one_side = stats.f(9, 9).sf(max(spread / 0.2, 0.2 / spread) ** 2)
    assert row["test"] == f"F-test p = {2 * one_side:.2g}"
    ratio = (row["ci_low"] + 0.2) / 0.2, (row["ci_high"] + 0.2) / 0.2
    quantiles = stats.f.ppf([0.975, 0.025], 9, 9)
    np.testing.assert_allclose(ratio, spread / 0.2 / np.sqrt(quantiles))


@pytest.mark.parametrize(("n", "verdict"), [(1, "not computed"), (2, "undecided")])
def test_a_standard_deviation_of_few_is_not_judged(n, verdict):
    row = compare.compare(entry | {"of": "spread"}, _dataset(np.arange(float(n))))
    assert row["verdict"] == verdict


def test_a_kept_standard_deviation_stays(tmp_path, monkeypatch):
    claim = entry | {"printed": "0.20", "spread": None, "of": "spread"}
    monkeypatch.setattr(printed, "printed", lambda: [claim])
    table, run = tmp_path / "so_far.csv", tmp_path / "aggregate/train.nc"
    run.parent.mkdir()
    _dataset(_sample(98.1, 0.3, 10)).to_netcdf(run)
    compare.main("paper", table, run)
    for _ in range(2):
        compare.main("paper", table)
        row = pd.read_csv(table).iloc[0]
        assert row.reproduced == pytest.approx(0.3)
        assert row.verdict == "reproduced"


def test_the_largest_over_trials():
    ds = xr.Dataset({"x": (("init", "trial"), [[1.0, 9.0], [3.0, 2.0]])})
    claim = entry | {"select": {}, "printed": "> 0", "max_over": ["trial"]}
    assert compare.compare(claim, ds)["reproduced"] == 6
    # First the largest, then the mean of these.
    row = compare.compare(claim | {"mean_over": ["init"]}, ds)
    assert (row["reproduced"], row["n"]) == (6, 1)


def test_the_command_names_scale_table_and_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(printed, "printed", lambda: [entry])
    table, run = tmp_path / "comparison.csv", tmp_path / "aggregate/train.nc"
    run.parent.mkdir()
    _dataset(_sample(98.1, 0.2, 10)).to_netcdf(run)
    monkeypatch.setattr(sys, "argv", ["compare", "quick", str(table), str(run)])
    runpy.run_path(compare.__file__, run_name="__main__")
    row = pd.read_csv(table).iloc[0]
    assert row.reproduced == pytest.approx(98.1)
    assert "quick scale" in row.note
