"""Tests of copies of what is held about somebody."""
