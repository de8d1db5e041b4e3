// Functions, what they did, and who uses them.

import { json, lambda } from "../aws/client";
import { uses } from "../aws/ledgers";
import type { FunctionConfiguration } from "../aws/types";
import type { Place } from "../lib/arn";

/** All pages of a listing of the Lambda API. */
export async function pages<T>(path: string, member: string, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  let marker: string | undefined;
  do {
    const response = await lambda("GET", `${path}${path.includes("?") ? "&" : "?"}MaxItems=50${marker ? `&Marker=${encodeURIComponent(marker)}` : ""}`, undefined, {}, signal);
    const body = await json<Record<string, unknown>>(response);
    found.push(...(body[member] as T[]));
    marker = (body.NextMarker as string | null) ?? undefined;
  } while (marker);
  return found;
}

export function listFunctions(signal?: AbortSignal): Promise<FunctionConfiguration[]> {
  return pages("/functions/", "Functions", signal);
}

/** The state machines that call each function, by the function's name. */
export async function callers(where: Place, signal?: AbortSignal): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [machine, used] of Object.entries(await uses(where, signal))) {
    for (const { service, resource } of used) {
      if (service !== "lambda") continue;
      const name = nameOf(resource);
      if (!found[name]?.includes(machine)) (found[name] ??= []).push(machine);
    }
  }
  return found;
}

/** The name in a function's name, partial ARN or ARN, with or without qualifier. */
export function nameOf(resource: string): string {
  const parts = resource.split(":");
  const at = parts.indexOf("function");
  return (at >= 0 ? parts[at + 1] : parts[0]) ?? resource;
}
