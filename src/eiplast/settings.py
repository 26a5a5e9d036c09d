"""The settings of every scale: config.yaml merged, checked, and refused with words a reader can use."""

import copy
import difflib
import inspect
import math
import re

import jsonschema

from eiplast import source
from eiplast.homeostasis import plasticity


class SettingsError(ValueError):
    """config.yaml says something impossible; the message has one line for each mistake."""


def load(config, schema):
    """Settings of every scale, as ``{scale: settings}``.

    config : dict, the contents of config.yaml with what the command line changed.
    schema : dict, the contents of workflow/schemas/config.schema.yaml.
    Raises SettingsError, one line a mistake: key, value, what is allowed.
    """
    schema = _with_datasets(_with_rule_parameters(schema))
    _raise(_mistakes(config, schema))
    scales = {"paper": {}} | config["scales"]
    if config["scale"] not in scales:
        _raise([_line(["scale"], config["scale"], f"must be one of {', '.join(scales)}")])
    settings = {scale: merge(config, changes) for scale, changes in scales.items()}
    for scale, merged in settings.items():
        prefix = [] if scale == "paper" else ["scales", scale]
        changed = _keys(scales[scale])
        mistakes = {}
        for path, value, allowed in _violations(merged, schema) or _contradictions(merged):
            # A list is changed as a whole.
            above = {tuple(path[:n]) for n in range(1, len(path) + 1)}
            where = prefix + path if above & changed else path
            mistakes.setdefault(tuple(where), _line(where, value, allowed))
        _raise(mistakes.values())
    return settings


def _with_datasets(schema):
    """`schema` that also knows the names of the data sets, the reader's own among them."""
    properties = schema["properties"]
    ablation = properties["disinhibition"]["properties"]["ablation"]["properties"]
    for place in (properties["datasets"]["items"], ablation["dataset"]):
        place["enum"] = source.keys("dataset", "READERS")
    return schema


def _with_rule_parameters(schema):
    """`schema` that also knows what plasticity rules read as p["name"], the reader's own rules among them."""
    schema = copy.deepcopy(schema)
    homeostasis = schema["properties"]["homeostasis"]["properties"]
    rules = "".join(map(inspect.getsource, plasticity.RULES.values()))
    read = {name: {"type": "number"} for name in re.findall(r'\bp\["(\w+)"\]', rules)}
    run = homeostasis["rate_runs"]["additionalProperties"]["properties"]
    variant = run["variants"]["additionalProperties"]["properties"]
    for known in (run, variant):
        known |= {name: read[name] for name in set(read) - set(known)}
    neurons = {name: {"type": "number"} for name in ("I_ext", "theta_E", "tau_E", "tau_I")}
    cases = homeostasis["stability_runs"]["additionalProperties"]["properties"]["cases"]
    cases["additionalProperties"] |= {"additionalProperties": False, "properties": read | neurons}
    return schema


def merge(base, changes):
    """`base` with the leaves of `changes`; lists are replaced as a whole."""
    merged = dict(base)
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = merge(base[key], value) if nested else value
    return merged


def _keys(tree, path=()):
    if not isinstance(tree, dict):
        return {path}
    return {path}.union(*(_keys(value, (*path, key)) for key, value in tree.items()))


def _raise(lines):
    lines = list(lines)
    if lines:
        raise SettingsError("\n".join(dict.fromkeys(lines)))


def _mistakes(config, schema):
    return [_line(*violation) for violation in _violations(config, schema)]


def _line(path, value, allowed):
    return f"config: {'.'.join(map(str, path))} = {value!r}: {allowed}"


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_, value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {"integer": _is_integer, "number": _is_number}
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_types)


def _violations(config, schema):
    """(path, value, what is allowed) of every place where `config` breaks `schema`."""
    return [
        found
        for error in sorted(_Validator(schema).iter_errors(config), key=lambda e: str(e.path))
        for found in _explain(error)
    ]


def _explain(error):
    path, value = list(error.absolute_path), error.instance
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in sorted(set(map(str, value)) - set(known)):
            same = [name for name in known if name.lower() == key.lower()]
            close = same or difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
            yield [*path, key], value.get(key), f"unknown key; {hint}"
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in value]
        for key in missing:
            yield [*path, key], None, "this key is missing"
    elif "propertyNames" in error.absolute_schema_path:
        yield [*path, str(value)], "...", "a name may have letters, digits and _ only"
    else:
        about = f" ({error.schema['description']})" if "description" in error.schema else ""
        yield path, value, _allowed(error) + about


def _allowed(error):
    limit = error.validator_value
    match error.validator:
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            is_text = isinstance(error.instance, str) and {"number", "integer"} & set(kinds)
            hint = "; YAML reads this as text, write numbers as 5.0e-4" if is_text else ""
            article = "an" if kinds[0] in ("array", "integer", "object") else "a"
            return f"must be {article} {' or '.join(kinds)}{hint}"
        case "enum":
            return f"must be one of {', '.join(map(str, limit))}"
        case "minimum":
            return f"must be at least {limit}"
        case "maximum":
            return f"must be at most {limit}"
        case "exclusiveMinimum":
            return f"must be more than {limit}"
        case "minItems" | "minProperties":
            return f"must have at least {limit} entries"
        case "maxItems":
            return f"must have at most {limit} entries"
        case "uniqueItems":
            return "must not repeat an entry"
        case "pattern":
            return f"must match {limit}"
    return error.message


def _contradictions(s):
    """(path, value, what is allowed) of entries that are fine alone and impossible together."""
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
    ablation = a["ablation"]
    for key, known in [
        ("dataset", s["datasets"]),
        ("n_hidden", a["n_hidden"]),
        ("methods", a["methods"]),
        ("variants", a["ablation_variants"]),
    ]:
        chosen = ablation[key] if isinstance(ablation[key], list) else [ablation[key]]
        if not set(chosen) <= set(known):
            yield [*path, key], ablation[key], f"must be among {', '.join(map(str, known))}"
    for name in ablation["variants"]:
        n = (ablation | a["ablation_variants"].get(name, {}))["n_seeds"]
        if n > a["n_seeds"]:
            yield [*path, "n_seeds"], n, f"must not exceed disinhibition.n_seeds = {a['n_seeds']}"


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
