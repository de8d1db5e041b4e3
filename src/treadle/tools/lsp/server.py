"""`treadle lsp`: the Language Server Protocol over standard input and output, by pygls."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from treadle.tools.graph import to_svg
from treadle.tools.layout import NoDefinition, draw
from treadle.tools.lint import BY_ID, Finding, check, mended
from treadle.tools.lsp import language
from treadle.tools.lsp.complete import Offer, complete, in_placeholder
from treadle.tools.lsp.placeholders import fillings
from treadle.tools.source import Document, Edit, find, insert, is_definition, read, replace, unescape
from treadle.tools.source.layout import Unformattable, format_json, format_yaml, line_edits

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_KINDS = {
    "field": types.CompletionItemKind.Property,
    "state": types.CompletionItemKind.Reference,
    "value": types.CompletionItemKind.EnumMember,
    "resource": types.CompletionItemKind.Method,
    "error": types.CompletionItemKind.Constant,
    "function": types.CompletionItemKind.Function,
    "variable": types.CompletionItemKind.Variable,
}
_FIX_ALL = "source.fixAll.treadle"


class Places:
    """Offsets of a text as lines and columns in UTF-16 code units, the protocol's own, and back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(index + 1 for index, char in enumerate(text) if char == "\n")]

    def position(self, offset: int) -> types.Position:
        line = bisect_right(self.starts, offset) - 1
        return types.Position(line, _units(self.text[self.starts[line] : offset]))

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(end))

    def offset(self, position: types.Position) -> int:
        if position.line >= len(self.starts):
            return len(self.text)
        start = self.starts[position.line]
        end = self.starts[position.line + 1] - 1 if position.line + 1 < len(self.starts) else len(self.text)
        units = 0
        for index in range(start, end):
            if units >= position.character:
                return index
            units += 2 if ord(self.text[index]) > 0xFFFF else 1
        return end


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Opened:
    """A document of the editor, read."""

    def __init__(self, uri: str, text: str, language_id: str | None) -> None:
        self.uri = uri
        self.text = text
        self.places = Places(text)
        self.name = _name(uri, language_id)

    def documents(self, text: str | None = None) -> list[tuple[Document, Any]]:
        """The definitions in it, each with the infrastructure code around it."""
        text = self.text if text is None else text
        found = find(text, self.name)
        if not found and not self.name.endswith(".tf"):
            return []
        return [(each.document, each.deployment) for each in found if each.document is not None]

    def at(self, position: types.Position) -> tuple[Document, int]:
        """The definition around a position."""
        offset = self.places.offset(position)
        found = [document for document, _ in self.documents()]
        for document in found:
            if document.root is not None and document.root.start <= offset <= document.root.end:
                return document, offset
        return (found[0] if found else read(self.text, self.name)), offset

    def findings(self, text: str | None = None) -> tuple[Finding, ...]:
        made: list[Finding] = []
        for document, deployment in self.documents(text):
            made += check(document, deployment.type if deployment is not None else None, deployment)
        return tuple(made)

    def edits(self, edits: Sequence[Edit]) -> types.WorkspaceEdit:
        changes = [types.TextEdit(self.places.range(each.start, each.end), each.text) for each in edits]
        return types.WorkspaceEdit(changes={self.uri: changes})


def _path(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


def _name(uri: str, language_id: str | None) -> str:
    """A file name that says how the text is to be read."""
    name = uri.rpartition("/")[2].lower()
    if name.endswith((".tf", ".json", ".yaml", ".yml", ".asl")):
        return name
    return f"{name}.asl.yaml" if language_id in ("asl-yaml", "yaml") else f"{name}.asl.json"


def make(version: str) -> LanguageServer:
    """The server with all it can do."""
    server = LanguageServer("treadle", version)

    def opened(uri: str) -> Opened:
        document = server.workspace.get_text_document(uri)
        return Opened(uri, document.source, document.language_id)

    def publish(uri: str) -> None:
        found = [_diagnostic(each, opened(uri).places) for each in opened(uri).findings()]
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, _FIX_ALL]),
    )
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return _actions(opened(params.text_document.uri), params)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', ":", ".", "$", " ", "{"])
    )
    def completion(params: types.CompletionParams) -> types.CompletionList:
        file = opened(params.text_document.uri)
        offset = file.places.offset(params.position)
        given = fillings(_path(file.uri)) if in_placeholder(file.text, offset) else ()
        offers = complete(file.text, file.name, offset, given)
        return types.CompletionList(is_incomplete=True, items=[_item(each, file) for each in offers])

    _navigation(server, opened)
    _formatting(server, opened)

    @server.feature("treadle/graph")
    def graph(params: Any) -> dict[str, Any]:
        return _graph(opened(params.uri), getattr(params, "theme", "light"))

    return server


