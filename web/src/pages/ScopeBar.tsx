// Which branch of which Parallel, which item of which Map all views tell of; and whose failure ended the others.

import { useMemo } from "react";
import type { Definition } from "../asl/definition";
import type { Step, Story } from "../history/fold";
import { beginning, cutOff, isFork, partName, partsOf, siblings, wayTo, writeScope, type Part, type Scope } from "../history/scopes";
import { count } from "../lib/format";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { look } from "../ui/Status";

/** More branches than that are chosen in a list, as items are. */
const CHIPS = 12;
const WORDS = new Intl.ListFormat("en");
const NONE = { tone: "idle", icon: "minus", word: "Not started" } as const;

/** Narrow all views to a part, and choose the visit in it that tells most. */
export function enterPart(fork: Step, part: Part): void {
  setQuery({ in: writeScope({ fork, index: part.index }), step: part.step?.id ?? fork.id, attempt: null });
}

export function partLook({ status }: Part) {
  return status === null ? NONE : look(status);
}

interface Props {
  story: Story;
  scope: Scope | null;
  step: Step | undefined;
  definition: Definition | null;
}

export function ScopeBar({ story, scope, step, definition }: Props) {
  const fork = useMemo(() => forkAt(story, scope, step), [story, scope, step]);
  const parts = useMemo(() => (fork ? partsOf(story, fork, definition) : []), [story, fork, definition]);
  if (!fork || !parts.length) return null;
  const way = wayTo(fork);
  const chosen = scope?.fork === fork ? scope.index : null;
  const here = step && step !== fork ? (wayTo(step).find((each) => each.fork === fork)?.index ?? null) : null;
  const all = () => setQuery({ in: scopeOfAll(story, fork), step: fork.id, attempt: null });
  const props = { fork, parts, chosen, here, definition, all };
  return (
    <div className="scope-bar" role="group" aria-label={fork.type === "Parallel" ? "Branch" : "Iteration"}>
      <div className="row wrap scope-way">
        {way.map((each) => (
          <span key={each.fork.id} className="row scope-crumb">
            <Visits story={story} fork={each.fork} />
            <button type="button" className="linkish" onClick={() => setQuery({ in: writeScope(each), step: each.fork.id, attempt: null })}>{partName(each.fork, each.index)}</button>
            <Icon name="right" size={10} />
          </span>
        ))}
        <Visits story={story} fork={fork} />
        {fork.type === "Parallel" && parts.length <= CHIPS ? <Chips {...props} /> : <List {...props} />}
      </div>
      <Verdict fork={fork} parts={parts} definition={definition} />
    </div>
  );
}

/** The fork that is spoken of: the chosen step, what is around it, what the address says, else where the trouble is. */
function forkAt(story: Story, scope: Scope | null, step: Step | undefined): Step | null {
  // One that has not begun anything is a state like others.
  if (step && isFork(step) && story.steps.some(({ parent }) => parent === step)) return step;
  if (step?.parent) return step.parent;
  if (scope) return scope.fork;
  const outer = story.steps.filter((each) => each.parent === null && isFork(each));
  return outer.find(({ status }) => status === "failed") ?? outer.at(-1) ?? null;
}

/** Back to all parts: of one visit where there are several, otherwise of everything. */
function scopeOfAll(story: Story, fork: Step): string | null {
  const alone = fork.parent === null && !story.steps.some((each) => each !== fork && each.pointer === fork.pointer && each.name === fork.name);
  return alone ? null : writeScope({ fork, index: null });
}

/** The fork by name; where its state was visited again or others stand beside it, all of them to choose from. */
function Visits({ story, fork }: { story: Story; fork: Step }) {
  const beside = useMemo(() => siblings(story, fork), [story, fork]);
  if (beside.length < 2) return <button type="button" className="scope-fork" onClick={() => setQuery({ in: scopeOfAll(story, fork), step: fork.id, attempt: null })}>{fork.name}</button>;
  const nth = new Map<Step, string>();
  for (const each of beside) {
    const same = beside.filter(({ name }) => name === each.name);
    nth.set(each, same.length > 1 ? `, visit ${same.indexOf(each) + 1} of ${same.length}` : "");
  }
  return (
    <select className="input scope-select" aria-label="Parallel or Map, and which visit" value={fork.id} onChange={(event) => setQuery({ in: event.target.value, step: event.target.value, attempt: null })}>
      {beside.map((each) => <option key={each.id} value={each.id}>{each.name}{nth.get(each)}: {look(each.status).word.toLowerCase()}</option>)}
    </select>
  );
}

interface PartsProps {
  fork: Step;
  parts: Part[];
  chosen: number | null;
  here: number | null;
  definition: Definition | null;
  all: () => void;
}

