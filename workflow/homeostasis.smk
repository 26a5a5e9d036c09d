# Paper B. Makes results/{scale}/simulate_rate/{run}.nc


rule simulate_rate:
    """One run of the rate model, with its plasticity rule (B Figs. 1-6, S1-S7)."""
    input:
        code=wiring.code("homeostasis.simulate_rate"),
    output:
        "results/{scale}/simulate_rate/{run}.nc",
    log:
        "results/{scale}/simulate_rate/{run}.log",
    benchmark:
        "results/{scale}/simulate_rate/{run}.benchmark.tsv"
    conda:
        "../envs/environment.yaml"
    threads: lambda w: wiring.threads(SETTINGS[w.scale]["homeostasis"]["rate_runs"][w.run], workflow)
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["homeostasis"]["rate"],
            SETTINGS[w.scale]["homeostasis"]["rate_runs"][w.run],
        ),
    shell:
        "python -m eiplast.job homeostasis.simulate_rate {threads}"
        " {params.spec:q} {output} 2> {log}"
