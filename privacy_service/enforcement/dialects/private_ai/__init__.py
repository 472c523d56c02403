"""Private AI's text API (version 4, and the paths of version 3): its published clients work by changing the host."""

from privacy_service.enforcement.dialects.private_ai.endpoints import ROUTES

__all__ = ["ROUTES"]
