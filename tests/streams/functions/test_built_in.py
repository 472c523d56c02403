"""What `route`, `rename` and `filter-consent` make of records."""

import pytest

from privacy_service.streams.errors import FlowError
from privacy_service.streams.records import Record
from tests.streams.making import built_in, values

ROUTE = {"field": "type", "to": {"track": ["ads", "out"], "identify": "mail", "true": "ads", "7": "ads"}}
AD = {"categories": {"ads": ["advertising", "analytics"], "mail": ["marketing"]}}
ALL = [("out",), ("ads",), ("mail",)]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (b'{"type":"identify"}', ("mail", b'{"type":"identify"}')),
        (b'{"type":"track"}', [("ads", b'{"type":"track"}'), ("out", b'{"type":"track"}')]),
        (b'{"type":true}', ("ads", b'{"type":true}')),
        (b'{"type":7}', ("ads", b'{"type":7}')),
        (b'{"type":"page"}', "refused"),
        (b'{"type":["track"]}', "refused"),
        (b"{}", "refused"),
        (b"[]", "unreadable"),
        (b"track", "unreadable"),
    ],
)
def test_a_record_goes_where_its_field_says(record: bytes, expected: object) -> None:
    assert values(built_in("route", ROUTE), record) == [expected]


def test_what_no_route_names_goes_elsewhere() -> None:
    function = built_in("route", {"field": "/context/type", "to": {"track": "ads"}, "else": "out"})

    assert values(function, b'{"context":{"type":"track"}}', b'{"context":"track"}') == [
        ("ads", b'{"context":{"type":"track"}}'),
        ("out", b'{"context":"track"}'),
    ]


@pytest.mark.parametrize(
    ("fields", "record", "expected"),
    [
        ({"email": "address"}, b'{"a": 1.50,"email" : "x" ,"z":[ 1 ]}', b'{"a":1.50,"address":"x","z":[ 1 ]}'),
        ({"user.mail": "user.address"}, b'{"user":{"mail":1,"b":2},"n":1e400}',
         b'{"user":{"address":1,"b":2},"n":1e400}'),
        ({"user.mail": "contact.mail"}, b'{"user":{"mail":"x"}}', b'{"user":{},"contact":{"mail":"x"}}'),
        ({"/user/a~1b": "/top"}, b'{"user":{"a/b":12345678901234567890123}}',
         b'{"user":{},"top":12345678901234567890123}'),
        ({"a": "b", "b": "c"}, b'{"a":1}', b'{"c":1}'),
        ({"a": "b"}, '{"straße":"ü","a":"\\u00fc"}'.encode(), '{"straße":"ü","b":"\\u00fc"}'.encode()),
        ({"a": "b"}, b'{"c":1}', b'{"c":1}'),
        ({"a.b": "c"}, b'{"a":7}', b'{"a":7}'),
        ({"a": "b"}, b'{"a":1,"b":2}', "refused"),
        ({"a": "b.c"}, b'{"a":1,"b":2}', "refused"),
        ({"a": "b"}, b'{"a":1,"a":2}', "unreadable"),
        ({"a": "b"}, b'{"a":NaN}', "unreadable"),
        ({"a": "b"}, b'{"a":1}x', "unreadable"),
        ({"a": "b"}, b'{"a":1,}', "unreadable"),
        ({"a": "b"}, b'{"a" 1}', "unreadable"),
        ({"a": "b"}, b"[1]", "unreadable"),
        ({"a": "b"}, b"\xff", "unreadable"),
        ({"a": "b"}, b"{}", b"{}"),
    ],
)  # fmt: skip
def test_fields_get_other_names_and_values_keep_their_spelling(
    fields: dict[str, str], record: bytes, expected: object
) -> None:
    assert values(built_in("rename", {"fields": fields}), record) == [expected]


@pytest.mark.parametrize(
    ("consent", "sinks"),
    [
        (b'"context":{}', ["out", "ads", "mail"]),
        (b'"context":{"consent":null}', ["out", "ads", "mail"]),
        (b'"context":{"consent":{"categoryPreferences":{}}}', ["out"]),
        (b'"context":{"consent":{}}', ["out"]),
        (b'"context":{"consent":{"categoryPreferences":[]}}', ["out"]),
        (b'"context":{"consent":true}', ["out"]),
        (b'"context":{"consent":{"categoryPreferences":{"advertising":true}}}', ["out"]),
        (b'"context":{"consent":{"categoryPreferences":{"advertising":true,"analytics":false}}}', ["out"]),
        (b'"context":{"consent":{"categoryPreferences":{"advertising":true,"analytics":"true"}}}', ["out"]),
        (b'"context":{"consent":{"categoryPreferences":{"advertising":true,"analytics":true}}}', ["out", "ads"]),
        (b'"context":{"consent":{"categoryPreferences":{"marketing":true}}}', ["out", "mail"]),
    ],
)
def test_an_event_reaches_the_sinks_that_its_person_agreed_to(consent: bytes, sinks: list[str]) -> None:
    event = b"{" + consent + b"}"
    outcome = built_in("filter-consent", AD)([Record(event)])[0]

    assert isinstance(outcome, tuple)
    reached = [record.to for record in outcome]
    assert reached == (sinks if len(sinks) < 3 else [""])
    assert all(record.value == event for record in outcome)


def test_consent_is_asked_for_the_sink_that_a_record_was_routed_to() -> None:
    refused = b'{"context":{"consent":{"categoryPreferences":{}}}}'
    function = built_in("filter-consent", AD)

    assert function([Record(refused, to="ads"), Record(refused, to="out")]) == [(), (Record(refused, to="out"),)]
    assert values(function, b"no event", b'{"batch":[{"context":{}}]}') == ["unreadable", "refused"]


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("route", {"field": "type"}, "there is no `to`"),
        ("route", {"field": "type", "to": {"a": "nowhere"}}, "to.a: 'nowhere' is not allowed. Allowed: out, ads"),
        ("route", {"field": "type", "to": {"a": "out"}, "else": ["ad"]}, "else[0]: 'ad' is not allowed. Did you"),
        ("rename", {"fields": {}}, "fields: name what to rename"),
        ("rename", {"fields": {"a": 7}}, "fields.a: this must be a text."),
        ("filter-consent", {}, "say either `categories`"),
        ("filter-consent", AD | {"destinations": {"ads": "ads"}}, "say either `categories`"),
        ("filter-consent", AD | {"workspace": "acme"}, "workspace: leave this out"),
        ("filter-consent", {"destinations": {"nowhere": "ads"}}, "destinations.nowhere: 'nowhere' is not allowed."),
        ("filter-consent", {"categories": {}}, "categories: name the sinks that need consent"),
        ("filter-consent", {"categories": {"nowhere": ["a"]}}, "categories.nowhere: 'nowhere' is not allowed."),
        ("filter-consent", {"categories": {"ads": []}}, "categories.ads: name the categories that this sink needs"),
    ],
)  # fmt: skip
def test_wrong_options_are_told(name: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(FlowError) as told:
        built_in(name, options)

    assert says in str(told.value)
