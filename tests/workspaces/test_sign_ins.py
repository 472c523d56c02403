"""What a person's list of sign-ins tells of each."""

import pytest

from workspaces.sign_ins import browser_of


@pytest.mark.parametrize(
    ("user_agent", "told"),
    [
        ("(X11; Linux x86_64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36", "Chrome, Linux"),
        ("(Linux; Android 15; FP5) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("(Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("(Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari, macOS"),
        ("(iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", "Safari, iPhone"),
        ("(X11; Ubuntu; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("curl/8.5.0", ""),
        ("Linux " * 1000, "Linux"),
    ],
)
def test_a_sign_in_is_told_by_one_browser_and_one_system(user_agent: str, told: str) -> None:
    assert browser_of(f"Mozilla/5.0 {user_agent}") == told
