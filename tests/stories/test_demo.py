"""`make demo`, as somebody sees it who has just cloned the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.services import free_port
from tests.stories.making import left_running, made


@pytest.fixture
def printed(tmp_path: Path) -> Iterator[str]:
    """Run the demo and give what it prints; after Ctrl-C nothing is left of it."""
    log, data = tmp_path / "demo.log", tmp_path / "data"
    settings = {"DEMO_PORT": free_port(), "DATA_DIR": data}
    with made("demo", settings, log, ready="Ctrl-C stops it all", within_seconds=120) as printed:
        yield printed
    assert "Stopped." in log.read_text()
    assert left_running(data) == []


def test_the_demo_shows_one_page_as_four_readers_get_it(printed: str) -> None:
    tables = dict(re.findall(r"^(\w+), who .*?\(nginx.*?\n(.*?)\n\n", printed, re.MULTILINE | re.DOTALL))
    [url] = re.findall(r"yourself at (\S+)/ ;", printed)
    page = httpx.get(url)
    table = {reader: httpx.get(f"{url}/as/{reader}/customers.csv", timeout=20) for reader in ("bob", "carol")}
    ordered = {reader: httpx.get(f"{url}/as/{reader}/orders", timeout=20) for reader in ("bob", "carol")}

    assert tables["alice"] == tables["carol"]
    assert re.search(r"@\w+\.com +\(\d{3}\) 555-\d{4} +\d{3}-\d\d-\d{4}", tables["carol"])
    assert re.search(r"<EMAIL_ADDRESS> +\(\*{3}\) \*{3}-\*{4} +\*{3}-\*\*-\*{4}", tables["bob"])
    assert tables["mallory"].strip().startswith("403 not-a-member")
    assert "The same data, four readers" in page.text
    assert (table["bob"].headers["PII-Decision"], table["carol"].headers["PII-Decision"]) == ("mask", "pass")
    assert ("***-**-****" in table["bob"].text, "***-**-****" in table["carol"].text) == (True, False)
    numbers = {reader: reply.json()["orders"][0]["card_number"] for reader, reply in ordered.items()}
    assert numbers["carol"].isdigit()
    assert numbers["bob"] == "*" * 12 + numbers["carol"][-4:]
