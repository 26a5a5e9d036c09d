"""The first screen of the report: how many numbers and claims hold, per paper and figure, why others do not."""

from operator import itemgetter

from eiplast import outcome


def overview(rows):
    """What the first screen shows, a dict; rows : of `report_rows.read`, shared out to their items."""
    claims = outcome.claims(rows)
    papers = outcome.by_paper(claims)
    return {
        "n": len(claims),
        "counts": outcome.count(claims),
        "papers": {paper: outcome.count(of) for paper, of in papers.items()},
        "figures": {paper: figures(of) for paper, of in papers.items()},
        "reasons": outcome.by_reason(rows),
        "first": first(claims),
    }


def figures(claims):
    """Figures, tables and sections of the claims of a paper, in order, with their counts."""
    groups = {}
    for claim in claims:
        groups.setdefault(outcome.group(claim[0]["item"]), []).append(claim)
    return [_figure(name, groups[name]) for name in sorted(groups, key=outcome.order)]


def _figure(name, claims):
    counts = outcome.count(claims)
    place = next((row["place"] for claim in claims for row in claim if row["place"]), None)
    return {"name": name, "n": len(claims), "counts": counts, "place": place}


def first(claims):
    """What to look at first: pairs of words and rows, the conclusions that fail before all."""
    by = {name: [c for c in claims if outcome.of(c) == name] for name in outcome.outcomes}
    open_ones = [c for c in by["neither"] if all(outcome.is_open(row["reason"]) for row in c)]
    listed = [
        ("claims in words that differ, and no reason is found", _of_kind("claim", open_ones)),
        ("hold only with the authors' settings", by["authors"]),
        ("undecided: more seeds or networks would tell", by["undecided"]),
        ("hold only because the print is rounded", outcome.by_rounding(claims)),
    ]
    return [(words, [claim[0] for claim in of]) for words, of in listed if of]


def most(figures_by_paper):
    """The figures and tables in which most differ, at most three: (paper, figure) of `figures`."""
    found = [
        (figure["counts"]["neither"], paper, figure)
        for paper, of in figures_by_paper.items()
        for figure in of
        if figure["counts"]["neither"] > 1
    ]
    return [one[1:] for one in sorted(found, key=itemgetter(0), reverse=True)[:3]]


def _of_kind(kind, claims):
    return [claim for claim in claims if claim[0]["kind"] == kind]
