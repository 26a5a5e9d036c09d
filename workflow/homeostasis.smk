# Paper B. Makes
#   results/{scale}/simulate_rate/{run}.nc
#   results/{scale}/stability_map/{run}.nc
#   results/{scale}/weight_sweep/weight_sweep.nc
#   results/{scale}/errata/errata.nc


rule simulate_rate:
    """One run of the rate model, with its plasticity rule (B Figs. 1-6, S1-S7)."""
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
        code=source.digest("homeostasis.simulate_rate"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["homeostasis"]["rate"],
            SETTINGS[w.scale]["homeostasis"]["rate_runs"][w.run],
        ),
    shell:
        "python -m eiplast.job homeostasis.simulate_rate {threads}"
        " {params.spec:q} {output} 2> {log}"


rule stability_map:
    """Regions of stability of one rule (B Figs. 2, 4, S1, S2, S8-S12)."""
    output:
        "results/{scale}/stability_map/{run}.nc",
    log:
        "results/{scale}/stability_map/{run}.log",
    benchmark:
        "results/{scale}/stability_map/{run}.benchmark.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("homeostasis.stability_map"),
        spec=lambda w: wiring.spec(
            wiring.table_1(SETTINGS[w.scale]),
            SETTINGS[w.scale]["homeostasis"]["stability"],
            SETTINGS[w.scale]["homeostasis"]["stability_runs"][w.run],
        ),
    shell:
        "python -m eiplast.job homeostasis.stability_map {threads}"
        " {params.spec:q} {output} 2> {log}"


rule weight_sweep:
    """The neural fixed point while one weight varies (B Fig. S13)."""
    output:
        "results/{scale}/weight_sweep/weight_sweep.nc",
    log:
        "results/{scale}/weight_sweep/weight_sweep.log",
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("homeostasis.weight_sweep"),
        spec=lambda w: wiring.spec(
            wiring.table_1(SETTINGS[w.scale]), SETTINGS[w.scale]["homeostasis"]["weight_sweep"]
        ),
    shell:
        "python -m eiplast.job homeostasis.weight_sweep {threads}"
        " {params.spec:q} {output} 2> {log}"


rule errata:
    """Formulas of paper B that are wrong as printed, each with a numerical witness."""
    output:
        "results/{scale}/errata/errata.nc",
    log:
        "results/{scale}/errata/errata.log",
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("homeostasis.errata"),
        spec=lambda w: wiring.spec(
            wiring.table_1(SETTINGS[w.scale]), SETTINGS[w.scale]["homeostasis"]["errata"]
        ),
    shell:
        "python -m eiplast.job homeostasis.errata {threads}" " {params.spec:q} {output} 2> {log}"
