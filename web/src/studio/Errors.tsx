// What happens on errors: retriers and catchers.

import { ERRORS, partOf } from "../asl/fields";
import { get, insertItem, set, swapItems } from "../asl/patch";
import type { Json } from "../lib/json";
import { Icon } from "../ui/Icon";
import { FieldList, type Place, put, SelectInput, WordsInput } from "./Form";

type Body = Record<string, Json>;

export function ErrorHandling({ place, targets }: { place: Place; targets: readonly string[] }) {
  return (
    <div className="stack" style={{ gap: 18 }}>
      <List place={place} name="Retry" title="Retry" none="Errors are not retried." one="retrier" fresh={{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 }}>
        {(own) => <Retrier place={own} />}
      </List>
      <List place={place} name="Catch" title="Catch" none="Errors that are left fail the flow." one="catcher" fresh={{ ErrorEquals: ["States.ALL"], Next: targets[0] ?? "" }}>
        {(own) => <Catcher place={own} targets={targets} />}
      </List>
    </div>
  );
}

interface ListProps {
  place: Place;
  name: "Retry" | "Catch";
  title: string;
  none: string;
  one: string;
  fresh: Body;
  children: (place: Place) => React.ReactNode;
}

function List({ place, name, title, none, one, fresh, children }: ListProps) {
  const { text, pointer, write } = place;
  const at = `${pointer}/${name}`;
  const items = (get(text, at) as Body[] | undefined) ?? [];
  const add = () => (items.length ? write(insertItem(text, at, items.length, fresh)) : put(place, name, [fresh]));
  const remove = (index: number) => write(set(text, items.length === 1 ? at : `${at}/${index}`, undefined));
  return (
    <section className="stack" style={{ gap: 10 }} aria-label={title}>
      <div className="row"><h3 className="grow">{title}</h3><button type="button" className="btn small" onClick={add}><Icon name="plus" size={13} />Add a {one}</button></div>
      {!items.length && <p className="hint">{none}</p>}
      {items.map((_, index) => (
        <fieldset key={index} className="piece">
          <legend>{one.charAt(0).toUpperCase() + one.slice(1)} {index + 1}</legend>
          <div className="piece-tools">
            <button type="button" className="btn quiet small icon up" disabled={index === 0} aria-label={`${one} ${index + 1}: earlier`} onClick={() => write(swapItems(text, at, index - 1))}><Icon name="down" size={13} /></button>
            <button type="button" className="btn quiet small icon" disabled={index === items.length - 1} aria-label={`${one} ${index + 1}: later`} onClick={() => write(swapItems(text, at, index))}><Icon name="down" size={13} /></button>
            <button type="button" className="btn quiet small icon" aria-label={`Remove ${one} ${index + 1}`} onClick={() => remove(index)}><Icon name="trash" size={13} /></button>
          </div>
          <Names place={{ ...place, pointer: `${at}/${index}` }} />
          {children({ ...place, pointer: `${at}/${index}` })}
        </fieldset>
      ))}
    </section>
  );
}

function Names({ place }: { place: Place }) {
  const words = (get(place.text, `${place.pointer}/ErrorEquals`) as string[] | undefined) ?? [];
  return <WordsInput label="On errors" at={`${place.pointer}/ErrorEquals`} words={words} known={ERRORS} onChange={(changed) => put(place, "ErrorEquals", changed)} />;
}

function Retrier({ place }: { place: Place }) {
  return <div className="pair"><FieldList fields={partOf("retrier", place.language)} place={place} /></div>;
}

function Catcher({ place, targets }: { place: Place; targets: readonly string[] }) {
  const next = get(place.text, `${place.pointer}/Next`);
  return (
    <>
      <SelectInput label="Go to" at={`${place.pointer}/Next`} value={typeof next === "string" ? next : ""} options={targets} none={next ? null : "Choose"} onChange={(chosen) => put(place, "Next", chosen)} />
      <FieldList fields={partOf("catcher", place.language)} place={place} />
    </>
  );
}
