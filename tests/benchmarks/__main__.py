"""Run every benchmark in one process and print their tables.

`--quick` takes less than a minute. Each of the others measures one thing alone: `--access` rights at scale, `--off`
`release off`, `--dialects` Private AI's dialect beside `/mask`, `--suppressions` a filter of ten million,
`--checks` what ingests ask, `--forgetting` a thousand people in six systems, `--streams` records from topic to topic,
`--files` files of events, `--http` `/mask` over HTTP, `--load` the service under a mix as in practice, `--overload` up
to three times of what it bears (`make load`).
"""

import os
import sys
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

from tests.environment import development
from tests.services import postgres, temporary_folder


def main(chosen: frozenset[str]) -> None:
    """Prepare a PostgreSQL as in production, then measure; the quick way measures the classifier alone."""
    with temporary_folder() as folder, postgres(folder) as url:
        _set_environment(folder, url)
        import django  # noqa: PLC0415 - the environment comes first.
        from django.core.management import call_command  # noqa: PLC0415 - as above.

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.benchmarks.bench_http import KEY  # noqa: PLC0415 - as above.

        call_command("demo", key=KEY, stdout=StringIO())
        if chosen & {"load", "overload"}:
            call_command("release", "public", force="to measure", stdout=StringIO())
        alone = _alone(folder, KEY)
        for choice in chosen & alone.keys():
            alone[choice]()
        if not chosen:
            _all(folder, KEY)


def _alone(folder: Path, key: str) -> Mapping[str, Callable[[], None]]:
    """Return what measures one thing, by the word that chooses it."""
    from tests.benchmarks import (  # noqa: PLC0415 - Django is set up first.
        bench_access,
        bench_checks,
        bench_classifier,
        bench_dialects,
        bench_files,
        bench_forgetting,
        bench_http,
        bench_load,
        bench_off,
        bench_overload,
        bench_second_look,
        bench_streams,
        bench_suppressions,
    )

    return {
        "suppressions": bench_suppressions.main,
        "checks": bench_checks.main,
        "forgetting": lambda: bench_forgetting.main(folder),
        "streams": lambda: bench_streams.main(folder),
        "files": lambda: bench_files.main(folder),
        "http": lambda: bench_http.main(folder),
        "dialects": lambda: bench_dialects.main(key),
        "second-look": bench_second_look.main,
        "off": lambda: bench_off.main(key),
        "access": bench_access.main,
        "load": lambda: bench_load.main(folder, key),
        "overload": lambda: bench_overload.main(folder, key),
        "quick": lambda: bench_classifier.main(quick=True),
    }


def _all(folder: Path, key: str) -> None:
    """Measure what a release should know of."""
    from tests.benchmarks import bench_audit, bench_classifier, bench_decide  # noqa: PLC0415 - as above.

    alone = _alone(folder, key)
    bench_classifier.main(quick=False)
    alone["second-look"]()
    alone["off"]()
    bench_decide.main()
    for choice in ("suppressions", "checks", "dialects", "http"):
        alone[choice]()
    bench_audit.main(folder)
    alone["access"]()  # The last: it leaves a million rows behind.


def _set_environment(folder: Path, database_url: str) -> None:
    os.environ.update(development())
    os.environ["DATABASE_URL"] = database_url
    os.environ["PRIVACY_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"


if __name__ == "__main__":
    main(frozenset(word.removeprefix("--") for word in sys.argv[1:]))
