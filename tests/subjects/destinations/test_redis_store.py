"""Keys and streams of a real Redis."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings

from privacy_service.subjects.destinations import OptionsRefused
from privacy_service.subjects.destinations.base import Refused, Subject, TryAgain
from privacy_service.subjects.destinations.keeping import sweep
from privacy_service.subjects.destinations.redis_store import RedisStore
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.subjects.conftest import DORA_HERSELF

OPTIONS = {"keys": ["dest:profile:{user_id}", "dest:cart:{user_id}:*"], "streams": ["dest:events"]}


@pytest.fixture
def store(settings: Settings) -> Iterator[Any]:
    """Return a Redis with what two people left."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    with redis.Redis.from_url(django_settings.REDIS_URL) as store:
        for user in ("1", "9", "99"):
            store.set(f"dest:profile:{user}", "x")
            store.set(f"dest:cart:{user}:a", "x")
            store.xadd("dest:events", {"v": json.dumps({"userId": user, "event": "seen"})})
        store.xadd("dest:events", {"email": "DORA.canary@example.com", "event": "flat"})
        store.xadd("dest:events", {"v": "{no json"})
        yield store
        store.delete(*store.scan_iter("dest:*"))


def test_keys_and_records_of_the_person_go_and_all_others_stay(store: Any) -> None:
    redis_store = RedisStore(OPTIONS, {"url": django_settings.REDIS_URL})

    found = redis_store.find(DORA_HERSELF)
    done = redis_store.delete(DORA_HERSELF)

    expected = {"dest:profile:{user_id}": 1, "dest:cart:{user_id}:*": 1, "dest:events": 2}
    assert (found, done.counts) == (expected, expected)
    assert sorted(store.scan_iter("dest:[pc]*")) == [
        b"dest:cart:1:a", b"dest:cart:99:a", b"dest:profile:1", b"dest:profile:99",
    ]  # fmt: skip
    assert store.xlen("dest:events") == 3


def test_many_people_go_in_one_look_and_each_is_told_what_was_theirs(store: Any) -> None:
    many = [Subject((Identifier(Kind.USER_ID, name),)) for name in ("1", "nobody", "99")]

    done = RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).delete_many(many)

    assert [list(one.counts.values()) for one in done] == [[1, 1, 1], [0, 0, 0], [1, 1, 1]]
    assert sorted(store.scan_iter("dest:[pc]*")) == [b"dest:cart:9:a", b"dest:profile:9"]


SIGNS = ["dest:?art:{user_id}:*", "dest:[c]art:{user_id}:?", "dest:*:{user_id}:a", r"dest:\cart:{user_id}:a"]


@pytest.mark.parametrize("pattern", SIGNS)
def test_a_pattern_means_what_it_means_to_redis(store: Any, pattern: str) -> None:
    store.set("dest:cart:*:a", "x")
    odd = Subject((Identifier(Kind.USER_ID, "*"),))

    done = RedisStore({"keys": [pattern]}, {"url": django_settings.REDIS_URL}).delete_many([odd, DORA_HERSELF])

    assert [one.counts for one in done] == [{pattern: 1}, {pattern: 1}]
    assert sorted(store.scan_iter("dest:cart*")) == [b"dest:cart:1:a", b"dest:cart:99:a"]


@pytest.mark.parametrize("value", ["*", "?", "[0-9]", "\\*"])
def test_an_identifier_that_is_a_pattern_is_only_itself(store: Any, value: str) -> None:
    odd = Subject((Identifier(Kind.USER_ID, value),))

    assert RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).delete(odd).counts == {
        "dest:profile:{user_id}": 0, "dest:cart:{user_id}:*": 0, "dest:events": 0,
    }  # fmt: skip
    assert store.exists("dest:profile:1")


