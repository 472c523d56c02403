"""The classifier, package by package."""
