import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

/** Given by the test that starts the server: crates/server/tests/door/console.rs. */
const url = process.env.INKMETER_URL;
if (url === undefined)
  throw new Error("INKMETER_URL is not set: run `make test`, or start a server and set it");

const chromium = process.env.INKMETER_TEST_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(chromium))
  throw new Error(`${chromium} is not there: install Chromium, or set INKMETER_TEST_CHROMIUM`);

const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 400, height: 800 } };
const languages = { en: "en-GB", zh: "zh-CN" };

export default defineConfig({
  testDir: ".",
  outputDir: "out",
  // The journeys share one server and its clock.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: url,
    actionTimeout: 10_000,
    screenshot: "only-on-failure",
    // Instants must come out in the account's zone, wherever the browser is.
    timezoneId: "America/New_York",
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: Object.entries(sizes).flatMap(([size, viewport]) =>
    Object.entries(languages).map(([language, locale]) => ({
      name: `${size} ${language}`,
      use: { viewport, locale },
    })),
  ),
});
