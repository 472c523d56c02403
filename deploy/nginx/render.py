"""Fill in nginx's configuration from the environment, and have nginx check it: `python deploy/nginx/render.py FOLDER`.

The settings are told in docs/proxy.md.
"""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

HERE = Path(__file__).resolve().parent
DEFAULTS = {
    "PROXY_LISTEN": "127.0.0.1:8080",
    "PROXY_UPSTREAM": "",
    "PROXY_SERVICE": "http://127.0.0.1:8000",
    "PROXY_API_KEY": "",
    "PROXY_WORKSPACE": "",
    "PROXY_SOURCE": "",
    "PROXY_SYSTEM": "",
    "PROXY_TRUSTED": "",
    "PROXY_READER_HEADER": "X-Reader",
    "PROXY_READER_TOKEN": "",
    "PROXY_REQUEST_LIMIT": "1048576",
    "PROXY_ANSWER_LIMIT": "8388608",
    "PROXY_UPSTREAM_SECONDS": "30",
    "PROXY_SERVICE_SECONDS": "10",
    "PROXY_SHADOW_SHARE": "0.01",
    "PROXY_WORKERS": "auto",
    "PROXY_ACCESS_LOG": "/dev/stdout",
    "PROXY_CA_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "PROXY_USER": "www-data",
    "PROXY_NGINX": "",
    "PROXY_NJS_MODULE": "",
}
_PATH = r"[\w./+@:-]+"
# What a setting may look like: none of them can end a directive and begin another.
_SHAPES = {
    "PROXY_LISTEN": r"[\w.:\[\]-]+",
    "PROXY_API_KEY": r"[\x21\x23\x25-\x5b\x5d-\x7e]{20,}",
    "PROXY_WORKSPACE": r"[a-z0-9_-]+",
    "PROXY_SOURCE": r"[a-z0-9_-]*",
    "PROXY_SYSTEM": r"[a-z0-9._-]*",
    "PROXY_READER_HEADER": r"[A-Za-z0-9-]+",
    "PROXY_READER_TOKEN": r"(\$[a-z0-9_]+)?",
    "PROXY_REQUEST_LIMIT": r"[1-9]\d*",
    "PROXY_ANSWER_LIMIT": r"[1-9]\d*",
    "PROXY_UPSTREAM_SECONDS": r"[1-9]\d*",
    "PROXY_SERVICE_SECONDS": r"[1-9]\d*",
    "PROXY_SHADOW_SHARE": r"0(\.\d+)?|1",
    "PROXY_WORKERS": r"auto|[1-9]\d*",
    "PROXY_USER": r"[\w-]+",
    **dict.fromkeys(("PROXY_ACCESS_LOG", "PROXY_CA_FILE", "PROXY_NJS_MODULE"), _PATH),
}
_PROGRAM, _MODULE = "usr/sbin/nginx", "usr/lib/nginx/modules/ngx_http_js_module.so"
_PORTS = {"http": 80, "https": 443}
_LONGEST_FOLDER = 80  # A socket's path has at most 103 on every system.
_SEAL_BYTES = 64  # More than privacy.js puts at the end of a body.


class Unusable(Exception):
    """A setting cannot be used; the message names it and says what to do."""


def main() -> None:
    """Write the configuration into the folder that is named, and check it."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder.
        sys.exit("Usage: python deploy/nginx/render.py FOLDER")
    try:
        configuration = render(Path(sys.argv[1]).absolute(), os.environ)
    except Unusable as error:
        sys.exit(str(error))
    program = nginx(os.environ)["PROXY_NGINX"]
    sys.exit(subprocess.run([program, "-t", "-c", configuration], check=False).returncode)  # noqa: S603 - as set.


def nginx(environment: Mapping[str, str]) -> dict[str, str]:
    """Say where nginx and its njs module are: as named, as installed, or as `make install` has unpacked them."""
    roots = [Path("/"), Path(sys.prefix) / "nginx"]
    root = next((one for one in roots if (one / _MODULE).exists() and (one / _PROGRAM).exists()), roots[0])
    return {
        "PROXY_NGINX": environment.get("PROXY_NGINX") or str(root / _PROGRAM),
        "PROXY_NJS_MODULE": environment.get("PROXY_NJS_MODULE") or str(root / _MODULE),
    }


def render(folder: Path, environment: Mapping[str, str]) -> Path:
    """Write the configuration into a folder and return its path; raise Unusable."""
    settings = settings_in(environment)
    values = _values(settings, folder)
    _make_folders(folder, settings["PROXY_USER"])
    for template in sorted(HERE.glob("*.template")):
        write(folder / template.stem, filled(template.read_text(encoding="utf-8"), values))
    shutil.copy(HERE / "privacy.js", folder)
    return folder / "nginx.conf"


def settings_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return every setting, as given or by default; raise Unusable."""
    settings = {name: environment.get(name) or default for name, default in DEFAULTS.items()}
    settings |= {"PROXY_API_KEY": _secret(environment), **nginx(environment)}
    for name, shape in _SHAPES.items():
        _check(name, settings[name], shape)
    if not settings["PROXY_TRUSTED"] and not settings["PROXY_READER_TOKEN"]:
        message = "Set PROXY_TRUSTED, PROXY_READER_TOKEN or both: otherwise no reader could be named."
        raise Unusable(message)
    return settings


