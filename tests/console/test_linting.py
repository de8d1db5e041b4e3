"""The editor's findings: the linter over the console's API, with places as JavaScript counts them."""

from __future__ import annotations

from typing import Any

from .test_console import ask


async def lint(endpoint: str, **question: Any) -> Any:
    return (await ask(endpoint, "POST", "/_treadle/api/lint", body=question)).json["findings"]


async def test_findings_have_places_and_fixes(endpoint: str) -> None:
    text = (
        '{"Comment": "🎈🎈", "StartAt": "A", "States": '
        '{"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",'
        ' "Parameters": {"FunctionName": "f"}, "End": true}}}'
    )
    (finding,) = await lint(endpoint, definition=text)
    assert (finding["rule"], finding["severity"], finding["pointer"]) == ("TR203", "warning", "/States/A")
    units = text.encode("utf-16-le")
    assert units[2 * finding["start"] : 2 * finding["end"]].decode("utf-16-le") == '"A"'
    assert finding["fix"]["safe"] is True
    (edit,) = finding["fix"]["edits"]
    mended = (
        units[: 2 * edit["start"]].decode("utf-16-le") + edit["text"] + units[2 * edit["end"] :].decode("utf-16-le")
    )
    assert await lint(endpoint, definition=mended) == []


async def test_drafts_and_yaml_are_read(endpoint: str) -> None:
    assert [each["rule"] for each in await lint(endpoint, definition='{"StartAt": ')] == ["TR101", "TR101"]
    assert await lint(endpoint, definition="StartAt: A\nStates: {A: {Type: Succeed}}") == []
    waits = "StartAt: A\nStates: {A: {Type: Wait, Seconds: 900, End: true}}"
    assert [each["rule"] for each in await lint(endpoint, definition=waits, type="EXPRESS")] == ["TR214"]
