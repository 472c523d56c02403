"""What the tests of the operators share: a keyring, policies of one operator, values of many kinds."""

from classifier import ENTITIES, Entity, Keyring, OperatorConfig, Policy
from classifier.operators import Hide, Keys, compile_operator

MASTER = b"the newest secret of the tests.."
OLDER = b"an older secret of the tests...."
KEYRING = Keyring.derive(MASTER, workspace_id="acme")
KEYS = Keys(keyring=KEYRING)

# One value of each kind that has an example, and some that are written in an unusual way.
VALUES = [(entity, example) for entity, info in ENTITIES.items() for example in info.examples] + [
    (Entity.PERSON, "Zoë"),
    (Entity.PERSON, "王小明"),
    (Entity.PERSON, "नमस्ते"),
    (Entity.PERSON, 'O"Neil \\ the\nsecond'),
    (Entity.EMAIL_ADDRESS, "example@example.com"),
    (Entity.PHONE_NUMBER, "4155550132"),
    (Entity.PHONE_NUMBER, "911"),
    (Entity.CREDIT_CARD, "4242424242424242"),
    (Entity.CREDIT_CARD, "378282246310005"),
    (Entity.US_SSN, "666123456"),
    (Entity.IP_ADDRESS, "192.0.2.1"),
    (Entity.DATE_OF_BIRTH, "the third of May"),
    (Entity.AGE, "forty"),
    (Entity.GENDER, "m"),
    (Entity.LOCATION, "x" * 500),
]


def compiled(name: str, entity: Entity = Entity.PERSON, **params: str | int | bool) -> Hide:
    """Return the function of an operator with these parameters."""
    hide = compile_operator(OperatorConfig(name, tuple(params.items())), entity, keys=KEYS)
    assert hide is not None
    return hide


def policy_of(name: str, **params: str | int | bool) -> Policy:
    """Return the policy that hides everything with one operator."""
    return Policy(name, default=OperatorConfig(name, tuple(params.items())), keyring=KEYRING)
