import { describe, expect, it } from "vitest";
import type { FoundExecution } from "../aws/ledgers";
import { filterOf, isPlain, merged } from "./executions-data";

const run = (name: string): FoundExecution => ({ executionArn: name, stateMachineArn: "m", name, status: "RUNNING", startDate: 0 });
const found = (names: string, next: number | null) => ({ executions: [...names].map(run), next, looked: names.length, backTo: null });
const names = (rows: FoundExecution[] | undefined) => rows?.map(({ name }) => name).join("");
const EMPTY = { key: "k", next: null, looked: 0, backTo: null, loading: true };

describe("a list of executions", () => {
  it("grows at its end page by page", () => {
    const first = merged(EMPTY, found("fed", 4), null);
    const second = merged(first, found("cba", null), 4);
    expect([names(second.rows), second.next]).toEqual(["fedcba", null]);
  });

  it("takes new executions at its top and keeps what was loaded below", () => {
    const both = merged(merged(EMPTY, found("fed", 4), null), found("cb", 2), 4);
    const news = merged(both, found("gfe", 5), null);
    expect([names(news.rows), news.next]).toEqual(["gfedcb", 2]);
  });

  it("begins anew when so many came that there would be a gap", () => {
    const both = merged(merged(EMPTY, found("fed", 4), null), found("cb", 2), 4);
    const news = merged(both, found("zyx", 9), null);
    expect([names(news.rows), news.next]).toEqual(["zyx", 9]);
  });

  it("is asked for as the address says", () => {
    const filter = filterOf(new URLSearchParams("status=FAILED&name=a&redriven=no&since=2026-01-01T00:00Z&text=x"));
    expect(filter).toEqual({ status: "FAILED", redriven: false, prefix: "a", since: 1767225600, until: undefined, error: "", text: "x" });
    expect(isPlain(filter)).toBe(false);
    expect(isPlain(filterOf(new URLSearchParams("status=FAILED&since=nonsense")))).toBe(true);
  });
});
