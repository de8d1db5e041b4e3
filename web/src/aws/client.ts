// The console's own small AWS client, and the client of /_treadle/api. All addresses are relative to the page.

import { placeOf, type Place } from "../lib/arn";
import { place } from "../lib/settings";

export class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** Nobody answered. */
  get offline(): boolean {
    return this.status === 0;
  }

  /** It may go better next time: nobody answered, or not well. */
  get passing(): boolean {
    return this.offline || this.status === 429 || this.status >= 500;
  }

  get missing(): boolean {
    return /DoesNotExist|NotFound/.test(this.code);
  }
}

/** Where the server is: the page's own address without its hash and query. */
export const ROOT = typeof document === "undefined" ? "" : new URL(".", document.baseURI).href;

/** The server reads account, region and service out of the signature and does not check it. */
export function signature(service: string, where: Place): string {
  return `AWS4-HMAC-SHA256 Credential=${where.account}/20260101/${where.region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    // The audit trail keeps what the console changes, not what it merely shows.
    response = await fetch(ROOT + path, { ...init, headers: { ...init.headers, "x-treadle-console": "1" }, cache: "no-store" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Failure("Unreachable", "The server does not answer.", 0);
  }
  if (!response.ok) throw await failure(response);
  if (response.status === 204) return response;
  try {
    const { status, headers } = response;
    return new Response(await response.arrayBuffer(), { status, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Failure("Incomplete", "The server's answer broke off.", 0);
  }
}

/** What an answer says. Something between us and the server may have answered in its place. */
export async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new Failure("NotJson", "What answered sent no JSON, so it was not treadle. Is a proxy in between?", 502);
  }
}

async function failure(response: Response): Promise<Failure> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // A proxy's page, perhaps.
  }
  const code = String(body.__type ?? response.headers.get("x-amzn-errortype") ?? `HTTP ${response.status}`);
  const message = body.message ?? body.Message ?? `The server answered with status ${response.status}.`;
  return new Failure(code.split("#").pop()!.split(":")[0]!, String(message), response.status);
}

/** A Step Functions operation, in the account and region of the ARN in `params` if there is one. */
export async function states<T>(operation: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<T> {
  const arn = Object.entries(params).find(([name, value]) => /arn$/i.test(name) && typeof value === "string" && name !== "roleArn");
  const where = (arn && placeOf(arn[1] as string)) || place.get();
  const response = await send("", {
    method: "POST",
    headers: {
      authorization: signature("states", where),
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AWSStepFunctions.${operation}`,
    },
    body: JSON.stringify(params),
    signal: signal ?? null,
  });
  return json<T>(response);
}

/** All pages of a listing. */
export async function all<T>(operation: string, member: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  let nextToken: string | undefined;
  do {
    const page: Record<string, unknown> = await states(operation, { ...params, maxResults: 1000, nextToken }, signal);
    found.push(...(page[member] as T[]));
    nextToken = page.nextToken as string | undefined;
  } while (nextToken);
  return found;
}

/** A CloudWatch Logs operation. */
export async function cloudwatch<T>(operation: string, params: Record<string, unknown>, where: Place | null, signal?: AbortSignal): Promise<T> {
  const response = await send("", {
    method: "POST",
    headers: {
      authorization: signature("logs", where ?? place.get()),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `Logs_20140328.${operation}`,
    },
    body: JSON.stringify(params),
    signal: signal ?? null,
  });
  return json<T>(response);
}

/** A request of the Lambda API: path below /2015-03-31, or with the date of another version of it. */
export async function lambda(method: string, path: string, body?: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return send(/^\/20\d\d-/.test(path) ? path.slice(1) : `2015-03-31${path}`, {
    method,
    headers: { authorization: signature("lambda", place.get()), "content-type": "application/json", ...headers },
    body: body ?? null,
    signal: signal ?? null,
  });
}

/** One of our own questions: GET without a body, POST with one. */
export async function ask<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(`_treadle/api/${path}`, {
    method: body === undefined ? "GET" : "POST",
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    signal: signal ?? null,
  });
  return json<T>(response);
}

export async function download(path: string): Promise<ArrayBuffer> {
  return (await send(path, { method: "GET" })).arrayBuffer();
}
