"""Tests of what people agree to."""
