"""Seconds for a 400 x 400 map of every rule, compilation apart: ``python benchmarks/stability.py``."""

import time

import numpy as np

from eiplast.homeostasis import plasticity
from eiplast.homeostasis.stability import analysis

W_EE, W_IE = np.linspace(0, 10, 400), np.linspace(0, 20, 400)[:, None]
for rule in plasticity.RULES:
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        analysis.analyse(rule, W_EE, W_IE)
        seconds.append(time.perf_counter() - start)
    print(f"{rule:22s} {min(seconds[1:]):.2f} s, first call {seconds[0]:.2f} s")
