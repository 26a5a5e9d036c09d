"""Two hundred random mistakes in config.yaml, each refused in lines that name the place."""

import json
import math

import numpy as np
import pytest

from eiplast import settings

# Blocks in which every key is needed.
_whole = [
    ("disinhibition", "single_synapse"),
    ("disinhibition", "explicit_error"),
    ("disinhibition", "student_teacher"),
    ("disinhibition", "train"),
    ("homeostasis", "stability"),
    ("homeostasis", "spiking"),
    ("homeostasis", "paradox"),
    ("homeostasis", "balance"),
]


def _places(tree, path=()):
    """Every (path, value) below `tree`, mappings and lists included."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*path, key), value
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


def _at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spoil(config, rng):
    """Make one mistake in `config`; the path to it, and what was done."""
    places = list(_places(config))
    numbers = [path for path, value in places if _is_number(value)]
    mappings = [path for path, value in places if isinstance(value, dict)]
    kind = rng.choice(["text", "nan", "mapping", "unknown key", "missing key"])
    if kind == "unknown key":
        path = (*mappings[rng.integers(len(mappings))], "no_such_key")
        _at(config, path[:-1])["no_such_key"] = 1
    elif kind == "missing key":
        block = _whole[rng.integers(len(_whole))]
        path = (*block, str(rng.choice(list(_at(config, block)))))
        del _at(config, block)[path[-1]]
    else:
        path = numbers[rng.integers(len(numbers))]
        value = {"text": "five", "nan": math.nan, "mapping": {"value": 5}}[kind]
        _at(config, path[:-1])[path[-1]] = value
    return path, kind


@pytest.mark.parametrize(
    "seed", [*range(80), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(80, 200))]
)
def test_a_random_mistake_is_named(config, schema, seed):
    # Through JSON: what YAML shares by anchors would be spoiled in several places at once.
    config = json.loads(json.dumps(config))
    path, kind = _spoil(config, np.random.default_rng(seed))
    with pytest.raises(settings.SettingsError) as error:
        settings.load(config, schema)
    lines = str(error.value).splitlines()
    assert len(lines) <= 3, (kind, lines)
    assert all(line.startswith("config: ") for line in lines)
    # A list may be refused as a whole.
    named = {".".join(map(str, path)), ".".join(map(str, path[:-1]))}
    assert any(line.removeprefix("config: ").split(" = ")[0] in named for line in lines), lines
