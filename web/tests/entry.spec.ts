/** What is typed as a number is taken as it is meant, or refused in the field: nothing of it is left out. */
import type { Page } from "@playwright/test";

import { readEntry } from "../src/components/entry";
import { upToCents } from "../src/format";
import {
  expect,
  freshName,
  goTo,
  isGood,
  operatorToken,
  signInOperator,
  signUp,
  test,
  type Words,
} from "./support";

const inMoney = (text: string) => text.replace("{{currency}}", "CNY");

test("a comma groups thousands and is no point", () => {
  const value = (text: string, rules = {}) => {
    const read = readEntry(text, rules);
    return read.problem ?? read.value;
  };
  for (const [typed, meant] of [
    ["1000", "1000"],
    ["1,000", "1000"],
    ["1，000", "1000"],
    [" 12,345,678.90 ", "12345678.90"],
    ["0.00000001", "0.00000001"],
    ["10,000,000,000", "10000000000"],
  ] as const)
    expect(value(typed), typed).toBe(meant);
  for (const typed of [
    "1,00",
    "10,00",
    "1,0000",
    "1,000,00",
    "1000,000",
    "0,500",
    "1.000,50",
    "1,5",
    ",100",
    "1.2.3",
    "1.",
    ".5",
    "1e3",
    "abc",
    "12a",
    "1 000",
    "--5",
    "5-",
    "-",
    "¥5",
    "+5",
  ])
    expect(value(typed), typed).toBe("unclear");
  expect(value("")).toBe("empty");
  expect(value("", { isOptional: true })).toBe("");
  expect(value("-5")).toBe("negative");
  expect(value("-1,000.5", { isSigned: true })).toBe("-1000.5");
  expect(value("−5", { isSigned: true })).toBe("-5");
  expect(value("0.123456789")).toBe("decimals");
  expect(value("10.500", { decimals: 2 })).toBe("decimals");
  expect(value("1.5", { decimals: 0 })).toBe("decimals");
  expect(value("0", { min: 0.01 })).toBe("least");
  expect(value("10,000,000,001")).toBe("most");
  expect(value("-10,000,000,001", { isSigned: true })).toBe("most");
  for (const [debt, paid] of [
    [0.33703703, "0.34"],
    ["5.00000000", "5"],
    [19.99, "19.99"],
    [0.1, "0.1"],
  ] as const)
    expect(upToCents(debt), String(debt)).toBe(paid);
});

/** Types into a field, sends its form by the keyboard, and sees the sentence that refuses it. */
async function isRefused(page: Page, label: string, typed: string, sentence: string) {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(typed);
  await field.press("Enter");
  await expect(field, typed).toHaveAccessibleDescription(new RegExp(escaped(sentence)));
  await expect(field, typed).toHaveValue(typed);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What no field takes, and what it says. */
const wrong = ({ entry }: Words): [typed: string, sentence: string][] => [
  ["-5", entry.negative],
  ["1e3", entry.unclearAmount],
  ["1,00", entry.unclearAmount],
  ["12 yuan", entry.unclearAmount],
  ["0.123456789", entry.decimals.replace("{{most}}", "8")],
  ["", entry.noAmount],
];

test("the operator's top-up takes a thousand for a thousand, and nothing that is unclear", async ({
  page,
  words,
}) => {
  const name = freshName("typed");
  const headers = { authorization: `Bearer ${operatorToken}` };
  const made = await page.request.post("/v1/admin/accounts", { headers, data: { name } });
  expect(made.ok(), await made.text()).toBe(true);
  const sent: unknown[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && /(top-ups|adjustments)$/.test(request.url()))
      sent.push((request.postDataJSON() as { amount: unknown }).amount);
  });
  await signInOperator(page, words);
  await page.goto(`/console/operator/accounts/${name}`);
  const label = inMoney(words.topUp.amount);
  for (const [typed, sentence] of wrong(words)) await isRefused(page, label, typed, sentence);
  await isGood(page, "a refused amount");
  await page.getByLabel(inMoney(words.accounts.adjustAmount), { exact: true }).fill("-1.2.3");
  await page.getByRole("button", { name: words.accounts.adjust, exact: true }).click();
  expect(sent).toEqual([]);
  await page.getByLabel(label, { exact: true }).fill("1，000");
  await page.getByRole("button", { name: words.accounts.topUp, exact: true }).click();
  await expect(page.getByText(/1,000\.00/).first()).toBeVisible();
  expect(sent).toEqual(["1000"]);
});

test("the customer's amounts are taken alike", async ({ page, words, isNarrow }) => {
  const sent: unknown[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT" && request.url().includes("/v1/")) sent.push(request.postDataJSON());
  });
  await signUp(page, words, freshName("typing"));
  await goTo(page, words, isNarrow, words.nav.limits);
  const monthly = inMoney(words.limits.monthly);
  const cap = page.getByLabel(monthly, { exact: true }).first();
  for (const [typed, sentence] of wrong(words)) {
    await cap.fill(typed);
    await page.getByRole("button", { name: words.caps.set }).click();
    await expect(page.getByText(sentence, { exact: true })).toBeVisible();
  }
  expect(sent).toEqual([]);
  await cap.fill("1,000");
  await page.getByRole("button", { name: words.caps.set }).click();
  await expect(page.getByText(words.caps.saved)).toBeVisible();
  expect(sent).toEqual([{ monthly: "1000" }]);

  await goTo(page, words, isNarrow, words.nav.topUp);
  const amount = inMoney(words.topUp.amount);
  await isRefused(page, amount, "12.345", words.entry.decimals.replace("{{most}}", "2"));
  await isRefused(page, amount, "0", words.entry.least.replace("{{least}}", "0.01"));
  // A rule's top-up reaches its level.
  await page.getByLabel(inMoney(words.topUp.below), { exact: true }).fill("2,000");
  const add = inMoney(words.topUp.add);
  await isRefused(page, add, "1,999", words.entry.least.replace("{{least}}", "2,000"));
  // The field is left, and says so without being sent.
  const most = page.getByLabel(inMoney(words.topUp.limit), { exact: true });
  await most.fill("a lot");
  await most.blur();
  await expect(page.getByText(words.entry.unclearAmount)).toBeVisible();
  await isGood(page, "refused amounts");
  expect(sent).toHaveLength(1);
});
