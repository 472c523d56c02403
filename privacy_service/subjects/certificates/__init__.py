"""Certificates of erasure: a manifest of what each system answered, signed, as JSON and on paper."""
