// Definitions from files and pasted texts: JSON stays as it is, YAML and what infrastructure code holds is read by the
// server.

import { useRef, useState, type ReactNode } from "react";
import { plain } from "../asl/tree";
import { ask } from "../aws/client";
import type { MachineKind } from "../aws/types";
import { plural } from "../lib/format";
import { Icon } from "../ui/Icon";
import { toast } from "../ui/parts";

export interface Taken {
  /** How it is called in the file it comes from. */
  title: string;
  text: string;
  type: MachineKind | null;
}

interface Answer {
  format: "json" | "yaml" | "terraform";
  definitions: Taken[];
  /** Lines of comments that JSON has no place for. */
  comments: number;
}

/** The definitions in a file; says what was converted. Throws Failure. */
export async function takeDefinitions(name: string, text: string): Promise<Taken[]> {
  if (!/\.(?:ya?ml|tf)$/i.test(name) && isDefinition(text)) return [{ title: "", text, type: null }];
  const { format, definitions, comments } = await ask<Answer>("read", { text, name });
  if (format !== "json") toast(`Converted ${format === "yaml" ? "YAML" : "Terraform"} to JSON${comments ? `; ${plural(comments, "line")} of comments left out` : ""}`);
  return definitions;
}

/** A file of its own in JSON, perhaps with placeholders; whether the server takes it is another question. */
function isDefinition(text: string): boolean {
  try {
    const value = JSON.parse(plain(text)) as { States?: unknown } | null;
    return typeof value === "object" && value !== null && "States" in value;
  } catch {
    return false;
  }
}

/** Whether a pasted text is a whole definition in YAML. */
export function isYaml(text: string): boolean {
  return !/^\s*[{[]/.test(text) && /^\s*StartAt:\s*\S/m.test(text) && /^\s*States:/m.test(text);
}

export function nameOfFile(name: string): string {
  return name.replace(/(\.asl)?\.(?:json|ya?ml|tf)$|\.asl$/i, "").replaceAll(/[^\w-]/g, "-").slice(0, 80);
}

/** Takes a file that is dropped anywhere inside an element: its props, and what is shown in it meanwhile. */
export function useDrop(onFile: (file: File) => void): { props: React.HTMLAttributes<HTMLElement>; sign: ReactNode } {
  const [over, setOver] = useState(false);
  return {
    sign: over && <div className="drop-sign" aria-hidden><Icon name="plus" size={22} />Drop the definition</div>,
    props: {
      onDragOver: (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false),
      // Before the editor inside, which would put the file where the pointer is.
      onDropCapture: (event) => {
        const file = event.dataTransfer.files[0];
        setOver(false);
        if (!file) return;
        event.preventDefault();
        event.stopPropagation();
        onFile(file);
      },
    },
  };
}

/** Puts the first definition of a dropped file in the place of a text. */
export function useDropInto(write: (text: string) => void): ReturnType<typeof useDrop> {
  return useDrop((file) => {
    const take = async () => {
      const [first, ...others] = await takeDefinitions(file.name, await file.text());
      write(first!.text);
      toast(`Took ${first!.title || file.name}${others.length ? `, the first of ${others.length + 1}` : ""}. Undo brings back what was there.`);
    };
    take().catch((problem: Error) => toast(`${file.name}: ${problem.message}`, true));
  });
}

export function FileButton({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="btn" onClick={() => input.current!.click()}><Icon name="list" size={14} />Open a file</button>
      <input
        ref={input}
        type="file"
        accept=".json,.asl,.yaml,.yml,.tf,application/json"
        hidden
        aria-label="File with a definition"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
    </>
  );
}
