"""Signing in: by password or by the company's own provider, with a code where one is on, and out again."""
