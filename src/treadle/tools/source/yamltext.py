"""YAML as JSON: the core schema of YAML 1.2, so that `on`, `no` and dates stay the texts they look like."""

from __future__ import annotations

import re
from typing import Any

import yaml

from treadle.values import Json


class _Loader(yaml.SafeLoader):
    """SafeLoader with fewer guesses, and without silently dropping a member that is written twice."""


class Composer(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Makes nodes with their marks, many times faster where libyaml is at hand."""


class _Dumper(yaml.SafeDumper):
    """Quotes what an older reader would take for something else than the text it is: `on`, `2026-01-01`."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[str, Json]:
    loader.flatten_mapping(node)
    made: dict[str, Json] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        name = key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)
        if name in made:
            raise yaml.MarkedYAMLError(problem=f"'{name}' is written twice", problem_mark=key_node.start_mark)
        made[name] = loader.construct_object(value_node, deep=True)
    return made


_RESOLVERS = {
    "tag:yaml.org,2002:bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    "tag:yaml.org,2002:null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "tag:yaml.org,2002:int": (re.compile(r"^[-+]?[0-9]+$"), "-+0123456789"),
    "tag:yaml.org,2002:float": (
        re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+(?:[eE][-+]?[0-9]+)?)$"),
        "-+0123456789.",
    ),
    "tag:yaml.org,2002:merge": (re.compile(r"^<<$"), "<"),
}
for _kind in (_Loader, Composer, _Dumper):
    if _kind is not _Dumper:
        _kind.yaml_implicit_resolvers = {}
    for _tag, (_pattern, _first) in _RESOLVERS.items():
        _kind.add_implicit_resolver(_tag, _pattern, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def load_yaml(text: str) -> Json:
    """Raises ValueError with the place of what is wrong."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as problem:
        raise ValueError(f"this is no YAML: {' '.join(str(problem).split())}") from None


def dump_yaml(value: Json) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))
