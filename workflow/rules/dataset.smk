# Makes results/{scale}/dataset/{dataset}.nc from TFDS or from the digits inside scikit-learn.


rule dataset:
    """One image data set with its split (A C.3)."""
    output:
        "results/{scale}/dataset/{dataset}.nc",
    log:
        "results/{scale}/dataset/{dataset}.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        code=source.digest("dataset"),
        spec=lambda w: wiring.spec(
            {"dataset": w.dataset, "tfds_dir": SETTINGS[w.scale]["tfds_dir"]}
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job dataset {threads}' " {params.spec:q} {output} 2> {log}"
