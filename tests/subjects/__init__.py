"""Tests of the people the data is about."""
