"""Entries of config.yaml on paper A that are fine alone and impossible together."""

import math

from eiplast import places

_section = "disinhibition"
# Of each data set that is known here: images that train, and that validate.
IMAGES = {"mnist": (54_000, 6_000), "fashion_mnist": (54_000, 6_000), "digits": (1_295, 143)}


def found(s):
    """(path, value, what is allowed) of every such entry of the settings `s` of one scale."""
    a = s[_section]
    yield from _circuits(a)
    yield from _students(a)
    for cell in _cells(a, a["setups"], a["methods"]):
        yield from _training(cell, s["datasets"])
    yield from _ablation(s)


def _circuits(s):
    """Single synapses of A Figs. 3, S1, S2."""
    block, explicit = s["single_synapse"], s["explicit_error"]
    pairs = [("dt", key) for key in ("tau_E", "tau_I", "duration")]
    yield from places.order([([_section, "single_synapse"], block)], *pairs)
    yield from places.order(
        [([_section, "explicit_error"], explicit)], ("dt", "tau"), ("dt", "duration")
    )
    for name, panel in explicit["panels"].items():
        yield from places.rising(
            [_section, "explicit_error", "panels", name, "drive"], panel["drive"], "drive"
        )
    needs = {"closed_loop": "r_tar", "isolated": "r_I"}
    for name, run in s["single_synapse_runs"].items():
        here = [_section, "single_synapse_runs", name]
        need = needs.get(run["condition"])
        if need and need not in run:
            yield [*here, need], None, f"this key is missing ({run['condition']} needs it)"
        if len(run["theta"]) != len(run["delta"]):
            yield [*here, "delta"], run["delta"], "must have as many entries as theta"
        yield from places.rising([*here, "drive"], run["drive"], "drive")


def _students(s):
    for name, run in s["student_teacher_runs"].items():
        block = [_section, "student_teacher"], s["student_teacher"]
        stack = [([_section, "student_teacher_runs", name], run), block]
        yield from places.order(stack, ("dt_min", "dt_max"), ("dt0", "dt_max"))
        yield from places.multiples(stack, ("window", "sample_dt"))
        yield from places.intervals(stack, "frequency", "amplitude", "phase")


def _ablation(s):
    """The variants are paired with cells of A Table 1, which have to be trained."""
    a, path = s[_section], [_section, "ablation"]
    known = {"setup": a["setups"], "datasets": s["datasets"]}
    known |= {key: a[key] for key in ("n_hidden", "methods")}
    yield from places.among([*path, "variants"], a["ablation"]["variants"], a["ablation_variants"])
    for name in a["ablation"]["variants"]:
        own = [_section, "ablation_variants", name], a["ablation_variants"].get(name, {})
        stack = [own, (path, a["ablation"])]
        variant = places.merged(stack)
        unknown = [
            mistake
            for key in known
            for mistake in places.among(places.at(stack, key), variant[key], known[key])
        ]
        yield from unknown
        cells = [] if unknown else _cells(a, [variant["setup"]], variant["methods"])
        for cell in cells:
            changes = [*own[0], "changes"], variant.get("changes", {})
            yield from _training([changes, *cell], variant["datasets"])
        if variant["n_seeds"] > a["n_seeds"]:
            allowed = f"must not exceed disinhibition.n_seeds = {a['n_seeds']}"
            yield places.at(stack, "n_seeds"), variant["n_seeds"], allowed


def _cells(a, setups, methods):
    """Places of the cells of A Table 1 with one of `setups` and one of `methods`."""
    for setup in setups:
        for method in methods:
            yield [
                ([_section, "methods", method], a["methods"][method]),
                ([_section, "setups", setup], a["setups"][setup]),
                ([_section, "train"], a["train"]),
            ]


def _training(stack, datasets):
    p = places.merged(stack)
    yield from places.order(stack, ("dt0", "dt_max"))
    for name in datasets:
        trains, validates = IMAGES.get(name, (math.inf, math.inf))
        for key, limit in (("batch_size", trains), ("n_validation", validates)):
            if p[key] > limit:
                yield places.at(stack, key), p[key], f"must not exceed {limit}, all that {name} has"
