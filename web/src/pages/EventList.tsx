// The history as AWS tells it: filtered, searched, each event with its payloads.

import { Fragment, useEffect, useMemo, useRef, useState } from "react";
import type { HistoryEvent } from "../aws/types";
import { findEvents } from "../aws/looking";
import { details, type Story } from "../history/fold";
import { useData } from "../lib/data";
import { clock, duration, plural } from "../lib/format";
import { setQuery } from "../lib/route";
import { zone } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Bones, Empty, Filter } from "../ui/parts";
import { useWhole } from "./execution-data";

type Kind = "all" | "states" | "tasks" | "errors";
const KINDS: { id: Kind; name: string; fits: RegExp }[] = [
  { id: "all", name: "All", fits: /./ },
  { id: "states", name: "States", fits: /State(Entered|Exited)$/ },
  { id: "tasks", name: "Tasks", fits: /^(Task|LambdaFunction|Activity)(?!State)/ },
  { id: "errors", name: "Errors", fits: /Failed$|TimedOut$|Aborted$/ },
];
const BATCH = 200;

interface Props {
  arn: string;
  events: HistoryEvent[];
  story: Story;
  /** Of which visits alone it tells; null for all. */
  among?: Story | null;
  /** The events are whole, and no server knows them. */
  offline?: boolean;
  onSelect: (step: number) => void;
  query: URLSearchParams;
}

export function EventList({ arn, events: all, story, among = null, onSelect, query, offline = false }: Props) {
  const kind = KINDS.find(({ id }) => id === query.get("kind")) ?? KINDS[0]!;
  const text = query.get("find") ?? "";
  const newest = query.get("order") === "newest";
  const [type, state] = [query.get("type") ?? "", query.get("of") ?? ""];
  const events = useMemo(() => {
    if (!among) return all;
    const steps = new Set(among.steps);
    return all.filter(({ id }) => { const step = story.owner.get(id); return !step || steps.has(step); });
  }, [all, story, among]);
  const deep = useDeepSearch(arn, text, offline ? 0 : all.length);
  const types = useMemo(() => [...new Set(events.map((event) => event.type))].sort(), [events]);
  const names = useMemo(() => [...new Set(story.steps.map(({ name }) => name))], [story]);
  const found = useMemo(() => {
    const wanted = text.toLowerCase();
    const fitting = events.filter((event) => kind.fits.test(event.type) && (!type || event.type === type) && (!state || story.owner.get(event.id)?.name === state) && (!wanted || matches(event, story, wanted) || deep.ids?.has(event.id)));
    return newest ? fitting.reverse() : fitting;
  }, [events, story, kind, text, newest, type, state, deep.ids]);
  const target = Number(query.get("event")) || null;
  return (
    <>
      <div className="toolbar">
        <div className="segments" role="group" aria-label="Kind of events">
          {KINDS.map(({ id, name }) => <button key={id} type="button" aria-pressed={id === kind.id} onClick={() => setQuery({ kind: id === "all" ? null : id })}>{name}</button>)}
        </div>
        <select className="input narrow" aria-label="Type of events" value={type} onChange={(event) => setQuery({ type: event.target.value })}><option value="">Any type</option>{types.map((each) => <option key={each}>{each}</option>)}</select>
        <select className="input narrow" aria-label="State" value={state} onChange={(event) => setQuery({ of: event.target.value })}><option value="">Any state</option>{names.map((each) => <option key={each}>{each}</option>)}</select>
        <Filter value={text} onChange={(find) => setQuery({ find })} label="Find in events and payloads" />
        <span className="faint num nowrap" role="status">{plural(found.length, "event")}{deep.looking && ", looking further"}{deep.failure && <span className="wrong" title={deep.failure}>, only beginnings of payloads searched</span>}</span>
        <span className="grow" />
        <button type="button" className="btn quiet small" onClick={() => setQuery({ order: newest ? null : "newest" })}>{newest ? "Newest first" : "Oldest first"}</button>
      </div>
      {events.length === 0 ? <Bones /> : found.length === 0 ? <Empty icon="search" title="No event fits" /> : <EventRows arn={arn} events={found} story={story} onSelect={onSelect} target={target} />}
    </>
  );
}

/** Events whose payloads contain the text beyond what a brief history shows: the server looks through them whole. */
function useDeepSearch(arn: string, text: string, events: number): { ids: Set<number> | null; looking: boolean; failure?: string } {
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = asked === text.trim() ? asked : "";
  const found = useData(wanted && events ? `find ${arn} ${events} ${wanted}` : null, (signal) => findEvents(arn, wanted, signal));
  const ids = useMemo(() => found.data && new Set(found.data.events), [found.data]);
  return { ids: ids ?? null, looking: Boolean(text.trim() && events && !found.data && !found.failure), ...(found.failure && { failure: found.failure.message }) };
}

