# From NetCDF to what people read: results/{scale}/{aggregate,figure,table}/, comparison.csv, report.html

import json

# A figure or table: the runs that its plot() or table() takes, in that order.
FIGURES = {
    "a_fig3": [
        "single_synapse/closed_loop.nc",
        "single_synapse/open_loop.nc",
        "single_synapse/isolated.nc",
    ],
    "a_fig4": [
        "student_teacher/exact_inverse.nc",
        "student_teacher/linear_threshold.nc",
        "student_teacher/linear_threshold_code.nc",
        "student_teacher/linear_threshold_wide.nc",
    ],
    "a_figS1": ["explicit_error/panels.nc"],
    "a_figS2": [
        "single_synapse/parameters_closed.nc",
        "single_synapse/parameters_open.nc",
        "single_synapse/parameters_isolated.nc",
    ],
    "a_learning_curves": ["aggregate/train.nc"],
    "a_appendixB1": ["aggregate/train.nc"],
    "b_fig1": [
        "rate_simulate/paradoxical_current.nc",
        "rate_simulate/paradoxical_W_IE.nc",
    ],
    "b_fig3": [
        "rate_simulate/paradoxical_W_IE.nc",
        "rate_simulate/antihomeostatic_W_IE.nc",
    ],
    "b_fig2": [
        "rate_simulate/homeostatic_example.nc",
        "rate_simulate/homeostatic_seeds.nc",
        "rate_simulate/homeostatic_batch.nc",
        "rate_simulate/homeostatic_set_points.nc",
        "stability_map/homeostatic.nc",
    ],
    "b_fig4": [
        "rate_simulate/cross_example.nc",
        "rate_simulate/cross_seeds.nc",
        "rate_simulate/cross_batch.nc",
        "stability_map/cross_homeostatic.nc",
    ],
    "b_fig5": ["rate_simulate/cross_units.nc", "rate_simulate/cross_units_batch.nc"],
    "b_fig6": ["rate_simulate/two_term_units.nc", "rate_simulate/two_term_units_batch.nc"],
    "b_figS1": ["rate_simulate/homeostatic_regions.nc", "stability_map/homeostatic.nc"],
    "b_figS2": [
        "rate_simulate/signs_linear.nc",
        "rate_simulate/signs_sublinear.nc",
        "rate_simulate/haaa_example.nc",
        "rate_simulate/haaa_batch.nc",
        "stability_map/variations.nc",
    ],
    "b_figS3": ["rate_simulate/cross_broad.nc"],
    "b_figS4": ["rate_simulate/cross_online.nc"],
    "b_figS5": ["rate_simulate/cross_units_lognormal.nc"],
    "b_figS6": ["rate_simulate/two_term_memory.nc"],
    "b_figS7": ["rate_simulate/cross_units_broad.nc"],
    "b_figS8": ["stability_map/homeostatic.nc"],
    "b_figS9": ["stability_map/cross_homeostatic.nc"],
    "b_figS10": ["stability_map/two_term.nc"],
    "b_figS11": ["stability_map/synaptic_scaling.nc"],
    "b_figS12": ["stability_map/forced_balance.nc"],
    "b_figS13": ["stability_weight_sweep/weight_sweep.nc"],
    "b_fig7": [
        "spiking_train/example.nc",
        "spiking_paradox/example.nc",
        "spiking_robustness/printed.nc",
    ],
    "b_fig7_authors": [
        "spiking_train/authors_figure.nc",
        "spiking_paradox/authors.nc",
        "spiking_robustness/authors.nc",
    ],
}
# Not printed either: every run of stability, the reader's own among them.
FIGURES |= dict.fromkeys(
    ["b_regions", "b_full_system"],
    [
        f"stability_map/{run}.nc"
        for run in SETTINGS[SCALE]["homeostasis"]["stability_runs"]
        if run != "variations"  # B Fig. S2 has their panels; sixteen more would crowd these
    ],
)
TABLES = {
    "a_table1": ["aggregate/train.nc"],
    "a_tableS1": [
        "student_teacher/exact_inverse.nc",
        "student_teacher/linear_threshold.nc",
    ],
    "a_tableS2": ["aggregate/train.nc"],
    "a_tableS3": ["aggregate/train.nc"],
    "b_table1": ["stability_map/homeostatic.nc"],
    "b_tableS2A": [
        "stability_map/variations.nc",
        "rate_simulate/signs_linear.nc",
        "rate_simulate/signs_sublinear.nc",
    ],
    "b_errata": ["stability_errata/errata.nc"],
    "b_sensitivity": [
        "rate_simulate/cross_choices.nc",
        "rate_simulate/homeostatic_seeds.nc",
        "rate_simulate/cross_seeds.nc",
    ],
    "b_tableS1": ["spiking_train/example.nc"],
    "b_tableS2": ["spiking_train/example.nc"],
    "b_tableS3": ["spiking_robustness/printed.nc"],
    "a_ablation": ["aggregate/ablation.nc", "aggregate/train.nc"],
}


rule aggregate:
    """All cells of A Table 1, or all their variants, in one file."""
    input:
        cells=lambda w: wiring.cells(w.scale, SETTINGS[w.scale])[w.cells],
    output:
        "results/{scale}/aggregate/{cells}.nc",
    log:
        "results/{scale}/aggregate/{cells}.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("aggregate"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job aggregate {threads}'
        " '{{}}' {output} {input.cells} 2> {log}"