def _secret(environment: Mapping[str, str]) -> str:
    path = environment.get("PROXY_API_KEY_FILE")
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else environment.get("PROXY_API_KEY", "")
    except (OSError, UnicodeDecodeError):
        message = f"PROXY_API_KEY_FILE: {path} cannot be read."
        raise Unusable(message) from None


def _check(name: str, value: str, shape: str) -> None:
    if not re.fullmatch(shape, value):
        what = "is not set" if not value else "cannot be used"
        message = f"{name} {what}: docs/proxy.md says what it looks like."
        raise Unusable(message)


def check_folder(folder: Path) -> None:
    """Raise Unusable for a path that would mean something else in a configuration, or is too long for a socket."""
    _check("The folder", str(folder), _PATH)
    if len(str(folder)) > _LONGEST_FOLDER:
        message = f"{folder} is too long: at most {_LONGEST_FOLDER} characters, since nginx makes sockets in it."
        raise Unusable(message)


def _values(settings: Mapping[str, str], folder: Path) -> dict[str, str]:
    upstream, service = address("PROXY_UPSTREAM", settings), address("PROXY_SERVICE", settings)
    values = {name.removeprefix("PROXY_"): value for name, value in settings.items()}
    check_folder(folder)
    return {
        **values,
        "FOLDER": str(folder),
        "LOAD_MODULE": f"load_module {settings['PROXY_NJS_MODULE']};",
        "USER": f"user {settings['PROXY_USER']};" if os.geteuid() == 0 else "",
        "TRUSTED": "\n        ".join(f"{one} 1;" for one in networks(settings["PROXY_TRUSTED"])),
        # Whoever waits for somebody who waits is the more patient one, and hears what came of it.
        "INNER_SECONDS": str(int(settings["PROXY_UPSTREAM_SECONDS"]) + 2),
        "OUTER_SECONDS": str(int(settings["PROXY_UPSTREAM_SECONDS"]) + 4),
        "ANSWER_BUFFER": str(int(settings["PROXY_ANSWER_LIMIT"]) + _SEAL_BYTES),
        "TLS": _tls(settings) if "https" in {upstream.scheme, service.scheme} else "",
        **_parts("UPSTREAM", upstream),
        **_parts("SERVICE", service),
    }


def address(name: str, settings: Mapping[str, str]) -> SplitResult:
    """Return the address that a setting names; raise Unusable."""
    _check(name, settings[name], r"https?://[\w.\[\]:-]+")
    return urlsplit(settings[name])


def _parts(name: str, address: SplitResult) -> dict[str, str]:
    port = address.port or _PORTS[address.scheme]
    host = f"[{address.hostname}]" if ":" in str(address.hostname) else str(address.hostname)
    return {f"{name}_SCHEME": address.scheme, f"{name}_HOST": host, f"{name}_ADDRESS": f"{host}:{port}"}


def networks(listed: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Return the networks of a list; raise Unusable."""
    try:
        return [ipaddress.ip_network(one.strip()) for one in listed.split(",") if one.strip()]
    except ValueError:
        message = "PROXY_TRUSTED must be networks separated by commas, such as 10.0.0.0/8, 127.0.0.1/32."
        raise Unusable(message) from None


def _tls(settings: Mapping[str, str]) -> str:
    trusted = f"proxy_ssl_trusted_certificate {settings['PROXY_CA_FILE']};"
    return f"proxy_ssl_server_name on;\n    proxy_ssl_verify on;\n    proxy_ssl_verify_depth 4;\n    {trusted}"


def _make_folders(folder: Path, user: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    closed = [one for one in folder.parents if not one.stat().st_mode & 0o001]
    if closed and os.geteuid() == 0 and user != "root":
        message = f"{user} (PROXY_USER) cannot reach {folder}: {closed[0]} is closed to others. Choose another folder."
        raise Unusable(message)
    # Whoever reaches the sockets in here reads the API as it is.
    inner = folder / "inner"
    inner.mkdir(mode=0o700, exist_ok=True)
    inner.chmod(0o700)
    for left in inner.glob("*.sock"):
        left.unlink()  # nginx that was killed leaves them, and then cannot start.
    if os.geteuid() == 0:
        _give(inner, user)


def _give(folder: Path, user: str) -> None:
    try:
        shutil.chown(folder, user)
    except LookupError:
        message = f"PROXY_USER: there is no user {user} here. Name the one that nginx's processes run as."
        raise Unusable(message) from None


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its `${NAME}` filled in."""
    return re.sub(r"\$\{([A-Z_]+)\}", lambda found: values[found[1]], template)


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read: it may hold a key."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
