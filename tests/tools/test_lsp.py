"""The language server as an editor drives it: over standard input and output."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("pygls")
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from treadle.tools.lint import mended
from treadle.tools.lsp import language
from treadle.tools.lsp.complete import complete
from treadle.tools.lsp.placeholders import fillings
from treadle.tools.lsp.server import Opened, Places, formatted
from treadle.tools.source import Edit, apply
from treadle.tools.source.layout import format_json, format_yaml
from treadle.tools.source.yamltext import dump_yaml

TEXT = """{
  "Comment": "🎈 orders",
  "StartAt": "Call",
  "States": {
    "Call": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "work"},
      "Next": "Which?"
    },
    "Which?": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.ok", "BooleanEquals": true, "Next": "Call"}],
      "Default": "Each"
    },
    "Each": {
      "Type": "Map",
      "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "Result": 1, "End": true}}},
      "End": true
    }
  }
}
"""
URI = "file:///project/orders.asl.json"


class Editor:
    """A client that keeps what the server publishes."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    async def open(self, text: str, uri: str = URI, language: str = "asl") -> list[types.Diagnostic]:
        item = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.told()

    async def told(self) -> list[types.Diagnostic]:
        return list((await asyncio.wait_for(self.published.get(), 30)).diagnostics)


@pytest.fixture
async def editor() -> AsyncIterator[Editor]:
    client = LanguageClient("tests", "1")
    editor = Editor(client)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        editor.published.put_nowait(params)

    await client.start_io(sys.executable, "-m", "treadle", "lsp", "--stdio")
    await client.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
    client.initialized(types.InitializedParams())
    yield editor
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


def at(text: str, words: str, inside: int = 1) -> types.Position:
    """The place of `words` in a text, so many characters into them."""
    offset = text.index(words) + inside
    line = text.count("\n", 0, offset)
    start = text.rfind("\n", 0, offset) + 1
    return types.Position(line, len(text[start:offset].encode("utf-16-le")) // 2)


def here(words: str, inside: int = 1) -> dict[str, Any]:
    return {"text_document": types.TextDocumentIdentifier(URI), "position": at(TEXT, words, inside)}


def offset(text: str, position: types.Position) -> int:
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: position.line])
    units = lines[position.line].encode("utf-16-le")[: position.character * 2]
    return before + len(units.decode("utf-16-le"))


def changed(text: str, edit: types.WorkspaceEdit | None) -> str:
    assert edit is not None and edit.changes is not None
    edits = edit.changes[URI]
    return apply(text, [Edit(offset(text, e.range.start), offset(text, e.range.end), e.new_text) for e in edits])


async def test_diagnostics_follow_the_text(editor: Editor) -> None:
    (told,) = await editor.open(TEXT)
    assert (told.code, told.severity, told.range.start) == (
        "TR203",
        types.DiagnosticSeverity.Warning,
        at(TEXT, '"Call": {', 0),
    )
    broken = TEXT.replace('"Default": "Each"', '"Default": "Eech"')
    change = types.TextDocumentContentChangeWholeDocument(text=broken)
    identifier = types.VersionedTextDocumentIdentifier(version=2, uri=URI)
    editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
    assert {each.code for each in await editor.told()} == {"TR105", "TR106", "TR203"}
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(URI)))
    assert await editor.told() == []


async def test_fixes_are_code_actions(editor: Editor) -> None:
    (told,) = await editor.open(TEXT)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(URI), told.range, types.CodeActionContext(diagnostics=[told])
    )
    actions = await editor.client.text_document_code_action_async(params)
    fix, silence, everything = [each for each in actions or [] if isinstance(each, types.CodeAction)]
    assert fix.title == "Retry Lambda's passing errors"
    assert "Retry" in json.loads(changed(TEXT, fix.edit))["States"]["Call"]
    assert json.loads(changed(TEXT, silence.edit))["States"]["Call"]["Comment"] == "lint-ignore: TR203"
    assert everything.kind == "source.fixAll.treadle"
    assert changed(TEXT, everything.edit) == changed(TEXT, fix.edit)


async def test_states_are_found_and_renamed(editor: Editor) -> None:
    await editor.open(TEXT)
    found = await editor.client.text_document_definition_async(types.DefinitionParams(**here('"Each"\n')))
    assert isinstance(found, types.Location) and found.range.start == at(TEXT, '"Each": {', 0)
    params = types.ReferenceParams(**here('"Call": {'), context=types.ReferenceContext(include_declaration=True))
    mentions = await editor.client.text_document_references_async(params)
    assert [each.range.start.line for each in mentions or []] == [4, 2, 12]
    renamed = await editor.client.text_document_rename_async(types.RenameParams(**here('"Call"}'), new_name='Ask "it"'))
    machine = json.loads(changed(TEXT, renamed))
    assert machine["StartAt"] == 'Ask "it"' == machine["States"]["Which?"]["Choices"][0]["Next"]
    assert 'Ask "it"' in machine["States"]
    with pytest.raises(Exception, match="There is a state One already"):
        await editor.client.text_document_rename_async(types.RenameParams(**here('"Call"}'), new_name="One"))


