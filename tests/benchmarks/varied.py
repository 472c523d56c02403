"""Events as a backend sends them by the million: a few shapes, values that recur and values that do not."""

import random
from collections.abc import Callable
from typing import Any

# ruff: noqa: SIM905 - words read better in one.

# More names, pages and programmes than any cache may count on; people come from all of them.
_GIVEN = (
    "Alice Robert Maria Chen Fatima Kwame Olga Pierre Hannah Diego Yuki Priya Lars Amina Tomasz Ingrid Carlos Ahmed "
    "Sofia Brendan Chloe Dmitri Elena Farid Giulia Hiroshi Isabel Jakub Katarina Liam Magnus Nadia Oscar Paula "
    "Rosa Stefan Tamara Umar Vera Walter Ximena Yusuf Zofia Andrea Bianca Callum Emil"
).split()
_FAMILY = (
    "Liddell Kowalski Garcia Wong Haddad Mensah Petrova Dubois Schmidt Romero Tanaka Sharma Nilsson Diallo Nowak Berg "
    "Hernandez Zhang Hassan Rossi Murphy Laurent Ivanov Popescu Khan Bianchi Suzuki Santos Novak Horvat Walsh Eriksen "
    "Farouk Lindqvist Moreau Keller Vargas Jung Osman Torres Abbott Fischer Gallagher Hughes Iversen Jensen Krause"
).split()
_STREETS = ("Oak Street", "Mill Lane", "High Road", "Station Avenue", "Park Drive", "Church Close", "Elm Court")
_CITIES = ("Oxford", "Leeds", "Hamburg", "Lyon", "Porto", "Austin", "Gdansk", "Turin", "Utrecht", "Malmo")
_MAIL = ("example.com", "example.org", "mail.example.net", "post.example.com")
_PLANS = ("free", "starter", "team", "enterprise")
_COUNTRIES = ("GB", "DE", "FR", "PL", "US", "BR", "JP", "IN")
_LOCALES = ("en-GB", "de-DE", "fr-FR", "pl-PL", "en-US", "pt-BR")
_ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
_NAMES = (
    "Order Completed", "Product Viewed", "Checkout Started", "Signed Up", "Invoice Paid", "Cart Updated", "Search Done",
    "Video Played", "Report Exported", "Plan Changed",
)  # fmt: skip
_PAGES = ("account", "pricing", "orders", "settings", "team", "reports", "search", "checkout", "help", "blog")
_PRODUCTS = (
    "Garden chair", "Desk lamp", "Blue notebook", "USB cable", "Coffee grinder", "Rain jacket", "Steel bottle",
    "Wool socks", "Bike helmet", "Wall clock",
)  # fmt: skip
_AGENT = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0 Safari/537.36"
_SYSTEMS = (
    "X11; Linux x86_64",
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "Linux; Android 14",
)

Event = dict[str, Any]


class Backend:
    """Make events, each unlike the ones before, and the same ones again from the same seed."""

    def __init__(self, seed: int = 1) -> None:
        """Begin with the first event."""
        self._random = random.Random(seed)  # noqa: S311 - nothing here is secret.

    def event(self) -> Event:
        """Return an event of about 1 KB with four personal fields: three by their keys, one at times by its form."""
        make: Callable[[], Event] = self._random.choice((self._identify, self._track, self._page))
        return make()

    def _pick(self, words: tuple[str, ...] | list[str]) -> str:
        return self._random.choice(words)

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _time(self) -> str:
        at = self._random
        return (
            f"2026-{at.randint(1, 11):02}-{at.randint(1, 28):02}T{at.randint(0, 23):02}:{at.randint(0, 59):02}"
            f":{at.randint(0, 59):02}.{at.randint(0, 999):03}Z"
        )

    def _ssn(self) -> str:
        at = self._random
        return f"{at.randint(100, 665):03}-{at.randint(10, 99):02}-{at.randint(1000, 9999):04}"

    def _phone(self) -> str:
        return f"+1 {self._random.randint(201, 989)} 555 {self._random.randint(100, 199):04}"

    def _person(self) -> Event:
        given, family = self._pick(_GIVEN), self._pick(_FAMILY)
        return {
            "name": f"{given} {family}",
            "email": f"{given.lower()}.{family.lower()}{self._random.randint(1, 9999)}@{self._pick(_MAIL)}",
            "phone": self._phone(),
        }

    def _envelope(self, kind: str) -> Event:
        return {
            "messageId": f"ajs-next-{self._random.randint(10**12, 2 * 10**12)}-{self._hex(8)}",
            "type": kind,
            "channel": self._pick(("web", "mobile", "server")),
            "userId": f"u_{self._random.randint(1000, 999999)}",
            "anonymousId": f"{self._hex(8)}-{self._hex(4)}-4{self._hex(3)}-9{self._hex(3)}-{self._hex(12)}",
            "timestamp": self._time(),
            "sentAt": self._time(),
        }

    def _context(self) -> Event:
        page = self._pick(_PAGES)
        return {
            "locale": self._pick(_LOCALES),
            "timezone": self._pick(_ZONES),
            "library": {"name": "analytics.js", "version": f"4.{self._random.randint(0, 9)}.0"},
            "page": {
                "path": f"/{page}",
                "title": f"Your {page}",
                "url": f"https://app.example.com/{page}?tab={self._pick(_PAGES)}&step={self._random.randint(1, 40)}",
                "referrer": f"https://app.example.com/{self._pick(_PAGES)}",
            },
            "userAgent": _AGENT.format(self._pick(_SYSTEMS), self._random.randint(100, 140)),
        }

    def _identify(self) -> Event:
        person = self._person() | {
            "ssn": self._ssn(),
            "plan": self._pick(_PLANS),
            "createdAt": self._time(),
            "visits": self._random.randint(1, 500),
            "country": self._pick(_COUNTRIES),
        }
        return self._envelope("identify") | {"traits": person, "context": self._context()}

    def _track(self) -> Event:
        order = {
            "orderId": f"ORD-{self._random.randint(10**5, 10**6)}",
            "total": self._random.randint(100, 90000) / 100,
            "currency": self._pick(("EUR", "USD", "GBP")),
            "coupon": self._pick(("SPRING", "WELCOME10", "none")),
            "products": [
                {"sku": f"SK-{self._random.randint(100, 999)}", "title": self._pick(_PRODUCTS), "quantity": 1}
                for _ in range(2)
            ],
            # A field that says nothing: its form tells.
            "reference": self._ssn(),
        }
        return self._envelope("track") | {
            "event": self._pick(_NAMES), "properties": order | {"customer": self._person()}, "context": self._context(),
        }  # fmt: skip

    def _page(self) -> Event:
        seen = {
            "section": self._pick(_PAGES),
            "category": self._pick(("docs", "shop", "app")),
            "experiment": f"{self._pick(_PAGES)}-{self._hex(2)}",
            "loadTime": self._random.randint(80, 4000),
        }
        address = f"{self._random.randint(1, 300)} {self._pick(_STREETS)}"
        person = self._person() | {"address": {"street": address, "city": self._pick(_CITIES)}}
        return self._envelope("page") | {
            "name": f"{self._pick(_NAMES)} page", "properties": seen, "context": self._context() | {"traits": person},
        }  # fmt: skip
