"""The catalogue knows what the language lets a Task name, or says loudly that it does not."""

import subprocess
import sys

import pytest

from treadle.asl.resource import OPTIMIZED, parse_resource, suffix
from treadle.integrations.catalog import find, known

# What the language knows and treadle refuses.
REFUSED = {
    "eks:runJob",
    "eks:call",
}
EVERY = [
    (f"{service}:{action}", pattern)
    for service, actions in OPTIMIZED.items()
    for action, patterns in actions.items()
    for pattern in patterns
]


@pytest.mark.parametrize(("name", "pattern"), EVERY)
def test_every_optimized_integration_is_performed_or_refused_at_creation(name: str, pattern: str) -> None:
    resource = parse_resource(f"arn:aws:states:::{name}{suffix(pattern)}")  # type: ignore[arg-type]
    assert resource is not None
    found = find(resource)
    if name in REFUSED:
        assert found is None
        assert known(resource) == f"treadle does not perform {name}{suffix(pattern)}"  # type: ignore[arg-type]
        return
    assert known(resource) is None
    assert found is not None and pattern in found.patterns
    assert (found.job is not None) == (pattern in ("sync", "sync:2"))


def test_the_catalogue_loads_neither_botocore_nor_a_model() -> None:
    code = (
        "import sys; from treadle.integrations.catalog import find, known;"
        "from treadle.asl.resource import parse_resource;"
        "r = parse_resource('arn:aws:states:::lambda:invoke'); assert find(r) and known(r) is None;"
        "sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_functions_and_activities_are_known_by_their_arn() -> None:
    for arn in ("arn:aws:lambda:us-east-1:1:function:f", "arn:aws:states:us-east-1:1:activity:a"):
        resource = parse_resource(arn)
        assert resource is not None
        assert known(resource) is None
        assert find(resource) is not None
