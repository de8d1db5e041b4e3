// An editor, or plain text until it has been loaded.

import { useEffect, useRef, useState } from "react";
import type { Span } from "../asl/pointers";
import type { Problem } from "../asl/problems";
import { isYaml, takeDefinitions } from "../studio/files";
import { toast } from "../ui/parts";
import type { Editor } from "./editor";

interface Props {
  text: string;
  label: string;
  readOnly?: boolean;
  plain?: boolean;
  /** A field of a form: without line numbers, as high as its text, at least `height`. */
  bare?: boolean;
  height?: number | undefined;
  autoFocus?: boolean;
  highlight?: Span | null;
  /** The text is a definition, with these problems. */
  problems?: readonly Problem[] | undefined;
  onChange?: (text: string) => void;
  /** Ctrl (or Command) and Enter are for the form around the editor. */
  submits?: boolean;
  onCursor?: (offset: number) => void;
}

export function Code({ text, label, readOnly = false, plain = false, bare = false, height, autoFocus = false, highlight = null, problems, submits = false, onChange, onCursor }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const calls = useRef({ onChange, onCursor, text, highlight });
  calls.current = { onChange, onCursor, text, highlight };
  const definition = problems !== undefined;
  const [ready, setReady] = useState(false);

  useEffect(() => {
    let gone = false;
    void import("./editor").then(({ createEditor }) => {
      if (gone) return;
      editor.current = createEditor(host.current!, {
        text: calls.current.text,
        label,
        readOnly,
        definition,
        bare,
        submits,
        onChange: (changed) => calls.current.onChange?.(changed),
        onCursor: (offset) => calls.current.onCursor?.(offset),
      });
      if (calls.current.highlight) editor.current.show(calls.current.highlight);
      setReady(true);
    });
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = null;
    };
  }, [label, readOnly, definition, bare, submits]);

  useEffect(() => {
    if (ready && autoFocus) editor.current?.view.focus();
  }, [ready, autoFocus]);
  useEffect(() => editor.current?.setText(text), [text]);
  useEffect(() => {
    if (ready && problems) editor.current?.setProblems(problems);
  }, [ready, problems]);
  useEffect(() => editor.current?.show(highlight), [highlight?.from, highlight?.to]); // eslint-disable-line

  /** A definition in YAML is read, not put between the lines of JSON. */
  const paste = (event: React.ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text/plain");
    if (!definition || readOnly || bare || !isYaml(pasted)) return;
    event.preventDefault();
    event.stopPropagation();
    takeDefinitions("", pasted).then(([first]) => first && editor.current?.setText(first.text), (problem: Error) => toast(problem.message, true));
  };
  return (
    <div onPasteCapture={paste} className={`editor ${plain ? "plain" : ""} ${bare ? "bare" : ""}`} style={height ? (bare ? { minHeight: height } : { height }) : undefined}>
      <div className="cm-host" ref={host} hidden={!ready} />
      {!ready && <pre>{text.slice(0, 20_000)}</pre>}
    </div>
  );
}
