"""Parameters of a stability analysis: B SI Table 1 and learning rates from config.yaml, and what they may be."""

import difflib
import functools
from collections import ChainMap
from importlib import resources

import numpy as np
import yaml
from jaxtyping import Float

from eiplast.homeostasis import neural, plasticity

_positive = ("g_E", "g_I", "tau_E", "tau_I", "tau_0", "E_set", "I_set")


@functools.cache
def defaults():
    """B SI Table 1 and, as in B SI section 1, equal learning rates, by name, as config.yaml has them.

    Jobs name every parameter that they use; these are for callers who do not.
    """
    text = resources.files("eiplast").joinpath("config.yaml").read_text(encoding="utf-8")
    homeostasis = yaml.safe_load(text)["homeostasis"]
    printed = homeostasis["rate"] | homeostasis["stability"]
    equal = [run["cases"].get("equal", {}) for run in homeostasis["stability_runs"].values()]
    return {name: printed[name] for name in neural.PARAMETERS} | dict(ChainMap(*equal))


def checked(function, params):
    """The defaults with `params` on top, as arrays; ValueError for an unknown name or an impossible value."""
    # A rule of the reader's may name parameters of its own.
    known = {*defaults(), *_constants(function.__code__)}
    p = {}
    for name, value in (defaults() | dict(params)).items():
        if name not in known:
            close = difflib.get_close_matches(str(name), defaults(), 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"params: unknown parameter {name!r}{hint}")
        p[name] = number(name, value)
        if np.any(p[name] <= 0) and (
            name in _positive or (name == "alpha_1" and function is plasticity.forced_balance)
        ):
            raise ValueError(f"{name} = {p[name].min():g}: must be positive")
    return p


def _constants(code):
    """Constants of a function as text, those of its comprehensions included."""
    for value in code.co_consts:
        yield from _constants(value) if hasattr(value, "co_consts") else [str(value)]


def number(name, value) -> Float[np.ndarray, "..."]:
    """`value` as an array of finite numbers; ValueError with `name` where it is none."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {value!r}: must be a number or an array of numbers") from None
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name}: must be finite, has NaN or infinite values")
    return array
