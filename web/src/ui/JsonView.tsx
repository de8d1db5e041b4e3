// A JSON value that can be folded, with value and path of every line to copy.

import { useMemo, useState, type ReactNode } from "react";
import { bytes, size } from "../lib/format";
import { findIn, jsonPath, MOST_FOUND, readJson, type Json, type Place } from "../lib/json";
import { Icon } from "./Icon";
import { CopyButton, copyText } from "./parts";

/** Members of one value that are drawn at first; more on demand. */
const BATCH = 100;
const LONG = 600;

type Way = readonly (string | number)[];

export function JsonView({ value, open = 3 }: { value: Json; open?: number }) {
  return (
    <div className="json">
      <Line value={value} way={[]} open={open} last />
    </div>
  );
}

function Line({ value, way, open, last }: { value: Json; way: Way; open: number; last: boolean }) {
  const many = typeof value === "object" && value !== null;
  const length = many ? Object.keys(value).length : 0;
  const [unfolded, setUnfolded] = useState(way.length < open && (way.length === 0 || length <= 40));
  const [shown, setShown] = useState(BATCH);
  const comma = last ? null : <span className="p">,</span>;
  const name = way.length ? <Name step={way[way.length - 1]!} /> : null;
  const depth = { "--depth": way.length } as React.CSSProperties;

  if (!many || !length) {
    return (
      <div className="line" style={depth}>
        <span>{name}<Plain value={value} />{comma}</span>
        <Tools value={value} way={way} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const [start, end] = list ? "[]" : "{}";
  return (
    <>
      <div className="line" style={depth}>
        <button type="button" className="fold" aria-expanded={unfolded} aria-label={unfolded ? "Fold" : "Unfold"} onClick={() => setUnfolded(!unfolded)}>
          <Icon name="right" size={11} />
        </button>
        <span>
          {name}
          <span className="p">{start}</span>
          {!unfolded && <span className="p"> {length} {list ? (length === 1 ? "item" : "items") : length === 1 ? "member" : "members"} {end}</span>}
          {!unfolded && comma}
        </span>
        <Tools value={value} way={way} />
      </div>
      {unfolded && (
        <>
          {members(value).slice(0, shown).map(([step, member], index) => (
            <Line key={step} value={member} way={[...way, step]} open={open} last={index === length - 1} />
          ))}
          {length > shown && (
            <div className="line" style={{ "--depth": way.length + 1 } as React.CSSProperties}>
              <button type="button" className="btn small quiet" onClick={() => setShown(shown + 1000)}>Show more ({length - shown} left)</button>
            </div>
          )}
          <div className="line" style={depth}><span><span className="p">{end}</span>{comma}</span></div>
        </>
      )}
    </>
  );
}

function members(value: Json[] | { [name: string]: Json }): [string | number, Json][] {
  return Array.isArray(value) ? value.map((member, index) => [index, member]) : Object.entries(value);
}

function Name({ step }: { step: string | number }): ReactNode {
  return typeof step === "number" ? null : <><span className="k">{JSON.stringify(step)}</span><span className="p">: </span></>;
}

function Plain({ value }: { value: Json }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") {
    const text = JSON.stringify(value);
    return <span className={typeof value === "number" ? "n" : typeof value === "object" && value !== null ? "p" : "w"}>{text}</span>;
  }
  const text = JSON.stringify(value);
  if (text.length <= LONG || whole) return <span className="s">{text}</span>;
  return (
    <>
      <span className="s">{text.slice(0, LONG)}…</span>{" "}
      <button type="button" className="btn small quiet" onClick={() => setWhole(true)}>{size(text.length)}: show all</button>
    </>
  );
}

function Tools({ value, way }: { value: Json; way: Way }) {
  return (
    <span className="tools">
      <button type="button" onClick={() => void copyText(typeof value === "string" ? value : JSON.stringify(value, null, 2))}>Copy</button>
      {way.length > 0 && <button type="button" title={jsonPath(way)} onClick={() => void copyText(jsonPath(way))}>Path</button>}
    </span>
  );
}

/** A payload with its title, size and raw form. `children` stand in the head. */
export function Payload({ title, text, children, empty = "None" }: { title: string; text: string | undefined; children?: ReactNode; empty?: string }) {
  const read = useMemo(() => (text === undefined ? null : readJson(text)), [text]);
  const [raw, setRaw] = useState(false);
  const [wanted, setWanted] = useState<string | null>(null);
  const found = useMemo(() => (wanted && read?.problem === undefined && read ? findIn(read.value, wanted) : null), [read, wanted]);
  return (
    <section className="json-card" aria-label={title}>
      <header>
        <h3>{title}</h3>
        {text !== undefined && <span className="faint num">{size(bytes(text))}</span>}
        <span className="grow" />
        {children}
        {text !== undefined && text.length > SEARCHED && read?.problem === undefined && (
          <button type="button" className="btn quiet small icon" aria-pressed={wanted !== null} aria-label={`Find in ${title.toLowerCase()}`} title="Find in it" onClick={() => setWanted(wanted === null ? "" : null)}><Icon name="search" size={13} /></button>
        )}
        {text !== undefined && read?.problem === undefined && (
          <button type="button" className="btn quiet small" aria-pressed={raw} onClick={() => setRaw(!raw)}>{raw ? "Tree" : "Raw"}</button>
        )}
        {text !== undefined && <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />}
      </header>
      {wanted !== null && <div className="json-find"><input type="search" className="input" autoFocus aria-label={`Find a name or value in ${title.toLowerCase()}`} placeholder="A name or a value" value={wanted} onChange={(event) => setWanted(event.target.value)} />{found && <span className="faint num" role="status">{found.length === MOST_FOUND ? `${MOST_FOUND} or more` : found.length}</span>}</div>}
      <div tabIndex={0} role="region" aria-label={`${title}, value`}>
        {found ? <Found found={found} /> : <>
        {text === undefined || !read ? <span className="faint">{empty}</span> : raw || read.problem !== undefined ? <pre className="text">{text}</pre> : <JsonView value={read.value} />}
        </>}
      </div>
    </section>
  );
}

/** Payloads longer than that can be searched. */
const SEARCHED = 300;
const SHOWN = 120;

function Found({ found }: { found: Place[] }) {
  if (!found.length) return <span className="faint">Nothing fits.</span>;
  return (
    <ul className="json found">
      {found.map(({ way, value }) => {
        const text = JSON.stringify(value);
        return <li key={jsonPath(way)} className="line" style={{ "--depth": 0 } as React.CSSProperties}><span><span className="k">{jsonPath(way)}</span><span className="p">: </span>{text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}</span><Tools value={value} way={way} /></li>;
      })}
    </ul>
  );
}
