"""What lies outside and is written to or read from: where alerts go, and where tickets come from."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class _Outside(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _without_password(url: str) -> str:
    if "@" in url:
        raise ValueError("is shown, and may hold no user or password: use api_user and api_token")
    return url


class Destination(_Outside):
    """Where alerts are sent. Without a `type` the address says what it is: Slack, Discord, Teams, mailto:, else a
    signed webhook. What is secret is never shown."""

    type: Literal["slack", "discord", "teams", "pagerduty", "webhook", "mail", "apprise"] | None = None
    url: SecretStr | None = Field(default=None, description="Its address; for Slack with a token, PagerDuty: optional.")
    secret: SecretStr | None = Field(default=None, description="webhook: signs each message (whsec_...).")
    token: SecretStr | None = Field(default=None, description="slack: a bot's token; pagerduty: the integration key.")
    channel: str | None = Field(default=None, description="slack with a token: the channel's id.")
    to: tuple[str, ...] = Field(default=(), description="mail: who gets it.")
    per_second: Annotated[float, Field(ge=0.001, le=1_000.0)] | None = Field(
        default=None, description="Most messages a second; default: what the service allows."
    )


class Source(_Outside):
    """A helpdesk that sends tickets to `POST /webhook/NAME`, and is told what became of them where it has an address.

    `secret` proves what it sends: the key of its signatures, or for one that signs nothing the `token` in the address
    that it calls. `api_*` are for writing back."""

    type: Literal["zendesk", "chatwoot", "zammad", "github", "django-helpdesk", "generic"]
    secret: SecretStr
    workspace: Name = "default"
    api_url: Annotated[str, AfterValidator(_without_password)] | None = Field(
        default=None, description="Where its API answers."
    )
    api_user: str | None = Field(default=None, description="Who writes there, by the name the helpdesk knows.")
    api_token: SecretStr | None = None
    write_back: bool = Field(default=True, description="Set category, priority, assignee and tags there, add notes.")
    poll_seconds: Annotated[float, Field(ge=1.0, le=86_400.0)] = Field(
        default=60.0, description="How often to ask for what was missed, where the source can be asked."
    )
    agents: dict[str, str] = Field(
        default_factory=dict, description="Agents by who they are there; default: the same id or name."
    )
    fields: dict[str, str] = Field(
        default_factory=dict, description='generic: where a field stands in the body, such as subject = "data.title".'
    )
    signature: str = Field(
        default="x-signature", description="generic: the header with the signature, HMAC-SHA256 of the body in hex."
    )
    delivery: str | None = Field(default=None, description="generic: the header with the id of the delivery.")


class Mailbox(_Outside):
    """A mailbox from which tickets come."""

    url: SecretStr = Field(description="imaps://USER:PASSWORD@HOST:PORT/FOLDER (imap://, no TLS: this machine only).")
    workspace: Name = "default"
    poll_seconds: Annotated[float, Field(ge=1.0, le=86_400.0)] = 30.0
    acknowledge: bool = Field(default=False, description="Answer each new ticket, by SMTP_URL, that it has arrived.")
