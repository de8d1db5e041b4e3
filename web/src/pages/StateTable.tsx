import { useMemo } from "react";
import type { Step, Story } from "../history/fold";
import { nested } from "../history/scopes";
import { useNow } from "../lib/data";
import { duration, plural } from "../lib/format";
import { setQuery } from "../lib/route";
import { useRows } from "../lib/rows";
import { Bones, Empty, Filter } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";

const ROW = 38;
const SORTS = { order: (step: Step) => step.id, name: (step: Step) => step.name, type: (step: Step) => step.type, status: (step: Step) => look(step.status).word, attempts: (step: Step) => step.attempts.length, duration: (step: Step) => (step.ended ?? Infinity) - step.entered } as const;
type Sort = keyof typeof SORTS;
const COLUMNS: { id: Sort; name: string; end?: boolean }[] = [{ id: "name", name: "State" }, { id: "type", name: "Type" }, { id: "status", name: "Status" }, { id: "attempts", name: "Attempts", end: true }, { id: "order", name: "After", end: true }, { id: "duration", name: "Duration", end: true }];

interface Props {
  story: Story;
  chosen: Step | undefined;
  onSelect: (step: number) => void;
  start: number | undefined;
  query: URLSearchParams;
  now: number | null;
}

/** Every visit of a state, the graph's content as a table: sorted, filtered, only the rows in sight drawn. */
export function StateTable({ story, chosen, onSelect, start, query, now: given }: Props) {
  const ticking = useNow(story.ended === null && given === null);
  const now = given ?? ticking;
  const [sort, down] = [(query.get("sort") ?? "order") as Sort, query.get("dir") === "down"];
  const [text, status] = [query.get("state") ?? "", query.get("status") ?? ""];
  const statuses = useMemo(() => [...new Set(story.steps.map((step) => step.status))], [story]);
  const rows = useMemo(() => {
    const wanted = text.toLowerCase();
    const key = SORTS[sort] ?? SORTS.order;
    const all = sort === "order" && !wanted && !status ? nested(story.steps) : story.steps;
    const fitting = all.filter((step) => (!status || step.status === status) && (!wanted || step.name.toLowerCase().includes(wanted) || step.error?.error.toLowerCase().includes(wanted)));
    if (sort !== "order") fitting.sort((one, other) => { const [a, b] = [key(one), key(other)]; return a < b ? -1 : a > b ? 1 : one.id - other.id; });
    return down ? fitting.reverse() : fitting;
  }, [story, text, status, sort, down]);
  const { host, first, last, before, after } = useRows<HTMLTableSectionElement>(rows.length, ROW);
  if (!story.steps.length) return <Bones />;
  return (
    <>
      <div className="toolbar">
        <Filter value={text} onChange={(state) => setQuery({ state })} label="Find a state or an error" />
        <select className="input" style={{ width: "auto" }} aria-label="Status" value={status} onChange={(event) => setQuery({ status: event.target.value })}>
          <option value="">Any status</option>
          {statuses.map((each) => <option key={each} value={each}>{look(each).word}</option>)}
        </select>
        <span className="grow faint num" role="status">{plural(rows.length, "visit")}</span>
      </div>
      {rows.length === 0 ? <Empty icon="search" title="No visit fits"><button type="button" className="btn" onClick={() => setQuery({ state: null, status: null })}>Show all</button></Empty> : (
        <table className="table fixed-rows" aria-rowcount={rows.length + 1}>
          <thead><tr>{COLUMNS.map(({ id, name, end }) => (
            <th key={id} className={end ? "end" : ""} aria-sort={sort === id ? (down ? "descending" : "ascending") : "none"}>
              <button type="button" className="sort" onClick={() => setQuery({ sort: id === "order" ? null : id, dir: sort === id && !down ? "down" : null })}>{name}{sort === id ? (down ? " ↓" : " ↑") : ""}</button>
            </th>
          ))}</tr></thead>
          <tbody ref={host}>
            {before > 0 && <tr aria-hidden style={{ height: before }}><td colSpan={6} /></tr>}
            {rows.slice(first, last).map((step, index) => (
              <tr key={step.id} className="link-row" aria-rowindex={first + index + 2} aria-selected={step === chosen} onClick={() => onSelect(step.id)} style={{ height: ROW }}>
                <td className="name"><button type="button" className="linkish clip" style={{ paddingLeft: sort === "order" ? step.depth * 16 : 0 }} onClick={() => onSelect(step.id)}>{step.name}{step.iteration !== null && <span className="faint num"> [{step.iteration}]</span>}</button></td>
                <td className="tight soft">{step.type}</td>
                <td className="tight"><StatusBadge status={step.status} /></td>
                <td className="tight end num soft">{step.attempts.length || "—"}</td>
                <td className="tight end num soft">{duration(step.entered - (start ?? step.entered))}</td>
                <td className="tight end num">{duration((step.ended ?? now) - step.entered)}</td>
              </tr>
            ))}
            {after > 0 && <tr aria-hidden style={{ height: after }}><td colSpan={6} /></tr>}
          </tbody>
        </table>
      )}
    </>
  );
}
