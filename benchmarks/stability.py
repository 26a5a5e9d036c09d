"""Processor seconds for a map of 400 x 400 pairs of weights of every rule of paper B, compilation apart."""

import functools
import time
from importlib.metadata import version

import measure
import numpy as np

from eiplast import names
from eiplast.homeostasis import plasticity
from eiplast.homeostasis.stability import analysis


def rows(quick=False):
    """Rows of the table `stability`."""
    for rule in plasticity.RULES:
        _map(rule)
        least = measure.least({rule: functools.partial(_map, rule)}, 1 if quick else 3)[rule]
        of = version("eiplast")
        yield measure.row("stability", names.printed(rule), "eiplast", least, "map", version=of)


def _map(rule):
    started = time.process_time()
    analysis.analyse(rule, np.linspace(0, 10, 400), np.linspace(0, 20, 400)[:, None])
    return time.process_time() - started
