// CodeMirror, loaded when an editor is first shown. Its styles carry the page's nonce.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Span } from "../asl/pointers";
import type { Problem } from "../asl/problems";
import { complete } from "./complete";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--json-key)" },
  { tag: tags.string, color: "var(--json-string)" },
  { tag: tags.number, color: "var(--json-number)" },
  { tag: [tags.bool, tags.null], color: "var(--json-word)" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--text-3)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", color: "var(--text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontVariantLigatures: "none", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)", padding: "10px 0" },
  // Long lines slide below the numbers.
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--text-3)", border: "none", paddingLeft: "4px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#d9d6ff, #3a367a)" },
  ".cm-marked": { backgroundColor: "var(--accent-bg)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--idle-bg)", border: "none", color: "var(--text-2)", padding: "0 6px" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels input, .cm-panels button": { font: "12px var(--font)", color: "var(--text)", backgroundColor: "var(--panel)", backgroundImage: "none", border: "1px solid var(--line-strong)", borderRadius: "5px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", fontFamily: "var(--mono)", fontSize: "12px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-bg)", color: "var(--text)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "650", color: "var(--accent)" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad-line)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warn-line)" },
  ".cm-lintRange-info": { textDecorationColor: "var(--run-line)" },
  ".cm-diagnostic": { fontFamily: "var(--font)", fontSize: "12.5px", padding: "6px 10px" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "6px" },
});

const mark = StateEffect.define<Span | null>();
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, transaction) {
    let found = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(mark)) continue;
      const span = effect.value;
      if (!span) found = Decoration.none;
      else {
        const { doc } = transaction.state;
        const lines = [];
        for (let at = doc.lineAt(span.from); ; at = doc.line(at.number + 1)) {
          lines.push(Decoration.line({ class: "cm-marked" }).range(at.from));
          if (at.to >= span.to || at.number === doc.lines) break;
        }
        found = Decoration.set(lines);
      }
    }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export interface Options {
  text: string;
  label: string;
  readOnly: boolean;
  /** A definition: completed, and its problems are told from outside instead of those of plain JSON. */
  definition: boolean;
  /** Without line numbers and folding. */
  bare: boolean;
  /** Ctrl (or Command) and Enter are for the form around the editor: no line is written. */
  submits: boolean;
  onChange?: (text: string) => void;
  /** The cursor was put somewhere by hand. */
  onCursor?: (offset: number) => void;
}

export interface Editor {
  view: EditorView;
  /** Highlight and show a part; null removes the highlight. */
  show(span: Span | null): void;
  setText(text: string): void;
  setProblems(problems: readonly Problem[]): void;
  destroy(): void;
}

export function createEditor(parent: HTMLElement, options: Options): Editor {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  const extensions: Extension[] = [
    nonce ? EditorView.cspNonce.of(nonce) : [],
    options.bare ? EditorView.lineWrapping : [lineNumbers(), foldGutter()],
    drawSelection(),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    syntaxHighlighting(colours),
    json(),
    marked,
    look,
    EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange?.(update.state.doc.toString());
      if (update.selectionSet && update.transactions.some((each) => each.isUserEvent("select"))) options.onCursor?.(update.state.selection.main.head);
    }),
    options.submits ? Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => true }])) : [],
    options.readOnly
      ? [EditorState.readOnly.of(true), keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap])]
      : [history(), indentOnInput(), closeBrackets(), options.bare ? [] : [highlightActiveLine(), lintGutter()], options.definition ? [autocompletion({ override: [complete], icons: false })] : linter(lint, { delay: 300 }), keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, indentWithTab])],
  ];
  const view = new EditorView({ parent, state: EditorState.create({ doc: options.text, extensions }) });
  return {
    view,
    show(span) {
      view.dispatch({ effects: span ? [mark.of(span), EditorView.scrollIntoView(span.from, { y: "start", yMargin: 40 })] : mark.of(null) });
    },
    setText(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setProblems(problems) {
      const most = view.state.doc.length;
      const shown = problems.map(({ from, to, severity, message, code }) => ({ from: Math.min(from, most), to: Math.min(firstLine(view.state, from, to), most), severity, message, source: code }));
      view.dispatch(setDiagnostics(view.state, shown));
    },
    destroy: () => view.destroy(),
  };
}

/** A whole state underlined says less than its first line. */
function firstLine(state: EditorState, from: number, to: number): number {
  return Math.min(to, state.doc.lineAt(Math.min(from, state.doc.length)).to);
}

const parseLint = jsonParseLinter();
/** An empty editor is not a mistake yet. */
const lint = (view: EditorView) => (view.state.doc.toString().trim() ? parseLint(view) : []);
