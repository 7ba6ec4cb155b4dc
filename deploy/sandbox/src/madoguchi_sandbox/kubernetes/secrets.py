"""Which of a town's secrets each service is given: `ExternalSecret` manifests from the town's file. Pure.

A service is given what it uses and nothing else: identity has no seal key, notify no payment key.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

Manifest = dict[str, Any]

STORE: Final = "madoguchi"
"""Name of the `ClusterSecretStore`; what is behind it (a cloud's, Vault, another) is the cluster's own choice."""
API_KEYS: Final = "file:api-keys.json"
"""Hashes of the API keys; its place is fixed (`madoguchi.web.api_keys`)."""
_VAULT: Final = ("secrets.data_key", "secrets.index_key")
USED: Final[Mapping[str, tuple[str, ...]]] = {
    "request-intake": (*_VAULT, "secrets.link_key", "line", "payment"),
    "identity": (*_VAULT, "jpki"),
    "issuance": (*_VAULT, "secrets.link_key", "secrets.certificate_key", "seal"),
    "notify": (*_VAULT, "secrets.link_key", "line.channel_access_token"),
    "console": _VAULT,
}
"""Service → places in the town's file whose references it resolves."""
BINARY: Final = frozenset({".bin", ".crl"})
"""Endings of files that are no text: kept in the store as base64."""


def files(town: Mapping[str, Any], service: str) -> tuple[str, ...]:
    """Names of the files, below `SECRETS_DIR/<code>`, that `service` reads of this town."""
    found = {name for place in USED[service] for name in _references(_at(town, place))}
    if service == "request-intake":
        found.add(API_KEYS)
    return tuple(sorted(name.removeprefix("file:") for name in found))


def external(town: Mapping[str, Any]) -> list[Manifest]:
    """One `ExternalSecret` for each service."""
    return [_external(str(town["code"]), service, files(town, service)) for service in USED]


def _external(code: str, service: str, names: tuple[str, ...]) -> Manifest:
    name = f"{service}-{code}"
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
            "target": {"name": name, "creationPolicy": "Owner"},
            "data": [{"secretKey": file, "remoteRef": _remote(code, file)} for file in names],
        },
    }


def _remote(code: str, file: str) -> Manifest:
    where = {"key": f"madoguchi/{code}", "property": file}
    return {**where, "decodingStrategy": "Base64"} if PurePosixPath(file).suffix in BINARY else where


def _at(town: Mapping[str, Any], place: str) -> Any:
    found: Any = town
    for step in place.split("."):
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    return found


def _references(value: Any) -> Iterator[str]:
    """Every `file:` reference in it, however deep."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item)
    elif isinstance(value, str) and value.startswith("file:"):
        yield value
