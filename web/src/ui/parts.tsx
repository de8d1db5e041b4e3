// The small parts all pages are made of.

import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import type { Failure } from "../aws/client";
import { useNow } from "../lib/data";
import { ago, moment, zoneName } from "../lib/format";
import { retry } from "../lib/live";
import { times, zone } from "../lib/settings";
import { store, useStore } from "../lib/store";
import { Icon, type IconName } from "./Icon";

/** The key that goes with others. */
export const MOD = globalThis.navigator?.platform.startsWith("Mac") ? "⌘" : "Ctrl";

export function CopyButton({ text, label = "Copy", small = true, children }: { text: string | (() => string); label?: string; small?: boolean; children?: ReactNode }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(typeof text === "string" ? text : text());
    setDone(true);
    setTimeout(() => setDone(false), 1400);
  };
  return (
    <button type="button" className={`btn quiet ${small ? "small" : ""} ${children ? "" : "icon"}`} onClick={copy} title={label} aria-label={children ? undefined : label}>
      <Icon name={done ? "check" : "copy"} size={14} />
      {children && (done ? "Copied" : children)}
      <span className="sr" role="status">{done ? "Copied" : ""}</span>
    </button>
  );
}

/** The clipboard is only there on https and localhost; elsewhere the old way works. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    try {
      return await navigator.clipboard.writeText(text);
    } catch {
      // Not allowed: the old way.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A moment, in the chosen zone; the title has the other way to say it. */
export function Time({ at, relative: always = false }: { at: number; relative?: boolean }) {
  const chosen = useStore(zone);
  const relative = useStore(times) === "relative" || always;
  const now = useNow(relative, 10_000);
  const full = `${moment(at, chosen)} ${zoneName(chosen)}`;
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={relative ? full : ago(now - at)} className="num">
      {relative ? ago(now - at) : <><span className="date">{moment(at, chosen).slice(0, 11)}</span>{moment(at, chosen).slice(11)}</>}
    </time>
  );
}

/** One line whose middle gives way: the ends of an ARN say most. */
export function Middle({ text, title = text, tail = 18 }: { text: string; title?: string; tail?: number }) {
  const at = text.length > 2 * tail ? text.length - tail : text.length;
  return <span className="middle" title={title}><span>{text.slice(0, at)}</span>{at < text.length && <span>{text.slice(at)}</span>}</span>;
}

export function Tabs<T extends string>({ tabs, value, onChange, label, look = "tabs" }: { tabs: readonly { id: T; name: string; badge?: ReactNode; icon?: IconName }[]; value: T; onChange: (id: T) => void; label: string; look?: string }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const index = (tabs.findIndex((tab) => tab.id === value) + step + tabs.length) % tabs.length;
    onChange(tabs[index]!.id);
    (list.current?.children[index] as HTMLElement).focus();
  };
  return (
    <div className={look} role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map((tab) => (
        <button key={tab.id} type="button" role="tab" aria-selected={tab.id === value} tabIndex={tab.id === value ? 0 : -1} onClick={() => onChange(tab.id)}>
          {tab.icon && <Icon name={tab.icon} size={14} />}
          {tab.name}
          {tab.badge !== undefined && <span className="badge num">{tab.badge}</span>}
        </button>
      ))}
    </div>
  );
}

export function Segments<T extends string>({ options, value, onChange, label }: { options: readonly { id: T; name: string; icon?: IconName }[]; value: T; onChange: (id: T) => void; label: string }) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.id} type="button" aria-pressed={option.id === value} onClick={() => onChange(option.id)}>
          {option.icon && <Icon name={option.icon} size={14} />}
          {option.name}
        </button>
      ))}
    </div>
  );
}

