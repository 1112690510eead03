/** What the server refuses is told in the language of the page. */
import { readFileSync } from "node:fs";

import { expect, freshName, goTo, signInOperator, signUp, test } from "./support";

const CORE = new URL("../../crates/charging/src/refusal/mod.rs", import.meta.url);

test("every reason of the core has words and a cure", ({ words }) => {
  const source = readFileSync(CORE, "utf8");
  const reasons = Array.from(
    source.matchAll(/Reason::\w+(?: \{ \.\. \})? => "([a-z_]+)"/g),
    ([, word = ""]) => word,
  );
  expect(reasons).toContain("invalid_setting");
  expect(reasons.filter((reason) => !(reason in words.refusal))).toEqual([]);
  expect(reasons.filter((reason) => !(reason in words.cure))).toEqual([]);
});

test("a setting out of its range is refused in the language of the page", async ({
  page,
  words,
  isNarrow,
  watch,
}) => {
  watch.allow(400);
  await signUp(page, words, freshName("refused"));
  await goTo(page, words, isNarrow, words.nav.limits);
  await page.getByLabel(words.budgets.name, { exact: true }).fill("falling");
  await page.getByLabel(words.budgets.percents).fill("100, 50");
  await page.getByRole("button", { name: words.budgets.set }).click();
  const [said = ""] = words.said.budgetPercents.split("{{");
  await expect(page.getByRole("alert").filter({ hasText: said })).toBeVisible();
});

test("an account that is not there is said to be so", async ({ page, words, watch }) => {
  watch.allow(400);
  await signInOperator(page, words);
  await page.goto("/console/operator/accounts/nobody-at-all");
  const said = words.said.unknownAccount.replace("{{name}}", "nobody-at-all");
  await expect(page.getByRole("alert").filter({ hasText: said }).first()).toBeVisible();
});
