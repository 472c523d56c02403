"""Policies as files: exported, compared and applied, and tried with cases in a deployment's CI."""
