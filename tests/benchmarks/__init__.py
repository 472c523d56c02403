"""Measurements of speed: `make bench`. They print ratios and medians and never fail a build."""
