"""Every page of the console: who may open it, in which frame, and what the browser is told to refuse."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from privacy_service.console.urls import urlpatterns
from tests.console.conftest import Opened
from tests.factories import make_member, make_workspace
from workspaces.models import Membership, User, Workspace

LARGEST = 150_000
OPEN = {"sign_in", "code", "openid", "openid_back", "sign_out", "language", "start"}
NOWHERE = {"missing"}  # What is none of the pages.
ONLY_POSTED = {
    *(
        "emergency",
        "ask_emergency",
        "end_emergency",
        "sign_out",
        "language",
        "add",
        "give_access",
        "take_access",
        "set_kind",
        "remove",
    ),
    *("try_change", "change_policy", "verify", "export", "cancel_job", "plan", "ask", "start_request"),
    *("cancel_request", "again", "by_hand", "demand_factor", "turn_form"),
    *("decide", "decide_one", "export_inventory", "change_source", "tell", "scan", "settle", "begin_job"),
}
# What a member without any right opens, and what takes the right that stands here.
FOR_MEMBERS = {"home"}


def names_of_pages() -> list[str]:
    """Return the name of each page of a workspace that can be read."""
    names = [str(one.name) for one in urlpatterns]
    return [name for name in names if name not in OPEN | ONLY_POSTED | NOWHERE and "slug" in path_of(name).pattern]


class Path:
    """A path of the console, and how it is written with a slug."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pattern = str(next(one.pattern for one in urlpatterns if one.name == name))


def path_of(name: str) -> Path:
    """Return the path with this name."""
    return Path(name)


def address(name: str, slug: str = "acme") -> str:
    """Return where a page is; ids name nothing that is there."""
    pattern = path_of(name).pattern
    kinds = dict(re.findall(r"<(\w+):(\w+)>", pattern))
    values = {"slug": slug, "uuid": "00000000-0000-0000-0000-000000000000", "int": 1, "str": "x"}
    named = {name: values[kind] for kind, name in kinds.items()}
    return reverse(f"console:{name}", kwargs=named)


