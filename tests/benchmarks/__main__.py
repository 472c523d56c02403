"""Run every benchmark in one process and print their tables."""

import os
from io import StringIO
from pathlib import Path

from tests.services import postgres, temporary_folder


def main() -> None:
    """Prepare a PostgreSQL with the demo workspace, as in production, then measure."""
    with temporary_folder() as folder, postgres(folder) as url:
        _set_environment(folder, url)
        import django  # noqa: PLC0415 - the environment comes first.
        from django.core.management import call_command  # noqa: PLC0415 - as above.

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.benchmarks import bench_classifier, bench_decide, bench_http  # noqa: PLC0415 - as above.

        call_command("demo", key=bench_http.KEY, stdout=StringIO())
        bench_classifier.main()
        bench_decide.main()
        bench_http.main(folder)


def _set_environment(folder: Path, database_url: str) -> None:
    for line in Path("deploy/dev.env").read_text(encoding="utf-8").splitlines():
        setting, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            os.environ[setting] = value
    os.environ["DATABASE_URL"] = database_url
    os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"  # Nothing measured here asks it.
    os.environ["PRIVACY_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"


if __name__ == "__main__":
    main()
