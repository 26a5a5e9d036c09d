# Paper B, rate models. Makes results/{scale}/rate_simulate/{run}.nc


rule rate_simulate:
    """One run of the rate model, with its plasticity rule (B Figs. 1-6, S1-S7)."""
    output:
        "results/{scale}/rate_simulate/{run}.nc",
    log:
        "results/{scale}/rate_simulate/{run}.log",
    benchmark:
        "results/{scale}/rate_simulate/{run}.benchmark.tsv"
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "rate_simulate"),
    conda:
        ENVIRONMENT
    threads: lambda w: wiring.threads(SETTINGS[w.scale]["homeostasis"]["rate_runs"][w.run], workflow)
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        code=lambda w: source.digest(
            "homeostasis.rate.simulate",
            spec=wiring.rate_spec(SETTINGS[w.scale]["homeostasis"], w.run),
        ),
        spec=lambda w: wiring.rate_spec(SETTINGS[w.scale]["homeostasis"], w.run),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.rate.simulate {threads}'
        " {params.spec:q} {output} 2> {log}"
