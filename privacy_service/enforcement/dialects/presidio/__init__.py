"""Presidio's REST interface, analyzer and anonymizer in one: under /presidio, or at the root as well by a setting."""

from privacy_service.enforcement.dialects.presidio.endpoints import ROUTES

__all__ = ["ROUTES"]
