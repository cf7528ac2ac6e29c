"""Settings, parsed once: the environment, then `.env`, then `smart-support.toml` (or the file CONFIG_FILE names)."""

import os
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)
from redis.connection import parse_url
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from smart_support.settings.access import AccessSettings
from smart_support.settings.outside import Destination, Mailbox, Name, Source
from smart_support.settings.privacy import PrivacySettings

CONFIG_FILE = "smart-support.toml"

WEBHOOK = "webhook"
"""The destination that WEBHOOK_URL names."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(gt=0)]


class SettingsFileError(Exception):
    """The settings file cannot be read, or holds a name that is no setting."""


class Settings(PrivacySettings, AccessSettings):
    """Everything that can be set, under the names of the environment, in lower case in the TOML file."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
        populate_by_name=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("smart-support", appauthor=False),
        description="Folder for the embedded database and for what a running system leaves for commands beside it.",
    )
    database_url: str | None = Field(
        default=None, description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; default: SQLite in DATA_DIR."
    )
    redis_url: str | None = Field(
        default=None,
        description="redis://HOST:PORT/DB, rediss:// or unix://: the broker of several processes; default: in-process.",
    )
    redis_queue_key: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^{}\s]+$")] = Field(
        default="smart-support", description="Prefix of all keys in Redis, so that several systems can share a server."
    )
    listen_host: str = Field(
        default="127.0.0.1", description="Address to listen on; any but loopback needs an API key first."
    )
    listen_port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8000, description="Port to listen on.")
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None,
        description="Port on which a process shows its metrics, at /metrics and without a key, for Prometheus; each "
        "process on a machine needs its own. Default: none; the API shows its own at /metrics, with a key.",
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        description="Address for METRICS_PORT; another than loopback is for a network that Prometheus alone shares.",
    )
    workspace: Name = Field(
        default="default", description="The workspace that commands beside a system act in; --workspace wins."
    )
    production: bool | None = Field(
        default=None,
        description="Real tickets come here: no floods are simulated. Default: true as soon as there is an API key.",
    )
    webhook_threshold: Share = Field(
        default=0.8,
        validation_alias=AliasChoices("webhook_threshold", "urgency_webhook_threshold"),
        description="Urgency S above which a ticket alerts somebody; also read as URGENCY_WEBHOOK_THRESHOLD.",
    )
    webhook_url: SecretStr | None = Field(
        default=None,
        description="Where alerts go: a webhook of Slack, Discord or Teams, or any other address, which gets signed "
        "JSON. For more than one use DESTINATIONS.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Signs what goes to WEBHOOK_URL: a secret of Standard Webhooks (whsec_...) or any text.",
    )
    allow_private_webhooks: bool = Field(
        default=False, description="Let alerts and write-backs go to private, loopback and link-local addresses."
    )
    destinations: dict[Name, Destination] = Field(
        default_factory=dict,
        description="Further places for alerts, by name: tables in the TOML file ([destinations.oncall]), or JSON. "
        "docs/destinations.md has their keys.",
    )
    sources: dict[Name, Source] = Field(
        default_factory=dict,
        description="Helpdesks that send tickets, by name: tables in the TOML file ([sources.zendesk]), or JSON. "
        "docs/helpdesks.md has their keys.",
    )
    mailboxes: dict[Name, Mailbox] = Field(
        default_factory=dict,
        description="Mailboxes that tickets come from, by name: tables in the TOML file ([mailboxes.support]), or "
        "JSON. docs/mail.md has their keys.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://USER:PASSWORD@HOST:587 (STARTTLS where offered) or smtps://...:465: sends mail.",
    )
    mail_from: str | None = Field(default=None, description="The sender of mail, such as support@example.org.")
    public_url: str | None = Field(
        default=None,
        description="Where people reach this system, such as https://support.example.org: for the links in alerts, "
        "which lead to the dashboard.",
    )
    model_dir: Path | None = Field(
        default=None,
        description="Folder of a model; it wins over promoted ones. Default: the one promoted, else the shipped one.",
    )
    triage_batch: Positive = Field(default=256, description="Most tickets in one call of the model.")
    model_fallback: bool = Field(default=False, description="Use the light model alone.")
    execution_provider: Annotated[str, Field(pattern=r"^[A-Za-z]+ExecutionProvider$")] = Field(
        default="CPUExecutionProvider",
        description="Where the encoder runs: CPUExecutionProvider, or CUDAExecutionProvider with onnxruntime-gpu.",
    )
    inference_threads: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0,
        description="Runs of the encoder at once in a process, a thread each; 0: one for each core.",
    )
    inference_timeout_seconds: Annotated[float, Field(gt=0.0, le=60.0)] = Field(
        default=2.0, description="A call of the transformer that takes longer is ended; the light model answers."
    )
    circuit_breaker_latency_ms: Positive = Field(
        default=500, description="A call of the transformer above this, one that fails or one that is ended is slow."
    )
    circuit_breaker_open_count: Positive = Field(
        default=3, description="So many slow calls in a row open the breaker: the light model answers."
    )
    circuit_breaker_fast_ms: Positive = Field(
        default=200, description="A call of the model below this is fast; batches are sized to take half of it."
    )
    circuit_breaker_close_count: Positive = Field(
        default=5, description="So many fast probes in a row close the breaker again."
    )
    storm_similarity: Share = Field(
        default=0.9, description="Cosine above which two tickets are copies of each other: the exact rule for storms."
    )
    storm_ticket_threshold: Positive = Field(
        default=10, description="More copies than this within the window open a Master Incident."
    )
    storm_window_seconds: Annotated[float, Field(ge=1.0, le=86_400.0)] = Field(
        default=300.0, description="The window in which tickets may make a storm."
    )
    storm_by_meaning: bool = Field(
        default=True, description="Also find reports of one cause in different words; else copies alone make a storm."
    )
    storm_gap_seconds: Annotated[float, Field(ge=1.0, le=604_800.0)] = Field(
        default=600.0, description="An incident without a new report for so long is quiet."
    )
    storm_life_seconds: Annotated[float, Field(ge=1.0, le=2_592_000.0)] = Field(
        default=86_400.0,
        description="An incident ends by itself so long after it opened; for as long after its end, late reports are "
        "recurrences and open no other one.",
    )
    offer_seconds: Annotated[float, Field(ge=0.0, le=86_400.0)] = Field(
        default=0.0,
        description="How long an agent has to accept a ticket that is offered to him; 0 assigns it without asking.",
    )
    agent_away_seconds: Annotated[float, Field(ge=5.0, le=86_400.0)] = Field(
        default=120.0, description="An agent who sends heartbeats and has not for so long is away."
    )
    agent_offline_seconds: Annotated[float, Field(ge=5.0, le=604_800.0)] = Field(
        default=900.0, description="After so long without a heartbeat he is offline, and gives back what is not begun."
    )
    lag_limit: Positive = Field(
        default=100_000, description="Tickets that may wait for triage or dispatch; above it new ones get 429."
    )
    redelivery_seconds: Annotated[float, Field(ge=1.0, le=3_600.0)] = Field(
        default=10.0, description="After so long without a result a ticket underway is handed out again."
    )
    v1_queue_limit: Positive = Field(default=100_000, description="Most tickets in /v1's queue; of all texts 256 MiB.")
    max_body_bytes: Positive = Field(
        default=262_144, description="Largest request body that is read; a list of agents may have 8 MiB."
    )
    log_level: str = Field(default="info", description="debug, info, warning or error.")
    log_json: bool = Field(default=False, description="Log lines as JSON instead of text.")

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("choose debug, info, warning or error")
        return value.lower()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        try:
            known = value is None or make_url(value).get_backend_name() in {"sqlite", "postgresql"}
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                parse_url(value)  # type: ignore[no-untyped-call]  # redis-py has no types for it
        except ValueError:  # its text would show a part of the password
            raise ValueError(
                "use redis://HOST:PORT/DB, rediss://... or unix://PATH, with other characters than letters and digits "
                "in a password percent-encoded"
            ) from None
        return value

    @model_validator(mode="after")
    def _breaker_knows_slow_from_fast(self) -> "Settings":
        if self.circuit_breaker_fast_ms > self.circuit_breaker_latency_ms:
            raise ValueError("CIRCUIT_BREAKER_FAST_MS must not be above CIRCUIT_BREAKER_LATENCY_MS")
        return self

    @property
    def database(self) -> str:
        """The database URL that holds."""
        return self.database_url or f"sqlite:///{self.data_dir / 'smart-support.db'}"

    @property
    def alert_destinations(self) -> tuple[str, ...]:
        """The names of where alerts can go; without any, they go into the log."""
        named = () if self.webhook_url is None else (WEBHOOK,)
        return (*named, *self.destinations) or ("log",)

    @property
    def model_folder(self) -> Path:
        """Where registered models lie."""
        return self.data_dir / "models"

    @property
    def embedded(self) -> bool:
        """Whether the database is a file, which one process at a time may use."""
        return make_url(self.database).get_backend_name() == "sqlite"

    @property
    def shown_database(self) -> str:
        """The same without its password."""
        return make_url(self.database).render_as_string(hide_password=True)

    def shown(self) -> dict[str, Any]:
        """Every setting as it holds, without passwords."""
        shown = self.model_dump(mode="json")
        shown["database_url"] = self.shown_database
        if self.redis_url:
            shown["redis_url"] = make_url(self.redis_url).render_as_string(hide_password=True)
        return shown

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - part of the signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = Path(os.environ.get("CONFIG_FILE", CONFIG_FILE))
        if "CONFIG_FILE" in os.environ and not path.is_file():
            raise SettingsFileError(f"{path}: there is no such file; CONFIG_FILE names it")
        try:
            file = TomlConfigSettingsSource(settings_cls, path)
        except (OSError, ValueError, RecursionError) as error:
            raise SettingsFileError(f"{path}: {error}") from error
        unknown = file.toml_data.keys() - cls.model_fields.keys()
        if unknown:
            names = ", ".join(sorted(unknown))
            raise SettingsFileError(f"{path}: unknown setting {names}; docs/settings.md lists all")
        return init_settings, env_settings, dotenv_settings, file


def load(**given: object) -> Settings:
    """The settings; what is given and not None stands above all sources. Raises ValidationError, SettingsFileError."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks
    except SettingsError as error:
        # Not the text that is no JSON: it may hold a secret.
        why = f": {error.__cause__}" if isinstance(error.__cause__, ValueError) else ""
        raise SettingsFileError(f"{error}{why}") from None
