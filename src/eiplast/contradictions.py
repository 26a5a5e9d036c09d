"""Entries of config.yaml that are fine alone and impossible together."""

from eiplast.homeostasis import plasticity


def found(s):
    """(path, value, what is allowed) of every such entry of the settings `s` of one scale."""
    single = s["disinhibition"]["single_synapse"]
    for tau in ("tau_E", "tau_I"):
        if single["dt"] > single[tau]:
            yield ["disinhibition", "single_synapse", "dt"], single["dt"], f"must not exceed {tau}"
    needs = {"closed_loop": "r_tar", "isolated": "r_I"}
    for name, run in s["disinhibition"]["single_synapse_runs"].items():
        path = ["disinhibition", "single_synapse_runs", name]
        need = needs.get(run["condition"])
        if need and need not in run:
            yield [*path, need], None, f"this key is missing ({run['condition']} needs it)"
        if len(run["theta"]) != len(run["delta"]):
            yield [*path, "delta"], run["delta"], "must have as many entries as theta"
        if run["drive"][1] <= run["drive"][0]:
            yield [*path, "drive"], run["drive"], "the last drive must exceed the first"
    yield from _ablation_contradictions(s)
    for name, run in s["homeostasis"]["rate_runs"].items():
        path = ["homeostasis", "rate_runs", name]
        yield from _rate_contradictions(path, run, s)
        for variant, changes in run.get("variants", {}).items():
            for found, value, allowed in _rate_contradictions(path, run | changes, s):
                of_variant = found[:3] == path and found[3] in changes
                inside = [*path, "variants", variant] if of_variant else found[:-1]
                yield [*inside, found[-1]], value, allowed
    for name, run in s["homeostasis"]["stability_runs"].items():
        path = ["homeostasis", "stability_runs", name]
        if run["rule"] not in plasticity.RULES:
            yield [*path, "rule"], run["rule"], f"must be one of {', '.join(plasticity.RULES)}"
        for key in ("W_EE", "W_IE"):
            low, high, _ = (s["homeostasis"]["stability"] | run)[key]
            if high <= low:
                yield [*path, key], [low, high], "the high end must exceed the low end"
    yield from _spiking_contradictions(["homeostasis"], s["homeostasis"])


def _ablation_contradictions(s):
    """The variants are paired with cells of A Table 1, which have to be trained."""
    a, path = s["disinhibition"], ["disinhibition", "ablation"]
    known = {"setup": a["setups"], "datasets": s["datasets"]}
    known |= {key: a[key] for key in ("n_hidden", "methods")}
    yield from _unknown([*path, "variants"], a["ablation"]["variants"], a["ablation_variants"])
    for name in a["ablation"]["variants"]:
        own = a["ablation_variants"].get(name, {})
        variant = a["ablation"] | own
        where = {
            key: ["disinhibition", "ablation_variants", name, key] if key in own else [*path, key]
            for key in (*known, "n_seeds")
        }
        for key in known:
            yield from _unknown(where[key], variant[key], known[key])
        if variant["n_seeds"] > a["n_seeds"]:
            allowed = f"must not exceed disinhibition.n_seeds = {a['n_seeds']}"
            yield where["n_seeds"], variant["n_seeds"], allowed


def _unknown(path, chosen, known):
    if not set(chosen if isinstance(chosen, list) else [chosen]) <= set(known):
        yield path, chosen, f"must be among {', '.join(map(str, known))}"


def _rate_contradictions(path, run, s):
    p = s["homeostasis"]["rate"] | run
    for smaller, larger in [
        ("dt", "tau_E"),
        ("dt", "tau_I"),
        ("dt", "tau_OU"),
        ("dt", "record_dt"),
        ("average_window", "duration"),
        ("pulse_start", "duration"),
        ("E_set", "E_max"),
        ("I_set", "I_max"),
    ]:
        if p[smaller] > p[larger]:
            where = path if smaller in run else ["homeostasis", "rate"]
            yield [*where, smaller], p[smaller], f"must not exceed {larger} = {p[larger]}"
    for name in ("W_EE", "W_EI", "W_IE", "W_II"):
        if isinstance(p[name], list) and p[name][0] > p[name][1]:
            yield [*path, name], p[name], "the low end must not exceed the high end"
    if run["rule"] not in {"none", *plasticity.RULES}:
        yield [*path, "rule"], run["rule"], f"must be one of none, {', '.join(plasticity.RULES)}"
    step = p.get("step")
    if step and not step["start"] < step["stop"] <= p["duration"]:
        yield [*path, "step"], step, "needs start < stop <= duration"
    for trial in p.get("record_trials", []):
        if trial >= p["n_trials"]:
            yield [*path, "record_trials"], trial, f"must be less than n_trials = {p['n_trials']}"
    for name, limit in (("trial", "n_trials"), ("n_units", "n_E")) if "imprint" in p else ():
        if p["imprint"][name] >= p[limit]:
            where = [*path, "imprint", name]
            yield where, p["imprint"][name], f"must be less than {limit} = {p[limit]}"


def _spiking_contradictions(path, s):
    runs = s["spiking_runs"]
    for name, run in runs.items():
        here = [*path, "spiking_runs", name]
        if run["set"] not in s["spiking_sets"]:
            yield [*here, "set"], run["set"], f"must be one of {', '.join(s['spiking_sets'])}"
            continue
        p = s["spiking"] | s["spiking_sets"][run["set"]] | run
        yield from _spiking_run_contradictions(here, p)
    for name, networks in s["robustness"].items():
        for network in networks:
            if network not in runs:
                yield [*path, "robustness", name], network, "must be one of the spiking_runs"
    for name, run in s["balance_runs"].items():
        if run["training"] not in runs:
            here = [*path, "balance_runs", name, "training"]
            yield here, run["training"], "must be one of the spiking_runs"
    for name, run in s["paradox_runs"].items():
        here, p = [*path, "paradox_runs", name], s["paradox"] | run
        if run["training"] not in runs:
            yield [*here, "training"], run["training"], "must be one of the spiking_runs"
        if not p["bin"] < p["step_start"] < p["step_stop"] <= p["duration"]:
            allowed = "needs bin < step_start < step_stop <= duration"
            yield [*here, "step_start"], p["step_start"], allowed


def _spiking_run_contradictions(here, p):
    for smaller, larger in [
        ("n_kicked", "n_E"),
        ("t_kick", "duration"),
        ("record_dt", "duration"),
        ("n_late", "n_trials"),
        *[("dt", tau) for tau in p if tau.startswith(("tau_r_", "tau_d_", "tau_l_"))],
        ("dt", "record_dt"),
        ("V_reset_E", "V_thresh_E"),
        ("V_reset_I", "V_thresh_I"),
    ]:
        if p[smaller] > p[larger]:
            yield [*here, smaller], p[smaller], f"must not exceed {larger} = {p[larger]}"
    if p["W_max"] is not None and p["W_min"] > p["W_max"]:
        yield [*here, "W_min"], p["W_min"], f"must not exceed W_max = {p['W_max']}"
    if p["p_conn"] > 1 - 1 / min(p["n_E"], p["n_I"]):
        yield [*here, "p_conn"], p["p_conn"], "leaves no room without autapses"
    for trial in p["record_trials"]:
        if trial >= p["n_trials"]:
            yield [*here, "record_trials"], trial, f"must be less than n_trials = {p['n_trials']}"
