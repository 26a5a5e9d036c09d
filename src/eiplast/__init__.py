"""eiplast: how inhibition controls plasticity, two papers rebuilt from nothing.

A: Rossbroich & Zenke 2023, package ``disinhibition``. B: Soldado-Magraner et al. 2022,
package ``homeostasis``.
"""
