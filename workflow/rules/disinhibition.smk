# Paper A. Needs results/{scale}/dataset/*.nc; makes
#   results/{scale}/single_synapse/{run}.nc
#   results/{scale}/explicit_error/panels.nc
#   results/{scale}/student_teacher/{run}.nc
#   results/{scale}/train/{setup}/{dataset}/{method}/hidden{n_hidden}.nc
#   results/{scale}/ablation/{variant}/{dataset}/{method}/hidden{n_hidden}.nc


rule single_synapse:
    """Weight change at one synapse in one circuit (A Figs. 3, S2)."""
    output:
        "results/{scale}/single_synapse/{run}.nc",
    log:
        "results/{scale}/single_synapse/{run}.log",
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "single_synapse"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("disinhibition.single_synapse"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["disinhibition"]["single_synapse"],
            SETTINGS[w.scale]["disinhibition"]["single_synapse_runs"][w.run],
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job disinhibition.single_synapse {threads}'
        " {params.spec:q} {output} 2> {log}"


rule explicit_error:
    """Weight change under rules with an explicit error (A Fig. S1)."""
    output:
        "results/{scale}/explicit_error/panels.nc",
    log:
        "results/{scale}/explicit_error/panels.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("disinhibition.explicit_error"),
        spec=lambda w: wiring.spec(SETTINGS[w.scale]["disinhibition"]["explicit_error"]),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job disinhibition.explicit_error {threads}'
        " {params.spec:q} {output} 2> {log}"


rule student_teacher:
    """All seeds of one learning rule on the student-teacher task (A Fig. 4)."""
    output:
        "results/{scale}/student_teacher/{run}.nc",
    log:
        "results/{scale}/student_teacher/{run}.log",
    benchmark:
        "results/{scale}/student_teacher/{run}.benchmark.tsv"
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "student_teacher"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        code=source.digest("disinhibition.student_teacher"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["disinhibition"]["student_teacher"],
            SETTINGS[w.scale]["disinhibition"]["student_teacher_runs"][w.run],
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job disinhibition.student_teacher {threads}'
        " {params.spec:q} {output} 2> {log}"


rule train:
    """All seeds of one cell of A Tables 1 and S3, in one set-up."""
    input:
        data=lambda w: wiring.images(
            w.scale,
            w.dataset,
            f"train/{w.setup}/{w.dataset}/{w.method}/hidden{w.n_hidden}.nc",
            workflow,
        ),
    output:
        "results/{scale}/train/{setup}/{dataset}/{method}/hidden{n_hidden}.nc",
    log:
        "results/{scale}/train/{setup}/{dataset}/{method}/hidden{n_hidden}.log",
    benchmark:
        "results/{scale}/train/{setup}/{dataset}/{method}/hidden{n_hidden}.benchmark.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 3000 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        code=source.digest("disinhibition.train"),
        tfds_dir=lambda w: SETTINGS[w.scale]["tfds_dir"],
        spec=lambda w: wiring.train_spec(
            SETTINGS[w.scale]["disinhibition"],
            w.setup,
            w.method,
            dataset=w.dataset,
            n_hidden=int(w.n_hidden),
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job disinhibition.train {threads}'
        " {params.spec:q} {output} {input.data} 2> {log}"


rule ablation:
    """One variant of such a cell, at fewer seeds."""
    input:
        data=lambda w: wiring.images(
            w.scale,
            w.dataset,
            f"ablation/{w.variant}/{w.dataset}/{w.method}/hidden{w.n_hidden}.nc",
            workflow,
        ),
    output:
        "results/{scale}/ablation/{variant}/{dataset}/{method}/hidden{n_hidden}.nc",
    log:
        "results/{scale}/ablation/{variant}/{dataset}/{method}/hidden{n_hidden}.log",
    benchmark:
        "results/{scale}/ablation/{variant}/{dataset}/{method}/hidden{n_hidden}.benchmark.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 3000 * attempt,
        runtime=lambda w, attempt: 600 * attempt,
    params:
        code=source.digest("disinhibition.train"),
        tfds_dir=lambda w: SETTINGS[w.scale]["tfds_dir"],
        spec=lambda w: wiring.variant_spec(
            SETTINGS[w.scale]["disinhibition"],
            w.variant,
            w.method,
            dataset=w.dataset,
            n_hidden=int(w.n_hidden),
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job disinhibition.train {threads}'
        " {params.spec:q} {output} {input.data} 2> {log}"
