// What is wrong, as a list under the code: each leads to its place.

import { useState, type ReactNode } from "react";
import type { Fix, Problem } from "../asl/problems";
import { plural } from "../lib/format";
import { Icon, type IconName } from "../ui/Icon";

const LOOKS: Record<Problem["severity"], { tone: string; icon: IconName; word: string }> = {
  error: { tone: "bad", icon: "alert", word: "Error" },
  warning: { tone: "warn", icon: "alert", word: "Warning" },
  info: { tone: "run", icon: "info", word: "Note" },
};

export function summary(problems: readonly Problem[]): string {
  const count = (severity: Problem["severity"]) => problems.filter((each) => each.severity === severity).length;
  const [errors, warnings, notes] = [count("error"), count("warning"), count("info")];
  return [errors && plural(errors, "error"), warnings && plural(warnings, "warning"), notes && plural(notes, "note")].filter(Boolean).join(", ") || "No problems";
}

interface Props {
  problems: readonly Problem[];
  onGo: (problem: Problem) => void;
  onFix?: ((fix: Fix) => void) | undefined;
  closed?: boolean;
  /** What else can be done with the text, beside the summary. */
  children?: ReactNode;
}

export function Problems({ problems, onGo, onFix, closed = false, children }: Props) {
  const [open, setOpen] = useState(!closed);
  const worst = problems.some(({ severity }) => severity === "error") ? "bad" : problems.some(({ severity }) => severity === "warning") ? "warn" : problems.length ? "run" : "ok";
  return (
    <section className="problems" aria-label="Problems">
      <div className="row problems-bar">
        <button type="button" className="problems-head" aria-expanded={open && problems.length > 0} disabled={!problems.length} onClick={() => setOpen(!open)}>
          <span className={`g-icon i-${worst}`}><Icon name={worst === "ok" ? "check" : worst === "run" ? "info" : "alert"} size={14} /></span>
          <span className="grow" role="status">{summary(problems)}</span>
          {problems.length > 0 && <Icon name={open ? "down" : "right"} size={12} />}
        </button>
        {children}
      </div>
      {open && problems.length > 0 && (
        <ul>
          {problems.slice(0, 100).map((problem, index) => {
            const { tone, icon, word } = LOOKS[problem.severity];
            return (
              <li key={index} className="row">
                <button type="button" onClick={() => onGo(problem)}>
                  <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} label={word} /></span>
                  <span className="grow break">{problem.message}</span>
                  <code>{problem.code}</code>
                  <span className="num faint">line {problem.line}</span>
                </button>
                {problem.fix && onFix && <button type="button" className="btn small" title={problem.fix.title} onClick={() => onFix(problem.fix!)}>Fix<span className="sr">: {problem.fix.title}</span></button>}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
