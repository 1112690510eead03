import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Writes each text file compressed beside itself, once, at build time: the server only chooses. */
function compressed(dist: string): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const path = join(dist, name);
        const content = readFileSync(path);
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        );
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Empties the folder, but keeps what tells version control to leave it alone. */
function swept(dist: string): Plugin {
  return {
    name: "swept",
    apply: "build",
    async buildStart() {
      const { rm } = await import("node:fs/promises");
      await Promise.all(
        readdirSync(dist)
          .filter((name) => name !== ".gitignore")
          .map((name) => rm(join(dist, name), { recursive: true })),
      );
    },
  };
}

const dist = join(import.meta.dirname, "embed");

export default defineConfig({
  base: "/console/",
  plugins: [react(), swept(dist), compressed(dist)],
  build: {
    outDir: dist,
    emptyOutDir: false,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  // `npm run dev` shows changes at once, beside a server on its usual address.
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/v2": "http://127.0.0.1:8080" } },
});
