# For archives, from what is there: results/{scale}/codecheck.yml and results/{scale}/ro-crate-metadata.json

# Every file of a figure and a table that rule `all` asks for.
DRAWN = [f"figure/{name}.{form}" for name in FIGURES for form in ("pdf", "svg", "png")]
TABULATED = [f"table/{name}.{form}" for name in TABLES for form in ("csv", "md", "tex")]


rule codecheck:
    """The authors' part of a CODECHECK: every figure and table, and what it rebuilds."""
    input:
        comparison="results/{scale}/comparison.csv",
        figures=lambda w: [f"results/{w.scale}/figure/{name}.pdf" for name in FIGURES],
        tables=lambda w: [f"results/{w.scale}/table/{name}.csv" for name in TABLES],
    output:
        "results/{scale}/codecheck.yml",
    log:
        "results/{scale}/codecheck.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("codecheck"),
        of=wiring.contents("CITATION.cff"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.codecheck {wildcards.scale} {output} "$EIPLAST_ROOT/CITATION.cff"'
        " {input.comparison} {input.figures} {input.tables} 2> {log}"


rule crate:
    """The run of a whole scale as Workflow Run RO-Crate; its folder is the crate."""
    input:
        comparison="results/{scale}/comparison.csv",
        report="results/{scale}/report.html",
        drawn=lambda w: [f"results/{w.scale}/{name}" for name in DRAWN + TABULATED],
        runs=lambda w: sorted(
            {f"results/{w.scale}/{run}" for runs in MADE_FROM.values() for run in runs}
        ),
    output:
        metadata="results/{scale}/ro-crate-metadata.json",
        snakefile="results/{scale}/Snakefile",
        config="results/{scale}/config.yaml",
    log:
        "results/{scale}/ro-crate-metadata.log",
    conda:
        ENVIRONMENT
    params:
        code=source.digest("crate"),
        of=wiring.contents("CITATION.cff", "workflow/Snakefile", "config.yaml"),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.crate {wildcards.scale} {output.metadata} "$EIPLAST_ROOT/CITATION.cff"'
        ' "$EIPLAST_ROOT/workflow/Snakefile" "$EIPLAST_ROOT/config.yaml"'
        " {input.comparison} {input.report} {input.drawn} {input.runs} 2> {log}"
