"""What the rule files need besides rules: checked settings, specifications, the Python that runs the jobs.

It is imported where Snakemake is alone: nothing here may import what Snakemake does not bring.
"""

import ast
import hashlib
import json
import os
import sys
from pathlib import Path

import guard
import yaml
from snakemake.io import ancient, is_flagged
from snakemake.settings.types import DeploymentMethod

from eiplast import settings
from eiplast.homeostasis import neural

root = Path(__file__).parent.parent


def set_environment(workflow):
    """Have every job run the code of this checkout by this Python, with --sdm conda by that of its environment.

    By variables, which a path of any kind survives and which are no part of the command that Snakemake remembers.
    Every file is UTF-8 whatever the locale. Results are written whole and then renamed, so nobody needs the locks
    of HDF5, which some file systems refuse.
    """
    os.environ |= {"PYTHONUTF8": "1", "HDF5_USE_FILE_LOCKING": "FALSE"}
    conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    os.environ.setdefault("EIPLAST_PYTHON", "python" if conda else sys.executable)
    os.environ["EIPLAST_ROOT"] = str(root)
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(root / "src"), *others]))


def load_settings(config, workflow):
    """Settings of every scale, and the scale that is asked for; one line a mistake where config.yaml is wrong.

    config : what Snakemake has read. Where this is a module of another workflow, what that says in `config:`; what
    it leaves out is as in config.yaml, and what it says differently wins over the scale, as on a command line.
    """
    schema, printed = (
        yaml.load((root / name).read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for name in ("workflow/schemas/config.schema.yaml", "config.yaml")
    )
    asked = workflow.config_settings.overwrite_config
    if not workflow.modifier.is_main_snakefile():
        asked = settings.difference(config, printed)
    try:
        return settings.load(printed, schema, asked), asked.get("scale", printed["scale"])
    except settings.SettingsError as error:
        sys.exit(str(error))


def caption(module):
    """Docstring of a module of eiplast as one line."""
    path = (root / "src/eiplast").joinpath(*module.split(".")).with_suffix(".py")
    return " ".join(ast.get_docstring(ast.parse(path.read_text("utf-8"))).split())


def contents(*names):
    """Digest of files of this checkout; as a parameter of a rule, it has the rule run again when one changes."""
    return hashlib.sha256(b"".join((root / name).read_bytes() for name in names)).hexdigest()[:16]


def spec(*parts):
    """One flat JSON object with sorted keys; later parts override earlier ones."""
    return json.dumps({key: part[key] for part in parts for key in part}, sort_keys=True)


def rate_spec(homeostasis, run):
    """Specification of one run of the rate models: block, run."""
    return spec(homeostasis["rate"], homeostasis["rate_runs"][run])


def map_spec(settings, run):
    """Specification of one map of stability: B SI Table 1, block, run."""
    b = settings["homeostasis"]
    return spec(table_1(settings), b["stability"], b["stability_runs"][run])


def spiking_spec(homeostasis, run):
    """Specification of one spiking network: block, parameter set, run."""
    changes = homeostasis["spiking_runs"][run]
    return spec(homeostasis["spiking"], homeostasis["spiking_sets"][changes["set"]], changes)


def train_spec(a, setup, method, **changes):
    """Specification of one cell of A Tables 1 and S3; `a` is the section ``disinhibition``."""
    named = {"setup": setup, "method": method} | {k: a[k] for k in ("n_seeds", "reported_epoch")}
    return spec(a["train"], a["setups"][setup], a["methods"][method], named, changes)


def variant_spec(a, variant, method, **place):
    """Specification of one variant of such a cell."""
    chosen = a["ablation"] | a["ablation_variants"][variant]
    changes = chosen["changes"] | {"variant": variant, "n_seeds": chosen["n_seeds"]}
    return train_spec(a, chosen["setup"], method, **changes, **place)


def is_there(path, workflow):
    """Whether `path` exists, in the storage where results go to one.

    Snakemake's own `exists` starts an event loop, which it cannot where inputs are computed.
    """
    path = workflow.modifier.path_modifier.apply_default_storage(path)
    if is_flagged(path, "storage_object"):
        return path.flags["storage_object"].exists()
    return Path(path).exists()


def there(paths, workflow):
    """Those of `paths` that exist."""
    return [path for path in paths if is_there(path, workflow)]


def images(scale, dataset, result, workflow):
    """The data set as input of `result`, a file below results/{scale}.

    Ancient: results that came with a checkout stay when the images are read after them. They stay too where these
    are read for others alone, and need none then: Snakemake takes ancient files that are missing for new ones. A
    result that is missing needs no such care, and Snakemake forgets it where ancient images have to be made again.
    """
    path, result = f"results/{scale}/dataset/{dataset}.nc", f"results/{scale}/{result}"
    if not is_there(result, workflow):
        return path
    asked = workflow.dag_settings
    forced = asked and (asked.forceall or asked.forcetargets or asked.forcerun)
    needless = guard.stays(result) and not forced and not is_there(path, workflow)
    return [] if needless else ancient(path)


def cells(scale, of_scale):
    """Runs of `train` and `ablation` at a scale with these settings: cells of A Table 1, variants."""
    a = of_scale["disinhibition"]
    runs = {
        "train": {setup: a | of_scale for setup in a["setups"]},
        "ablation": {
            variant: a["ablation"] | a["ablation_variants"][variant]
            for variant in a["ablation"]["variants"]
        },
    }
    return {
        rule: [
            f"results/{scale}/{rule}/{name}/{dataset}/{method}/hidden{n_hidden}.nc"
            for name, of in named.items()
            for dataset in of["datasets"]
            for method in of["methods"]
            for n_hidden in of["n_hidden"]
        ]
        for rule, named in runs.items()
    }


def threads(run, workflow):
    """All cores for a run of minutes, one for the others; the results are the same."""
    n_trials = len(run.get("variants", [0])) * run.get("n_init", 1) * run["n_trials"]
    if n_trials * run.get("n_E", 1) ** 2 <= 1e6:
        return 1
    # On a cluster there is no --cores; the profile's max-threads is what a job may ask for.
    return workflow.resource_settings.max_threads or workflow.cores


def table_1(of_scale):
    """The parameters of B SI Table 1 with the current of section 2.5."""
    known = of_scale["homeostasis"]["rate"] | of_scale["homeostasis"]["stability"]
    return {name: known[name] for name in neural.PARAMETERS}


def named(of_scale):
    """The runs of every rule but those of trainings, by name."""
    of_a, of_b = of_scale["disinhibition"], of_scale["homeostasis"]
    return {
        "single_synapse": of_a["single_synapse_runs"],
        "student_teacher": of_a["student_teacher_runs"],
        "rate_simulate": of_b["rate_runs"],
        "stability_map": of_b["stability_runs"],
        "stability_weight_sweep": ["weight_sweep"],
        "stability_errata": ["errata"],
        "spiking_train": of_b["spiking_runs"],
        "spiking_paradox": of_b["paradox_runs"],
        "spiking_balance": of_b["balance_runs"],
        "spiking_robustness": of_b["robustness"],
        "explicit_error": ["panels"],
    }


def any_of(of_scales, key):
    """Pattern of all names that a rule's runs, or what stands below a key of paper A, have at some scale."""
    found = [of["disinhibition"] | named(of) for of in of_scales.values()]
    return "|".join(dict.fromkeys(name for of in found for name in of[key]))


def check_runs(made_from, of_scale):
    """Exit with one line for each run that a figure or table is made from and that config.yaml does not have."""
    have = named(of_scale)
    lines = [
        f"config: no run makes {file}, which {name} shows: put the run back, or take {name} out of "
        "workflow/rules/outputs.smk"
        for name, files in made_from.items()
        for file in files
        for rule, run in [file.removesuffix(".nc").split("/", 1)]
        if rule in have and run not in have[rule]
    ]
    if lines:
        sys.exit("\n".join(lines))


def numbers(scale, of_scale):
    """Every file that a printed number may be compared with, or that may show why ours differs."""
    runs = named(of_scale)
    compared = ["example", "authors_figure", "eq15"]
    runs |= {
        "spiking_train": [run for run in compared if run in runs["spiking_train"]],
        "aggregate": ["train", "ablation"],
    }
    return [f"results/{scale}/{rule}/{run}.nc" for rule, names in runs.items() for run in names]


def runs(scale, of_scale):
    """Every file of a simulation, training or analysis."""
    of_b = of_scale["homeostasis"]
    networks = [run for names in of_b["robustness"].values() for run in names]
    networks += [run["training"] for run in of_b["paradox_runs"].values()]
    found = [path for of in cells(scale, of_scale).values() for path in of]
    found += [path for path in numbers(scale, of_scale) if "/aggregate/" not in path]
    found += [f"results/{scale}/spiking_train/{run}.nc" for run in networks]
    return list(dict.fromkeys(found))
