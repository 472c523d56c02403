"""The admin pages of policies, of the trail of decisions, and of who sees personal data in a workspace and why."""

from privacy_service.decisions.admin import policies, readers, records

__all__ = ["policies", "readers", "records"]
