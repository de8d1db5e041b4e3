import "./styles/base.css";
import "./styles/shell.css";
import "./styles/ui.css";
import "./styles/graph.css";
import "./styles/pages.css";
import "./styles/execution.css";
import "./styles/timeline.css";
import "./styles/charts.css";
import "./styles/logs.css";
import "./styles/studio.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { connect } from "./lib/live";

connect();
createRoot(document.getElementById("root")!).render(<App />);
