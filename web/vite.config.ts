import { defineConfig } from "vite";

// The page is served at `/`, its files below /_treadle/console/. All addresses are relative, so that the console
// works below any path a proxy gives it.
const FILES = "_treadle/console/";
const SERVER = "http://localhost:4566";

export default defineConfig({
  base: "./",
  html: { cspNonce: "__CSP_NONCE__" },
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === "html" ? `./${FILES}${file}` : { relative: true }),
  },
  build: {
    outDir: "../src/treadle/console/static",
    emptyOutDir: true,
    target: "es2022",
    // Small pictures must not become data: addresses, the policy would refuse some of them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/_treadle/api": SERVER,
      "/_treadle/health": SERVER,
      "/_treadle/lambda": SERVER,
      "/2015-03-31": SERVER,
      "/": { target: SERVER, bypass: (request) => (request.method === "POST" ? undefined : request.url) },
    },
  },
});
