"""The settings of every scale: config.yaml merged, checked, and refused with words a reader can use."""

import difflib
import inspect
import math
import re

import jsonschema
import yaml

from eiplast import contradictions_a, contradictions_b, source
from eiplast.homeostasis import plasticity


class SettingsError(ValueError):
    """config.yaml says something impossible; the message has one line for each mistake."""


def load(config, schema, asked=None):
    """Settings of every scale, as ``{scale: settings}``.

    config : dict, the contents of config.yaml.
    schema : dict, the contents of workflow/schemas/config.schema.yaml.
    asked : dict, what the command line changes of the scale that it asks for; it wins over what the scale changes.
    Raises SettingsError, one line a mistake: key, value, what is allowed.
    """
    asked = _typed(asked or {}, config)
    schema = _with_datasets(_with_rule_parameters(_resolved(schema, schema["$defs"], {})))
    whole = merge(config, asked)
    _raise(_mistakes(whole, schema))
    scales = {"paper": {}} | whole["scales"]
    if whole["scale"] not in scales:
        _raise([_line(["scale"], whole["scale"], f"must be one of {', '.join(scales)}")])
    settings = {scale: merge(config, changes) for scale, changes in scales.items()}
    settings[whole["scale"]] = merge(settings[whole["scale"]], asked)
    for scale, merged in settings.items():
        prefix = [] if scale == "paper" else ["scales", scale]
        changed = _keys(scales[scale]) - (_keys(asked) if scale == whole["scale"] else set())
        mistakes = {}
        found = _violations(merged, schema) or [
            *contradictions_a.found(merged),
            *contradictions_b.found(merged),
        ]
        for path, value, allowed in found:
            # A list is changed as a whole.
            above = {tuple(path[:n]) for n in range(1, len(path) + 1)}
            where = prefix + path if above & changed else path
            mistakes.setdefault(tuple(where), _line(where, value, allowed))
        _raise(mistakes.values())
    return settings


def _resolved(schema, definitions, known):
    """A copy with definitions in place of references, which jsonschema would look up anew at every value."""
    if isinstance(schema, list):
        return [_resolved(one, definitions, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if id(schema) not in known:
        # First known, then filled: variants of a run stand inside of a run.
        copied = known[id(schema)] = {}
        if name := schema.get("$ref", "").removeprefix("#/$defs/"):
            copied |= _resolved(definitions[name], definitions, known)
        own = {key: value for key, value in schema.items() if key != "$ref"}
        copied |= {key: _resolved(value, definitions, known) for key, value in own.items()}
    return known[id(schema)]


def _with_datasets(schema):
    """`schema` that also knows the names of the data sets, the reader's own among them."""
    properties = schema["properties"]
    a = properties["disinhibition"]["properties"]
    variants = a["ablation_variants"]["additionalProperties"]
    for of in (properties, a["ablation"]["properties"], variants["properties"]):
        of["datasets"]["items"]["enum"] = source.keys("dataset", "READERS")
    return schema


def _with_rule_parameters(schema):
    """`schema` that also knows what plasticity rules read as p["name"], p.get("name"), the reader's own too."""
    homeostasis = schema["properties"]["homeostasis"]["properties"]
    rules = "".join(map(inspect.getsource, plasticity.RULES.values()))
    read = {name: {"type": "number"} for name in re.findall(r'\bp(?:\[|\.get\()"(\w+)"', rules)}
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


def difference(config, base):
    """The part of `config` that is not in `base`."""
    changed = {}
    for key, value in config.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            if inner := difference(value, base[key]):
                changed[key] = inner
        elif key not in base or value != base[key]:
            changed[key] = value
    return changed


def _typed(asked, config):
    """`asked` with numbers for text: of nested values on the command line, Snakemake makes text."""
    if isinstance(asked, dict):
        known = config if isinstance(config, dict) else {}
        return {key: _typed(value, known.get(key)) for key, value in asked.items()}
    if isinstance(asked, list):
        return [_typed(value, None) for value in asked]
    if not isinstance(asked, str) or isinstance(config, str):
        return asked
    number = yaml.safe_load(asked)
    return number if isinstance(number, int | float) else asked


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