function Chips({ fork, parts, chosen, here, definition, all }: PartsProps) {
  return (
    <div className="row wrap scope-chips">
      <button type="button" className="scope-chip" aria-pressed={chosen === null} onClick={all}>All {parts.length}</button>
      {parts.map((part) => {
        const { tone, icon, word } = partLook(part);
        const first = beginning(fork, part.index, definition) ?? "";
        return (
          <button key={part.index} type="button" className="scope-chip" aria-pressed={chosen === part.index} aria-current={here === part.index || undefined} title={`${partName(fork, part.index)}${first && `, from ${first}`}: ${word.toLowerCase()}`} onClick={() => enterPart(fork, part)}>
            <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} spin={icon === "spinner"} /></span>
            <span className="num">{part.index + 1}</span>{" "}
            {first && <span className="clip">{first}</span>}{" "}
            <span className="sr">{word.toLowerCase()}</span>
          </button>
        );
      })}
    </div>
  );
}

function List({ fork, parts, chosen, here, all }: PartsProps) {
  const now = chosen ?? here;
  const at = parts.findIndex(({ index }) => index === now);
  const failed = parts.filter(({ status }) => status === "failed" || status === "timedOut");
  const following = failed.find(({ index }) => now === null || index > now) ?? failed[0];
  const noun = fork.type === "Parallel" ? "Branch" : "Item";
  const go = (part: Part | undefined) => part && enterPart(fork, part);
  const total = fork.iterations?.total ?? parts.length;
  return (
    <>
      <span className="row scope-list">
        <button type="button" className="btn small icon" aria-label={`Earlier ${noun.toLowerCase()}`} disabled={at <= 0} onClick={() => go(parts[at - 1])}>‹</button>
        <select className="input scope-select" aria-label={noun} value={chosen ?? ""} onChange={(event) => (event.target.value === "" ? all() : go(parts.find(({ index }) => index === Number(event.target.value))))}>
          <option value="">All {count(total)} {noun === "Item" ? "items" : "branches"}</option>
          {parts.map((part) => <option key={part.index} value={part.index}>{partName(fork, part.index)}: {partLook(part).word.toLowerCase()}</option>)}
        </select>
        <button type="button" className="btn small icon" aria-label={`Later ${noun.toLowerCase()}`} disabled={at >= parts.length - 1} onClick={() => go(parts[at + 1])}>›</button>
      </span>
      {following && <button type="button" className="btn small" onClick={() => go(following)}>Next failed ({failed.length})</button>}
      <span className="grow" />
      {fork.iterations && <span className="faint num nowrap">{count(fork.iterations.succeeded)} of {count(fork.iterations.total)} succeeded{fork.iterations.failed ? `, ${count(fork.iterations.failed)} failed` : ""}</span>}
    </>
  );
}

/** Who failed, and whom that cancelled. */
export function Verdict({ fork, parts, definition }: { fork: Step; parts: readonly Part[]; definition: Definition | null }) {
  const told = cutOff(parts);
  if (!told) return null;
  const many = parts.length > CHIPS;
  const name = (part: Part) => {
    const first = beginning(fork, part.index, definition);
    return <>{partName(fork, part.index)}{first && ` (${first})`}</>;
  };
  const error = told.failed[0]!.step?.error?.error || fork.error?.error;
  const unborn = Math.max(0, (fork.iterations?.total ?? 0) - parts.length) + parts.filter(({ status }) => status === null).length;
  const cancelled = many ? (told.aborted.length ? `${count(told.aborted.length)} ${fork.type === "Map" ? "items" : "branches"} that still ran` : "") : WORDS.format(told.aborted.map(({ index }) => partName(fork, index).toLowerCase()));
  return (
    <p className="scope-verdict">
      <span className="g-icon i-bad"><Icon name="cross" size={12} /></span>
      <span>
        {told.failed.length > 1 && many ? <>{count(told.failed.length)} failed, first <strong>{name(told.failed[0]!)}</strong></> : told.failed.map((part, index) => <span key={part.index}>{index > 0 && ", "}<strong>{name(part)}</strong></span>)}{" "}
        {told.failed.length > 1 && many ? "" : "failed"}{error ? <> with <strong>{error}</strong></> : ""}
        {cancelled && <>; it cancelled {cancelled}</>}
        {unborn > 0 && <>; {count(unborn)} did not begin</>}.
      </span>
    </p>
  );
}

/** Where a visit stands, as steps into forks: each is a way to narrow the views. */
export function Whereabouts({ step, inside = false }: { step: Step; inside?: boolean }) {
  const way = wayTo(step);
  if (!way.length) return null;
  return (
    <p className="row wrap whereabouts">
      {inside && <span className="faint">in</span>}
      {way.map((each, index) => (
        <span key={each.fork.id} className="row">
          {index > 0 && <Icon name="right" size={9} />}
          <span className="faint">{each.fork.name}</span>
          <button type="button" className="linkish num" onClick={() => setQuery({ in: writeScope(each) })}>{partName(each.fork, each.index)}</button>
        </span>
      ))}
    </p>
  );
}

/** How one visit of many is called: by where it stands. */
export function visitName(step: Step, nth: number, of: number): string {
  const way = wayTo(step).filter(({ fork }) => fork.type === "Map");
  const item = way.map(({ fork, index }) => partName(fork, index)).join(" › ");
  return item || `Visit ${nth + 1} of ${of}`;
}
