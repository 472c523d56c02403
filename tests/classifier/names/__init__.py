"""Tests of the tiers that read names in running text."""
