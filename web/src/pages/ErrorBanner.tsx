// Why an execution failed, read out of whatever the cause was packed in.

import type { Execution } from "../aws/types";
import type { Story } from "../history/fold";
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
          {failed && <button type="button" className="btn small" onClick={() => onShow(failed.id)}>Go to {failed.name}</button>}
        </div>
        {cause && <CauseText cause={cause} />}
      </div>
    </section>
  );
}

export function CauseText({ cause }: { cause: string }) {
  const { message, type, trace, rest } = unfold(cause);
  return (
    <>
      {(message || type) && <p className="break">{type && type !== message && <strong>{type}: </strong>}{message}</p>}
      {trace.length > 0 && <details><summary>Stack trace, {trace.length} {trace.length === 1 ? "frame" : "frames"}</summary><pre tabIndex={0}>{trace.join("\n")}</pre></details>}
      {rest !== undefined && <details open={!message}><summary>Details</summary><JsonView value={rest} open={1} /></details>}
    </>
  );
}
