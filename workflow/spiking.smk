# Paper B, spiking networks. Makes
#   results/{scale}/simulate_spiking/{run}.nc
#   results/{scale}/simulate_paradox/{run}.nc, from the trained network
#   results/{scale}/robustness/{run}.nc, from several trained networks


rule simulate_spiking:
    """Training of one spiking network; goes on from its checkpoint after a kill (B Fig. 7, Tables S1-S3)."""
    output:
        "results/{scale}/simulate_spiking/{run}.nc",
    log:
        "results/{scale}/simulate_spiking/{run}.log",
    benchmark:
        "results/{scale}/simulate_spiking/{run}.benchmark.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1500 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        code=source.digest("homeostasis.simulate_spiking"),
        spec=lambda w: wiring.spiking_spec(SETTINGS[w.scale]["homeostasis"], w.run),
    shell:
        "python -m eiplast.job homeostasis.simulate_spiking {threads}"
        " {params.spec:q} {output} 2> {log}"


rule simulate_paradox:
    """A current into the inhibitory units of a trained network (B Fig. 7I)."""
    input:
        trained=lambda w: "results/{scale}/simulate_spiking/{training}.nc".format(
            scale=w.scale, **SETTINGS[w.scale]["homeostasis"]["paradox_runs"][w.run]
        ),
    output:
        "results/{scale}/simulate_paradox/{run}.nc",
    log:
        "results/{scale}/simulate_paradox/{run}.log",
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 1500 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        code=source.digest("homeostasis.simulate_paradox"),
        spec=lambda w: wiring.spec(
            SETTINGS[w.scale]["homeostasis"]["paradox"],
            SETTINGS[w.scale]["homeostasis"]["paradox_runs"][w.run],
        ),
    shell:
        "python -m eiplast.job homeostasis.simulate_paradox {threads}"
        " {params.spec:q} {output} {input.trained} 2> {log}"


rule robustness:
    """Errors of networks trained from different weights (B Fig. 7L, Table S3)."""
    input:
        trained=lambda w: [
            f"results/{w.scale}/simulate_spiking/{run}.nc"
            for run in SETTINGS[w.scale]["homeostasis"]["robustness"][w.run]
        ],
    output:
        "results/{scale}/robustness/{run}.nc",
    log:
        "results/{scale}/robustness/{run}.log",
    conda:
        "../envs/environment.yaml"
    params:
        code=source.digest("homeostasis.robustness"),
        spec=lambda w: wiring.spec(
            {"networks": SETTINGS[w.scale]["homeostasis"]["robustness"][w.run]}
        ),
    shell:
        "python -m eiplast.job homeostasis.robustness {threads}"
        " {params.spec:q} {output} {input.trained} 2> {log}"
