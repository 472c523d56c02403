"""A flow is read from its YAML file, and whatever is wrong with it is told with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Access, Converter, Imported, Operator, Service, Topic, Transform
from privacy_service.streams.reading import address_of, found_flow, read_flow
from tests.drawing import draws

EXAMPLE = Path(__file__).parents[2] / "examples/mask-user-info/dataflow.yaml"
FLOW = """\
apiVersion: 0.5.0
meta: {name: orders, version: 1.2.0, namespace: acme}
imports:
  - pkg: acme/text@0.1.0
    functions: [{name: shorten, alias: shorter}]
    path: packages/text
config: {converter: json}
types:
  person: {type: object, properties: {name: {type: string}, age: {type: u8, optional: true}}}
topics:
  orders: {schema: {value: {type: person}}, retention: {records: 1000, seconds: 60, unfinished: false}, broker: far}
  notes: {schema: {value: {type: string, converter: raw}}, access: decided}
  masked: {access: open}
services:
  masking:
    sources: [{type: topic, id: orders}, {type: topic, id: notes}]
    transforms:
      - {operator: map, uses: shorter}
      - {operator: map, uses: mask, with: {policy: strict}}
    sinks: [{type: topic, id: masked}]
brokers: {far: "kafka://user:${BROKER_PASSWORD}@far:9092"}
dev:
  config: {converter: json}
  imports: [{pkg: acme/text@0.1.0, path: ../text}]
"""
ODD = (
    "",
    "7",
    "[]",
    "{}",
    "null",
    "- a",
    "&a b",
    "*a",
    "!!int x",
    "!!set {a}",
    "? [a]: b",
    "<<: {a: 1}",
    "with: 7",
    "x\x00",
)
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "u8", "optional": True}},
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a flow, and return its file."""

    def written(text: str) -> Path:
        path = tmp_path / "dataflow.yaml"
        path.write_text(text)
        return path

    return written


def test_the_example_is_read_as_it_stands() -> None:
    flow = read_flow(EXAMPLE)

    assert (flow.name, flow.version, flow.namespace) == ("mask-user-info", "0.1.0", "example")
    assert flow.imports == (
        Imported("example", "mask-ssn-pkg", "0.1.0", EXAMPLE.parent / "packages/mask-ssn", {"mask-ssn": "mask-ssn"}),
    )
    assert flow.topics == {
        "user-info": Topic("user-info", Converter.RAW, {"type": "string"}, Access.RESTRICTED),
        "masked": Topic("masked", Converter.RAW, {"type": "string"}, Access.OPEN),
    }
    assert flow.services == (
        Service("mask-ssn-service", ("user-info",), (Transform(Operator.MAP, "mask-ssn"),), ("masked",)),
    )


def test_every_part_of_a_flow_is_read(write: Callable[[str], Path]) -> None:
    flow = read_flow(write(FLOW))

    assert flow.topics == {
        "orders": Topic("orders", Converter.JSON, PERSON, Access.RESTRICTED, 1000, 60, "far", keeps_unfinished=False),
        "notes": Topic("notes", Converter.RAW, {"type": "string"}, Access.DECIDED),
        "masked": Topic("masked", Converter.JSON, {"type": "string"}, Access.OPEN),
    }
    assert flow.services[0].transforms == (
        Transform(Operator.MAP, "shorter"),
        Transform(Operator.MAP, "mask", {"policy": "strict"}),
    )
    assert flow.imports[0].functions == {"shorter": "shorten"}


def test_what_is_for_development_can_be_left_out(write: Callable[[str], Path], tmp_path: Path) -> None:
    path = write(FLOW.replace("config: {converter: json}\ntypes", "config: {converter: json}\ntypes"))

    assert read_flow(path).imports[0].path == tmp_path / "../text"
    assert read_flow(path, dev=False).imports[0].path == tmp_path / "packages/text"


