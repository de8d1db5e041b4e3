// The history as AWS tells it: filtered, searched, each event with its payloads.

import { Fragment, useMemo, useState } from "react";
import type { HistoryEvent } from "../aws/types";
import { details, type Story } from "../history/fold";
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
  onSelect: (step: number) => void;
  query: URLSearchParams;
}

export function EventList({ arn, events, story, onSelect, query }: Props) {
  const kind = KINDS.find(({ id }) => id === query.get("kind")) ?? KINDS[0]!;
  const text = query.get("find") ?? "";
  const newest = query.get("order") === "newest";
  const found = useMemo(() => {
    const wanted = text.toLowerCase();
    const fitting = events.filter((event) => kind.fits.test(event.type) && (!wanted || matches(event, story, wanted)));
    return newest ? fitting.reverse() : fitting;
  }, [events, story, kind, text, newest]);
  return (
    <>
      <div className="toolbar">
        <div className="segments" role="group" aria-label="Kind of events">
          {KINDS.map(({ id, name }) => <button key={id} type="button" aria-pressed={id === kind.id} onClick={() => setQuery({ kind: id === "all" ? null : id })}>{name}</button>)}
        </div>
        <Filter value={text} onChange={(find) => setQuery({ find })} label="Find in events and payloads" />
        <span className="grow faint num" role="status">{plural(found.length, "event")}</span>
        <button type="button" className="btn quiet small" onClick={() => setQuery({ order: newest ? null : "newest" })}>{newest ? "Newest first" : "Oldest first"}</button>
      </div>
      {events.length === 0 ? <Bones /> : found.length === 0 ? <Empty icon="search" title="No event fits" /> : <EventRows arn={arn} events={found} story={story} onSelect={onSelect} />}
    </>
  );
}

function matches(event: HistoryEvent, story: Story, wanted: string): boolean {
  if (event.type.toLowerCase().includes(wanted) || story.owner.get(event.id)?.name.toLowerCase().includes(wanted)) return true;
  return Object.values(details(event)).some((value) => typeof value === "string" && value.toLowerCase().includes(wanted));
}

export function EventRows({ arn, events, story, onSelect, compact = false }: { arn: string; events: HistoryEvent[]; story: Story; onSelect?: (step: number) => void; compact?: boolean }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState(BATCH);
  const chosenZone = useStore(zone);
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  const first = events[0]?.timestamp ?? 0;
  const start = compact ? first : Math.min(first, events.at(-1)?.timestamp ?? first);
  return (
    <>
      <table className="table">
        <thead><tr><th className="end">Id</th><th>Event</th>{!compact && <th>Step</th>}<th className="end">After</th>{!compact && <th className="end">Time</th>}</tr></thead>
        <tbody>
          {events.slice(0, shown).map((event) => {
            const step = story.owner.get(event.id);
            const bad = /Failed$|TimedOut$|Aborted$/.test(event.type);
            return (
              <Fragment key={event.id}>
                <tr>
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
      {events.length > shown && <div className="row" style={{ justifyContent: "center", padding: 12 }}><button type="button" className="btn" onClick={() => setShown(shown * 4)}>Show more ({events.length - shown} left)</button></div>}
    </>
  );
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
