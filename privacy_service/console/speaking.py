"""What the service says of itself in English, in the reader's language: names of acts, and why something was refused.

The API keeps its English, so that it is translated here, at the edge. A sentence that is not listed, such as one with a
figure in it, stays as it is.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from privacy_service.decisions.models import DECISION
from workspaces.permissions import Permission

ACTS: Mapping[str, Any] = {
    DECISION: gettext_lazy("decision"),
    "workspace-created": gettext_lazy("workspace created"),
    "workspace-changed": gettext_lazy("workspace changed"),
    "workspace-deleted": gettext_lazy("workspace deleted"),
    "user-changed": gettext_lazy("user changed"),
    "password-changed": gettext_lazy("password changed"),
    "signed-in": gettext_lazy("signed in"),
    "sign-in-failed": gettext_lazy("sign-in failed"),
    "sign-ins-ended": gettext_lazy("sign-ins ended"),
    "signed-out-everywhere": gettext_lazy("signed out everywhere"),
    "second-factor-on": gettext_lazy("second factor turned on"),
    "second-factor-off": gettext_lazy("second factor turned off"),
    "recovery-codes-made": gettext_lazy("recovery codes made"),
    "recovery-code-used": gettext_lazy("recovery code used"),
    "member-added": gettext_lazy("member added"),
    "member-changed": gettext_lazy("member changed"),
    "member-removed": gettext_lazy("member removed"),
    "group-changed": gettext_lazy("group changed"),
    "grant-given": gettext_lazy("access given"),
    "grant-taken": gettext_lazy("access taken"),
    "grant-ended": gettext_lazy("access ended"),
    "break-glass-asked": gettext_lazy("emergency access asked for"),
    "break-glass-approved": gettext_lazy("emergency access approved"),
    "break-glass-refused": gettext_lazy("emergency access refused"),
    "break-glass-ended": gettext_lazy("emergency access ended"),
    "source-changed": gettext_lazy("source changed"),
    "upstream-changed": gettext_lazy("upstream changed"),
    "service-account-changed": gettext_lazy("service account changed"),
    "key-issued": gettext_lazy("key issued"),
    "key-rotated": gettext_lazy("key rotated"),
    "key-revoked": gettext_lazy("key revoked"),
    "policy-changed": gettext_lazy("policy changed"),
    "package-published": gettext_lazy("package published"),
    "topic-changed": gettext_lazy("topic changed"),
    "letters-settled": gettext_lazy("dead letters settled"),
    "job-started": gettext_lazy("job started"),
    "job-cancelled": gettext_lazy("job cancelled"),
    "release-moved": gettext_lazy("release moved"),
    "unmasked": gettext_lazy("unmasked"),
    "subjects-suppressed": gettext_lazy("people suppressed"),
    "subjects-unsuppressed": gettext_lazy("suppression lifted"),
    "suppression-changed": gettext_lazy("suppression changed"),
    "consent-changed": gettext_lazy("consent settings changed"),
    "subject-form-changed": gettext_lazy("public form changed"),
    "destination-changed": gettext_lazy("destination changed"),
    "regulation-made": gettext_lazy("regulation made"),
    "subject-request-made": gettext_lazy("request made"),
    "subject-request-started": gettext_lazy("request started"),
    "subject-request-cancelled": gettext_lazy("request cancelled"),
    "subject-request-completed": gettext_lazy("request completed"),
    "subject-shown": gettext_lazy("person shown to a helper"),
    "receipt-settled": gettext_lazy("receipt settled by hand"),
    "index-changed": gettext_lazy("index changed"),
    "index-scanned": gettext_lazy("index scanned"),
    "index-asked": gettext_lazy("index asked"),
    "archive-made": gettext_lazy("copy of data made"),
    "archive-fetched": gettext_lazy("copy of data fetched"),
    "notices-changed": gettext_lazy("notices changed"),
    "notices-run": gettext_lazy("notices sent"),
    "subject-told": gettext_lazy("person told"),
    "subject-log-exported": gettext_lazy("log of requests exported"),
    "subject-log-purged": gettext_lazy("log of requests purged"),
    "fields-decided": gettext_lazy("fields decided"),
    "inventory-changed": gettext_lazy("inventory changed"),
    "inventory-exported": gettext_lazy("inventory exported"),
    "scan-started": gettext_lazy("scan started"),
    "audit-pruned": gettext_lazy("trail pruned"),
    "audit-exported": gettext_lazy("trail exported"),
    "audit-mended": gettext_lazy("trail mended"),
}

RIGHTS: Mapping[Permission, Any] = {
    Permission.VIEW_PII: gettext_lazy("to see personal data unmasked"),
    Permission.REIDENTIFY: gettext_lazy("to turn tokens back into values"),
    Permission.MANAGE_MEMBERS: gettext_lazy("to add and remove members and give and take their roles"),
    Permission.MANAGE_POLICY: gettext_lazy("to change how personal data is masked"),
    Permission.MANAGE_SOURCES: gettext_lazy("to change sources"),
    Permission.VIEW_SOURCES: gettext_lazy("to see sources"),
    Permission.MANAGE_SUBJECT_REQUESTS: gettext_lazy("to handle deletion and suppression requests"),
    Permission.RUN_JOBS: gettext_lazy("to have files masked in bulk"),
    Permission.VIEW_AUDIT: gettext_lazy("to read the audit trail"),
    Permission.BREAK_GLASS: gettext_lazy("to ask for emergency access to personal data"),
}

# As the parts below write them; a test holds these sentences to theirs.
SENTENCES = (
    gettext_noop("Check the id; a list of what is there comes from the path without it."),
    gettext_noop("Ask an owner of the workspace."),
    gettext_noop("Make somebody else an owner first."),
    gettext_noop("This page is for administrators of the installation who may change the release flag."),
    gettext_noop("They hold this role already, without terms: change that grant."),
    gettext_noop("They belong to the workspace already: change that membership."),
    gettext_noop("This needs the permission manage_sources on this source."),
    gettext_noop("Only an owner may open a restricted source again, take a place from it or remove it."),
    gettext_noop("These rules show more than those in force, and the actor does not see all personal data."),
    gettext_noop("Only an owner may change or remove an owner."),
    gettext_noop("Only an owner may make somebody an owner."),
    gettext_noop("This grant would have ended already: give a time to come."),
    gettext_noop("A grant reaches sources of its own workspace only."),
    gettext_noop("Whoever asked, or somebody who may manage members, can end an emergency access."),
    gettext_noop("This access has ended already."),
    gettext_noop("This workspace offers no emergency access: ask an owner for a grant."),
    gettext_noop("One emergency access is open already: wait for its answer, or end it first."),
    gettext_noop("A second person answers: nobody approves their own emergency access."),
    gettext_noop("This request waits for no answer any more: it can be asked again."),
    gettext_noop("This time has passed: schedule a move for a time to come."),
    gettext_noop("You asked for this move yourself: another administrator confirms it."),
    gettext_noop("The release was moved after this was asked for: ask again."),
    gettext_noop("No move waits under this code: it was confirmed, cancelled or overtaken, or has expired."),
    gettext_noop("Say what is wrong, without customers' data."),
    gettext_noop("Say how the report was settled."),
    gettext_noop("There is no destination that could forget anybody: register the systems that hold data first."),
    gettext_noop("This system was taken away, so that it cannot be asked: say that it was done by hand."),
    gettext_noop("No program reaches this system, so that it cannot be asked: say that it was done by hand."),
    gettext_noop("The policy says that already: nothing was stored."),
    gettext_noop("No place is open to jobs here: whoever runs the service lists places in PRIVACY_JOBS_PLACES."),
    gettext_noop("Whoever runs this service must set PRIVACY_PUBLIC_URL first."),
    gettext_noop("Send a PDF, PNG or JPEG file, or plain text in UTF-8."),
)
_KNOWN = frozenset(SENTENCES)


def act_name(kind: str) -> str:
    """Name an act of the audit trail."""
    return str(ACTS.get(kind, kind.replace("-", " ")))


def in_words(error: Exception) -> str:
    """Say why something was refused."""
    english = str(getattr(error, "detail", "") or error)
    return _(english) if english in _KNOWN else english