async def test_the_outline_has_states_inside_states(editor: Editor) -> None:
    await editor.open(TEXT)
    params = types.DocumentSymbolParams(types.TextDocumentIdentifier(URI))
    found = list(await editor.client.text_document_document_symbol_async(params) or [])
    assert [(each.name, each.detail) for each in found if isinstance(each, types.DocumentSymbol)] == [
        ("Call", "Task"),
        ("Which?", "Choice"),
        ("Each", "Map"),
    ]
    last = found[-1]
    assert isinstance(last, types.DocumentSymbol) and [each.name for each in last.children or []] == ["One"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('"Default"', "**Default**"),
        ('"Choice",', "Goes on by the first of its rules"),
        ('"arn:aws:states:::lambda:invoke"', "**lambda:invoke**  \ngoes on with the answer of the call"),
        ('"Each"\n', "**Each** — Map"),
        ('"Variable"', "**Variable**"),
    ],
)
async def test_hovering_explains(editor: Editor, words: str, told: str) -> None:
    await editor.open(TEXT)
    found = await editor.client.text_document_hover_async(types.HoverParams(**here(words)))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert told in found.contents.value


async def test_completion_over_the_wire(editor: Editor) -> None:
    await editor.open(TEXT)
    found = await editor.client.text_document_completion_async(types.CompletionParams(**here('"Which?"\n')))
    assert isinstance(found, types.CompletionList)
    assert [item.label for item in found.items] == ["Call", "Which?", "Each"]


OPTIONS = types.FormattingOptions(tab_size=8, insert_spaces=False)


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        (URI, '{"StartAt": "A",\n  "States": {"A": {"Type": "Pass",\n      "End": true}}}\n'),
        ("file:///a.asl.yaml", "StartAt:   A\nStates:\n    A:\n        Type: Pass   # yes\n        End: true\n"),
    ],
)
async def test_the_editor_formats_as_the_command_does(editor: Editor, uri: str, text: str) -> None:
    await editor.open(text, uri)
    document = types.TextDocumentIdentifier(uri)
    edits = await editor.client.text_document_formatting_async(types.DocumentFormattingParams(document, OPTIONS))
    wanted = format_yaml(text) if uri.endswith("yaml") else format_json(text)
    assert edited(text, edits) == wanted != text


async def test_a_part_is_formatted_without_the_rest(editor: Editor) -> None:
    text = """{
  "StartAt": "A",
  "States": {
    "A": { "Type": "Pass",   "Next": "B" },
    "B": {
      "Type":   "Succeed"
    }
  }
}
"""
    await editor.open(text)
    place = types.Range(types.Position(5, 0), types.Position(5, 10))
    params = types.DocumentRangeFormattingParams(types.TextDocumentIdentifier(URI), place, OPTIONS)
    edits = await editor.client.text_document_range_formatting_async(params)
    assert edited(text, edits) == text.replace('"Type":   "Succeed"', '"Type": "Succeed"')


async def test_what_cannot_be_read_is_not_formatted(editor: Editor) -> None:
    for text, uri in (('{"StartAt": ', URI), ('{"name": "package"}', "file:///package.json")):
        await editor.open(text, uri)
        asked = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), OPTIONS)
        assert not await editor.client.text_document_formatting_async(asked)


def edited(text: str, edits: Any) -> str:
    """The text with the editor's edits."""
    places = Places(text)
    made = [Edit(places.offset(it.range.start), places.offset(it.range.end), it.new_text) for it in edits or ()]
    return apply(text, made)


def test_placeholders_are_those_that_are_filled_in(tmp_path: Path) -> None:
    definition = tmp_path / "infra" / "flow" / "a.asl.json"
    definition.parent.mkdir(parents=True)
    text = JSON % ("JSONPath", "Task", '"Resource": "${other}", "Comment": "${"')
    definition.write_text(text)
    code = 'definition = templatefile("${path.module}/flow/a.asl.json", { worker_arn = 1, other = 2 })'
    (tmp_path / "infra" / "main.tf").write_text(f'resource "aws_sfn_state_machine" "a" {{\n  {code}\n}}\n')
    assert fillings(definition) == {"worker_arn", "other"}
    offset = text.index('${"') + 2
    offers = complete(text, "a.asl.json", offset, fillings(definition))
    assert [offer.label for offer in offers] == ["other", "worker_arn"]
    (chosen,) = (offer for offer in offers if offer.label == "worker_arn")
    assert '"Comment": "${worker_arn}"' in apply(text, [Edit(chosen.start, chosen.end, chosen.text)])
    assert [offer.label for offer in complete(text, "a.asl.json", offset)] == ["other"], "used elsewhere"


