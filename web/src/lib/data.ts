// Data of a component: loaded, kept while it is loaded again, remembered for the way back.

import { useCallback, useEffect, useRef, useState } from "react";
import { Failure } from "../aws/client";
import { onLive } from "./live";

export interface Loaded<T> {
  data: T | undefined;
  failure: Failure | undefined;
  loading: boolean;
  reload: () => void;
}

const remembered = new Map<string, unknown>();
const MOST = 200;

/** Milliseconds until what failed in passing is tried again; the last one from then on. */
export const PAUSES = [1000, 2000, 4000, 8000, 15_000] as const;

/** `load` runs for every new `key`, on `reload`, when the server is back after an interruption, and after a failure that may
 * pass. A null key rests. */
export function useData<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string | null; data?: T; failure?: Failure; loading: boolean }>({ key: null, loading: true });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  const failures = useRef(0);
  const reload = useCallback(() => setRound((number) => number + 1), []);

  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState((old) =>
      old.key === key ? { ...old, loading: true } : { key, data: remembered.get(key) as T | undefined, loading: true },
    );
    loader.current(abort.signal).then(
      (data) => {
        if (abort.signal.aborted) return;
        remember(key, data);
        failures.current = 0;
        setState({ key, data, loading: false });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        if (!(error instanceof Failure)) console.error(error);
        const failure = error instanceof Failure ? error : new Failure("Bug", String(error), -1);
        setState((old) => ({ key, data: failure.missing ? undefined : old.data, failure, loading: false }));
        if (failure.passing) timer = setTimeout(reload, PAUSES[Math.min(failures.current++, PAUSES.length - 1)]);
      },
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, round, reload]);

  useEffect(() => onLive("hello", reload), [reload]);

  const current = state.key === key ? state : { data: key === null ? undefined : (remembered.get(key) as T | undefined), failure: undefined, loading: key !== null };
  return { data: current.data, failure: current.failure, loading: current.loading, reload };
}

function remember(key: string, data: unknown): void {
  remembered.delete(key);
  remembered.set(key, data);
  if (remembered.size > MOST) remembered.delete(remembered.keys().next().value!);
}

/** The time in seconds, again and again while `ticking`. */
export function useNow(ticking: boolean, every = 1000): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!ticking) return;
    setNow(Date.now() / 1000);
    const timer = setInterval(() => setNow(Date.now() / 1000), every);
    return () => clearInterval(timer);
  }, [ticking, every]);
  return now;
}

/** Calls `act` at most once per `pause` milliseconds, the last time included. */
export function useThrottled(act: () => void, pause: number): () => void {
  const latest = useRef(act);
  latest.current = act;
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const last = useRef(0);
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);
  return useCallback(() => {
    if (timer.current) return;
    const wait = Math.max(0, last.current + pause - Date.now());
    timer.current = setTimeout(() => {
      timer.current = null;
      last.current = Date.now();
      latest.current();
    }, wait);
  }, [pause]);
}
