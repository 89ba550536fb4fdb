"""How the server is set up: every setting is an environment variable, `LEEWAY_` and its name."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _parts(given: object) -> object:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


Comma = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
"""Several values, with commas between them."""


class SettingProblem(Exception):
    """A setting that a server cannot start with; says which, and what to do."""


class Settings(BaseSettings):
    """The settings of a server; a value that is wrong is an error at start."""

    model_config = SettingsConfigDict(env_prefix="LEEWAY_", frozen=True, extra="ignore")

    packs: str = Field("rules", description="The folders in which packs lie, with `:` between them.")
    serve: str = Field(
        "", description="The packs that are served, with commas between them; none: all but those that others use."
    )
    ledger: str = Field("leeway.db", description="Where the ledger is: a file, or `postgresql://user@host/name`.")
    keys: str | None = Field(None, description="Where customers' keys are; none: beside the ledger's file.")
    durability: Literal["strict", "relaxed"] = Field(
        "strict",
        description="What becomes of events while the ledger cannot be written: `strict` refuses the request, "
        "`relaxed` sets them aside in a file and writes them later.",
    )
    host: str = Field("127.0.0.1", description="The address that the server listens at.")
    port: int = Field(8080, ge=0, le=65535, description="The port that it listens at.")
    workers: int = Field(1, ge=1, le=256, description="Processes that answer.")
    threads: int = Field(8, ge=1, le=1024, description="Requests that each process answers at once.")
    queue: int = Field(64, ge=0, description="Requests that may wait in each process; more are refused with 503.")
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="Proxies before the server, whose `X-Forwarded-For` tells callers' addresses; none: it is ignored.",
    )
    drain: timedelta = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        description="How long requests that are being answered have to end when the server stops.",
    )
    body_limit: int = Field(2**20, ge=1024, le=2**26, description="Bytes that the body of a request may have.")
    clock_tolerance: timedelta = Field(
        timedelta(minutes=5), description="How far the `now` of a request may be from the server's clock."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="The address that clients know the server by, `https://host`; none: as each request has it.",
    )
    authzen_context: Literal["full", "none"] = Field(
        "full", description="What AuthZEN decisions say beside yes and no: all that there is, or nothing."
    )
    approval_life: timedelta = Field(timedelta(days=3), description="How long an approval may be asked for and given.")
    rate_limit: str = Field("6000 per minute", description="Requests that each caller may make; empty: any number.")
    rate_limit_store: str = Field("memory://", description="Where requests are counted; `redis://host:port` for many.")
    oidc_issuer: str | None = Field(None, description="The issuer whose tokens are accepted; none: only API keys.")
    oidc_audience: str | None = Field(None, description="The audience that tokens must name.")
    oidc_keys: str | None = Field(
        None, description="Where the issuer's keys are (JWKS): an https address, or a file; none: as it publishes."
    )
    oidc_algorithms: Comma = Field(("RS256", "ES256"), description="The algorithms that tokens may be signed with.")
    watch: bool = Field(True, description="Whether packs are loaded anew when their files change.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    telemetry: bool = Field(
        False, description="Whether OpenTelemetry spans are sent, as its own `OTEL_` variables say."
    )
    insecure_demo: bool = Field(
        False, description="Answer anybody, as demonstration; only at an address of this machine."
    )
    master_key: SecretStr | None = Field(None, description="The master key, base64; read where the keys are opened.")
    master_key_file: Path | None = Field(None, description="A file with the master key.")
    signing_key: Path | None = Field(None, description="The file with the key that signs checkpoints.")

    @model_validator(mode="after")
    def _closed_demo(self) -> Self:
        """Keep what lets anybody do anything within this machine."""
        if self.insecure_demo and not is_loopback(self.host):
            raise ValueError("a demonstration answers anybody, so it listens at 127.0.0.1, ::1 or localhost alone")
        if self.insecure_demo and self.proxies:
            raise ValueError("a demonstration answers anybody, so no proxy may stand before it; unset LEEWAY_PROXIES")
        return self


def is_loopback(host: str) -> bool:
    """Return whether only this machine itself reaches an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def told(problem: ValidationError) -> list[str]:
    """Return what is wrong with the environment, a line for each variable; what it says is not repeated."""
    return [
        f"`LEEWAY_{str(one['loc'][0]).upper()}` is wrong: {_plain(one['msg'])}" if one["loc"] else _plain(one["msg"])
        for one in problem.errors(include_url=False, include_input=False)
    ]


def _plain(message: str) -> str:
    said = message.removeprefix("Value error, ")
    return said[:1].lower() + said[1:].replace("Input", "it") if not said.startswith("Input") else f"it{said[5:]}"
