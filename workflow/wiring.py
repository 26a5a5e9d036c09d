"""What the rule files need besides rules: checked settings, source files, specifications, the lock."""

import ast
import fcntl
import json
import os
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from types import SimpleNamespace

import yaml
from snakemake.io import ancient

from eiplast import netcdf, settings, source

root = Path(__file__).parent.parent
# In a form that Snakemake reads, and different from its own marks.
_mark = json.dumps({"external_jobid": None, "reason": "made with other code or settings"})


def load_settings(config):
    """Settings of every scale; one line a mistake and exit code 1 where config.yaml is wrong."""
    schema = yaml.safe_load((root / "workflow/config.schema.yaml").read_text())
    try:
        return settings.load(config, schema)
    except settings.SettingsError as error:
        sys.exit(str(error))


def caption(module):
    """Docstring of a module of eiplast as one line."""
    path = (root / "src/eiplast").joinpath(*module.split(".")).with_suffix(".py")
    return " ".join(ast.get_docstring(ast.parse(path.read_text())).split())


def spec(*parts):
    """One flat JSON object with sorted keys; later parts override earlier ones."""
    return json.dumps({key: part[key] for part in parts for key in part}, sort_keys=True)


def spiking_spec(homeostasis, run):
    """Specification of one spiking network: block, parameter set, run."""
    changes = homeostasis["spiking_runs"][run]
    return spec(homeostasis["spiking"], homeostasis["spiking_sets"][changes["set"]], changes)


def ablation_spec(a, method, variant):
    """Specification of one variant of a cell of A Table 1; `a` is the section ``disinhibition``."""
    place = {key: a["ablation"][key] for key in ("dataset", "n_hidden", "n_seeds")}
    named = {"method": method, "variant": variant, "reported_epoch": a["reported_epoch"]}
    return spec(a["train"], a["methods"][method], place, a["ablation_variants"][variant], named)


def images(scale, dataset, result):
    """The data set as input of `result`, a file below results/{scale}.

    Ancient: results that came with a checkout stay when the images are read after them. A result that is missing
    needs no such care, and Snakemake forgets it where ancient images have to be made again.
    """
    path = f"results/{scale}/dataset/{dataset}.nc"
    return ancient(path) if Path("results", scale, result).exists() else path


