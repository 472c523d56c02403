"""Tests of each kind of destination, against a real one."""
