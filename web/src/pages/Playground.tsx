// Expressions tried on what a past state really saw; evaluated by the server, with the evaluators of the engine.

import { useEffect, useState } from "react";
import { evaluate, type Evaluated, type Hint } from "../aws/looking";
import type { Step } from "../history/fold";
import { useData } from "../lib/data";
import { setQuery } from "../lib/route";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Segments, Trouble } from "../ui/parts";
import { useFlow } from "./StepFlow";

const PAUSE = 250;
const LANGUAGES = [{ id: "JSONPath", name: "JSONPath" }, { id: "JSONata", name: "JSONata" }] as const;
const EXAMPLES = {
  JSONPath: ["$", "$$.State.Name", "States.JsonToString($)", '{"copy.$": "$"}'],
  JSONata: ["$states.input", "$states.context.State.Name", "$keys($states.input)", '{"copy": "{% $states.input %}"}'],
};

export function Playground({ arn, step, query }: { arn: string; step: Step; query: URLSearchParams }) {
  const flow = useFlow(arn, step, null).data;
  const language = (query.get("lang") ?? flow?.language ?? "JSONPath") as "JSONPath" | "JSONata";
  const root = query.get("root") ?? "input";
  const [text, setText] = useState(query.get("try") ?? memory.get(`try.${language}`) ?? EXAMPLES[language][0]!);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(text);
      memory.set(`try.${language}`, text);
      setQuery({ try: text });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text, language]);
  const key = flow && asked.trim() ? `try ${arn} ${step.id} ${step.events.length} ${language} ${root} ${asked}` : null;
  const found = useData(key, (signal) => evaluate({ execution: arn, event: step.id, expression: asked, language, root }, signal));
  const names = Object.keys({ ...flow?.variables });
  const roots = ["input", ...(flow?.stages.some(({ name }) => name === "result") ? ["result"] : []), ...(step.ended && step.status !== "failed" ? ["output"] : [])];
  return (
    <>
      <div className="row wrap">
        <Segments options={LANGUAGES} value={language} onChange={(id) => { setQuery({ lang: id }); if (EXAMPLES[language].includes(text)) setText(EXAMPLES[id][0]!); }} label="Language" />
        {language === "JSONPath" && <label className="row"><code>$</code><span className="soft">is the</span><select className="input" style={{ height: 30, width: "auto" }} value={root} onChange={(event) => setQuery({ root: event.target.value })}>{roots.map((name) => <option key={name}>{name}</option>)}</select></label>}
      </div>
      <textarea className="input code-input" rows={4} spellCheck={false} aria-label="Expression" value={text} onChange={(event) => setText(event.target.value)} />
      <div className="row wrap" style={{ gap: 6 }}>
        {EXAMPLES[language].map((each) => <button key={each} type="button" className="btn small" onClick={() => setText(each)}><code>{each}</code></button>)}
        {names.slice(0, 6).map((name) => <button key={name} type="button" className="btn small" title="A variable this state saw" onClick={() => setText(`$${name}`)}><code>${name}</code></button>)}
      </div>
      <div aria-live="polite" className="stack" style={{ gap: 10 }}>
        {found.failure ? <Trouble failure={found.failure} what="expression" onRetry={found.reload} /> : found.data && <Result found={found.data} text={asked} onUse={setText} />}
      </div>
      <p className="faint">On what {step.name} saw when it ran: its input, result, variables and context. Nothing is changed and nothing is called.</p>
    </>
  );
}

function Result({ found, text, onUse }: { found: Evaluated; text: string; onUse: (text: string) => void }) {
  return (
    <>
      {found.value !== undefined && <Payload title={`Value · ${found.type}`} text={found.value} />}
      {(found.error || found.nothing) && (
        <section className={`banner ${found.nothing ? "warn" : ""}`} aria-label="Problem"><Icon name={found.nothing ? "info" : "alert"} /><div className="grow stack" style={{ gap: 4 }}>
          <h3 className="break">{found.nothing ? "Nothing there" : found.error}</h3>
          <p className="break">{found.message}</p>
          {found.position !== undefined && <pre>{text.slice(0, found.position)}<mark>{text.slice(found.position, found.position + 1) || " "}</mark>{text.slice(found.position + 1)}</pre>}
        </div></section>
      )}
      {found.hint && <HintBox hint={found.hint} onUse={onUse} />}
    </>
  );
}

function HintBox({ hint, onUse }: { hint: Hint; onUse: (text: string) => void }) {
  return (
    <section className="hint-box" aria-label="Hint">
      <p><code className="ok-code">{hint.prefix}</code><code className="lost-code">{hint.rest}</code></p>
      <p>Up to <code>{hint.prefix}</code> it finds {hint.type === "array" ? `an array of ${hint.length}` : hint.type === "object" ? "an object" : `a ${hint.type}`}{hint.members ? hint.members.length ? `${hint.type === "array" ? ", whose first item" : ""} with the members:` : " without members." : ", which has no members."}</p>
      {hint.meant && <p><strong>Did you mean <code>{hint.meant}</code>?</strong></p>}
      {hint.members && <p className="row wrap" style={{ gap: 4 }}>{hint.members.map((name) => <button key={name} type="button" className="btn small" onClick={() => onUse(`${hint.prefix}${hint.type === "array" && hint.prefix.startsWith("$") ? "[0]" : ""}.${/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``}`)}><code>{name}</code></button>)}</p>}
    </section>
  );
}
