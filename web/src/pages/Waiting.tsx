// Tasks that wait for somebody outside: who, until when, and a form to answer in their place.

import { useState } from "react";
import { states } from "../aws/client";
import { take, waitingOf, type WaitingTask } from "../aws/looking";
import { useData, useNow } from "../lib/data";
import { duration } from "../lib/format";
import { readJson } from "../lib/json";
import { Icon } from "../ui/Icon";
import { CopyButton, Dialog, Segments, toast, useAction } from "../ui/parts";

export function useWaiting(arn: string, running: boolean, events: number): WaitingTask[] {
  const found = useData(running ? `waiting ${arn} ${events}` : null, (signal) => waitingOf(arn, signal));
  return (running && found.data?.tasks) || [];
}

export function Waiting({ arn, tasks, onShow }: { arn: string; tasks: WaitingTask[]; onShow?: (step: number) => void }) {
  const [chosen, setChosen] = useState<WaitingTask | null>(null);
  const now = useNow(true);
  return (
    <>
    <section className="banner waiting" aria-label="Waits for an answer">
      <Icon name="clock" />
      <ul className="grow stack" style={{ gap: 6 }}>
        {tasks.slice(0, 20).map((task) => (
          <li key={task.task} className="row wrap">
            <span className="grow">
              {onShow ? <button type="button" className="linkish" onClick={() => onShow(task.event)}>{task.state}</button> : <strong>{task.state}</strong>}{" "}
              {task.kind === "callback" ? "waits for its task token to come back" : task.phase === "scheduled" ? "waits for a worker of its activity" : "waits for its worker's answer"}
              <span className="faint num">{until(task.heartbeat_at, now, ", heartbeat due")}{until(task.timeout_at, now, ", times out")}</span>
            </span>
            {task.token && <CopyButton text={task.token} label="Copy the task token">Token</CopyButton>}
            <button type="button" className="btn small primary" onClick={() => setChosen(task)}>Answer</button>
          </li>
        ))}
        {tasks.length > 20 && <li className="faint">and {tasks.length - 20} more</li>}
      </ul>
    </section>
    {chosen && <AnswerDialog arn={arn} task={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function until(at: number | null, now: number, words: string): string {
  return at === null ? "" : at > now ? `${words} in ${duration(Math.ceil(at - now))}` : `${words} now`;
}

const VERDICTS = [{ id: "success", name: "Success", icon: "check" }, { id: "failure", name: "Failure", icon: "cross" }, { id: "heartbeat", name: "Heartbeat", icon: "activity" }] as const;

function AnswerDialog({ arn, task, onClose }: { arn: string; task: WaitingTask; onClose: () => void }) {
  const [verdict, setVerdict] = useState<"success" | "failure" | "heartbeat">("success");
  const [output, setOutput] = useState("{}");
  const [error, setError] = useState("");
  const [cause, setCause] = useState("");
  const read = readJson(output);
  const [send, busy] = useAction(async () => {
    const taskToken = task.token ?? (await take(arn, task.task)).taskToken;
    // The token names the execution; the account and region are its own.
    if (verdict === "success") await states("SendTaskSuccess", { taskToken, output });
    else if (verdict === "failure") await states("SendTaskFailure", { taskToken, ...(error && { error }), ...(cause && { cause }) });
    else await states("SendTaskHeartbeat", { taskToken });
    toast(verdict === "heartbeat" ? "Heartbeat sent" : `${task.state} was answered`);
    onClose();
  });
  return (
    <Dialog title={`Answer ${task.state}`} onClose={onClose} foot={<><span className="grow faint">{verdict === "success" && (read.problem === undefined ? "Valid JSON" : read.problem)}</span><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" onClick={send} disabled={busy || (verdict === "success" && read.problem !== undefined)}>Send</button></>}>
      <p className="soft">{task.kind === "activity" && task.phase === "scheduled" ? "No worker has taken this task. Sending takes it in the console's name first." : "As the holder of the task token would, with the same API call."}</p>
      <Segments options={VERDICTS} value={verdict} onChange={setVerdict} label="Answer" />
      {verdict === "success" && <div className="field"><label htmlFor="answer-output">Output, JSON</label><textarea id="answer-output" data-autofocus className="input code-input" rows={8} spellCheck={false} value={output} onChange={(event) => setOutput(event.target.value)} /></div>}
      {verdict === "failure" && (
        <>
          <div className="field"><label htmlFor="answer-error">Error</label><input id="answer-error" className="input" value={error} onChange={(event) => setError(event.target.value)} /></div>
          <div className="field"><label htmlFor="answer-cause">Cause</label><textarea id="answer-cause" className="input" rows={3} value={cause} onChange={(event) => setCause(event.target.value)} /></div>
        </>
      )}
      {verdict === "heartbeat" && <p>The task goes on waiting, and its heartbeat timeout starts again.</p>}
    </Dialog>
  );
}
