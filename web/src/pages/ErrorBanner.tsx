// Why an execution failed, read out of whatever the cause was packed in.

import type { Execution } from "../aws/types";
import type { Story } from "../history/fold";
import { useState } from "react";
import { unfold } from "../lib/json";
import { Icon } from "../ui/Icon";
import { JsonView } from "../ui/JsonView";
import { CopyButton } from "../ui/parts";
import { look } from "../ui/Status";

export function ErrorBanner({ execution, story, onShow }: { execution: Execution; story: Story; onShow: (step: number) => void }) {
  const { error, cause, status } = execution;
  const failed = story.failed;
  return (
    <section className={`banner ${status === "ABORTED" ? "warn" : ""}`} aria-label="Error">
      <Icon name={look(status).icon} />
      <div className="grow stack" style={{ gap: 6 }}>
        <div className="row wrap">
          <h2 className="grow">{error ?? look(status).word}{failed && <span className="soft" style={{ fontWeight: 450 }}> in {failed.name}</span>}</h2>
          {cause && <CopyButton text={cause} label="Copy the cause" />}
          {failed && <button type="button" className="btn small go-to" title={`Go to ${failed.name}`} onClick={() => onShow(failed.id)}><span className="clip">Go to {failed.name}</span></button>}
        </div>
        {cause && <CauseText cause={cause} error={error} />}
        {status === "TIMED_OUT" && !error && !cause && <p>It ran for longer than <code>TimeoutSeconds</code> of its state machine allows.</p>}
      </div>
    </section>
  );
}

/** `error` has been said already. */
export function CauseText({ cause, error }: { cause: string; error?: string | undefined }) {
  const { message, type, trace, rest } = unfold(cause);
  return (
    <>
      {(message || type) && <p className="break">{type && type !== message && type !== error && <strong>{type}: </strong>}<Shortened text={message} /></p>}
      {trace.length > 0 && <details><summary>Stack trace, {trace.length} {trace.length === 1 ? "frame" : "frames"}</summary><pre tabIndex={0}>{trace.join("\n")}</pre></details>}
      {rest !== undefined && <details open={!message}><summary>Details</summary><JsonView value={rest} open={1} /></details>}
    </>
  );
}

const LONG = 420;

/** A long text begins with its first lines. */
function Shortened({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  if (text.length <= LONG || whole) return <>{text}</>;
  return <>{text.slice(0, LONG - 60)}… <button type="button" className="linkish" onClick={() => setWhole(true)}>Show all</button></>;
}
