"""presidio-anonymizer's own engine, for the routes that promise its conflicts, order and messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from presidio_anonymizer import AnonymizerEngine, DeanonymizeEngine
from presidio_anonymizer.entities import EngineResult, InvalidParamError
from presidio_anonymizer.services.app_entities_convertor import AppEntitiesConvertor

from classifier.exceptions import ClassifierFailed, RequestRefused

# Those of its operators that need no other service; `custom` is code, and is listed but refused over HTTP.
ANONYMIZERS = ("hash", "mask", "redact", "replace", "encrypt", "keep", "custom")
DEANONYMIZERS = ("decrypt", "deanonymize_keep")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """A text as the engine leaves it, and what it says of each place that it changed."""

    text: str = field(repr=False)
    items: tuple[dict[str, Any], ...] = field(repr=False)


def anonymize(text: str, analyzer_results: Any, anonymizers: Any) -> EngineAnswer:
    """Anonymize as the engine does; raise RequestRefused with its words, or ClassifierFailed, which quotes nothing."""
    try:
        operators = AppEntitiesConvertor.operators_config_from_json(_copied(anonymizers))
        results = AppEntitiesConvertor.analyzer_results_from_json(analyzer_results)
        _check(operators, ANONYMIZERS[:-1])
        return _answer(AnonymizerEngine().anonymize(text, results, operators))  # type: ignore[no-untyped-call]
    except InvalidParamError as error:
        message = str(error.err_msg)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not carry a value out.
        raise _failed(error) from None
    raise RequestRefused(message)


def deanonymize(text: str, anonymizer_results: Any, deanonymizers: Any) -> EngineAnswer:
    """Turn encrypted pieces back as the engine does; raise as `anonymize` does."""
    try:
        operators = AppEntitiesConvertor.operators_config_from_json(_copied(deanonymizers))
        found = {"anonymizer_results": anonymizer_results}
        results = AppEntitiesConvertor.deanonymize_entities_from_json(found)
        _check(operators, DEANONYMIZERS)
        return _answer(DeanonymizeEngine().deanonymize(text, results, operators))  # type: ignore[no-untyped-call]
    except InvalidParamError as error:
        message = str(error.err_msg)
    except Exception as error:  # noqa: BLE001 - as above.
        raise _failed(error) from None
    raise RequestRefused(message)


def _copied(operators: Any) -> Any:
    """Copy what the engine takes apart while it reads."""
    return {name: dict(one) for name, one in operators.items()} if operators else operators


def _check(operators: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for config in operators.values():
        if config.operator_name not in allowed:
            message = f"Invalid operator class '{str(config.operator_name)[:40]}'."
            raise InvalidParamError(message)


def _answer(result: EngineResult) -> EngineAnswer:
    return EngineAnswer(str(result.text), tuple(dict(vars(item)) for item in result.items))


def _failed(error: Exception) -> ClassifierFailed:
    message = f"Presidio's engine failed ({type(error).__name__}); nothing was changed."
    return ClassifierFailed(message)
