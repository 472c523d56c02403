"""Packages of functions: a folder with a manifest, Python code, and tests of its own; published, imported, run."""