@pytest.mark.parametrize("seed", range(6))
def test_a_text_that_is_being_written_breaks_nothing(seed: int) -> None:
    """Pieces are cut out and put in anywhere; whatever an editor asks is answered."""
    luck = Random(seed)
    pieces = ['"', "{", "}", "[", ",", ":", "${", "{%", "\n", "\x00", "🎈", "\ufeff", "\\u12", "- ", "&a ", "<<E\n"]
    heredoc = f'resource "aws_sfn_state_machine" "x" {{\n  definition = <<EOF\n{TEXT}EOF\n}}\n'
    for text, name in ((TEXT, "x.asl.json"), (dump_yaml(json.loads(TEXT)), "x.asl.yaml"), (heredoc, "x.tf")) * 6:
        for _ in range(luck.randint(1, 3)):
            start = luck.randrange(len(text) + 1)
            end = start + luck.choice([0, 1, 5, 40, 200])
            text = text[:start] + luck.choice([*pieces, ""]) + text[end:]
        file = Opened(f"file:///{name}", text, None)
        mended(file.text, file.findings, unsafe=True)
        formatted(file, 0, len(text))
        for _ in range(4):
            offset = luck.randrange(len(text) + 1)
            document, there = file.at(file.places.position(offset))
            language.symbols(document)
            language.hover(document, there)
            state = language.state_at(document, there)
            if state is not None:
                language.renamed(document, state, 'new "name"')
            complete(text, file.name, offset, ("given",))


async def test_the_graph_is_drawn_with_the_places_of_its_states(editor: Editor) -> None:
    await editor.open(TEXT)
    found = await editor.client.protocol.send_request_async("treadle/graph", {"uri": URI, "theme": "dark"})
    assert found.svg.startswith("<svg")
    places = found.places._asdict() if hasattr(found.places, "_asdict") else vars(found.places)
    assert len(places) == 4
    await editor.open("StartAt: A\nStates: {A: {Type: Succeed}}", "file:///x.asl.yaml", "asl-yaml")
    other = await editor.client.protocol.send_request_async("treadle/graph", {"uri": "file:///x.asl.yaml"})
    assert other.svg.startswith("<svg")
    await editor.open("{", "file:///y.asl.json")
    broken = await editor.client.protocol.send_request_async("treadle/graph", {"uri": "file:///y.asl.json"})
    assert broken.problem


JSON = '{"StartAt": "A", "QueryLanguage": "%s", "States": {\n"A": {"Type": "%s",\n%s\n}, "B": {"Type": "Succeed"}}}'
YAML = "StartAt: A\nQueryLanguage: %s\nStates:\n  A:\n    Type: %s\n    %s\n  B:\n    Type: Succeed\n"


@pytest.mark.parametrize(
    ("type", "line", "offered"),
    [
        ("Task", '"Ne|', "Next"),
        ("Task", "|", "Resource"),
        ("Task", '"Next": "|', "B"),
        ("Task", '"Next": |', "B"),
        ("Task", '"Resource": "lamb|"', "arn:aws:states:::lambda:invoke.waitForTaskToken"),
        ("Task", '"Resource": "arn:aws:states:::aws-sdk:s3:getObj|"', "arn:aws:states:::aws-sdk:s3:getObject"),
        ("Task", '"Retry": [{"|": ["States.ALL"]}]', "MaxAttempts"),
        ("Task", '"Retry": [{"ErrorEquals": ["Sta|"]}]', "States.Timeout"),
        ("Task", '"Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "|"}]', "FULL"),
        ("Pass", '"Parameters": {"x.$": "States.|"}', "States.Format()"),
        ("Pass", '"Parameters": {"x.$": "$$.|"}', "$$.Execution.Id"),
        ("Choice", '"Choices": [{"Var|', "Variable"),
        ("Choice", '"Choices": [{"Variable": "$.x", "Num|": 1}]', "NumericEquals"),
        ("Map", '"ItemProcessor": {"ProcessorConfig": {"Mode": "D|"}}', "DISTRIBUTED"),
    ],
)
def test_json_is_completed(type: str, line: str, offered: str) -> None:
    text = JSON % ("JSONPath", type, line)
    place = text.index("|")
    text = text.replace("|", "", 1)
    offers = complete(text, "x.asl.json", place)
    assert offered in [each.label for each in offers]
    offer = next(each for each in offers if each.label == offered)
    assert offer.start <= place <= offer.end
    assert offered in apply(text, [Edit(offer.start, offer.end, offer.text)])


@pytest.mark.parametrize(
    ("type", "line", "offered"),
    [
        ("Task", "Ne|", "Next"),
        ("Task", "|", "Resource"),
        ("Task", "Next: |", "B"),
        ("Task", "Resource: arn:aws:states:::sqs|", "arn:aws:states:::sqs:sendMessage"),
        ("Pass", "Output: '{% $sta|'", "$states.input"),
        ("Pass", "Output: '{% $su|'", "$sum"),
    ],
)
def test_yaml_is_completed(type: str, line: str, offered: str) -> None:
    text = YAML % ("JSONata", type, line)
    place = text.index("|")
    text = text.replace("|", "", 1)
    offers = complete(text, "x.asl.yaml", place)
    assert offered in [each.label for each in offers], [each.label for each in offers][:20]


def test_data_gets_no_fields() -> None:
    text = JSON % ("JSONPath", "Task", '"Parameters": {"x": {"|"}}')
    place = text.index("|")
    assert complete(text.replace("|", "", 1), "x.asl.json", place) == []
