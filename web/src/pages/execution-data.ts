// An execution and its history, loaded once and then followed: only new events are asked for.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readDefinition } from "../asl/definition";
import { ask, Failure, states } from "../aws/client";
import type { Execution, HistoryEvent, Machine } from "../aws/types";
import { fold } from "../history/fold";
import { expressOf } from "../aws/looking";
import { PAUSES, useData, useThrottled } from "../lib/data";
import { onLive, watch } from "../lib/live";

interface Page {
  events: HistoryEvent[];
  next: number | null;
}

export function useExecution(arn: string) {
  // AWS's API describes no Express executions; the server remembers the latest.
  const express = arn.split(":")[5] === "express";
  const description = useData(`execution ${arn}`, (signal) => (express ? expressOf(arn, signal).then(({ execution }) => execution) : states<Execution>("DescribeExecution", { executionArn: arn }, signal)));
  const machine = useData<{ definition: string }>(`definition of ${arn}`, (signal) => (express ? expressOf(arn, signal) : states<Machine>("DescribeStateMachineForExecution", { executionArn: arn }, signal)));
  const { events, failure } = useHistory(arn);
  const refresh = useThrottled(description.reload, 300);
  useEffect(() => watch(arn), [arn]);
  useEffect(() => onLive("runs", (news) => {
    if (!news.executions || news.executions.some((run) => run.executionArn === arn)) refresh();
  }), [arn, refresh]);
  const definition = useMemo(() => (machine.data ? readDefinition(machine.data.definition) : null), [machine.data?.definition]);
  // The events tell the end before the description has been asked for again.
  const story = useMemo(() => fold(events, definition), [events, definition]);
  return { description, machine, definition, events, story, failure };
}

function useHistory(arn: string) {
  const [events, setEvents] = useState<HistoryEvent[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const known = useRef<HistoryEvent[]>([]);
  const busy = useRef(false);
  const again = useRef(false);
  const failures = useRef(0);
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);

  const follow = useCallback(async () => {
    if (busy.current) {
      again.current = true;
      return;
    }
    busy.current = true;
    clearTimeout(later.current);
    try {
      do {
        again.current = false;
        const after = known.current.at(-1)?.id ?? 0;
        const page = await ask<Page>(`history?execution=${encodeURIComponent(arn)}&after=${after}&brief=1`);
        if (page.events.length) {
          known.current = [...known.current, ...page.events];
          setEvents(known.current);
        }
        if (page.next !== null) again.current = true;
      } while (again.current);
      failures.current = 0;
      setFailure(undefined);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailure(error);
      if (error.passing) later.current = setTimeout(() => void follow(), PAUSES[Math.min(failures.current++, PAUSES.length - 1)]);
    } finally {
      busy.current = false;
    }
  }, [arn]);

  const soon = useThrottled(() => void follow(), 120);
  useEffect(() => {
    void follow();
    return () => clearTimeout(later.current);
  }, [follow]);
  useEffect(() => onLive("hello", soon), [soon]);
  useEffect(() => onLive("progress", (news) => {
    if (news.some((each) => each.executionArn === arn && each.events > (known.current.at(-1)?.id ?? 0))) soon();
  }), [arn, soon]);
  return { events, failure };
}

/** An event with its whole payloads: brief ones are asked for again. */
export function useWhole(arn: string, event: HistoryEvent | undefined): HistoryEvent | undefined {
  const cut = event !== undefined && isCut(event);
  const whole = useData(cut ? `event ${arn} ${event.id}` : null, (signal) =>
    ask<Page>(`history?execution=${encodeURIComponent(arn)}&after=${event!.id - 1}&limit=1`, undefined, signal),
  );
  return cut ? (whole.data?.events[0] ?? undefined) : event;
}

function isCut(event: HistoryEvent): boolean {
  return Object.values(event).some(
    (details) => typeof details === "object" && details !== null && Object.values(details as object).some((note) => typeof note === "object" && note !== null && (note as { truncated?: boolean }).truncated),
  );
}
