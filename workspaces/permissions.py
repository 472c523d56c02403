"""Every permission one may hold on a workspace."""

from enum import StrEnum

APP_LABEL = "workspaces"


class Permission(StrEnum):
    """One right on a workspace, in the form that `actor.has_perm` takes."""

    VIEW_PII = "workspaces.view_pii"
    REIDENTIFY = "workspaces.reidentify"
    MANAGE_MEMBERS = "workspaces.manage_members"
    MANAGE_POLICY = "workspaces.manage_policy"
    MANAGE_SOURCES = "workspaces.manage_sources"
    VIEW_SOURCES = "workspaces.view_sources"
    MANAGE_SUBJECT_REQUESTS = "workspaces.manage_subject_requests"
    RUN_JOBS = "workspaces.run_jobs"
    VIEW_AUDIT = "workspaces.view_audit"
    BREAK_GLASS = "workspaces.break_glass"

    @property
    def codename(self) -> str:
        """Return the name without its app, as Django stores it."""
        return self.value.removeprefix(f"{APP_LABEL}.")


DESCRIPTIONS = {
    Permission.VIEW_PII: "Can see personal data unmasked",
    Permission.REIDENTIFY: "Can turn tokens back into values",
    Permission.MANAGE_MEMBERS: "Can add and remove members and give and take their roles",
    Permission.MANAGE_POLICY: "Can change how personal data is masked",
    Permission.MANAGE_SOURCES: "Can change sources",
    Permission.VIEW_SOURCES: "Can see sources",
    Permission.MANAGE_SUBJECT_REQUESTS: "Can handle deletion and suppression requests",
    Permission.RUN_JOBS: "Can have files masked in bulk",
    Permission.VIEW_AUDIT: "Can read the audit trail",
    Permission.BREAK_GLASS: "Can ask for emergency access to personal data",
}
