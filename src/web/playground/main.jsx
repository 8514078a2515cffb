/** The playground's page: GraphiQL with Shopkey's tabs, key and name. */
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { openDesk, readBoot } from "./desk.js";
import { openDrawer } from "./drawer.js";
import { EDITOR_THEME, Editors } from "./editors.jsx";
import icon from "./icon.svg";
import { headersText, openPause, parseHeaders, rememberKey } from "./key.js";
import "./playground.css";
import { STORY } from "./story.js";

const PLUGINS = [{ ...explorerPlugin({ showAttribution: false }), title: "Explorer" }, HISTORY_PLUGIN];
const PHONE = matchMedia("(max-width: 720px)").matches;
const DRAWER = openDrawer(localStorage, sessionStorage);

/** @param {{ boot: import("./key.js").Boot }} props */
function Playground({ boot }) {
  const [authorize] = useState(() => rememberKey(boot.key));
  // A new fetcher makes GraphiQL read the schema again, which a page without a key could not.
  const [authorization, setAuthorization] = useState(() => authorize());
  const [afterTyping] = useState(() => openPause(400));
  const fetcher = useMemo(() => openDesk(boot.endpoint, authorization), [boot.endpoint, authorization]);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      storage={DRAWER}
      defaultTabs={STORY}
      defaultHeaders={headersText(boot.key)}
      defaultEditorToolsVisibility={boot.key && PHONE ? false : "headers"}
      onEditHeaders={(text) => afterTyping(setAuthorization, authorize(parseHeaders(text)))}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      schemaDescription
      editorTheme={EDITOR_THEME}
    >
      <GraphiQL.Logo>
        <Editors />
        <div className="shopkey-name">
          <img src={icon} alt="" />
          <span>Shopkey</span>
        </div>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const boot = await readBoot();
const root = document.getElementById("playground");
if (root) createRoot(root).render(<Playground boot={boot} />);
