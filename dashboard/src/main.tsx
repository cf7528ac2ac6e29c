import "@mantine/core/styles.css";
import "@fontsource-variable/inter/wght.css";
import "./base.css";

import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Refused } from "./api/client";
import { App } from "./App";
import { theme } from "./theme";

// Mantine, and the scroll lock of its dialogs, write <style> elements: they carry the nonce of this page.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
setNonce(nonce);

/** Whatever is refused so, the session has ended: the page asks, and shows the sign-in. */
function askWho(error: Error): void {
  if (error instanceof Refused && error.status === 401) void queries.invalidateQueries({ queryKey: ["session"] });
}

const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== "session") askWho(error);
    },
  }),
  mutationCache: new MutationCache({ onError: askWho }),
  // "always": the server may be this machine, which a browser that is offline reaches; and what cannot be sent fails
  // now, for its user to see, rather than be sent an hour later.
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      retry: (count, error) => count < 3 && (!(error instanceof Refused) || error.passes),
    },
  },
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: "smart-support.scheme" })}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