function matches(event: HistoryEvent, story: Story, wanted: string): boolean {
  if (event.type.toLowerCase().includes(wanted) || story.owner.get(event.id)?.name.toLowerCase().includes(wanted)) return true;
  return Object.values(details(event)).some((value) => typeof value === "string" && value.toLowerCase().includes(wanted));
}

export function EventRows({ arn, events, story, onSelect, compact = false, target = null }: { target?: number | null; arn: string; events: HistoryEvent[]; story: Story; onSelect?: (step: number) => void; compact?: boolean }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set(target === null ? [] : [target]));
  // A linked event is shown with those around it; the rest comes as one scrolls.
  const [from, setFrom] = useState(() => (target === null ? 0 : Math.max(0, events.findIndex(({ id }) => id === target) - 20)));
  const [shown, setShown] = useState(from + BATCH);
  const end = useMore(() => setShown((old) => old + BATCH * 2), shown < events.length);
  const chosenZone = useStore(zone);
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
      // What was opened last can be linked to.
      if (!compact) setQuery({ event: id });
    }
    setOpen(next);
  };
  const first = events[0]?.timestamp ?? 0;
  const start = compact ? first : Math.min(first, events.at(-1)?.timestamp ?? first);
  return (
    <>
      {from > 0 && <div className="row" style={{ justifyContent: "center", padding: 8 }}><button type="button" className="btn small" onClick={() => setFrom(Math.max(0, from - BATCH))}>Show earlier ones ({from})</button></div>}
      <table className="table">
        <thead><tr><th className="end">Id</th><th>Event</th>{!compact && <th>Step</th>}<th className="end">After</th>{!compact && <th className="end">Time</th>}</tr></thead>
        <tbody>
          {events.slice(from, shown).map((event) => {
            const step = story.owner.get(event.id);
            const bad = /Failed$|TimedOut$|Aborted$/.test(event.type);
            return (
              <Fragment key={event.id}>
                <tr className={`event-row ${event.id === target ? "target" : ""}`} ref={event.id === target ? (row) => reveal(row, target) : undefined}>
                  <td className="tight end num faint">{event.id}</td>
                  <td>
                    <button type="button" className="event-toggle" aria-expanded={open.has(event.id)} onClick={() => toggle(event.id)}>
                      <Icon name="right" size={12} /><span className={bad ? "wrong" : ""}>{event.type}</span>
                    </button>
                  </td>
                  {!compact && <td>{step && <button type="button" className="clip" style={{ color: "var(--accent)", maxWidth: 260 }} onClick={() => onSelect?.(step.id)}>{step.name}{step.iteration !== null && ` [${step.iteration}]`}</button>}</td>}
                  <td className="tight end num soft">{duration(event.timestamp - start)}</td>
                  {!compact && <td className="tight end num soft">{clock(event.timestamp, chosenZone)}</td>}
                </tr>
                {open.has(event.id) && <tr className="event-body"><td colSpan={compact ? 3 : 5}><EventBody arn={arn} event={event} /></td></tr>}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      {events.length > shown && <div ref={end} className="row" style={{ justifyContent: "center", padding: 12 }}><button type="button" className="btn" onClick={() => setShown(shown * 4)}>Show more ({events.length - shown} left)</button></div>}
    </>
  );
}

let revealed: number | null = null;

/** A linked event is brought into sight once; opening another does not scroll. */
function reveal(row: HTMLElement | null, target: number): void {
  if (!row || revealed === target) return;
  const first = revealed === null;
  revealed = target;
  if (first) row.scrollIntoView({ block: "center" });
}

/** Calls `more` when the end of a list comes near. */
function useMore(more: () => void, left: boolean) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    if (!end.current) return;
    const watcher = new IntersectionObserver(([entry]) => void (entry!.isIntersecting && latest.current()), { rootMargin: "600px" });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [left]);
  return end;
}

function EventBody({ arn, event }: { arn: string; event: HistoryEvent }) {
  const whole = useWhole(arn, event);
  if (!whole) return <Bones rows={2} />;
  const found = details(whole);
  const payloads = (["input", "parameters", "output", "cause"] as const).filter((name) => typeof found[name] === "string" && found[name] !== "");
  const rest = Object.fromEntries(Object.entries(found).filter(([name]) => !payloads.includes(name as "input") && !/(input|output|parameters|cause)Details$/.test(name)));
  return (
    <div className="stack" style={{ gap: 10 }}>
      {Object.keys(rest).length > 0 && <Payload title="Details" text={JSON.stringify(rest)} />}
      {payloads.map((name) => <Payload key={name} title={name.charAt(0).toUpperCase() + name.slice(1)} text={String(found[name])} />)}
      {!payloads.length && !Object.keys(rest).length && <span className="faint">This event has no details. It follows event {event.previousEventId}.</span>}
    </div>
  );
}
