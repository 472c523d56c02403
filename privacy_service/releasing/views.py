"""The release's API: administrators see and move it with a key of their own, as in the admin and by command."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from privacy_service.body import body_reader
from privacy_service.decisions.access import caller_in
from privacy_service.exceptions import Forbidden
from privacy_service.http import PRIVATE, Call, request_id_now
from privacy_service.managing.errors import as_problem
from privacy_service.managing.parsing import JSONIn, StrictJSONParser
from privacy_service.managing.schema import problems
from privacy_service.observability import metrics
from privacy_service.releasing.serializers import (
    Asked,
    HistoryListing,
    MoveSerializer,
    PlannedSerializer,
    PreviewSerializer,
    Raised,
    ReportSerializer,
    Settled,
    StaleSerializer,
    StateSerializer,
    Wished,
    shown_state,
)
from privacy_service.rollout import gates, moves, release, reports
from privacy_service.rollout.changes import preview, read_change, workspace_named
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.moves import Answer, Wish
from privacy_service.rollout.stale import staleness
from workspaces.keys import Scope
from workspaces.models import User

ENDPOINT = "release"
THROUGH = "api"


class ReleaseView(APIView):
    """One path of the release's API."""

    parser_classes = (StrictJSONParser,)
    content_negotiation_class = JSONIn
    request_id: str

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Give the request its id."""
        self.request_id = request_id_now()
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let administrators of the release in with a key of their own; a service account could confirm nothing."""
        super().initial(request, *args, **kwargs)
        caller = caller_in(Call(request.META, "", body_reader(request.META), self.request_id), Scope.RELEASE)
        # Asked for anew: what an administrator may do is no part of the access stamp.
        user = None if caller.is_service else User.objects.filter(pk=caller.user.pk).first()
        if user is None or not moves.may_move(user):
            message = "Use a key of your own, as an administrator who may change the release flag."
            raise Forbidden(message)
        request.user = user

    def get_exception_handler(self) -> Any:
        """Return what makes a problem of every error."""
        return as_problem

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the request, keep the answer out of every cache, and count it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (("PII-Request-Id", self.request_id), *PRIVATE):
            final[name] = value
        metrics.requests.add(ENDPOINT, str(final.status_code))
        return final

    def read(self, form: type[serializers.BaseSerializer[Any]], data: Any) -> dict[str, Any]:
        """Return what a form makes of the data; raise InvalidFields."""
        filled = form(data=data)
        filled.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(filled.validated_data)
        return values

    def wish(self, request: Request, why: str = "", force: str = "") -> Wish:
        """Return who asks, and why."""
        return Wish(request.user, THROUGH, why, force)  # type: ignore[arg-type]


class StateView(ReleaseView):
    """Where the release stands."""

    @extend_schema(operation_id="release_read", responses={200: StateSerializer, **problems()})
    def get(self, request: Request) -> Response:
        """Say how far the release has come, how its gates stand and what is planned."""
        del request
        planned = [*PlannedMove.objects.waiting(timezone.now()), *PlannedMove.objects.scheduled()]
        return Response(shown_state(release.state(), gates.measure(), planned))


class MovesView(ReleaseView):
    """The moves of the release."""

    @extend_schema(
        operation_id="release_history",
        parameters=[HistoryListing],
        responses={200: MoveSerializer(many=True), **problems(422)},
    )
    def get(self, request: Request) -> Response:
        """List who moved the release, when and why, newest first."""
        asked = self.read(HistoryListing, request.query_params.dict())
        kept = ReleaseMove.objects.order_by("-id")
        if "workspace" in asked:
            kept = kept.filter(workspace_id=workspace_named(asked["workspace"]).pk)
        if "before" in asked:
            kept = kept.filter(pk__lt=asked["before"])
        return Response(MoveSerializer(kept[: asked["count"]], many=True).data)

    @extend_schema(
        operation_id="release_move",
        request=Wished,
        responses={201: MoveSerializer, 202: PlannedSerializer, **problems(409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Move the release, or plan the move where it waits for a second person (202) or its time (202)."""
        asked = self.read(Wished, request.data)
        wish = self.wish(request, asked["why"], asked["force"])
        return answered(moves.ask(read_change(asked["to"]), wish, run_at=asked["at"]))


class PreviewView(ReleaseView):
    """Whom a move would reach."""

    @extend_schema(operation_id="release_preview", request=Asked, responses={200: PreviewSerializer, **problems(422)})
    def post(self, request: Request) -> Response:
        """Say who would get the feature and who would lose it; moves nothing."""
        return Response(PreviewSerializer(preview(read_change(self.read(Asked, request.data)["to"]))).data)


class ConfirmView(ReleaseView):
    """The second person."""

    @extend_schema(
        operation_id="release_confirm",
        request=None,
        responses={201: MoveSerializer, 202: PlannedSerializer, **problems(409)},
    )
    def post(self, request: Request, code: str) -> Response:
        """Agree to a move that another administrator asked for."""
        return answered(moves.confirm(code, request.user))  # type: ignore[arg-type]


class PlannedView(ReleaseView):
    """One planned move."""

    @extend_schema(operation_id="release_cancel", responses={200: PlannedSerializer, **problems(409)})
    def delete(self, request: Request, code: str) -> Response:
        """End a planned move before it happens."""
        return Response(PlannedSerializer(moves.cancel(code, self.wish(request))).data)


class ResumeView(ReleaseView):
    """A release that a gate holds."""

    @extend_schema(operation_id="release_resume", request=None, responses={200: MoveSerializer, **problems()})
    def post(self, request: Request) -> Response:
        """Let the release go wider again."""
        return Response(MoveSerializer(moves.resume(self.wish(request))).data)


class ReportsView(ReleaseView):
    """What was reported against the release."""

    @extend_schema(operation_id="release_reports", responses={200: ReportSerializer(many=True), **problems()})
    def get(self, request: Request) -> Response:
        """List reports, open ones first; at most 200."""
        del request
        return Response(ReportSerializer(Report.objects.select_related("workspace")[:200], many=True).data)

    @extend_schema(operation_id="release_report", request=Raised, responses={201: ReportSerializer, **problems(422)})
    def post(self, request: Request) -> Response:
        """Report that something is wrong: nothing goes wider until it is closed."""
        asked = self.read(Raised, request.data)
        about = workspace_named(asked["workspace"]) if "workspace" in asked else None
        report = reports.open_report(asked["text"], by=request.user, workspace=about)  # type: ignore[arg-type]
        return Response(ReportSerializer(report).data, status=201)


class CloseView(ReleaseView):
    """One report."""

    @extend_schema(
        operation_id="release_report_close", request=Settled, responses={200: ReportSerializer, **problems(409, 422)}
    )
    def post(self, request: Request, number: int) -> Response:
        """Say how a report was settled."""
        answer = self.read(Settled, request.data)["answer"]
        return Response(ReportSerializer(reports.close_report(number, answer, by=request.user)).data)  # type: ignore[arg-type]


class StaleView(ReleaseView):
    """Whether the flag can go."""

    @extend_schema(operation_id="release_stale", responses={200: StaleSerializer, **problems()})
    def get(self, request: Request) -> Response:
        """Say whether the flag can be removed, and what that touches."""
        del request
        return Response(StaleSerializer(staleness()).data)


def answered(answer: Answer) -> Response:
    """Say what became of a wish: 201 for a move that was made, 202 for one that waits."""
    if answer.made:
        return Response(MoveSerializer(answer.made).data, status=201)
    return Response(PlannedSerializer(answer.waits).data, status=202)
