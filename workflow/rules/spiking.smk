# Paper B, spiking networks. Makes
#   results/{scale}/spiking_train/{run}.nc
#   results/{scale}/spiking_paradox/{run}.nc, from the trained network
#   results/{scale}/spiking_balance/{run}.nc, from the trained network
#   results/{scale}/spiking_robustness/{run}.nc, from several trained networks


rule spiking_train:
    """Training of one spiking network; goes on from its checkpoint after a kill (B Fig. 7, Tables S1-S3)."""
    output:
        "results/{scale}/spiking_train/{run}.nc",
    log:
        "results/{scale}/spiking_train/{run}.log",
    benchmark:
        "results/{scale}/spiking_train/{run}.benchmark.tsv"
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "spiking_train"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1500 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        code=source.digest("homeostasis.spiking.train"),
        spec=lambda w: wiring.spiking_spec(SETTINGS[w.scale]["homeostasis"], w.run),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.spiking.train {threads}'
        " {params.spec:q} {output} 2> {log}"


rule spiking_paradox:
    """A current into the inhibitory units of a trained network (B Fig. 7I)."""
    input:
        trained=lambda w: "results/{scale}/spiking_train/{training}.nc".format(
            scale=w.scale, **SETTINGS[w.scale]["homeostasis"]["paradox_runs"][w.run]
        ),
    output:
        "results/{scale}/spiking_paradox/{run}.nc",
    log:
        "results/{scale}/spiking_paradox/{run}.log",
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "spiking_paradox"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1500 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        code=source.digest("homeostasis.spiking.paradox"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["homeostasis"]["paradox"],
            SETTINGS[w.scale]["homeostasis"]["paradox_runs"][w.run],
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.spiking.paradox {threads}'
        " {params.spec:q} {output} {input.trained} 2> {log}"


rule spiking_balance:
    """The balance of a trained network, with fluctuations of its own in each unit and without (B Fig. 7J, K)."""
    input:
        trained=lambda w: "results/{scale}/spiking_train/{training}.nc".format(
            scale=w.scale, **SETTINGS[w.scale]["homeostasis"]["balance_runs"][w.run]
        ),
    output:
        "results/{scale}/spiking_balance/{run}.nc",
    log:
        "results/{scale}/spiking_balance/{run}.log",
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "spiking_balance"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        code=source.digest("homeostasis.spiking.balance"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["homeostasis"]["balance"],
            SETTINGS[w.scale]["homeostasis"]["balance_runs"][w.run],
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.spiking.balance {threads}'
        " {params.spec:q} {output} {input.trained} 2> {log}"


rule spiking_robustness:
    """Errors of networks trained from different weights (B Fig. 7L, Table S3)."""
    input:
        trained=lambda w: [
            f"results/{w.scale}/spiking_train/{run}.nc"
            for run in SETTINGS[w.scale]["homeostasis"]["robustness"][w.run]
        ],
    output:
        "results/{scale}/spiking_robustness/{run}.nc",
    log:
        "results/{scale}/spiking_robustness/{run}.log",
    wildcard_constraints:
        run=wiring.any_of(SETTINGS, "spiking_robustness"),
    conda:
        ENVIRONMENT
    params:
        code=source.digest("homeostasis.spiking.robustness"),
        spec=lambda w: wiring.spec(
            {"networks": SETTINGS[w.scale]["homeostasis"]["robustness"][w.run]}
        ),
    shell:
        '"$EIPLAST_PYTHON" -m eiplast.job homeostasis.spiking.robustness {threads}'
        " {params.spec:q} {output} {input.trained} 2> {log}"
