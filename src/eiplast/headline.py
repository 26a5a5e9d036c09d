"""The headline of the README: how many printed numbers hold, and why others do not."""

from collections import Counter

import pandas as pd

from eiplast import outcome


def headline(rows):
    """Markdown: how many hold, paper by paper, and why others differ. rows : of `outcome.read`."""
    claims = outcome.claims(rows)
    counts = outcome.count(claims)
    said = [f"{n} {outcome.outcomes[name]}" for name, n in counts.items() if n]
    alone = len(outcome.by_rounding(claims))
    lines = [f"Of {len(claims)} printed numbers and claims {', '.join(said)}."]
    lines += [f"{alone} hold in a set-up only because the print is rounded.", ""]
    papers = {paper: outcome.count(own) for paper, own in outcome.by_paper(claims).items()}
    shown = pd.DataFrame(papers).T.sort_index().rename(columns=outcome.short).rename_axis("paper")
    lines.append(shown.to_markdown())
    lines += ["", "Rows that differ, by the reason that a run of ours shows, or a guess:", ""]
    for reason, of in outcome.by_reason(rows).items():
        where = Counter(f"{row['paper']} {outcome.group(row['item'])}" for row in of)
        places = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in sorted(where.items()))
        lines.append(f"- {places}: {reason}")
    return "\n".join(lines) + "\n"
