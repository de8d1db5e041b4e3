// What is known of a text while it is written: its picture (the last good one when it is broken), its problems.

import { useEffect, useMemo, useRef, useState } from "react";
import { readDefinition } from "../asl/definition";
import { examine, type Problem } from "../asl/problems";
import { plain } from "../asl/tree";
import { ask, Failure } from "../aws/client";
import type { MachineKind } from "../aws/types";
import type { Drawing, Mark } from "../graph/drawing";

export interface Picture {
  drawing: Drawing | null;
  /** The text it shows. */
  of: string;
  /** The text cannot be drawn: the picture is of an earlier one. */
  failure: Failure | null;
}

const known = new Map<string, Drawing>();
const MOST = 60;

function remember(key: string, drawing: Drawing): void {
  known.delete(key);
  known.set(key, drawing);
  if (known.size > MOST) known.delete(known.keys().next().value!);
}

/** The picture of `text`, with the containers of `folded` closed. */
export function usePicture(text: string, folded: readonly string[], pause = 120): Picture {
  const key = `${folded.join(" ")}\n${text}`;
  const [state, setState] = useState<Picture>({ drawing: known.get(key) ?? null, of: text, failure: null });
  const first = useRef(true);
  useEffect(() => {
    const there = known.get(key);
    if (there) return setState({ drawing: there, of: text, failure: null });
    // Broken text cannot be drawn; the server need not be asked.
    if (!readDefinition(text)) {
      setState((old) => ({ ...old, failure: new Failure("ValidationException", "The text is no state machine yet: an object with States is expected.", 400) }));
      return;
    }
    const abort = new AbortController();
    const load = () =>
      ask<Drawing>("graph", { definition: plain(text), folded }, abort.signal).then(
        (drawing) => {
          remember(key, drawing);
          setState({ drawing, of: text, failure: null });
        },
        (error: unknown) => {
          if (error instanceof Failure && !abort.signal.aborted) setState((old) => ({ ...old, failure: error }));
        },
      );
    const timer = setTimeout(load, first.current ? 0 : pause);
    first.current = false;
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]); // eslint-disable-line
  return state;
}

/** Everything that is wrong with a text; the earlier findings until the new ones are there. */
export function useProblems(text: string, kind: MachineKind): { problems: Problem[]; fresh: boolean } {
  const [state, setState] = useState<{ of: string; problems: Problem[] }>({ of: "", problems: [] });
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      examine(text, kind, abort.signal).then(
        (problems) => !abort.signal.aborted && setState({ of: text, problems }),
        (error: unknown) => {
          if (!(error instanceof Failure) && !abort.signal.aborted) console.error(error);
        },
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, kind]);
  return { problems: state.problems, fresh: state.of === text };
}

const STATE = /^((?:\/States\/[^/]+|\/(?:Branches\/\d+|ItemProcessor|Iterator)(?=\/States))+)/;

/** The state a pointer into a definition belongs to. */
export function stateOf(pointer: string | null): string | null {
  return pointer === null ? null : (STATE.exec(pointer)?.[1] ?? null);
}

/** States with their worst problem. */
export function useMarks(problems: readonly Problem[]): ReadonlyMap<string, Mark> {
  return useMemo(() => {
    const found = new Map<string, Mark>();
    for (const { pointer, severity, message } of problems) {
      const state = stateOf(pointer);
      if (!state || severity === "info" || found.get(state)?.tone === "bad") continue;
      found.set(state, { tone: severity === "error" ? "bad" : "warn", icon: "alert", note: message });
    }
    return found;
  }, [problems]);
}
