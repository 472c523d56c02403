"""Nobody of another workspace gets anywhere: every path, method and id of one workspace, asked for by all others.

The paths are the resolver's and the rows one of each model, so that what is added later is walked too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.asking import Reply
from tests.certificates import Authority
from tests.tenancy.planting import CANARY
from tests.tenancy.routes import Route, routes
from tests.tenancy.scene import FOREIGN, OWN, UNKNOWN, Scene, body_for, methods_of, set_scene, unchanged

_WITH_KEYS = (
    "nobody",
    "a forged key",
    "a key that was taken back",
    "alice",
    "bob",
    "carol",
    "mallory",
    "the backend, for alice",
    "the backend, for the other owner",
)
# Who is tried where: keys open the API, sessions the console, and sessions of staff the admin.
STRANGERS = {
    "admin/": ("nobody", "alice", "a clerk of the admin without rights"),
    "console/": ("nobody", "alice", "bob", "carol", "mallory"),
    "": _WITH_KEYS,
}
REFUSED = (401, 403, 404, 405)
FAILED = (500, 502, 503, 504)  # Not 501: what is not offered here says so.
DOMAIN = "privacy.example.com"

# Paths that answer anybody, each for a reason; they are walked all the same, and show no value.
OPEN = {
    "opendsr/<slug:slug>/v1/discovery": "OpenDSR's discovery is public: it tells what may be asked for.",
    "opendsr/<slug:slug>/v2/discovery": "As above.",
    "ofrep/v1/evaluate/flags/<path:key>": "Its key is a flag's name; the workspace is in the body.",
}
# Their broker is not there, so that the owner reads nothing either; tests/streams and tests/console read them. The last
# is whatever is no page of a workspace.
BROKEN = (
    "v1/workspaces/<slug:slug>/topics/<str:name>",
    "console/w/<slug:slug>/flows/<uuid:pk>/<str:service>",
    "console/w/<slug:slug>/<path:rest>",
)
# Of a person's links a broken one is told from one that is over: 410 says that it leads nowhere.
LINKS = ("people/confirm/", "people/tasks/", "people/archives/")
ALL = [route for route in routes() if str(route) != "console/sign-out"]  # Whoever signs out walks on as nobody.
NAMING = [route for route in ALL if (route.names_workspace or route.names_rows) and str(route) not in OPEN]
ASKING_TWICE = ("alice", "the backend, for alice")
Told = tuple[str, str, str, int, bytes]
_CHANGING = re.compile(rb'"request_id": ?"\w+"|name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"')


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Return both workspaces with everybody who asks."""
    del transactional_db
    cache.clear()
    return set_scene()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what this service signs OpenDSR's answers with."""
    folder = tmp_path_factory.mktemp("opendsr")
    key, certificate = Authority.make().files(folder, DOMAIN)
    return {"PRIVACY_OPENDSR_KEY_FILE": key, "PRIVACY_OPENDSR_CERTIFICATE_FILE": certificate}


@pytest.fixture(autouse=True)
def _everything_is_offered(settings: Settings, files: dict[str, str]) -> None:
    settings.PRIVACY_PUBLIC_URL = f"https://{DOMAIN}"
    for name, value in files.items():
        setattr(settings, name, value)


