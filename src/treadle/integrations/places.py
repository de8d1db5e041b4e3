"""Where the calls of tasks go: the built-in cloud, AWS itself, or another endpoint that speaks AWS; one setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from treadle.integrations.models import find_api, service_names

Identity: TypeAlias = Literal["role", "user"]
IDENTITIES: tuple[Identity, ...] = ("role", "user")

# These calls stay here whatever is set: executions are this server's own.
_OWN = frozenset({"stepfunctions"})


class Place(Struct, frozen=True):
    """`url` is None for the built-in cloud and for AWS."""

    name: str  # as a user writes it: "cloud", "aws", or the URL
    url: str | None = None


CLOUD, AWS = Place("cloud"), Place("aws")


class Calls(Struct, frozen=True):
    """The place of every service. Outside the built-in cloud a task runs as its `role`, which is assumed there, or
    with the credentials of the `user` who runs treadle."""

    default: Place = CLOUD
    services: dict[str, Place] = {}  # by botocore's name
    identity: Identity = "role"

    def place(self, service: str) -> Place:
        """Where calls of a service (botocore's name) go."""
        return CLOUD if service in _OWN else self.services.get(service, self.default)

    def roles_from(self, service: str) -> Place:
        """Where a role is assumed for calls of a service: there, too, unless `sts` has a place of its own."""
        return self.services.get("sts") or self.place(service)

    def told(self) -> str:
        """In one line, for people: "aws (as the user), s3 to http://localhost:9000"."""
        parts = [self.default.name, *(f"{name} to {place.name}" for name, place in sorted(self.services.items()))]
        away = any(place != CLOUD for place in (self.default, *self.services.values()))
        whose = "the user's credentials" if self.identity == "user" else "the tasks' roles"
        return ", ".join(parts) + (f", with {whose}" if away else "")


HERE = Calls()


def place(text: str) -> Place:
    """The place that `text` names. Raises ValueError with a sentence for people."""
    match text.strip():
        case "cloud":
            return CLOUD
        case "aws":
            return AWS
        case url:
            try:
                parts = urlsplit(url)
                sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
            except ValueError:
                sound = False
            if not sound:
                raise ValueError(f"{text!r} is no place for calls: write cloud, aws or the URL of an endpoint")
            return Place(url, url.rstrip("/"))


def service(text: str) -> str:
    """botocore's name of a service; also found by the names Step Functions uses. Raises ValueError."""
    name = text.strip().lower()
    if name not in service_names():
        api = find_api(name)
        if api is None:
            raise ValueError(f"no AWS service is called {text!r}")
        name = api.name
    if name in _OWN:
        raise ValueError("calls of Step Functions stay here: its executions are this server's own")
    return name


def overrides(pairs: Iterable[str]) -> dict[str, str]:
    """`SERVICE=PLACE` texts as a mapping. Raises ValueError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, where = pair.partition("=")
        if not separator or not name.strip() or not where.strip():
            raise ValueError(f"{pair!r}: write SERVICE=PLACE, as in s3=aws")
        found[name] = where
    return found


def calls(default: str | None, services: Mapping[str, str], identity: str | None) -> Calls:
    """The setting as texts say it. Raises ValueError with a sentence for people."""
    found = {service(name): place(where) for name, where in services.items()}
    for known in IDENTITIES:
        if identity in (None, known):
            return Calls(CLOUD if default is None else place(default), found, known)
    raise ValueError(f"{identity!r} is nobody to call as: write role or user")