class Inline(HTMLParser):
    """Finds what the policy of the page would refuse."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        named = dict(attrs)
        self.found += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not named.get("src")):
            self.found.append(tag)
        if named.get("id"):
            self.ids.append(str(named["id"]))


@pytest.mark.parametrize("name", names_of_pages())
def test_nobody_is_sent_to_sign_in(name: str, opened: Opened, workspace: Workspace) -> None:
    response = opened(None).get(address(name))

    assert (response.status_code, response["Location"]) == (302, f"/console/sign-in?next={address(name)}")


@pytest.mark.parametrize("name", names_of_pages())
def test_a_stranger_learns_no_more_than_that_nothing_is_there(name: str, opened: Opened, mallory: User) -> None:
    make_member(make_workspace(), "alice", kind=Membership.Kind.OWNER)
    theirs, missing = (opened(mallory).get(address(name, slug)) for slug in ("acme", "no-such-place"))

    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert b"Acme" not in theirs.content
    assert without_tokens(theirs.content) == without_tokens(missing.content).replace(b"no-such-place", b"acme")


def without_tokens(page: bytes) -> bytes:
    """Return a page without what differs from one answer to the next."""
    return re.sub(rb'(value="|X-CSRFToken": ")\w{64}"', b"", page)


@pytest.mark.parametrize("name", names_of_pages())
def test_a_member_opens_what_needs_no_right(name: str, opened: Opened, bob: User) -> None:
    response = opened(bob).get(address(name))

    assert response.status_code == (200 if name in FOR_MEMBERS else 403)


def led_to(page: str) -> list[str]:
    """Return where the navigation of a page leads."""
    return re.findall(r'href="([^"]+)"', re.findall(r"<nav.*?</nav>", page, re.DOTALL)[0])


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("policy", 403, "to change how personal data is masked"),
        ("no-such-page", 404, "Is the address complete?"),
        ("policy/", 404, "Is the address complete?"),
    ],
)
def test_a_member_who_is_refused_a_page_keeps_the_way_to_the_others(
    path: str, status: int, says: str, opened: Opened, bob: User
) -> None:
    response = opened(bob).get(f"/console/w/acme/{path}")
    page = response.content.decode()

    assert (response.status_code, says in page) == (status, True)
    assert led_to(page) == ["/console/w/acme/"]


@pytest.mark.parametrize("path", ["", "policy", "no-such-page", f"emergencies/{UUID(int=0)}"])
def test_who_belongs_elsewhere_gets_no_way_into_a_workspace(path: str, opened: Opened, mallory: User) -> None:
    make_member(make_workspace(), "alice", kind=Membership.Kind.OWNER)
    for ask in (opened(mallory).get, opened(mallory).post):
        pages = [ask(f"/console/w/{slug}/{path}") for slug in ("acme", "no-such-place")]

        assert pages[0].status_code == pages[1].status_code
        theirs, missing = (without_tokens(page.content) for page in pages)
        assert theirs == missing.replace(b"no-such-place", b"acme")


def test_who_has_yet_to_prove_who_they_are_gets_no_way_into_the_workspace(
    opened: Opened, bob: User, workspace: Workspace
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(demands_second_factor=True)
    client = opened(bob)

    for path in ("/console/w/acme/policy", "/console/account?w=acme", "/console/account"):
        assert led_to(client.get(path).content.decode()) == []


def test_the_account_page_keeps_the_navigation_of_where_one_comes_from(
    opened: Opened, bob: User, workspace: Workspace
) -> None:
    del workspace
    client = opened(bob)
    assert 'href="/console/account?w=acme"' in client.get("/console/w/acme/").content.decode()
    alone = client.get("/console/account").content.decode()
    make_workspace("gamma")
    Membership.objects.create(workspace=make_workspace("beta"), user=bob)
    pages = [client.get(f"/console/account{end}").content.decode() for end in ("?w=acme", "?w=beta", "?w=gamma", "")]

    acme, beta = ["/console/w/acme/"], ["/console/w/beta/"]
    assert [led_to(page) for page in (alone, *pages)] == [acme, acme, beta, [], []]
    assert client.post("/console/account/sign-ins/end?w=acme")["Location"] == "/console/account?w=acme"
    assert 'action="/console/account/second-factor/begin?w=acme"' in pages[0]


def pages_of(client: Client) -> Iterator[tuple[str, bytes]]:
    """Yield the pages that an owner opens, which name no row."""
    for name in names_of_pages():
        if re.findall(r"<(?!slug)", path_of(name).pattern):
            continue
        response = client.get(address(name))
        assert response.status_code == 200, name
        assert "script-src 'self'; style-src 'self'" in response["Content-Security-Policy"], name
        assert response["Cache-Control"] == "private, no-store", name
        if response["Content-Type"].startswith("text/html"):
            yield name, response.content


def test_every_page_is_small_keeps_its_own_policy_and_names_each_thing_once(opened: Opened, alice: User) -> None:
    for name, page in pages_of(opened(alice)):
        inline = Inline(page.decode())

        assert inline.found == [], name
        assert len(page) < LARGEST, name
        assert sorted(set(inline.ids)) == sorted(inline.ids), name


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_page_comes_in_the_readers_language(language: str, opened: Opened, alice: User) -> None:
    page = opened(alice).get("/console/w/acme/", headers={"Accept-Language": language}).content.decode()

    assert f'<html lang="{language}">' in page
    assert "What you see here" not in page


def test_a_chosen_language_stays(opened: Opened, alice: User) -> None:
    client = opened(alice)
    client.post("/console/language", {"language": "de", "next": "/console/w/acme/"})

    assert 'lang="de"' in client.get("/console/w/acme/").content.decode()


def test_the_api_speaks_english_whatever_the_browser_prefers(workspace: Workspace) -> None:
    answer = Client().get("/v1/workspaces/acme/members", headers={"Accept-Language": "de"})

    assert answer.json()["title"] == "A valid API key is needed"


def test_who_belongs_to_one_workspace_is_led_there(opened: Opened, bob: User) -> None:
    assert opened(bob).get("/console/")["Location"] == "/console/w/acme/"


def test_who_belongs_to_several_chooses_among_their_own(opened: Opened, bob: User, workspace: Workspace) -> None:
    for slug in ("beta", "gamma"):
        make_workspace(slug)
    Membership.objects.create(workspace=Workspace.objects.get(slug="beta"), user=bob)
    page = opened(bob).get("/console/").content.decode()

    assert ("/console/w/beta/" in page, "/console/w/gamma/" in page) == (True, False)


def test_who_belongs_nowhere_is_told_what_to_do(opened: Opened, mallory: User) -> None:
    assert "You belong to no workspace yet" in opened(mallory).get("/console/").content.decode()


def test_htmx_is_told_to_leave_the_page_when_nobody_is_signed_in(workspace: Workspace) -> None:
    response = Client().get("/console/w/acme/pulse", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (204, "/console/sign-in")


def test_no_form_puts_a_token_or_a_name_into_an_address(opened: Opened, alice: User, administrator: User) -> None:
    pages = [page for _, page in pages_of(opened(alice))]
    pages.append(opened(administrator).get("/console/release").content)
    for form in re.findall(r"<form[^>]*>.*?</form>", b"".join(pages).decode(), re.DOTALL):
        start = form.partition(">")[0]
        is_sent_in_the_address = 'method="get"' in start or ("hx-get" in start and "hx-params" not in start)
        named = set(re.findall(r'name="([^"]+)"', form))

        assert not (is_sent_in_the_address and named & {"csrfmiddlewaretoken", "q", "who", "why", "force"}), start


@pytest.mark.parametrize("accepts", ["text/html", "application/json"])
def test_a_path_that_is_not_there_is_a_page_to_a_browser_alone(db: None, opened: Opened, accepts: str) -> None:
    page = opened(None).get("/console/no-such-page", HTTP_ACCEPT=accepts, HTTP_ACCEPT_LANGUAGE="en")

    assert page.status_code == 404
    assert ("To your workspaces" in page.content.decode()) is (accepts == "text/html")
    assert "no-such-page" not in page.content.decode()
