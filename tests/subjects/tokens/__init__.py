"""Tests of tokens under keys of people."""
