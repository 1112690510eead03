/** What every test of the console has: words of its language, and eyes on everything that must not happen. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { test as base, expect, type Page } from "@playwright/test";

import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.INKMETER_PICTURES;

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

export interface Watch {
  /** Answers with this status are expected from now on; the browser writes each to its console. */
  allow: (status: number) => void;
}

export const test = base.extend<{ words: typeof en; isNarrow: boolean; watch: Watch }>({
  words: async ({ locale }, give) => {
    await give(locale?.startsWith("zh") === true ? zh : en);
  },
  isNarrow: async ({ viewport }, give) => {
    await give((viewport?.width ?? 1280) < 900);
  },
  watch: [
    async ({ page, baseURL }, give) => {
      const faults: string[] = [];
      const allowed = new Set<number>();
      const origin = new URL(baseURL ?? "").origin;
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(
            `CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
          );
        });
      });
      page.on("console", (message) => {
        if (message.type() !== "error" && message.type() !== "warning") return;
        const status = /status of (\d+)/.exec(message.text())?.[1];
        if (status !== undefined && allowed.has(Number(status))) return;
        faults.push(`console: ${message.text()} (${message.location().url})`);
      });
      page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
      page.on("request", (request) => {
        const { protocol, origin: asked } = new URL(request.url());
        if (protocol.startsWith("http") && asked !== origin) faults.push(`third party: ${request.url()}`);
      });
      await give({ allow: (status) => allowed.add(status) });
      expect(faults, "nothing that must not happen happened").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** A name that no other test uses. */
export const freshName = (of: string): string => `${of}-${Date.now().toString(36)}`;

/** Nothing that keeps anybody out (axe), and nothing that sticks out sideways. */
export async function isGood(page: Page, what: string): Promise<void> {
  await hasLoaded(page);
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (where: Document, options: object) => Promise<{ violations: unknown[] }> };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await axe.run(document, { runOnly: tags })).violations;
  });
  const faults = (found as Violation[]).map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`).join("; ")}`,
  );
  expect(faults, `${what}: accessibility`).toEqual([]);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(beyond, `${what}: as wide as the window`).toBeLessThanOrEqual(0);
}

/** Waits until nothing of the page is loading. */
async function hasLoaded(page: Page): Promise<void> {
  await expect(
    page.getByRole("status", { name: new RegExp(`^(${en.common.loading}|${zh.common.loading})$`) }),
  ).toHaveCount(0);
}

/** Keeps a picture of the page, if pictures are asked for. */
export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined || pictures === "") return;
  mkdirSync(pictures, { recursive: true });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
}

/** Goes to a page by the menu, as people do. */
export async function goTo(page: Page, words: typeof en, isNarrow: boolean, label: string): Promise<void> {
  if (isNarrow) await page.getByRole("button", { name: words.nav.open }).click();
  await page
    .getByRole("navigation", { name: words.nav.label })
    .getByRole("link", { name: label, exact: true })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Turns a switch as people do: by a click on what they see of it. */
export async function turn(page: Page, name: string): Promise<void> {
  const id = await page.getByRole("switch", { name }).getAttribute("id");
  await page
    .locator(`label[for="${id ?? ""}"]`)
    .first()
    .click();
}

export const receipt = process.env.INKMETER_TEST_PICTURE ?? "";
/** Where the test that starts the server shows what phones got. */
export const phones = process.env.INKMETER_TEST_PHONES ?? "";
export const operatorToken = process.env.INKMETER_OPERATOR_TOKEN ?? "";

/** What an account of the tests signs in with. */
export const passwordOf = (name: string): string => `${name}-Passw0rd`;

export type Words = typeof en;

/** Comes in as a user of an account; the account's own has its name. */
export async function signIn(
  page: Page,
  words: Words,
  account: string,
  password = passwordOf(account),
  user = "",
): Promise<void> {
  await page.goto("/console/");
  await page.getByLabel(words.signIn.account).fill(account);
  await page.getByLabel(words.signIn.user).fill(user);
  await page.getByLabel(words.signIn.password, { exact: true }).fill(password);
  await page.getByRole("button", { name: words.signIn.enter, exact: true }).click();
  await expect(page.getByRole("button", { name: words.nav.signOut })).toBeVisible();
}

export async function signOut(page: Page, words: Words): Promise<void> {
  // What is still asked for when the session ends is refused.
  await hasLoaded(page);
  await page.getByRole("button", { name: words.nav.signOut }).click();
  await expect(page.getByRole("heading", { name: words.signIn.title })).toBeVisible();
}

/** Comes in as the operator. */
export async function signInOperator(page: Page, words: typeof en): Promise<void> {
  await page.goto("/console/operator");
  await page.getByLabel(words.operator.token, { exact: true }).fill(operatorToken);
  await page.getByRole("button", { name: words.signIn.enter }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.accounts.title })).toBeVisible();
}

const HOUR_MS = 3_600_000;
const headers = { authorization: `Bearer ${operatorToken}` };

async function advance(page: Page, by_ms: number): Promise<void> {
  const moved = await page.request.post("/v1/admin/clock", { headers, data: { by_ms } });
  expect(moved.ok(), await moved.text()).toBe(true);
}

/** Lets the hour end: costs are of hours that are settled. */
export async function settle(page: Page): Promise<void> {
  await advance(page, HOUR_MS);
}

/** Lets so many hours pass if the month ends within them: what follows is in one bill. */
export async function stayInOneMonth(page: Page, hours: number): Promise<void> {
  const clock = (await (await page.request.get("/v1/admin/clock", { headers })).json()) as { now: string };
  // Months are those of the accounts, UTC+08:00.
  const month = (ms: number) => new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 7);
  const now = Date.parse(clock.now);
  if (month(now) !== month(now + hours * HOUR_MS)) {
    await advance(page, hours * HOUR_MS);
  }
}

/** Tops up by 100, from the page for it. */
export async function topUp(page: Page, words: typeof en): Promise<void> {
  await page.getByRole("button", { name: /100/ }).first().click();
  await page
    .locator("form")
    .first()
    .getByRole("button", { name: /100\.00/ })
    .last()
    .click();
  await expect(page.getByText(words.topUp.done)).toBeVisible();
}

/** Buys the smallest package for 40, from the page of packages. */
export async function buyPackage(page: Page, words: typeof en): Promise<void> {
  await page.getByRole("button", { name: words.packages.buy }).first().click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /40\.00/ })
    .click();
  await expect(page.getByText(words.packages.bought)).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

/** Switches the balance alert on, from the overview. */
export async function setAlert(page: Page, words: typeof en, below: string): Promise<void> {
  await turn(page, words.alert.switch);
  await page.getByLabel(words.alert.threshold.replace("{{currency}}", "CNY")).fill(below);
  await page.getByRole("button", { name: words.alert.save }).click();
  await expect(page.getByText(words.alert.saved)).toBeVisible();
}

/** Asks to be told of a package of which so many percent are left, and sees that it was kept. */
export async function setPackageAlert(page: Page, words: typeof en, percent: string): Promise<void> {
  const field = page.getByLabel(words.packageAlert.percent);
  // It is on from the start.
  await field.fill(percent);
  await page.getByRole("button", { name: words.packageAlert.save }).click();
  await expect(page.getByText(words.packageAlert.saved)).toBeVisible();
  await page.reload();
  await expect(field).toHaveValue(percent);
}

export async function signUp(page: Page, words: typeof en, name: string): Promise<void> {
  await page.goto("/");
  await expect(page).toHaveURL(/\/console\/$/);
  await page.getByRole("button", { name: words.signIn.makeOne }).click();
  await page.getByLabel(words.signIn.account).fill(name);
  await page.getByLabel(words.signIn.password, { exact: true }).fill(passwordOf(name));
  await page.getByRole("button", { name: words.signIn.create }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.overview.title })).toBeVisible();
}
