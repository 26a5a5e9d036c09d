"""Entries of config.yaml on paper B that are fine alone and impossible together."""

from eiplast import places
from eiplast.homeostasis import neural, plasticity

_section = "homeostasis"
# What shapes the file of a run.
_axes = (
    *("n_init", "n_trials", "n_E", "n_I", "duration", "record_dt", "record_trials"),
    *("drop_dims", "online", "variants"),
)


def found(s):
    """(path, value, what is allowed) of every such entry of the settings `s` of one scale."""
    b = s[_section]
    for name, run in b["rate_runs"].items():
        stack = [([_section, "rate_runs", name], run), ([_section, "rate"], b["rate"])]
        yield from _rate(stack)
        for variant, changes in run.get("variants", {}).items():
            here = [_section, "rate_runs", name, "variants", variant]
            yield from _rate([(here, changes), *stack])
            for key in (key for key in _axes if key in changes):
                yield [*here, key], changes[key], "not in a variant: all share the axes of one file"
    yield from _stability(b)
    yield from _spiking_runs(b)
    yield from _after_training(b)


def _rate(stack):
    p = places.merged(stack)
    yield from places.order(
        stack,
        *(("dt", key) for key in ("tau_E", "tau_I", "tau_OU")),
        *(("average_window", "duration"), ("pulse_start", "duration")),
        *(("E_set", "E_max"), ("I_set", "I_max")),
    )
    yield from places.multiples(stack, ("record_dt", "dt"), ("duration", "record_dt"))
    if "online" not in p:
        yield from places.multiples(stack, ("average_window", "record_dt"))
    if p["rule"] not in {"none", *plasticity.RULES}:
        allowed = f"must be one of none, {', '.join(plasticity.RULES)}"
        yield places.at(stack, "rule"), p["rule"], allowed
    if "record_trials" in p:
        yield from places.below(stack, "record_trials", "n_trials")
    for name, limit in (("trial", "n_trials"), ("n_units", "n_E")) if "imprint" in p else ():
        if p["imprint"][name] >= p[limit]:
            where = [*places.at(stack, "imprint", limit), name]
            yield where, p["imprint"][name], f"must be less than {limit} = {p[limit]}"
    yield from _rate_weights(stack)
    yield from _rate_step(stack)
    yield from _rate_online(stack)


def _rate_weights(stack):
    p = places.merged(stack)
    yield from places.intervals(stack, *(f"W_{c}" for c in neural.CLASSES))
    for name in ("W_EE", "W_IE"):
        if p[name] == "balanced":
            yield places.at(stack, name), p[name], "only W_EI and W_II can be balanced"
    for name, free, post in (("W_EI", "W_EE", "E"), ("W_II", "W_IE", "I")):
        least = p[free][0] if isinstance(p[free], list) else p[free]
        chosen = p[name] == "balanced" and least != "balanced"
        if chosen and neural.balanced(post, least, p) < 0:
            allowed = f"would be negative beside {free} = {least}"
            yield places.at(stack, name, free), p[name], allowed


def _rate_step(stack):
    p = places.merged(stack)
    if not (step := p.get("step")):
        return
    where = places.at(stack, "step", "duration", "record_dt")
    if not 0 < step["start"] < step["stop"] <= p["duration"]:
        yield where, step, "needs 0 < start < stop <= duration"
    elif not all(
        places.whole(t / p["record_dt"])
        for t in (step["start"], (step["stop"] - step["start"]) / 2)
    ):
        yield where, step, f"start and half of its length must be multiples of {p['record_dt']} ms"


def _rate_online(stack):
    """What the runs whose weights change in every step are written for."""
    p = places.merged(stack)
    if "online" not in p:
        return
    if p["record_dt"] > 1e3:
        where = places.at(stack, "record_dt")
        yield where, p["record_dt"], "must not exceed 1000.0 in a run that is online"
    for key, only in (("n_E", 1), ("n_I", 1), ("n_trials", 1), ("euler", "simultaneous")):
        if p[key] != only:
            yield places.at(stack, key), p[key], f"must be {only} in a run that is online"
    if p["rule"] == "none":
        yield places.at(stack, "rule"), p["rule"], "must be a rule in a run that is online"
    for key in (key for key in ("step", "imprint", "record_trials") if key in p):
        yield places.at(stack, key), p[key], "not in a run that is online"


def _stability(s):
    for name, run in s["stability_runs"].items():
        here = [_section, "stability_runs", name]
        stack = [(here, run), ([_section, "stability"], s["stability"])]
        if run["rule"] not in plasticity.RULES:
            yield [*here, "rule"], run["rule"], f"must be one of {', '.join(plasticity.RULES)}"
        for key in ("W_EE", "W_IE"):
            yield from places.rising(places.at(stack, key), places.merged(stack)[key], "weight")
    sweep = s["weight_sweep"]["range"]
    yield from places.rising([_section, "weight_sweep", "range"], sweep, "weight")


def _spiking_runs(s):
    for name, run in s["spiking_runs"].items():
        here = [_section, "spiking_runs", name]
        if run["set"] not in s["spiking_sets"]:
            yield [*here, "set"], run["set"], f"must be one of {', '.join(s['spiking_sets'])}"
            continue
        chosen = [_section, "spiking_sets", run["set"]], s["spiking_sets"][run["set"]]
        yield from _spiking([(here, run), chosen, ([_section, "spiking"], s["spiking"])])


def _spiking(stack):
    p = places.merged(stack)
    times = [tau for tau in p if tau.startswith(("tau_r_", "tau_d_", "tau_l_"))]
    yield from places.order(
        stack,
        *(("dt", time) for time in times),
        *(("t_kick", "duration"), ("n_late", "n_trials")),
        *(("V_reset_E", "V_thresh_E"), ("V_reset_I", "V_thresh_I")),
        *([] if p["W_max"] is None else [("W_min", "W_max")]),
    )
    yield from places.multiples(stack, ("record_dt", "dt"), ("duration", "record_dt"))
    yield from places.below(stack, "n_kicked", "n_E")
    yield from places.below(stack, "record_trials", "n_trials")
    if p["p_conn"] > 1 - 1 / min(p["n_E"], p["n_I"]):
        where = places.at(stack, "p_conn", "n_E", "n_I")
        yield where, p["p_conn"], "leaves no room without autapses"


def _after_training(s):
    """What takes up networks of the spiking runs when they are trained."""
    runs = s["spiking_runs"]
    for name, networks in s["robustness"].items():
        for network in networks:
            if network not in runs:
                yield [_section, "robustness", name], network, "must be one of the spiking_runs"
    for kind in ("paradox", "balance"):
        for name, run in s[f"{kind}_runs"].items():
            where = [_section, f"{kind}_runs", name, "training"]
            if run["training"] not in runs:
                yield where, run["training"], "must be one of the spiking_runs"
            elif any("synapse" in dim for dim in runs[run["training"]].get("drop_dims", [])):
                yield where, run["training"], "must keep its synapses: they are in its drop_dims"
    for name, run in s["paradox_runs"].items():
        stack = [([_section, "paradox_runs", name], run), ([_section, "paradox"], s["paradox"])]
        p = places.merged(stack)
        edges = p["bin"], p["step_start"], p["step_stop"] - p["bin"], p["duration"] - p["bin"]
        if list(edges) != sorted(edges) or edges[0] == edges[1]:
            where = places.at(stack, "step_start", "step_stop", "bin", "duration")
            allowed = "needs bin < step_start, step_start + bin <= step_stop <= duration"
            yield where, p["step_start"], allowed
