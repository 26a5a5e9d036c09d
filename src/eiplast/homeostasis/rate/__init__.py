"""The firing-rate models of paper B: two populations or many units, trial after trial."""
