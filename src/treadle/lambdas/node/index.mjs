// Runs a Node.js function: speaks the Lambda Runtime API for it, as AWS's own runtime client does.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";

const LOG_FD = 3;
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const jsonLogs = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
// Frame types of log records, by level (the last byte tells text from JSON).
const FRAMES = { TRACE: 0x06, DEBUG: 0x0a, INFO: 0x0e, WARN: 0x12, ERROR: 0x16, FATAL: 0x1a };

let current = null; // the invocation that is running: { id, respond, fail }

class RuntimeError extends Error {
  constructor(kind, message) {
    super(message);
    this.name = `Runtime.${kind}`;
  }
}

// ---- The Runtime API

function call(method, place, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: `/2018-06-01/runtime/${place}`, headers };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const errorHeaders = (error) => ({
  "Content-Type": "application/json",
  "Lambda-Runtime-Function-Error-Type": encodeURI(described(error).errorType),
});

function described(error) {
  if (util.types.isNativeError(error) || (error && error.name && error.message && error.stack)) {
    return { errorType: String(error.name), errorMessage: error.message, trace: (error.stack || "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// ---- Logs

function frame(level, text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE((0xa55a0000 | (FRAMES[level] + (jsonLogs ? 0 : 1))) >>> 0, 0);
  head.writeUInt32BE(body.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  fs.writeSync(LOG_FD, Buffer.concat([head, body]));
}

function log(level, args) {
  const least = LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || "TRACE").toUpperCase());
  if (LEVELS.indexOf(level) < least) return;
  const at = new Date().toISOString();
  if (!jsonLogs) {
    frame(level, `${at}\t${current?.id}\t${level}\t${util.format(...args)}\n`);
    return;
  }
  const record = { timestamp: at, level, requestId: current?.id };
  const [only] = args;
  if (args.length === 1 && util.types.isNativeError(only)) {
    const { errorType, errorMessage, trace } = described(only);
    Object.assign(record, { errorType, errorMessage, stackTrace: trace });
  } else {
    record.message = args.length === 1 && typeof only === "object" ? only : util.format(...args);
  }
  frame(level, JSON.stringify(record) + "\n");
}

function patchConsole() {
  console.log = (...args) => log("INFO", args);
  console.info = (...args) => log("INFO", args);
  console.debug = (...args) => log("DEBUG", args);
  console.warn = (...args) => log("WARN", args);
  console.error = (...args) => log("ERROR", args);
  console.trace = (...args) => log("TRACE", args);
}

function logError(title, error) {
  const { errorType, errorMessage, trace } = described(error);
  console.error(`${title} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
}

// ---- The handler

const require = createRequire(import.meta.url);

async function loadModule(root, name) {
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = path.resolve(root, name + extension);
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) continue;
    if (extension === ".cjs" || (extension !== ".mjs" && !isModule(file))) return require(file);
    return import(pathToFileURL(file).href);
  }
  try {
    return require(path.resolve(root, name));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    const places = (process.env.NODE_PATH || "").split(":").filter(Boolean);
    return require(require.resolve(name, { paths: [root, ...places] }));
  }
}

// Does the nearest package.json say that .js files are ES modules?
function isModule(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, "utf8")).type === "module";
    if (folder === path.dirname(folder) || folder === process.env.LAMBDA_TASK_ROOT) return false;
  }
}

async function loadHandler(name) {
  if (name.includes("..")) throw new RuntimeError("MalformedHandlerName", `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const match = path.basename(name).match(/^([^.]*)\.(.*)$/);
  if (!match) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const root = path.resolve(process.env.LAMBDA_TASK_ROOT, path.dirname(name));
  let module;
  try {
    module = await loadModule(root, match[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw Object.assign(error, { name: "Runtime.UserCodeSyntaxError" });
    if (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND") {
      throw new RuntimeError("ImportModuleError", String(error));
    }
    throw error;
  }
  const handler = match[2].split(".").reduce((at, key) => at?.[key], module) ?? module.default?.[match[2]];
  if (!handler) throw new RuntimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new RuntimeError("HandlerNotFound", `${name} is not a function`);
  return handler;
}

// ---- One invocation

function contextOf(headers, callback) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const client = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: client ? JSON.parse(client) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: (error, result) => callback(error, result),
    succeed: (result) => callback(null, result),
    fail: (error) => callback(error ?? "handled"),
  };
}

// Resolves with the handler's result, rejects with its error: from its promise, its callback, or an idle event loop.
function run(handler, headers, body) {
  return new Promise((resolve, reject) => {
    let answer = null; // what the callback gave, while the event loop still has work
    const settle = () => (answer?.error != null ? reject(answer.error) : resolve(answer?.result));
    process.removeAllListeners("beforeExit");
    process.once("beforeExit", settle);
    const context = contextOf(headers, (error, result) => {
      if (answer) return;
      answer = { error, result };
      if (!context.callbackWaitsForEmptyEventLoop || error != null) settle();
    });
    const returned = handler(JSON.parse(body.toString() || "null"), context, (error, result) => context.done(error, result));
    if (typeof returned?.then === "function") returned.then(resolve, reject);
  });
}

async function serve(handler) {
  for (;;) {
    const { headers, body } = await call("GET", "invocation/next");
    const id = headers["lambda-runtime-aws-request-id"];
    current = { id };
    process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
    try {
      const result = await run(handler, headers, body);
      const text = serialized(result);
      await call("POST", `invocation/${id}/response`, text, { "Content-Type": "application/json" });
    } catch (error) {
      logError("Invoke Error", error);
      await call("POST", `invocation/${id}/error`, JSON.stringify(described(error)), errorHeaders(error));
    }
    current = null;
  }
}

function serialized(result) {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

// ---- What nobody caught

async function collapse(title, error) {
  logError(title, error);
  const place = current ? `invocation/${current.id}/error` : "init/error";
  await call("POST", place, JSON.stringify(described(error)), errorHeaders(error));
  process.exit(129);
}

process.on("uncaughtException", (error) => collapse("Uncaught Exception", error));
process.on("unhandledRejection", (reason) => {
  const error = new RuntimeError("UnhandledPromiseRejection", String(reason?.stack ? `${reason.name}: ${reason.message}` : reason));
  error.stack = [`${error.name}: ${error.message}`, ...(reason?.stack?.split("\n").slice(1) ?? [])].join("\n");
  collapse("Unhandled Promise Rejection", error);
});

patchConsole();
let handler;
try {
  handler = await loadHandler(process.env._HANDLER);
} catch (error) {
  await collapse("Uncaught Exception", error);
}
await serve(handler);
