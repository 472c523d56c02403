"""The release in the admin: one page to see and move it, its history, its plans, and what was reported."""

from privacy_service.rollout.admin.records import ReleaseMoveAdmin, ReportAdmin, ShadowCountAdmin
from privacy_service.rollout.admin.release import FlagAdmin

__all__ = ["FlagAdmin", "ReleaseMoveAdmin", "ReportAdmin", "ShadowCountAdmin"]
