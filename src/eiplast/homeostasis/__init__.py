"""Paper B: homeostatic and cross-homeostatic plasticity (Soldado-Magraner et al. 2022)."""
