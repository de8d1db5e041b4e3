"""Where the calls of tasks go, from options, environment and `treadle.toml`; the first that says something decides."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.cli.client import Complaint

if TYPE_CHECKING:
    from treadle.integrations.places import Calls

FILE = Path("treadle.toml")


def add_calls(verb: argparse.ArgumentParser) -> None:
    """The options; each may stand in the environment or in the file instead."""
    group = verb.add_argument_group("where calls of tasks go")
    group.add_argument(
        "--calls",
        metavar="PLACE",
        help="cloud (built in, default), aws (for real, with your credentials), or the URL of an endpoint",
    )
    group.add_argument(
        "--calls-for",
        action="append",
        default=[],
        metavar="SERVICE=PLACE",
        help="the place of one service, as in s3=aws or dynamodb=http://localhost:8000; may be repeated",
    )
    group.add_argument(
        "--calls-as",
        choices=("role", "user"),
        help="outside the built-in cloud: as the task's role, assumed with your credentials (default), or as you",
    )
    group.add_argument("--config", type=Path, metavar="FILE", help=f"settings (default: {FILE} if there is one)")


def chosen(options: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Calls:
    """The setting. Raises Complaint."""
    from treadle.integrations.places import HERE, calls, overrides

    told = _file(options.config)
    default = options.calls or environment.get("TREADLE_CALLS") or told.get("default")
    identity = options.calls_as or environment.get("TREADLE_CALLS_AS") or told.get("as")
    try:
        listed = [pair for pair in environment.get("TREADLE_CALLS_FOR", "").split(",") if pair.strip()]
        services = dict(told.get("for") or {}) | overrides(listed) | overrides(options.calls_for)
        return calls(default, services, identity) if default or identity or services else HERE
    except ValueError as problem:
        raise Complaint(str(problem)) from None


def arguments(options: argparse.Namespace) -> list[str]:
    """The options as they were given, for a server in the background."""
    pairs = [("--calls", options.calls), ("--calls-as", options.calls_as), ("--config", options.config)]
    pairs += [("--calls-for", pair) for pair in options.calls_for]
    return [text for name, value in pairs if value is not None for text in (name, str(value))]


def _file(given: Path | None) -> dict[str, Any]:
    """The section [calls]; everything in it is text. Raises Complaint for what it does not know."""
    place = given or FILE
    if given is None and not place.exists():
        return {}
    import tomllib

    try:
        found = tomllib.loads(place.read_text())
    except (OSError, ValueError) as problem:
        raise Complaint(f"{place} cannot be read: {problem}") from None
    section = found.get("calls", {})
    if not isinstance(section, dict):
        raise Complaint(f"{place}: [calls] is a section")
    strange = sorted(
        {*(found.keys() - {"calls"}), *(f"calls.{name}" for name in section.keys() - {"default", "as", "for"})}
    )
    if strange:
        raise Complaint(f"{place}: unknown: {', '.join(strange)} (known: calls.default, calls.as, calls.for)")
    services = section.get("for", {})
    texts = [
        section.get("default", ""),
        section.get("as", ""),
        *(services.values() if isinstance(services, dict) else [0]),
    ]
    if not all(isinstance(text, str) for text in texts):
        raise Complaint(f"{place}: calls.default, calls.as and what stands in [calls.for] are texts")
    return section