rule figure:
    """One printed figure as PDF, SVG and PNG."""
    input:
        runs=lambda w: [f"results/{w.scale}/{run}" for run in FIGURES[w.figure]],
    output:
        pdf="results/{scale}/figure/{figure}.pdf",
        svg=report(
            "results/{scale}/figure/{figure}.svg",
            category=lambda w: f"Paper {w.figure[0].upper()}",
            subcategory="{figure}",
            caption="../report/caption.rst",
        ),
        png="results/{scale}/figure/{figure}.png",
    log:
        "results/{scale}/figure/{figure}.log",
    wildcard_constraints:
        figure="|".join(FIGURES),
    conda:
        ENVIRONMENT
    params:
        code=lambda w: source.digest(f"figure.{w.figure}", "figure.draw"),
        caption=lambda w: wiring.caption(f"figure.{w.figure}"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.figure.draw {wildcards.figure} {wildcards.scale} {output.pdf}'
        " {input.runs} 2> {log}"


rule table:
    """One printed table as CSV, Markdown and LaTeX."""
    input:
        runs=lambda w: [f"results/{w.scale}/{run}" for run in TABLES[w.table]],
    output:
        csv=report(
            "results/{scale}/table/{table}.csv",
            category=lambda w: f"Paper {w.table[0].upper()}",
            subcategory="{table}",
            caption="../report/caption.rst",
        ),
        md="results/{scale}/table/{table}.md",
        tex="results/{scale}/table/{table}.tex",
    log:
        "results/{scale}/table/{table}.log",
    wildcard_constraints:
        table="|".join(TABLES),
    conda:
        ENVIRONMENT
    params:
        code=lambda w: source.digest(f"table.{w.table}", "table.write"),
        caption=lambda w: wiring.caption(f"table.{w.table}"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.table.write {wildcards.table} {wildcards.scale} {output.csv}'
        " {input.runs} 2> {log}"


rule compare:
    """Every printed number beside ours, with a test and a verdict."""
    input:
        numbers=lambda w: wiring.numbers(w.scale, SETTINGS[w.scale]),
    output:
        "results/{scale}/comparison.csv",
    log:
        "results/{scale}/comparison.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("compare"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.compare {wildcards.scale} {output} {input.numbers} 2> {log}'


# The comparison from what has been run, for a scale that takes hours. Rows whose runs are gone stay.
use rule compare as so_far with:
    input:
        numbers=lambda w: wiring.there(wiring.numbers(w.scale, SETTINGS[w.scale]), workflow),
    output:
        update("results/{scale}/so_far.csv"),
    log:
        "results/{scale}/so_far.log",


rule costs:
    """Hours and memory that the runs took, rule by rule."""
    input:
        runs=lambda w: wiring.runs(w.scale, SETTINGS[w.scale]),
    output:
        "results/{scale}/costs.csv",
    log:
        "results/{scale}/costs.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("costs"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.costs {output} {input.runs} 2> {log}'


use rule costs as costs_so_far with:
    input:
        runs=lambda w: wiring.there(wiring.runs(w.scale, SETTINGS[w.scale]), workflow),
    output:
        "results/{scale}/costs_so_far.csv",
    log:
        "results/{scale}/costs_so_far.log",


MADE_FROM = FIGURES | TABLES


rule report:
    """One page: the comparison, the figures, the tables, and the runs that made them, packed to download."""
    input:
        comparison="results/{scale}/comparison.csv",
        figures=lambda w: expand("results/{{scale}}/figure/{figure}.svg", figure=FIGURES),
        tables=lambda w: expand("results/{{scale}}/table/{table}.csv", table=TABLES),
        # The page links to these.
        linked=expand(
            "results/{{scale}}/figure/{figure}.{form}", figure=FIGURES, form=["pdf", "png"]
        )
        + expand("results/{{scale}}/table/{table}.{form}", table=TABLES, form=["md", "tex"]),
        runs=lambda w: sorted(
            {f"results/{w.scale}/{run}" for runs in MADE_FROM.values() for run in runs}
        ),
    output:
        page="results/{scale}/report.html",
        # A browser opens no page of megabytes inside the one that `snakemake --report` makes.
        comparison=report(
            "results/{scale}/comparison.html",
            category="Comparison",
            caption="../report/caption.rst",
        ),
        data=[
            f"results/{{scale}}/data/{name}.zip"
            for name, runs in MADE_FROM.items()
            if len(runs) > 1
        ],
    log:
        "results/{scale}/report.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("report"),
        runs=json.dumps(MADE_FROM),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.report {wildcards.scale} {output.page} {input.comparison} {params.runs:q}'
        " {input.figures} {input.tables} 2> {log}"


# The same of what is there, such as the published results: nothing is made for it, so it has no inputs.
rule report_so_far:
    """The report of the figures, tables and runs that exist, with so_far.csv, else comparison.csv."""
    output:
        page="results/{scale}/report_so_far.html",
    log:
        "results/{scale}/report_so_far.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("report"),
        runs=json.dumps(MADE_FROM),
        comparison=lambda w: (
            f"results/{w.scale}/so_far.csv"
            if wiring.is_there(f"results/{w.scale}/so_far.csv", workflow)
            else f"results/{w.scale}/comparison.csv"
        ),
        drawn=lambda w: [f"results/{w.scale}/figure/{name}.svg" for name in FIGURES]
        + [f"results/{w.scale}/table/{name}.csv" for name in TABLES],
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.report {wildcards.scale} {output.page} {params.comparison} {params.runs:q}'
        " {params.drawn} 2> {log}"