def cells(scale, of_scale):
    """Runs of `train` and `ablation` at a scale with these settings: cells of A Table 1, variants."""
    a = of_scale["disinhibition"]
    return {
        "train": [
            f"results/{scale}/train/{dataset}/{method}/hidden{n_hidden}.nc"
            for dataset in of_scale["datasets"]
            for method in a["methods"]
            for n_hidden in a["n_hidden"]
        ],
        "ablation": [
            f"results/{scale}/ablation/{method}/{variant}.nc"
            for method in a["ablation"]["methods"]
            for variant in a["ablation"]["variants"]
        ],
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
    rate, stability = (of_scale["homeostasis"][block] for block in ("rate", "stability"))
    names = ("g_E", "g_I", "theta_E", "theta_I", "tau_E", "tau_I", "E_set", "I_set")
    return {name: rate[name] for name in names} | {"I_ext": stability["I_ext"]}


def numbers(scale, of_scale):
    """Every file that a printed number may be compared with."""
    runs = {
        "single_synapse": of_scale["disinhibition"]["single_synapse_runs"],
        "student_teacher": of_scale["disinhibition"]["student_teacher_runs"],
        "simulate_rate": of_scale["homeostasis"]["rate_runs"],
        "stability_map": of_scale["homeostasis"]["stability_runs"],
        "weight_sweep": ["weight_sweep"],
        "errata": ["errata"],
        "simulate_spiking": ["example", "authors_figure", "eq15"],
        "simulate_paradox": of_scale["homeostasis"]["paradox_runs"],
        "robustness": of_scale["homeostasis"]["robustness"],
    }
    return [f"results/{scale}/aggregate/train.nc", f"results/{scale}/explicit_error/panels.nc"] + [
        f"results/{scale}/{rule}/{run}.nc" for rule, names in runs.items() for run in names
    ]


def share_folder():
    """A shared lock of this folder, held as long as the process lives. Keep what it returns.

    Snakemake's own locks outlive a killed run and block the next. The kernel drops this one with
    the process: while nobody else holds it, what lies in .snakemake/locks is stale, and goes.
    """
    Path(".snakemake").mkdir(exist_ok=True)
    lock = open(".snakemake/eiplast.lock", "a")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        for stale in Path(".snakemake/locks").glob("*.lock"):
            stale.unlink()
            print(f"removed {stale}, left by a run that was killed", file=sys.stderr)
        for part in Path("results").rglob(".*.part.*"):
            # A job that outlived its killed Snakemake may still be writing.
            if time.time() - part.stat().st_mtime > 3600:
                part.unlink()
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def check_writable():
    """Exit with one line where results cannot be written, before any work starts."""
    folder = Path("results") if Path("results").exists() else Path()
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        sys.exit(f"{folder.resolve()} cannot be written ({error.strerror}): results go there")


def set_damaged_results_aside():
    """Rename every NetCDF file that is cut short, so that it is made again instead of being read.

    Snakemake does not miss a file whose dependants exist: the two that depend on everything else and
    take seconds go too.
    """
    for path in Path("results").rglob("*.nc"):
        if netcdf.is_truncated(path):
            aside = path.with_suffix(".nc.damaged")
            path.replace(aside)
            print(f"{path} is cut short: kept as {aside.name}, to be made again", file=sys.stderr)
            scale = Path(*path.parts[:2])
            for dependant in [scale / "comparison.csv", *scale.glob("aggregate/*.nc")]:
                dependant.unlink(missing_ok=True)


def mark_older_results(rules):
    """Have every NetCDF file made again that is of other code or settings and not from this folder.

    Of what it made here, Snakemake remembers code and settings. A file that came with a checkout or a copy has
    only what is written in it: it saves its job where that is what would be written today. Where it is not, it
    is marked as Snakemake marks the output of a job that was killed, until it is.
    """
    marks, records = Path(".snakemake/incomplete"), Path(".snakemake/metadata")
    marks.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path("results").rglob("*.nc")):
        name = urlsafe_b64encode(str(path).encode()).decode()
        mark = marks / name
        if mark.exists() and mark.read_text() == _mark:
            mark.unlink()
        if (records / name).exists() or mark.exists():
            continue
        for rule in (rule for rule in rules if rule.is_producer(str(path))):
            # A checkout or a copy gives files times in no order; equal times re-run nothing.
            os.utime(path, (0, 0))
            if what := _changed_since(path, rule):
                mark.write_text(_mark)
                print(f"{path} was made with other {what}", file=sys.stderr)


def _changed_since(path, rule):
    """In words, what differs from what `rule` would write to `path`; empty if nothing does."""
    attrs = netcdf.attributes(path)
    if not _is_of_todays_code(attrs):
        return f"code (commit {attrs.get('git_commit', 'unknown')[:8]})"
    params = dict(rule.params.items())
    try:
        wildcards = SimpleNamespace(**rule.get_wildcards(str(path)))
        now = json.loads(params["spec"](wildcards)) if "spec" in params else {}
    except KeyError:
        return ""  # a run that config.yaml no longer has: nobody will ask for it
    then = json.loads(attrs["spec"])
    names = sorted(name for name in now | then if now.get(name) != then.get(name))
    return f"settings ({', '.join(names)})" if names else ""


def _is_of_todays_code(attrs):
    if "job" not in attrs:
        return False
    now = source.digest(attrs["job"])
    # An older version may have made its digest otherwise: its commit tells what it did.
    return attrs.get("code") == now or (
        attrs.get("git_dirty") == "no"
        and source.digest_at(attrs["git_commit"], attrs["job"]) == now
    )
