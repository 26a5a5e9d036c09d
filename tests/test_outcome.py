"""How many printed numbers and claims hold, why others do not, and the pages that say so."""

from pathlib import Path

import pytest
import yaml

from eiplast import headline, outcome, pages, reasons
from eiplast.errors import JobError
from eiplast.homeostasis import neural

root = Path(__file__).parent.parent


def _claim(**verdicts):
    return [{"setup": setup, "verdict": verdict} for setup, verdict in verdicts.items()]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"text": "reproduced", "authors": "differs"}, "holds"),
        ({"text": "differs", "authors": "reproduced"}, "authors"),
        ({"authors": "reproduced"}, "authors"),
        ({"text": "undecided", "authors": "reproduced"}, "undecided"),
        ({"text": "differs", "authors": "undecided"}, "undecided"),
        ({"text": "differs", "authors": "differs"}, "neither"),
        ({"text": "differs", "authors": "not computed"}, "neither"),
        ({"text": "print unreadable", "authors": "not computed"}, "unreadable"),
        ({"text": "not computed"}, "missing"),
    ],
)
def test_outcome_of_a_claim(verdicts, expected):
    assert outcome.of(_claim(**verdicts)) == expected


def test_set_ups_of_one_number_count_once():
    row = {"paper": "A", "item": "Table 1", "quantity": "accuracy", "printed": "98.1"}
    rows = [row | one for one in _claim(text="differs", authors="reproduced")]
    rows.append(row | {"printed": "98.3", "setup": "text", "verdict": "reproduced"})
    counts = outcome.count(outcome.claims(rows))
    assert {name: n for name, n in counts.items() if n} == {"holds": 1, "authors": 1}


def test_reasons_are_grouped_without_their_numbers():
    reasons = [
        "with the exact rule: 4 (n = 1)",
        "with the exact rule: 3.2e-05 (n = 10)",
        "no reason found",
        "the set-up: with the authors' settings 97.31",
        "at W_EE g_E = 1",
    ]
    rows = [{"verdict": "differs", "reason": reason} for reason in reasons]
    rows.append({"verdict": "reproduced", "reason": ""})
    found = {reason: len(of) for reason, of in outcome.by_reason(rows).items()}
    assert found.pop("with the exact rule") == 2
    named = ["no reason found", "the set-up: with the authors' settings", "at W_EE g_E = 1"]
    assert found == dict.fromkeys(named, 1)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("", True), (reasons.none, True), (reasons.chance, True), ("a guess: an outlier", False)],
)
def test_a_reason_is_open_where_none_was_found(reason, expected):
    assert outcome.is_open(reason) is expected


@pytest.mark.parametrize(
    ("item", "group"),
    [
        ("Fig. 7F-K", "Fig. 7"),
        ("Fig. S12", "Fig. S12"),
        ("Table S3", "Table S3"),
        ("Appendix B.1", "Appendix B.1"),
        ("Section 5.1", "Section 5.1"),
        ("SI Eqs. (2), (5)", "SI"),
        ("Methods Eq. (4)", "Methods"),
    ],
)
def test_group_of_an_item(item, group):
    assert outcome.group(item) == group


def test_groups_stand_in_their_order():
    names = ["SI", "Table 1", "Fig. S2", "Fig. 10", "Fig. 2", "Appendix B.1"]
    expected = ["Fig. 2", "Fig. 10", "Fig. S2", "Table 1", "Appendix B.1", "SI"]
    assert sorted(names, key=outcome.order) == expected


@pytest.mark.parametrize("page", ["README.md", "docs/reproduced.md", "docs/running.md"])
def test_pages_say_what_the_published_results_say(page):
    """Else: ``python -m eiplast.pages results/paper README.md docs/reproduced.md docs/running.md``."""
    text = (root / page).read_text("utf-8")
    assert pages.inserted(text, pages.made(root / "results/paper")) == text


def test_headline_counts_every_claim():
    rows = outcome.read(root / "results/paper/comparison.csv")
    assert f"Of {len(outcome.claims(rows))} printed numbers and claims" in headline.headline(rows)


def test_a_missing_comparison_is_told_in_a_line(tmp_path):
    with pytest.raises(JobError, match=r"comparison\.csv is not there.*/so_far\.csv$"):
        outcome.read(tmp_path / "comparison.csv")


def test_headline_follows_the_table():
    rows = outcome.read(root / "results/paper/comparison.csv")
    row = next(row for row in rows if row["verdict"] == "reproduced" and row["setup"] == "text")
    before = headline.headline(rows)
    row |= {"verdict": "differs", "reason": "made up: 3 (n = 2)"}
    after = headline.headline(rows)
    assert before != after
    assert f"{row['paper']} {outcome.group(row['item'])}: made up\n" in after


def test_pages_are_written_in_place_and_whole(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- headline -->\nearlier\n<!-- /headline -->\nafter\n", "utf-8")
    pages.main(root / "results/paper", page)
    before, made, after = page.read_text("utf-8").partition(
        pages.made(root / "results/paper")["headline"]
    )
    assert made
    assert (before, after) == ("before\n<!-- headline -->\n", "<!-- /headline -->\nafter\n")


def test_parts_go_to_their_own_places():
    text = "<!-- a -->\n1\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n<!-- c -->\n3\n<!-- /c -->\n"
    made = pages.inserted(text, {"b": "two\n", "a": "one\n"})
    parts = ("<!-- a -->\none\n<!-- /a -->\n<!-- b -->\ntwo\n<!-- /b -->\n", "3\n")
    assert made == parts[0] + "<!-- c -->\n" + parts[1] + "<!-- /c -->\n"


def test_a_page_without_a_place_is_refused():
    with pytest.raises(ValueError, match="no place for headline: "):
        pages.inserted("nothing", {"headline": ""})


def test_tutorial_has_the_numbers_of_its_example():
    text = (root / "TUTORIAL.md").read_text("utf-8")
    rows = outcome.read(root / "results/paper/comparison.csv")
    row = next(r for r in rows if r["quantity"] == "change of I (Hz) by I_ext = 7 into I")
    ours, low, high = (f"{float(row[key]):.3f}" for key in ("reproduced", "ci_low", "ci_high"))
    cells = [row["printed"], ours, f"{float(row['n']):.0f} {row['n_of']}", ours, f"[{low}, {high}]"]
    assert f"| {' | '.join(cells)} | {row['verdict']} |" in text
    config = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["homeostasis"]
    p = config["rate"] | config["rate_runs"]["paradoxical_current"]
    W = {c: p[f"W_{c}"] for c in neural.CLASSES}
    current = {"theta_I": p["theta_I"] - p["step"]["I_ext_I"]}
    change = neural.fixed_point(W, p | current)[1] - neural.fixed_point(W, p)[1]
    assert f"after - before  # {change:.3f}:" in text
    assert float(row["ci_low"]) < change < float(row["ci_high"])
