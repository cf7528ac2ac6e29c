import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the API runs while the pages are worked on: `npm run dev`.
const api = process.env.SMART_SUPPORT_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  // The API owns /incidents, /agents and the like at the root; the pages live under /ui.
  base: "/ui/",
  plugins: [react()],
  // The server puts a fresh nonce in place of this word into each answer.
  html: { cspNonce: "__CSP_NONCE__" },
  // Into the Python package: its wheel holds the pages, and the API serves them.
  build: {
    outDir: "../src/smart_support/dashboard",
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "^/(?!ui/)": { target: api, changeOrigin: false } } },
  test: { environment: "node", include: ["tests/**/*.test.ts"] },
});
