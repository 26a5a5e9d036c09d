# eiplast: every computational figure and table of two papers on inhibition and plasticity.
# `snakemake --cores all` is paper scale; with `--config scale=quick` it takes a laptop minutes.

import sys

sys.path[:0] = [f"{workflow.basedir}/workflow", f"{workflow.basedir}/src"]

import wiring
from eiplast import source


configfile: "config.yaml"


# The checkout is what runs, installed or not; eiplast.job pins the threads of XLA and BLAS.
shell.prefix(f"set -euo pipefail; export PYTHONPATH={workflow.basedir}/src; ")

SETTINGS = wiring.load_settings(config)
SCALE = config["scale"]

if workflow.is_main_process:
    wiring.check_writable()
    LOCK = wiring.share_folder()
    wiring.set_damaged_results_aside()


wildcard_constraints:
    scale="|".join(SETTINGS),
    dataset="[A-Za-z0-9_]+",
    method="[A-Za-z0-9_]+",
    variant="[A-Za-z0-9_]+",
    cells="train|ablation",
    run="[A-Za-z0-9_]+",
    figure="[A-Za-z0-9_]+",
    table="[A-Za-z0-9_]+",
    n_hidden="[0-9]+",


include: "workflow/dataset.smk"
include: "workflow/disinhibition.smk"
include: "workflow/homeostasis.smk"
include: "workflow/spiking.smk"
include: "workflow/outputs.smk"


if workflow.is_main_process:
    wiring.mark_older_results(workflow.rules)


rule all:
    default_target: True
    input:
        expand(
            f"results/{SCALE}/figure/{{figure}}.{{format}}",
            figure=FIGURES,
            format=["pdf", "svg", "png"],
        ),
        expand(
            f"results/{SCALE}/table/{{table}}.{{format}}",
            table=TABLES,
            format=["csv", "md", "tex"],
        ),
        f"results/{SCALE}/comparison.csv",
        f"results/{SCALE}/report.html",
