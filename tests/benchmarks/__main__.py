"""Run every benchmark in one process and print their tables."""

import os
import tempfile
from io import StringIO
from pathlib import Path


def main() -> None:
    """Prepare a database with the demo workspace, then measure."""
    with tempfile.TemporaryDirectory(prefix="privacy-bench-") as name:
        folder = Path(name)
        _set_environment(folder)
        import django  # noqa: PLC0415 - the environment comes first.
        from django.core.management import call_command  # noqa: PLC0415 - as above.

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.benchmarks import bench_classifier, bench_decide, bench_http  # noqa: PLC0415 - as above.

        call_command("demo", key=bench_http.KEY, stdout=StringIO())
        bench_classifier.main()
        bench_decide.main()
        bench_http.main(folder)


def _set_environment(folder: Path) -> None:
    for line in Path("deploy/dev.env").read_text(encoding="utf-8").splitlines():
        setting, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            os.environ[setting] = value
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
    os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"  # Nothing measured here asks it.
    os.environ["PRIVACY_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"


if __name__ == "__main__":
    main()
