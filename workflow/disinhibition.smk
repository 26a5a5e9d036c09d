# Paper A. Needs results/{scale}/dataset/*.nc; makes
#   results/{scale}/single_synapse/{run}.nc
#   results/{scale}/train/{dataset}/{method}/hidden{n_hidden}.nc


rule single_synapse:
    """Weight change at one synapse in one circuit (A Fig. 3)."""
    input:
        code=wiring.code("disinhibition.single_synapse"),
    output:
        "results/{scale}/single_synapse/{run}.nc",
    log:
        "results/{scale}/single_synapse/{run}.log",
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["disinhibition"]["single_synapse"],
            SETTINGS[w.scale]["disinhibition"]["single_synapse_runs"][w.run],
        ),
    shell:
        "JAX_ENABLE_X64=1 python -m eiplast.job disinhibition.single_synapse {threads}"
        " {params.spec:q} {output} 2> {log}"


rule train:
    """All seeds of one cell of A Tables 1 and S3."""
    input:
        data="results/{scale}/dataset/{dataset}.nc",
        code=wiring.code("disinhibition.train"),
    output:
        "results/{scale}/train/{dataset}/{method}/hidden{n_hidden}.nc",
    log:
        "results/{scale}/train/{dataset}/{method}/hidden{n_hidden}.log",
    benchmark:
        "results/{scale}/train/{dataset}/{method}/hidden{n_hidden}.benchmark.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 3000 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["disinhibition"]["train"],
            SETTINGS[w.scale]["disinhibition"]["methods"][w.method],
            {
                key: SETTINGS[w.scale]["disinhibition"][key]
                for key in ("reported_epoch", "n_seeds")
            },
            {"dataset": w.dataset, "method": w.method, "n_hidden": int(w.n_hidden)},
        ),
    shell:
        "python -m eiplast.job disinhibition.train {threads}"
        " {params.spec:q} {output} {input.data} 2> {log}"
