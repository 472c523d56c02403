"""Makes a payload match a decision."""
