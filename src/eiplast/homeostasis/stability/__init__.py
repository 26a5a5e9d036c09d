"""Stability of the plasticity rules of paper B: analysis, maps, errata."""

from eiplast.homeostasis.stability.analysis import analyse, full_eigenvalues, printed

__all__ = ["analyse", "full_eigenvalues", "printed"]
