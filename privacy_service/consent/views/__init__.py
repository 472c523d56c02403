"""Consent over HTTP: what a workspace asks people to agree to, and what they chose."""
