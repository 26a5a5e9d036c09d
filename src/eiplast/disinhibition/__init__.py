"""Paper A: dis-inhibitory feedback control of Hebbian plasticity (Rossbroich & Zenke 2023)."""