@dataclass(frozen=True)
class Asked:
    """One request and what came back."""

    route: Route
    path: str
    by: str
    method: str
    reply: Reply

    @classmethod
    def of(cls, scene: Scene, route: Route, path: str, by: str, method: str = "GET") -> "Asked":
        """Ask."""
        return cls(route, path, by, method, scene.callers[by].ask(method, path, body_for(route), hot=route.is_hot))

    def __str__(self) -> str:
        return f"{self.method} {self.route} by {self.by}: {self.reply.status} {self.reply.body[:200]!r}"

    @property
    def shows_value(self) -> bool:
        """Say whether a canary stands anywhere but in the path that was asked for."""
        headers = {name: value for name, value in self.reply.headers.items() if name != "Location"}
        return CANARY in self.reply.body.decode(errors="replace").replace(self.path, "") + str(headers)

    @property
    def is_refused(self) -> bool:
        """Say whether nothing was given: refused, not there, sent to sign in or to a path below, walked as well."""
        if self.reply.status == 302:
            target = self.reply.headers["Location"]
            return target == "/admin/" or target.startswith(("/console/sign-in?", "/admin/login/?", self.path))
        return self.reply.status in REFUSED or (self.reply.status == 410 and str(self.route).startswith(LINKS))

    def plain(self, slug: str) -> Told:
        """Return it without what every answer has of its own: ids, tokens of forms, the path that was asked for."""
        body = _CHANGING.sub(b"", self.reply.body).replace(self.path.encode(), b"").replace(slug.encode(), b"")
        return self.method, str(self.route), self.by, self.reply.status, body


def strangers_at(route: Route) -> Sequence[str]:
    """Return who is tried on a path."""
    return next(names for beginning, names in STRANGERS.items() if str(route).startswith(beginning))


def asked(
    scene: Scene, paths: Iterable[tuple[Route, str]], by: Callable[[Route], Sequence[str]] = strangers_at
) -> Iterator[Asked]:
    """Have each of them ask for each path by each method; nothing is written meanwhile."""
    with unchanged(scene):
        for route, path in paths:
            for name in by(route):
                for method in methods_of(route, one_more=name == "alice"):
                    yield Asked(
                        route,
                        path,
                        name,
                        method,
                        scene.callers[name].ask(method, path, body_for(route), hot=route.is_hot),
                    )


def test_nobody_gets_anything_of_another_workspace(scene: Scene) -> None:
    paths = [(route, route.path(scene.rows)) for route in NAMING]

    got = [str(one) for one in asked(scene, paths) if not one.is_refused or one.shows_value]

    assert got == []


def test_what_names_no_workspace_shows_nothing_of_one(scene: Scene) -> None:
    # The description of the API is the same for everybody, and takes its time.
    paths = [(one, one.path(scene.rows)) for one in ALL if one not in NAMING and not str(one).startswith("docs")]

    got = [str(one) for one in asked(scene, paths) if one.reply.status in FAILED or one.shows_value]

    assert got == []


def test_ids_of_another_workspace_lead_nowhere_in_ones_own(scene: Scene) -> None:
    paths = [(route, route.path(scene.rows, slug=OWN)) for route in NAMING if route.names_both]

    found = asked(scene, paths, lambda _: ASKING_TWICE)

    assert [str(one) for one in found if not one.is_refused or one.shows_value] == []


def test_another_workspace_and_none_are_told_apart_by_nothing(scene: Scene) -> None:
    within = [route for route in NAMING if route.names_workspace]

    def told(slug: str) -> list[Told]:
        paths = [(route, route.path(scene.rows, slug=slug)) for route in within]
        return [one.plain(slug) for one in asked(scene, paths, lambda _: ASKING_TWICE)]

    there, nowhere = told(FOREIGN), told(UNKNOWN)

    assert [pair for pair in zip(there, nowhere, strict=True) if pair[0] != pair[1]] == []


def test_whose_it_is_reaches_it(scene: Scene) -> None:
    """A walk along paths that lead nowhere for anybody would prove nothing."""
    private = [route for route in NAMING if not str(route).startswith(("admin/", "people/", "consent/"))]
    paths = [(route, route.path(scene.rows)) for route in private]

    readable = [(route, path) for route, path in paths if "GET" in methods_of(route)]
    read = [Asked.of(scene, route, path, "the owner themselves") for route, path in readable]

    lost = [one for one in read if (one.is_refused and one.reply.status != 405) or one.reply.status >= 500]
    assert {str(one.route) for one in lost} == set(BROKEN), [str(one) for one in lost]
    assert sum(one.shows_value for one in read) > 40
