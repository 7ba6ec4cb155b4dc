"""Changing every secret of a town, in the order of the runbook: known to all, used by all, then the old one gone."""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from madoguchi.policy.load import load_town
from madoguchi.service.clock import utc_now
from madoguchi.web.api_keys import make_key
from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.pki.authority import key_pem

ACCEPTED: Final[dict[tuple[str, str], Callable[[], bytes]]] = {
    ("secrets", "data_key"): lambda: secrets.token_bytes(32),
    ("secrets", "index_key"): lambda: secrets.token_bytes(32),
    ("secrets", "link_key"): lambda: secrets.token_bytes(32),
    ("secrets", "certificate_key"): lambda: secrets.token_bytes(32),
    ("line", "channel_secret"): lambda: secrets.token_hex(16).encode(),
    ("payment", "webhook_secret"): lambda: b"whsec_" + b64encode(secrets.token_bytes(32)),
}
"""What others show us."""

SENT: Final[dict[tuple[str, str], Callable[[], bytes]]] = {
    ("line", "channel_access_token"): lambda: secrets.token_urlsafe(96).encode(),
    ("payment", "api_key"): lambda: b"pay_test_" + secrets.token_hex(24).encode(),
}
"""What we show others, who know both for a while."""

KEPT: Final = {("secrets", "link_key"), ("secrets", "certificate_key")}
"""Whose old generation stays for as long as what was made under it is about."""


@dataclass(slots=True)
class Change:
    """The change of one town's secrets. Each step is followed by a rolling restart."""

    folder: Path
    code: str
    old: dict[tuple[str, str], str] = field(default_factory=dict)

    def make_known(self) -> None:
        """Step 1: every process accepts the new ones; nothing uses them yet."""
        policy = self._policy()
        policy["secrets"].setdefault("certificate_key", policy["secrets"]["link_key"])
        for place, make in {**ACCEPTED, **SENT}.items():
            part, name = place
            self.old[place] = policy[part][name]
            self._secret(self._new(place), make())
        for part, name in ACCEPTED:
            policy[part][name] = [policy[part][name], self._reference(part, name)]
        self._new_seal(policy)
        self._add_api_key()
        self._write(policy)

    def use(self) -> None:
        """Step 2: the new ones are used, and the outside world has them; the old ones are still accepted."""
        policy = self._policy()
        for part, name in ACCEPTED:
            policy[part][name] = policy[part][name][::-1]
        for part, name in SENT:
            policy[part][name] = self._reference(part, name)
        still = [self._text(self.old[place]) for place in SENT]
        (self._outside / "still-accepted.txt").write_text("\n".join(still))
        seal = policy["seal"]
        seal["recognised"] = [{"chain": seal["chain"], "tsa_chain": seal["tsa_chain"]}]
        seal.update(key="file:new-seal-key.pem", chain="file:new-seal-chain.pem")
        seal["crls"] = [*seal["crls"], "file:new-seal-ca.crl", "file:new-seal-root.crl"]
        self._write(policy)
        lines = (self._outside / "new-api-keys.txt").read_text()
        (self._outside / "api-keys.txt").write_text(lines)

    def drop(self) -> None:
        """Step 3: the old ones are no longer accepted, and gone."""
        policy = self._policy()
        for place, old in self.old.items():
            part, name = place
            if place not in KEPT:
                policy[part][name] = self._reference(part, name)
                self._file(old).unlink()
        self._file("file:seal-key.pem").unlink()
        (self._outside / "still-accepted.txt").unlink()
        keys = self._secrets / "api-keys.json"
        keys.write_text(json.dumps([entry for entry in json.loads(keys.read_text()) if entry["id"].startswith("new-")]))
        self._write(policy)

    @property
    def _secrets(self) -> Path:
        return self.folder / "secrets" / self.code

    @property
    def _outside(self) -> Path:
        return self.folder / "sandbox" / self.code

    @property
    def _town(self) -> Path:
        return self.folder / "municipalities" / f"{self.code}.yaml"

    def _policy(self) -> dict[str, Any]:
        return dict(yaml.safe_load(self._town.read_text("utf-8")))

    def _write(self, policy: dict[str, Any]) -> None:
        fresh = self._town.with_suffix(".new")
        fresh.write_text(yaml.safe_dump(policy, allow_unicode=True, sort_keys=False), "utf-8")
        fresh.rename(self._town)
        load_town(self._town)

    def _new(self, place: tuple[str, str]) -> str:
        return f"new-{'-'.join(place)}"

    def _reference(self, part: str, name: str) -> str:
        return f"file:{self._new((part, name))}"

    def _file(self, reference: str) -> Path:
        return self._secrets / reference.removeprefix("file:")

    def _text(self, reference: str) -> str:
        return self._file(reference).read_text().strip()

    def _secret(self, name: str, content: bytes) -> None:
        (self._secrets / name).write_bytes(content)

    def _new_seal(self, policy: dict[str, Any]) -> None:
        """Of another authority; the time stamps stay."""
        now = utc_now()
        made = town_authorities.opened(self._outside / "new-pki", now, town="Mihon City", office="見本市長")
        lists = made.revocation_lists(now)
        self._secret("new-seal-key.pem", key_pem(made.seal.key))
        self._secret("new-seal-chain.pem", made.seal.chain)
        for name in ("seal-ca.crl", "seal-root.crl"):
            self._secret(f"new-{name}", lists[name])
        coming = {"chain": "file:new-seal-chain.pem", "tsa_chain": policy["seal"]["tsa_chain"]}
        policy["seal"]["recognised"] = [coming]

    def _add_api_key(self) -> None:
        key, stored = make_key("new-sandbox-live", "sandbox", live=True)
        keys = self._secrets / "api-keys.json"
        keys.write_text(json.dumps([*json.loads(keys.read_text()), stored.model_dump()]))
        (self._outside / "new-api-keys.txt").write_text(f"sandbox-live {key}\n")
