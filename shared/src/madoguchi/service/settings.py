"""What every service is told by its environment. Names of variables are the fields' names in capitals."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from madoguchi.bus.connection import Connection, SaslMechanism, SecurityProtocol

Seconds = Annotated[float, Field(gt=0)]
BaseUrl = Annotated[str, Field(pattern=r"^https?://\S+$"), AfterValidator(lambda url: url.rstrip("/"))]
"""An address without a slash at its end."""


class KafkaSettings(BaseSettings):
    """How to reach the broker."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    kafka_bootstrap_servers: str = Field(min_length=1)
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    """PEM of the authority that signed the broker's certificate."""
    kafka_session_seconds: Seconds = 45.0
    """After this long without a sign of life a process counts as dead, and another takes over what it read."""

    @property
    def kafka(self) -> Connection:
        """How to reach the broker, for `Producer` and `Consumer`."""
        return Connection(
            self.kafka_bootstrap_servers,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_username,
            self.kafka_password.get_secret_value() if self.kafka_password else None,
            self.kafka_ca_file,
            self.kafka_session_seconds,
        )


class ServiceSettings(KafkaSettings):
    """Settings that all services share; a service's own settings add fields to these."""

    mongodb_uri: str = Field(min_length=1)
    """`mongodb://…`, or `sqlite:///folder`."""
    vault_mongodb_uri: str | None = None
    """The store of the vault, when it is another."""
    erasure_journal_uri: str | None = None
    """A store apart from the vault's, where erasures are written down so that no restore undoes them."""
    towns_dir: Path
    """Folder of the towns' policies, `<code>.yaml`."""
    secrets_dir: Path
    """Folder of the towns' secrets, `<code>/…`."""
    registers_dir: Path | None = None
    """Folder of the towns' register extracts, `<code>/…`. None: they lie with the secrets."""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)]
    """0 takes a free port."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trace_file: Path | None = None
    """Spans go here as JSON lines."""
    otel_exporter_otlp_endpoint: str | None = None
    """Spans go here by OTLP over HTTP."""
    intake_public_url: BaseUrl
    issuance_public_url: BaseUrl
    sweep_seconds: Seconds = 2.0
    """How often a sweep looks for what is due."""
    gauges_seconds: Seconds = 15.0
    """How often the gauges that are read from the store are refreshed."""
    redrive_seconds: Seconds = 20.0
    """How long a request may make no progress until its events are published again."""
    drain_seconds: Seconds = 20.0
    """How long work at hand may take to finish after SIGTERM."""


def explain(error: ValidationError) -> str:
    """What is wrong with the environment, one line for each variable; values are not shown."""
    lines = (
        f"  {'_'.join(str(part) for part in p['loc']).upper()}: {p['msg']}" for p in error.errors(include_url=False)
    )
    return "The environment is not complete:\n" + "\n".join(lines)
