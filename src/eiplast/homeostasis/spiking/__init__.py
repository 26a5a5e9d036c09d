"""The spiking networks of paper B: training, and what a trained network shows."""