def test_it_names_everybody_whom_its_keys_and_records_name(store: Any) -> None:
    people = list(RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).people([Kind.USER_ID, Kind.EMAIL]))

    users = {(Identifier(Kind.USER_ID, each),) for each in ("1", "9", "99")}
    assert set(people) == users | {(Identifier(Kind.EMAIL, "DORA.canary@example.com"),)}
    assert len(people) == 3 + 3 + 4
    assert not list(RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).people([Kind.PHONE]))


def test_it_hands_out_what_every_type_of_key_holds_and_each_record(store: Any) -> None:
    store.hset("dest:cart:9:b", mapping={"sku": "4711"})
    store.rpush("dest:cart:9:c", "first", "second")
    store.sadd("dest:cart:9:d", "tag")
    store.zadd("dest:cart:9:e", {"score": 1.5})

    exported = list(RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).export(DORA_HERSELF))

    keys = [(place, record["key"], record["value"]) for place, record in exported if "key" in record]
    assert keys == [
        ("dest:profile:{user_id}", "dest:profile:9", "x"),
        ("dest:cart:{user_id}:*", "dest:cart:9:a", "x"),
        ("dest:cart:{user_id}:*", "dest:cart:9:b", {"sku": "4711"}),
        ("dest:cart:{user_id}:*", "dest:cart:9:c", "first"),
        ("dest:cart:{user_id}:*", "dest:cart:9:c", "second"),
        ("dest:cart:{user_id}:*", "dest:cart:9:d", "tag"),
        ("dest:cart:{user_id}:*", "dest:cart:9:e", {"score": 1.5}),
    ]
    records = [{name: told for name, told in record.items() if name != "id"} for _, record in exported[7:]]
    assert records == [
        {"v": '{"userId": "9", "event": "seen"}'},
        {"email": "DORA.canary@example.com", "event": "flat"},
    ]


UNUSABLE = [
    ({}, "redis://h", "keys"),
    ({"keys": ["profile:*"]}, "redis://h", "names nobody"),
    ({"keys": "profile:{user_id}"}, "redis://h", "keys"),
    ({"keys": ["{user}"]}, "redis://h", "template"),
    ({"streams": ["events"]}, "http://h", "url"),
    ({"keys": ["user:{user_id}*"]}, "redis://h", "means 91 too"),
    ({"keys": ["user:{user_id}:a", "*{user_id}:cart"]}, "redis://h", "means 91 too"),
    ({"keys": ["user:{user_id}?"]}, "redis://h", "means 91 too"),
    ({"keys": ["user:{user_id}[0-9]"]}, "redis://h", "means 91 too"),
    ({"streams": ["events"]}, "unix:///run/redis.sock", "url"),
    ({"streams": ["events"]}, "rediss://redis.example.com/0?ssl_cert_reqs=none", "url"),
    ({"streams": ["events"]}, "redis://redis.example.com/0?host=169.254.169.254", "url"),
]


@pytest.mark.parametrize(("options", "url", "told"), UNUSABLE)
def test_options_that_cannot_be_say_which_and_what_to_write(options: Any, url: str, told: str) -> None:
    with pytest.raises(OptionsRefused, match=told):
        RedisStore(options, {"url": url})


def test_a_key_that_is_no_stream_an_address_inside_and_a_redis_that_is_away(store: Any, settings: Settings) -> None:
    with pytest.raises(Refused, match="is the key a stream"):
        RedisStore({"streams": ["dest:profile:1"]}, {"url": django_settings.REDIS_URL}).delete(DORA_HERSELF)
    with pytest.raises(TryAgain):
        RedisStore(OPTIONS, {"url": "redis://127.0.0.1:1/0"}).delete(DORA_HERSELF)

    settings.PRIVACY_SUBJECTS_NETWORKS = []
    sweep(everything=True)  # As after a restart with the new setting.
    with pytest.raises(Refused, match="PRIVACY_SUBJECTS_NETWORKS"):
        RedisStore(OPTIONS, {"url": django_settings.REDIS_URL}).delete(DORA_HERSELF)