def _formatting(server: LanguageServer, opened: Callable[[str], Opened]) -> None:
    """`treadle fmt` in the editor. What cannot be formatted (not readable yet, Terraform) stays as it is."""

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def whole(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        file = opened(params.text_document.uri)
        return formatted(file, 0, len(file.text))

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING)
    def part(params: types.DocumentRangeFormattingParams) -> list[types.TextEdit] | None:
        file = opened(params.text_document.uri)
        return formatted(file, file.places.offset(params.range.start), file.places.offset(params.range.end))


def formatted(file: Opened, start: int, end: int) -> list[types.TextEdit] | None:
    if file.name.endswith(".tf") or not any(is_definition(each) for each, _ in file.documents()):
        return None
    try:
        made = format_yaml(file.text) if file.name.endswith((".yaml", ".yml")) else format_json(file.text)
    except Unformattable:
        return None
    edits = line_edits(file.text, made, start, end)
    return [types.TextEdit(file.places.range(each.start, each.end), each.text) for each in edits]


def _navigation(server: LanguageServer, opened: Callable[[str], Opened]) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        file = opened(params.text_document.uri)
        found = language.hover(*file.at(params.position))
        if found is None:
            return None
        text = types.MarkupContent(types.MarkupKind.Markdown, found[0])
        return types.Hover(text, file.places.range(*found[1]))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> types.Location | None:
        file = opened(params.text_document.uri)
        span = language.definition(*file.at(params.position))
        return None if span is None else types.Location(file.uri, file.places.range(*span))

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        file = opened(params.text_document.uri)
        document, offset = file.at(params.position)
        state = language.state_at(document, offset)
        spans = language.mentions(document, state) if state is not None else []
        own = language.definition(document, offset)
        if own is not None and params.context.include_declaration:
            spans.insert(0, own)
        return [types.Location(file.uri, file.places.range(*span)) for span in spans]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        file = opened(params.text_document.uri)
        document, offset = file.at(params.position)
        state = language.state_at(document, offset)
        if state is None or document.member(state) is None:
            return None
        member, node = document.member(document.pointer_at(offset)), document.node(document.pointer_at(offset))
        here = member if member is not None and member.start <= offset <= member.end else node
        if here is None:
            return None
        name = unescape(state.rpartition("/")[2])
        return types.PrepareRenamePlaceholder(file.places.range(here.start, here.end), name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        file = opened(params.text_document.uri)
        document, offset = file.at(params.position)
        state = language.state_at(document, offset)
        edits = language.renamed(document, state, params.new_name) if state is not None else "There is no state here"
        if isinstance(edits, str):
            raise JsonRpcInvalidParams(edits)
        return file.edits(edits)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        file = opened(params.text_document.uri)
        found = [symbol for document, _ in file.documents() for symbol in language.symbols(document)]
        return [_symbol(each, file.places) for each in found]


def _symbol(symbol: language.Symbol, places: Places) -> types.DocumentSymbol:
    whole = (min(symbol.span[0], symbol.title[0]), max(symbol.span[1], symbol.title[1]))
    return types.DocumentSymbol(
        name=symbol.name,
        detail=symbol.detail,
        kind=types.SymbolKind.Class if symbol.children else types.SymbolKind.Function,
        range=places.range(*whole),
        selection_range=places.range(*symbol.title),
        children=[_symbol(each, places) for each in symbol.children],
    )


def _diagnostic(finding: Finding, places: Places) -> types.Diagnostic:
    unneeded = finding.rule in ("TR106", "TR402", "TR606")
    return types.Diagnostic(
        range=places.range(finding.start, finding.end),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source="treadle",
        tags=[types.DiagnosticTag.Unnecessary] if unneeded else None,
    )


def _actions(file: Opened, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The fixes of what is in the range, a way to silence each, and all safe fixes at once."""
    start, end = file.places.offset(params.range.start), file.places.offset(params.range.end)
    only = params.context.only
    actions: list[types.CodeAction] = []
    everything = file.findings()
    for finding in everything:
        if finding.end < start or finding.start > end or (only and types.CodeActionKind.QuickFix not in only):
            continue
        told = [_diagnostic(finding, file.places)]
        if finding.fix is not None:
            edit = file.edits(finding.fix.edits)
            actions.append(
                types.CodeAction(finding.fix.title, types.CodeActionKind.QuickFix, told, finding.fix.safe, edit=edit)
            )
        silence = _silence(file, finding)
        if silence is not None:
            title = f"Ignore {finding.rule} {BY_ID[finding.rule].name} here"
            actions.append(types.CodeAction(title, types.CodeActionKind.QuickFix, told, edit=file.edits([silence])))
    if any(each.fix is not None and each.fix.safe for each in everything) and _wants_all(only):
        new, _ = mended(file.text, file.findings)
        edit = file.edits([Edit(0, len(file.text), new)])
        actions.append(types.CodeAction("Fix all that is safe to fix", _FIX_ALL, edit=edit))
    return actions


def _wants_all(only: Sequence[str] | None) -> bool:
    return not only or any(kind == _FIX_ALL or _FIX_ALL.startswith(f"{kind}.") for kind in only)


def _silence(file: Opened, finding: Finding) -> Edit | None:
    """`lint-ignore` in the Comment of the state around a finding."""
    if BY_ID[finding.rule].severity == "error" and finding.rule.startswith("TR1"):
        return None  # AWS would refuse it all the same
    pointer = finding.pointer
    while pointer and not language.is_state(pointer):
        pointer = pointer.rpartition("/")[0]
    for document, _ in file.documents():
        node = document.node(pointer)
        if node is None or document.root is None or not document.root.start <= finding.start <= document.root.end:
            continue
        comment = node.get("Comment")
        if comment is None:
            return insert(document, pointer, "Comment", f"lint-ignore: {finding.rule}", after="Type")
        return replace(document, f"{pointer}/Comment", f"{comment.value} lint-ignore: {finding.rule}")
    return None


def _item(offer: Offer, file: Opened) -> types.CompletionItem:
    words = types.MarkupContent(types.MarkupKind.Markdown, offer.documentation) if offer.documentation else None
    return types.CompletionItem(
        label=offer.label,
        kind=_KINDS[offer.kind],
        detail=offer.detail or None,
        documentation=words,
        # What the editor compares with the text in the range, quotes included.
        filter_text=offer.text,
        text_edit=types.TextEdit(file.places.range(offer.start, offer.end), offer.text),
    )


def _graph(file: Opened, theme: str) -> dict[str, Any]:
    """The picture of the first definition, and where the name of each of its states stands."""
    found = [document for document, _ in file.documents()] or [read(file.text, file.name)]
    document = found[0]
    if document.root is None:
        return {"problem": document.problems[0].message if document.problems else "There is nothing to draw"}
    try:
        drawing = draw(json.dumps(document.value))
    except NoDefinition as problem:
        return {"problem": str(problem)}
    places = {
        pointer: {"start": _plain(span.start), "end": _plain(span.end)}
        for pointer, _ in document.walk()
        if language.is_state(pointer) and (member := document.member(pointer)) is not None
        for span in [file.places.range(member.start, member.end)]
    }
    return {"svg": to_svg(drawing, "dark" if theme == "dark" else "light", file.name), "places": places}


def _plain(position: types.Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