def test_the_converter_of_development_comes_before_that_of_the_flow(write: Callable[[str], Path]) -> None:
    path = write(FLOW.replace("  config: {converter: json}", "  config: {converter: raw}"))

    with pytest.raises(FlowError, match="object cannot be read by the converter raw"):
        read_flow(path)
    assert read_flow(path, dev=False).topics["masked"].converter is Converter.JSON


def test_a_brokers_address_takes_its_secrets_from_the_environment(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = read_flow(write(FLOW))
    with pytest.raises(FlowError, match="BROKER_PASSWORD, which is not set"):
        address_of(flow, flow.topics["orders"])
    monkeypatch.setenv("BROKER_PASSWORD", "canary")

    assert address_of(flow, flow.topics["orders"]) == "kafka://user:canary@far:9092"
    assert address_of(flow, flow.topics["masked"]) == ""
    assert "canary" not in repr(flow)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("apiVersion: 0.5.0", "apiVersion: 0.3.0", ":1: apiVersion: '0.3.0' is not allowed. Did you mean "),
        ("meta:", "metta:", ":2: metta: this is unknown. Did you mean `meta`? Allowed: apiVersion, meta"),
        ("version: 1.2.0", "version: 1.2", ":2: meta.version: this must be a version such as 0.1.0."),
        ("acme/text@0.1.0\n    func", "text@0.1.0\n    func", ":4: imports[0].pkg: this must be NAMESPACE/NAME"),
        ("acme/text@0.1.0\n    func", "acme/text@1\n    func", ":4: imports[0].pkg: this must be NAMESPACE/NAME@VER"),
        ("alias: shorter", "alias: mask", ":5: imports[0].functions: `mask` is built in already; give this one an"),
        ("alias: shorter", "as: shorter", ":5: imports[0].functions[0].as: this is unknown. Allowed: name, al"),
        ("converter: json}\nt", "converter: avro}\nt", ":7: config.converter: 'avro' is not allowed. Allowed: raw"),
        ("{type: u8", "{type: byte", ":9: types.person.properties.age.type: 'byte' is not allowed. Did you mean"),
        ("orders: {schema", "Orders: {schema", ":11: topics.Orders: a name must be lower-case letters, digits and das"),
        ("{type: person}", "{type: persona}", "type: 'persona' is not allowed. Did you mean `person`? Allowed: string"),
        ("records: 1000", "records: many", ":11: topics.orders.retention.records: this must be a whole number above"),
        ("records: 1000", "records: true", ":11: topics.orders.retention.records: this must be a whole number above"),
        ("broker: far", "broker: near", ":11: topics.orders.broker: 'near' is not allowed. Allowed: far"),
        ("access: decided", "access: public", "topics.notes.access: 'public' is not allowed. Allowed: restricted, dec"),
        ("id: notes", "id: note", ":16: services.masking.sources[1].id: 'note' is not allowed. Did you mean `notes`?"),
        ("id: notes", "id: orders", ":16: services.masking.sources[1]: `orders` is named twice."),
        ("operator: map, uses: shorter", "operator: mapp, uses: shorter", "'mapp' is not allowed. Did you mean `map`?"),
        ("operator: map, uses: mask", "operator: filter, uses: mask", ":19: services.masking.transforms[1].operator:"),
        ("uses: shorter", "uses: shortest", ":18: services.masking.transforms[0].uses: 'shortest' is not allowed. Did"),
        ("uses: shorter", "run: fn x", ":18: services.masking.transforms[0].run: code in a flow is not run; put it"),
        ("    transforms:", "    window: {}\n    transforms:", ":17: services.masking.window: states and windows are"),
        ("sinks: [{type: topic, id: masked}]", "sinks: []", ":20: services.masking.sinks: there is no topic; name one"),
        ("sinks: [{type: topic, id: masked}]", "sinks: 7", ":20: services.masking.sinks: this must be a list, each"),
        ("id: masked}]", "id: notes}]", ":15: services.masking: `notes` is a source and a sink of this service: each"),
        ("kafka://", "http://", ":21: brokers.far: this must be an address: redis://, rediss:// or kafka://."),
        ("${BROKER_PASSWORD}", "hunter2", ":21: brokers.far: a password is not written down here; write ${BR"),
        ("imports: [{pkg: acme/text@0.1.0", "imports: [{pkg: acme/text@0.1.1", ":24: dev.imports[0].pkg: 'acme/text@0"),
        ("apiVersion: 0.5.0\n", "", "dataflow.yaml:1: there is no `apiVersion`; needed: apiVersion, meta"),
        ("config: {", "meta: {", "dataflow.yaml, line 7: a key is given twice."),
        ("orders: {schema", "more: &m {}\n  less: *m\n  orders: {schema", "yaml: anchors and aliases are not allowed"),
        ("config: {", "config: !!python/object:os.system {", "line 7: could not determine a constructor for the tag"),
        ("config: {", "config: {{", "dataflow.yaml, line "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_is_allowed(
    write: Callable[[str], Path], before: str, after: str, says: str
) -> None:
    path = write(FLOW.replace(before, after, 1))

    with pytest.raises(FlowError) as told:
        read_flow(path)

    assert says in str(told.value)
    assert str(told.value).startswith(str(path))
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("text", ["", "7", "[]", "just words"])
def test_what_is_no_flow_at_all_is_refused(write: Callable[[str], Path], text: str) -> None:
    with pytest.raises(FlowError, match=r"dataflow\.yaml:1: this must hold names with what they mean"):
        read_flow(write(text))


@given(data=st.data())
@draws(100, HealthCheck.function_scoped_fixture)
def test_no_file_breaks_the_reading(write: Callable[[str], Path], data: st.DataObject) -> None:
    lines = FLOW.split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    words = lines[at].split(" ")
    words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(ODD))
    lines[at] = " ".join(words)
    lines.insert(data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from(["", *lines])))

    path = write("\n".join(lines))
    try:
        read = read_flow(path).folder == path.parent
    except FlowError as error:
        read = str(error).startswith(str(path))

    assert read  # It is a flow, or what is wrong is told with the file; any other error fails the test.


