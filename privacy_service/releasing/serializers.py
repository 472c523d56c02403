"""What the release's API takes and shows."""

from typing import Any

from rest_framework import serializers

from privacy_service.managing.parsing import Slug, StrictSerializer, Text
from privacy_service.rollout import off_switch, wording
from privacy_service.rollout.gates import GateName, Gates, GateState
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.release import ReleaseState
from privacy_service.rollout.stages import Stage

TO = "Where to: off, shadow, internal, beta, dial N, public, or override SLUG on|off|clear."


class Wished(StrictSerializer):
    """A move that is asked for."""

    to = Text(max_length=120, help_text=TO)
    why = Text(required=False, default="", allow_blank=True, max_length=500, help_text="For the history.")
    force = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=500,
        help_text="Why gates that are not green are passed; recorded.",
    )
    at = serializers.DateTimeField(required=False, default=None, allow_null=True, help_text="When; absent: now.")


class Asked(StrictSerializer):
    """A move whose reach is asked for."""

    to = Text(max_length=120, help_text=TO)


class HistoryListing(StrictSerializer):
    """Which moves are listed."""

    workspace = Slug(required=False, max_length=80, help_text="Only what concerns this workspace alone.")
    before = serializers.IntegerField(required=False, min_value=1, help_text="Only moves older than this id.")
    count = serializers.IntegerField(min_value=1, max_value=200, default=50, help_text="How many at most.")


class Raised(StrictSerializer):
    """A report that is raised."""

    text = Text(max_length=500, help_text="What is wrong, without customers' data.")
    workspace = Slug(required=False, max_length=80)


class Settled(StrictSerializer):
    """How a report was settled."""

    answer = Text(max_length=500)


class MoveSerializer(serializers.ModelSerializer[ReleaseMove]):
    """A move of the release; people are named by id."""

    kind = serializers.CharField(help_text=f"One of {', '.join(ReleaseMove.Kind.values)}.")

    class Meta:
        model = ReleaseMove
        fields = (
            "id",
            "at",
            "kind",
            "before",
            "after",
            "workspace_slug",
            "by_id",
            "through",
            "confirmed_by_id",
            "why",
            "forced",
            "gates",
        )


class PlannedSerializer(serializers.ModelSerializer[PlannedMove]):
    """A move that waits for a second person or for its time."""

    to = serializers.CharField(source="change")

    class Meta:
        model = PlannedMove
        fields = (
            "code",
            "to",
            "by_id",
            "why",
            "forced",
            "asked_at",
            "expires_at",
            "needs_confirmation",
            "confirmed_by_id",
            "run_at",
            "outcome",
        )


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report against the release."""

    workspace = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Report
        fields = ("id", "text", "workspace", "opened_by_id", "opened_at", "closed_by_id", "closed_at", "answer")


class GateSerializer(serializers.Serializer[Any]):
    """One gate as it stands."""

    name = serializers.ChoiceField([*GateName])
    state = serializers.ChoiceField([*GateState])
    is_measured = serializers.BooleanField(help_text="Whether it rests on anything; one that does not may open.")
    measured = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField()
    words = serializers.CharField()


class StateSerializer(serializers.Serializer[Any]):
    """How far the release has come, how its gates stand, and what is planned."""

    stage = serializers.ChoiceField([*Stage])
    percent = serializers.FloatField(help_text="Of all workspaces, beside internal ones and beta testers.")
    position = serializers.CharField(help_text="As `to` names it.")
    words = serializers.CharField()
    forced_on = serializers.ListField(child=serializers.CharField())
    forced_off = serializers.ListField(child=serializers.CharField())
    held = serializers.CharField(allow_blank=True, help_text="Why nothing goes wider now; empty: nothing holds it.")
    off_switch = serializers.BooleanField(help_text="This host is off whatever the database says.")
    gates = GateSerializer(many=True)
    processes = serializers.IntegerField(help_text="How many processes the gates speak for.")
    hosts = serializers.IntegerField()
    planned = PlannedSerializer(many=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """Whom a move would reach."""

    gains = serializers.ListField(child=serializers.CharField(), help_text="Slugs of those that would get it.")
    loses = serializers.ListField(child=serializers.CharField(), help_text="Slugs of those that would lose it.")
    before = serializers.IntegerField(help_text="How many have it now.")
    after = serializers.IntegerField(help_text="How many would have it then.")


class StaleSerializer(serializers.Serializer[Any]):
    """Whether the flag can be removed, and what that touches."""

    is_removable = serializers.BooleanField()
    on_since = serializers.DateTimeField(allow_null=True)
    obstacles = serializers.ListField(child=serializers.CharField())
    folders = serializers.ListField(child=serializers.CharField())
    lines = serializers.ListField(child=serializers.CharField())


def shown_state(state: ReleaseState, gates: Gates, planned: list[PlannedMove]) -> dict[str, Any]:
    """Return how the release stands, as the API shows it."""
    return {
        "stage": state.position.stage,
        "percent": float(state.position.percent),
        "position": str(state.position),
        "words": wording.reach(state.position),
        "forced_on": state.forced_on,
        "forced_off": state.forced_off,
        "held": state.held,
        "off_switch": off_switch.is_thrown(),
        "gates": GateSerializer(gates.gates, many=True).data,
        "processes": gates.processes,
        "hosts": gates.hosts,
        "planned": PlannedSerializer(planned, many=True).data,
    }
