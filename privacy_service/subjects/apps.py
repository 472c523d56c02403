"""The people the data is about, as a Django app."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Suppressions, requests, and the systems that carry them out."""

    name = "privacy_service.subjects"
    verbose_name = "Subjects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the masking API ask who is suppressed, Prometheus told of deadlines, and controllers of what moved."""
        from privacy_service.enforcement.hiding import KEEPERS  # noqa: PLC0415 - it reads settings.
        from privacy_service.enforcement.screening import SCREENS  # noqa: PLC0415 - it reads settings.
        from privacy_service.hotpath import ENDPOINTS  # noqa: PLC0415 - as above.
        from privacy_service.observability import facts  # noqa: PLC0415 - as above.
        from privacy_service.subjects import deadlines, lifecycle  # noqa: PLC0415 - as above.
        from privacy_service.subjects.endpoints import check  # noqa: PLC0415 - as above.
        from privacy_service.subjects.index.overhearing import overhear  # noqa: PLC0415 - as above.
        from privacy_service.subjects.opendsr import telling  # noqa: PLC0415 - as above.
        from privacy_service.subjects.screening import without_suppressed  # noqa: PLC0415 - as above.
        from privacy_service.subjects.tokens.hiding import KeysOfPeople  # noqa: PLC0415 - as above.

        ENDPOINTS["suppressions/check"] = check
        lifecycle.moved.connect(telling.on_moved, dispatch_uid="tell controllers")
        KEEPERS.append(KeysOfPeople())
        SCREENS.append(without_suppressed)
        SCREENS.append(overhear)  # After the other: nothing is learnt of whoever is suppressed.
        facts.register(deadlines.SOURCE)