export function Dialog({ title, onClose, children, foot, narrow = false }: { title: ReactNode; onClose: () => void; children: ReactNode; foot?: ReactNode; narrow?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useModal(dialog);
  return (
    <dialog
      ref={dialog}
      className={narrow ? "narrow" : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dialog-head">
        <h2 id={id} className="grow">{title}</h2>
        <button type="button" className="btn quiet icon" onClick={onClose} aria-label="Close"><Icon name="cross" /></button>
      </div>
      <div className="dialog-body">{children}</div>
      {foot && <div className="dialog-foot">{foot}</div>}
    </dialog>
  );
}

/** Shows a dialog while it is there. Closed before it leaves the page, it gives the keyboard back to what opened it. */
export function useModal(dialog: React.RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const shown = dialog.current!;
    if (!shown.open) shown.showModal();
    // The dialog itself would choose its close button.
    shown.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      shown.close();
      // What opened it may be gone: then the page is where one goes on.
      if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, [dialog]);
}

export function Empty({ icon, title, children, bad = false }: { icon: IconName; title: string; children?: ReactNode; bad?: boolean }) {
  return (
    <div className="empty">
      <div className={`mark ${bad ? "bad" : ""}`}><Icon name={icon} size={24} /></div>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A failure where data should be: offline, missing and refused look different, and say what to do. */
export function Trouble({ failure, what, onRetry }: { failure: Failure; what: string; onRetry: () => void }) {
  if (failure.offline) {
    return (
      <Empty icon="plug" title="The server does not answer" bad>
        <p>It may have been stopped. The console tries again by itself and shows everything once it is back.</p>
        <button type="button" className="btn" onClick={() => { retry(); onRetry(); }}><Icon name="retry" />Try now</button>
      </Empty>
    );
  }
  if (failure.missing) {
    return (
      <Empty icon="search" title={`There is no such ${what}`}>
        <p className="break">{failure.message}</p>
        <p>It may have been deleted, or it lives in another account or region.</p>
      </Empty>
    );
  }
  if (failure.status === 401 || failure.status === 403) {
    return (
      <Empty icon="ban" title={`You may not see this ${what}`} bad>
        <p className="break"><code>{failure.code}</code> {failure.message}</p>
        <p>treadle itself asks nobody for permission: a proxy in front of it has refused this.</p>
        <button type="button" className="btn" onClick={onRetry}><Icon name="retry" />Try again</button>
      </Empty>
    );
  }
  return (
    <Empty icon="alert" title={`The ${what} could not be loaded`} bad>
      <p className="break"><code>{failure.code}</code> {failure.message}</p>
      {failure.passing && <p>The console tries again by itself.</p>}
      <button type="button" className="btn" onClick={onRetry}><Icon name="retry" />Try now</button>
    </Empty>
  );
}

export function Bones({ rows = 6, height = 18 }: { rows?: number; height?: number }) {
  return (
    <div className="stack" style={{ gap: 14, padding: 16 }} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="bone" style={{ height, width: `${92 - ((index * 23) % 45)}%` }} />
      ))}
    </div>
  );
}

export function Filter({ value, onChange, label, id, first = false }: { value: string; onChange: (text: string) => void; label: string; id?: string; first?: boolean }) {
  return (
    <div className="filter">
      <Icon name="search" />
      <input id={id} data-autofocus={first || undefined} type="search" className="input" placeholder={label} aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

// -- toasts

interface Toast {
  id: number;
  text: ReactNode;
  bad: boolean;
}

const toasts = store<Toast[]>([]);
let serial = 0;

export function toast(text: ReactNode, bad = false): void {
  const id = ++serial;
  toasts.set([...toasts.get(), { id, text, bad }]);
  setTimeout(() => toasts.set(toasts.get().filter((each) => each.id !== id)), bad ? 9000 : 4000);
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, bad }) => (
        <div key={id} className={`toast ${bad ? "bad" : ""}`}>
          <Icon name={bad ? "alert" : "check"} />
          <div className="grow break">{text}</div>
          <button type="button" aria-label="Dismiss" onClick={() => toasts.set(toasts.get().filter((each) => each.id !== id))}><Icon name="cross" size={14} /></button>
        </div>
      ))}
    </div>
  );
}

/** Run an action; while it runs the button is busy, a refusal becomes a toast. */
export function useAction<A extends unknown[]>(act: (...args: A) => Promise<void>): [(...args: A) => void, boolean] {
  const [busy, setBusy] = useState(false);
  const run = (...args: A) => {
    setBusy(true);
    act(...args)
      .catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), true))
      .finally(() => setBusy(false));
  };
  return [run, busy];
}
