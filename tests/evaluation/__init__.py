"""How much the classifier leaks and how much it hides for nothing, measured: `make eval`."""
