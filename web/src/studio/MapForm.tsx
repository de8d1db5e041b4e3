// What only a Map has: how its items are worked on, where they come from, how they are batched, where results go.

import { modernMap, type Edited } from "../asl/edits";
import { partOf, type Field, type Part } from "../asl/fields";
import { get, set } from "../asl/patch";
import type { Json } from "../lib/json";
import { Icon } from "../ui/Icon";
import { FieldList, type Place, put, SelectInput } from "./Form";

type Body = Record<string, Json>;

/** Inline or distributed, and what is said of the flow inside. */
export function Processor({ place, edit }: { place: Place; edit: (edited: Edited) => void }) {
  const { text, pointer, write } = place;
  const name = get(text, `${pointer}/ItemProcessor`) === undefined ? "Iterator" : "ItemProcessor";
  const at = `${pointer}/${name}`;
  const config = (get(text, `${at}/ProcessorConfig`) as Body | undefined) ?? {};
  const configure = (changed: string) => {
    const parsed = (get(changed, `${at}/ProcessorConfig`) as Body | undefined) ?? {};
    // The kind of child executions belongs to distributed Maps only, and there it must be said.
    if (parsed.Mode !== "DISTRIBUTED") return write(set(changed, `${at}/ProcessorConfig/ExecutionType`, undefined));
    write(parsed.ExecutionType === undefined ? set(changed, `${at}/ProcessorConfig/ExecutionType`, "STANDARD") : changed);
  };
  const ready = get(text, `${at}/ProcessorConfig`) === undefined ? set(text, `${at}/ProcessorConfig`, {}, null) : text;
  const old = name === "Iterator" || get(text, `${pointer}/Parameters`) !== undefined;
  return (
    <>
      {old && (
        <div className="note info">
          <Icon name="info" size={13} />
          <span className="grow">Written the older way: {name === "Iterator" ? <><code>Iterator</code> is now <code>ItemProcessor</code></> : <><code>Parameters</code> are now <code>ItemSelector</code></>}.</span>
          <button type="button" className="btn small" onClick={() => edit(modernMap(text, pointer))}>Write as {name === "Iterator" ? "ItemProcessor" : "ItemSelector"}</button>
        </div>
      )}
      {name === "ItemProcessor" && <FieldList fields={partOf("processorConfig", place.language).map(withDefault(config))} place={{ ...place, text: ready, pointer: `${at}/ProcessorConfig`, write: configure }} />}
      <FlowFields place={{ ...place, pointer: at }} part="processor" />
    </>
  );
}

/** What is meant when nothing is said. */
function withDefault(config: Body): (field: Field) => Field {
  return (field) => (field.name === "Mode" && config.Mode === undefined ? { ...field, hint: "Inline when left out" } : field);
}

/** Where an inner flow begins, and its comment. */
export function FlowFields({ place, part, label = "First state" }: { place: Place; part: Part; label?: string }) {
  const flow = get(place.text, place.pointer) as Body | undefined;
  if (!flow) return null;
  return (
    <>
      <SelectInput label={label} at={`${place.pointer}/StartAt`} none={null} value={String(flow.StartAt ?? "")} options={Object.keys((flow.States as Body | undefined) ?? {})} onChange={(name) => put(place, "StartAt", name)} />
      <FieldList fields={partOf(part, place.language)} place={place} />
    </>
  );
}

/** Items in, results out. Reader, batches and writer are for distributed Maps. */
export function ItemsForm({ place, fields }: { place: Place; fields: readonly Field[] }) {
  const { language } = place;
  const given = language === "JSONata" ? "Arguments" : "Parameters";
  const body = (get(place.text, place.pointer) as Body | undefined) ?? {};
  const distributed = ((body.ItemProcessor as Body | undefined)?.ProcessorConfig as Body | undefined)?.Mode === "DISTRIBUTED";
  const may = (name: string) => distributed || name in body;
  return (
    <>
      {may("ItemReader") && (
        <Piece title="Items from a file" name="ItemReader" place={place} none="The items are an array of the input." fresh={{ Resource: "arn:aws:states:::s3:getObject", ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" }, [given]: { Bucket: "", Key: "" } }}>
          {(own) => (
            <>
              <FieldList fields={partOf("itemReader", language).slice(0, 1)} place={own} />
              <Inner name="ReaderConfig" part="readerConfig" place={own} hide={/listObjectsV2$|\$\{/.test(String(get(place.text, `${own.pointer}/Resource`))) ? undefined : "Transformation"} />
              <FieldList fields={partOf("itemReader", language).slice(1)} place={own} />
            </>
          )}
        </Piece>
      )}
      <FieldList fields={fields} place={place} />
      {may("ItemBatcher") && (
        <Piece title="Batches" name="ItemBatcher" place={place} none="Each item is a child execution of its own." fresh={{ MaxItemsPerBatch: 100 }}>
          {(own) => <FieldList fields={partOf("itemBatcher", language)} place={own} />}
        </Piece>
      )}
      {may("ResultWriter") && (
        <Piece title="Results to S3" name="ResultWriter" place={place} none="The results are the state's result." fresh={{ Resource: "arn:aws:states:::s3:putObject", [given]: { Bucket: "", Prefix: "results" } }}>
          {(own) => (
            <>
              <FieldList fields={partOf("resultWriter", language)} place={own} />
              <Inner name="WriterConfig" part="writerConfig" place={own} />
            </>
          )}
        </Piece>
      )}
      {!distributed && <p className="hint">A distributed Map can read its items from S3, work in batches and write its results to S3.</p>}
    </>
  );
}

/** The fields of an object that comes with the first of them and goes with the last. */
function Inner({ name, part, place, hide }: { name: string; part: Part; place: Place; hide?: string | undefined }) {
  const at = `${place.pointer}/${name}`;
  const missing = get(place.text, at) === undefined;
  const text = missing ? set(place.text, at, {}) : place.text;
  const write = (changed: string, key?: string | null) => {
    const left = get(changed, at) as Body | undefined;
    place.write(left && !Object.keys(left).length ? set(changed, at, undefined) : changed, key);
  };
  const there = get(text, at) as Body;
  return <FieldList fields={partOf(part, place.language).filter((field) => field.name !== hide || field.name in there)} place={{ ...place, text, pointer: at, write }} />;
}

interface PieceProps {
  title: string;
  name: string;
  place: Place;
  /** What is so while it is not there. */
  none: string;
  fresh: Body;
  children: (place: Place) => React.ReactNode;
}

/** An object that can be there or not. */
function Piece({ title, name, place, none, fresh, children }: PieceProps) {
  const there = get(place.text, `${place.pointer}/${name}`) !== undefined;
  return (
    <section className="stack" style={{ gap: 10 }} aria-label={title}>
      <div className="row"><h3 className="grow">{title}</h3>{!there && <button type="button" className="btn small" onClick={() => put(place, name, fresh)}><Icon name="plus" size={13} />Add<span className="sr"> {title}</span></button>}</div>
      {!there ? <p className="hint">{none}</p> : (
        <fieldset className="piece">
          <legend><code>{name}</code></legend>
          <div className="piece-tools"><button type="button" className="btn quiet small icon" aria-label={`Remove ${name}`} onClick={() => put(place, name, undefined)}><Icon name="trash" size={13} /></button></div>
          {children({ ...place, pointer: `${place.pointer}/${name}` })}
        </fieldset>
      )}
    </section>
  );
}
