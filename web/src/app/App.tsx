import { Component, lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { href, useRoute } from "../lib/route";
import { AuditPage } from "../pages/Audit";
import { DashboardPage } from "../pages/Dashboard";
import { ExecutionPage } from "../pages/Execution";
import { FunctionPage } from "../pages/Function";
import { FunctionsPage } from "../pages/Functions";
import { LogsPage } from "../pages/Logs";
import { MachinePage } from "../pages/Machine";
import { MachinesPage } from "../pages/Machines";
import { MapRunPage } from "../pages/MapRun";
import { Bones, Empty, Toasts } from "../ui/parts";
import { useCrumbs } from "./crumbs";
import { Shell } from "./Shell";

const Studio = lazy(() => import("../studio/Studio"));

export function App() {
  return (
    <>
      <Shell><Page /></Shell>
      <Toasts />
    </>
  );
}

function Page() {
  const { path, query } = useRoute();
  const key = path.join("/");
  const shown = useRef(key);
  // The new page is read from its top, by eyes and by screen readers: they hear its name (see Shell).
  useEffect(() => {
    if (shown.current === key) return;
    shown.current = key;
    const main = document.getElementById("main");
    if (!main) return;
    main.scrollTop = 0;
    // A field of the new page may have asked for the keyboard.
    if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  }, [key]);
  return <Guard key={key}>{page(path, query)}</Guard>;
}

function page([room, name, part]: readonly string[], query: URLSearchParams): ReactNode {
  if (room === undefined || (room === "machines" && !name)) return <MachinesPage query={query} />;
  if (room === "machines" && name && part === "edit") return <Suspense fallback={<div className="page"><Bones /></div>}><Studio arn={name} query={query} /></Suspense>;
  if (room === "machines" && name) return <MachinePage arn={name} query={query} />;
  if (room === "executions" && name) return <ExecutionPage arn={name} query={query} />;
  if (room === "compare") return <ComparePage query={query} />;
  if (room === "import") return <ImportPage query={query} />;
  if (room === "mapruns" && name) return <MapRunPage arn={name} />;
  if (room === "dashboard") return <DashboardPage query={query} />;
  if (room === "logs") return <LogsPage group={name} query={query} />;
  if (room === "audit") return <AuditPage query={query} />;
  if (room === "activities" && name) return <Suspense fallback={<div className="page"><Bones /></div>}><ActivityPage arn={name} /></Suspense>;
  if (room === "functions") return name ? <FunctionPage name={name} query={query} /> : <FunctionsPage query={query} />;
  return <Nowhere />;
}

function Nowhere() {
  useCrumbs([{ name: "Nothing here" }]);
  return (
    <div className="page">
      <Empty icon="search" title="There is nothing here">
        <p>The address does not lead to a page of the console.</p>
        <a className="btn" href={href(["machines"])}>State machines</a>
      </Empty>
    </div>
  );
}

/** Pages that few visits need are loaded when somebody comes. */
const ComparePage = later(async () => (await import("../pages/Compare")).ComparePage);
const ActivityPage = lazy(async () => ({ default: (await import("../pages/Activity")).ActivityPage }));
const ImportPage = later(async () => (await import("../pages/Import")).ImportPage);

function later(load: () => Promise<(props: { query: URLSearchParams }) => ReactNode>) {
  const Page = lazy(async () => ({ default: await load() }));
  return ({ query }: { query: URLSearchParams }) => <Suspense fallback={<div className="page"><Bones /></div>}><Page query={query} /></Suspense>;
}

/** A bug in one page leaves the rest of the console alive. */
class Guard extends Component<{ children: ReactNode }, { problem: Error | null }> {
  override state = { problem: null as Error | null };

  static getDerivedStateFromError(problem: Error) {
    return { problem };
  }

  override render() {
    if (!this.state.problem) return this.props.children;
    return (
      <div className="page">
        <Empty icon="alert" title="This page met a bug" bad>
          <p className="break"><code>{String(this.state.problem)}</code></p>
          <button type="button" className="btn" onClick={() => this.setState({ problem: null })}>Show it again</button>
        </Empty>
      </div>
    );
  }
}
