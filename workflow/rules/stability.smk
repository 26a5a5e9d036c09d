# Paper B, stability of the plasticity rules. Makes
#   results/{scale}/stability_map/{run}.nc
#   results/{scale}/stability_weight_sweep/weight_sweep.nc
#   results/{scale}/stability_errata/errata.nc


rule stability_map:
    """Regions of stability of one rule (B Figs. 2, 4, S1, S2, S8-S12)."""
    output:
        "results/{scale}/stability_map/{run}.nc",
    log:
        "results/{scale}/stability_map/{run}.log",
    benchmark:
        "results/{scale}/stability_map/{run}.benchmark.tsv"
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "stability_map"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=lambda w: source.digest(
            "homeostasis.stability.map", spec=wiring.map_spec(SETTINGS[w.scale], w.run)
        ),
        spec=lambda w: wiring.map_spec(SETTINGS[w.scale], w.run),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.stability.map {threads}'
        " {params.spec:q} {output} 2> {log}"


rule stability_weight_sweep:
    """The neural fixed point while one weight varies (B Fig. S13)."""
    output:
        "results/{scale}/stability_weight_sweep/weight_sweep.nc",
    log:
        "results/{scale}/stability_weight_sweep/weight_sweep.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("homeostasis.stability.weight_sweep"),
        spec=lambda w: wiring.spec(
            wiring.table_1(SETTINGS[w.scale]), SETTINGS[w.scale]["homeostasis"]["weight_sweep"]
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.stability.weight_sweep {threads}'
        " {params.spec:q} {output} 2> {log}"


rule stability_errata:
    """Formulas of paper B that are wrong as printed, each with a numerical witness."""
    output:
        "results/{scale}/stability_errata/errata.nc",
    log:
        "results/{scale}/stability_errata/errata.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1000 * attempt,
        runtime=lambda w, attempt: 10 * attempt,
    params:
        code=source.digest("homeostasis.stability.errata"),
        spec=lambda w: wiring.spec(
            wiring.table_1(SETTINGS[w.scale]), SETTINGS[w.scale]["homeostasis"]["errata"]
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.stability.errata {threads}'
        " {params.spec:q} {output} 2> {log}"