def test_a_file_over_the_limit_is_not_read(write: Callable[[str], Path]) -> None:
    with pytest.raises(FlowError, match="is over 1048576 bytes"):
        read_flow(write("#" * 1024 * 1024 + "\n"))


def test_a_topic_open_to_every_member_needs_something_that_masks(write: Callable[[str], Path]) -> None:
    bare = FLOW.replace("      - {operator: map, uses: shorter}\n", "")
    unmasked = bare.replace("uses: mask, with: {policy: strict}", "uses: rename, with: {fields: {a: b}}")

    read_flow(write(bare))
    with pytest.raises(FlowError, match=r":15: services.masking: `masked` is open to every member, and this service"):
        read_flow(write(unmasked))
    read_flow(write(unmasked.replace("masked: {access: open}", "masked: {access: decided}")))


def test_services_may_go_round_in_a_circle(write: Callable[[str], Path]) -> None:
    again = "  again: {sources: [{type: topic, id: masked}], sinks: [{type: topic, id: notes}]}\nbrokers:"

    assert [service.name for service in read_flow(write(FLOW.replace("brokers:", again))).services] == [
        "masking",
        "again",
    ]


def test_the_flow_of_the_working_directory_is_found(
    write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FlowError, match=r"There is no dataflow\.yaml; name the file of a flow"):
        found_flow(None)
    write(FLOW)

    assert found_flow(None).resolve() == tmp_path / "dataflow.yaml"
    assert found_flow(tmp_path) == tmp_path / "dataflow.yaml"
    with pytest.raises(FlowError, match=r"There is no other\.yaml"):
        found_flow(Path("other.yaml"))
