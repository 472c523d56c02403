"""A change of the release as people write it (`beta`, `dial 25`, `override acme on`), and whom it would reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from privacy_service.exceptions import BadRequest, UnknownWorkspace
from privacy_service.rollout import release
from privacy_service.rollout.models import PII_ACCESS, Flag, ReleaseMove
from privacy_service.rollout.release import Circumstances
from privacy_service.rollout.stages import Cause, Position, Stage, Standing, cause_for
from workspaces.models import Workspace

SETTINGS = {"on": True, "off": False, "clear": None}
_WORDS = {setting: word for word, setting in SETTINGS.items()}
HELP = "off, shadow, internal, beta, dial N, public, or override SLUG on|off|clear"


@dataclass(frozen=True, slots=True)
class MoveTo:
    """Bring the whole release to a position."""

    position: Position

    def __str__(self) -> str:
        return str(self.position)

    @property
    def is_off(self) -> bool:
        """Say whether this takes the release back from everybody."""
        return self.position.stage is Stage.OFF

    def widens(self) -> bool:
        """Say whether some workspace, there already or still to come, may be reached that is not reached now."""
        now = release.state()
        leaves_off = now.position.stage is Stage.OFF and not self.is_off
        return self.position.reaches_beyond(now.position) or (leaves_off and bool(now.forced_on))

    def narrows(self) -> bool:
        """Say whether the release as a whole is taken back some way."""
        return release.state().position.reaches_beyond(self.position)

    def carry_out(self, told: Circumstances) -> ReleaseMove:
        """Move the release."""
        return release.move_to(self.position, told)

    def causes(self) -> Mapping[UUID, Cause]:
        """Return what would then be true for each workspace."""
        return {pk: cause_for(self.position, one) for pk, one in release.standings(Workspace.objects.all()).items()}


@dataclass(frozen=True, slots=True)
class Override:
    """Force the feature on or off for one workspace, or leave it to stage and dial again."""

    workspace: Workspace
    setting: bool | None

    def __str__(self) -> str:
        return f"override {self.workspace.slug} {_WORDS[self.setting]}"

    @property
    def is_off(self) -> bool:
        """Say whether this takes the release back from everybody: never."""
        return False

    def widens(self) -> bool:
        """Say whether the workspace gets what it has not now, or would have after the next move."""
        standing = release.standing_of(self.workspace)
        if self.setting is None:
            return not self._cause(standing).is_live and self._cause(self._then(standing)).is_live
        return self.setting and standing.forced is not True

    def narrows(self) -> bool:
        """Say whether the release as a whole is taken back: never."""
        return False

    def carry_out(self, told: Circumstances) -> ReleaseMove:
        """Force it, or stop forcing it."""
        return release.override(self.workspace, setting=self.setting, told=told)

    def causes(self) -> Mapping[UUID, Cause]:
        """Return what would then be true for the one workspace."""
        return {self.workspace.pk: self._cause(self._then(release.standing_of(self.workspace)))}

    def _then(self, standing: Standing) -> Standing:
        return Standing(
            standing.bucket,
            is_internal=standing.is_internal,
            is_beta_tester=standing.is_beta_tester,
            forced=self.setting,
        )

    def _cause(self, standing: Standing) -> Cause:
        flag: Flag = Flag.objects.get(name=PII_ACCESS)
        return cause_for(flag.position, standing)


Change = MoveTo | Override


def read_change(text: str) -> Change:
    """Return the change that a text asks for; raise BadRequest or UnknownWorkspace with what to write instead."""
    match text.split():
        case ["override", slug, setting] if setting in SETTINGS:
            return Override(workspace_named(slug), SETTINGS[setting])
        case ["on"]:
            return MoveTo(Position(Stage.PUBLIC))
        case words:
            try:
                return MoveTo(Position.read(" ".join(words)))
            except ValueError as error:
                message = str(error) if words[:1] == ["dial"] else f"Say where the release goes: {HELP}."
                raise BadRequest(message) from None


def workspace_named(slug: str) -> Workspace:
    """Return the workspace; raise UnknownWorkspace."""
    try:
        return Workspace.objects.get(slug=slug)
    except Workspace.DoesNotExist:
        message = f"There is no workspace {slug[:80]!r}; the admin lists those there are."
        raise UnknownWorkspace(message) from None


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would get the feature and who would lose it, by slug, and how many have it before and after."""

    gains: tuple[str, ...]
    loses: tuple[str, ...]
    before: int
    after: int


def preview(change: Change) -> Preview:
    """Compare what is true for each workspace with what would be."""
    now = MoveTo(release.state().position).causes()
    then = {**now, **change.causes()}
    slugs = dict(Workspace.objects.order_by("slug").values_list("pk", "slug"))
    return Preview(
        tuple(slug for pk, slug in slugs.items() if then[pk].is_live and not now[pk].is_live),
        tuple(slug for pk, slug in slugs.items() if now[pk].is_live and not then[pk].is_live),
        sum(cause.is_live for cause in now.values()),
        sum(cause.is_live for cause in then.values()),
    )
