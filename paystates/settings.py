"""The settings of a worker and of the command line: read from the environment, each with a default that works here.

A variable is the field's name in capitals after `PAYSTATES_`; the two that Temporal's own tools know keep their names.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "PAYSTATES_"

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """What may differ between a laptop and production. Relative paths are seen from the working directory."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True
    )

    book_url: str = Field(
        "sqlite:///.paystates/book.db",
        description="The account book as an SQLAlchemy URL, SQLite or PostgreSQL",
        examples=["postgresql+psycopg://user@host/paystates"],
        repr=False,  # it may hold a password
    )
    bank: Path | None = Field(None, description="The scripted bank's file", examples=["examples/bank.yaml"])
    bank_address: str | None = Field(
        None, description="Where the scripted bank runs as a process of its own", examples=["http://127.0.0.1:7300"]
    )

    mail_folder: Path = Field(
        Path(".paystates/mail"),
        description="Where mails are put as files when no mail server is named",
        examples=["mail"],
    )
    smtp_host: str | None = Field(None, description="The mail server", examples=["smtp.contoso.example"])
    smtp_port: Port = Field(587, description="The mail server's port", examples=["587"])
    smtp_starttls: bool = Field(
        default=True,
        description="Whether the connection must be encrypted (STARTTLS)",
        examples=["false"],
    )
    smtp_user: str | None = Field(None, description="The user at the mail server", examples=["billing"])
    smtp_password: SecretStr | None = Field(None, description="That user's password")
    mail_from: str = Field("billing@contoso.example", description="The sender of notices", examples=["billing@contoso.example"])
    link_base: str = Field(
        "https://admin.contoso.example",
        description="What the links in notices begin with, such as the one to settle the balance",
        examples=["https://admin.contoso.example"],
    )

    temporal_address: str | None = Field(
        None,
        validation_alias=AliasChoices("TEMPORAL_ADDRESS", "temporal_address"),
        description="A Temporal server that runs already; without it one is started here",
        examples=["127.0.0.1:7233"],
    )
    temporal_namespace: str = Field(
        "default",
        validation_alias=AliasChoices("TEMPORAL_NAMESPACE", "temporal_namespace"),
        description="The namespace on the Temporal server",
        examples=["default"],
    )
    task_queue: str = Field("paystates", description="The queue between callers and workers", examples=["paystates"])
    server_port: Port = Field(7233, description="The port of the server started here", examples=["7233"])
    ui_port: Port = Field(8233, description="The port of that server's web interface", examples=["8233"])
    server_db: Path | None = Field(
        None,
        description="The file that server keeps its state in (`paystates up`: .paystates/temporal.db if none is named)",
        examples=[".paystates/temporal.db"],
    )

    http_host: str = Field("127.0.0.1", description="Where the HTTP API and the board are served", examples=["0.0.0.0"])  # noqa: S104 - an example, not the default
    http_port: Port = Field(8080, description="The port of the HTTP API and the board", examples=["8080"])

    http_body_seconds: float = Field(
        20, gt=0, le=3600, description="Seconds in which the whole body of a request must have come", examples=["20"]
    )
    http_streams: int = Field(
        50, ge=1, description="How many streams one token may have open at once, in each process that serves", examples=["50"]
    )

    webhook_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="What the secrets of web hooks are derived from: 32 characters of chance or more, in every process the same",
        repr=False,
    )
    webhook_networks: str = Field(
        "",
        description="Networks beside the public ones that web hooks may go to, with commas between them",
        examples=["127.0.0.0/8"],
    )
    provider_webhook_secret: SecretStr | None = Field(
        None, description="The secret with which the payment provider signs its notifications", repr=False
    )
    provider_webhook_secret_former: SecretStr | None = Field(
        None, description="The secret before that, which still counts while it is changed for another", repr=False
    )

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        for one in filter(None, map(str.strip, text.split(","))):
            ip_network(one)
        return text

    @field_validator("book_url")
    @classmethod
    def _book_is_sql(cls, url: str) -> str:
        if not url.startswith(("sqlite", "postgresql")):
            message = "it begins with neither sqlite nor postgresql"
            raise ValueError(message)
        return url

    @field_validator("temporal_address")
    @classmethod
    def _host_and_port(cls, address: str | None) -> str | None:
        if address is not None and not re.fullmatch(r"\S+:\d+", address):
            message = "it is not a host and a port"
            raise ValueError(message)
        return address

    @field_validator("link_base")
    @classmethod
    def _begins_a_link(cls, base: str) -> str:
        if not base.startswith(("http://", "https://")):
            message = "it begins with neither http:// nor https://"
            raise ValueError(message)
        return base.rstrip("/")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if self.bank and self.bank_address:
            message = "PAYSTATES_BANK and PAYSTATES_BANK_ADDRESS name two banks: unset one of them"
            raise ValueError(message)
        if self.smtp_user and self.smtp_password is None:
            message = "PAYSTATES_SMTP_USER is given without a password: set PAYSTATES_SMTP_PASSWORD too, or unset the user"
            raise ValueError(message)
        return self

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of every setting, and what it is for."""
        return {_variable(name): field.description or "" for name, field in cls.model_fields.items()}


def in_plain_words(error: ValidationError) -> list[str]:
    """For each thing wrong with the settings: which variable, what is wrong, what it is for and a right value.

    What was given is repeated, except where it may hold a password.
    """
    return [_sentence(problem["loc"], problem["msg"], problem["input"]) for problem in error.errors()]


def _sentence(place: tuple[int | str, ...], wrong: str, given: object) -> str:
    wrong = wrong.removeprefix("Value error, ").replace("Input should", "it should")
    name = str(place[0]).lower() if place else ""
    if name not in Settings.model_fields:
        return f"{name}: {wrong}." if name else f"{wrong}."
    variable, field = _variable(name), Settings.model_fields[name]
    seen = f" is {given!r}" if field.repr and "password" not in name else ""
    remedy = f"Set it, for example {variable}={field.examples[0]}, or unset it" if field.examples else "Unset it"
    return f"{variable}{seen}: {wrong}. {field.description}. {remedy}."


def _variable(name: str) -> str:
    """The environment variable of a field."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"{_PREFIX}{name.upper()}"
