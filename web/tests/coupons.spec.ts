/** What coupons are for, how they stand, and what they pay beside the balance. */
import type { Page } from "@playwright/test";

import {
  expect,
  freshName,
  goTo,
  isGood,
  operatorToken,
  passwordOf,
  signIn,
  signInOperator,
  signOut,
  signUp,
  test,
} from "./support";

const headers = { authorization: `Bearer ${operatorToken}` };

async function ask(page: Page, path: string, data: object): Promise<void> {
  const answer = await page.request.post(path, { headers, data });
  expect(answer.ok(), await answer.text()).toBe(true);
}

test("a coupon says what it is for and how it stands", async ({ page, words, isNarrow }) => {
  const name = freshName("given");
  await signUp(page, words, name);
  const of = `/v1/admin/accounts/${name}`;
  const valid_to = "2099-12-31T23:59:59+08:00";
  await ask(page, `${of}/coupons`, { kind: "cash", amount: "100", valid_to });
  await ask(page, `${of}/coupons`, { kind: "cash", amount: "20", regions: ["cn-north-4"], valid_to });
  await ask(page, `${of}/coupons`, { kind: "discount", percent_off: 10, valid_to });
  const later = { valid_from: "2099-01-01T00:00:00+08:00", valid_to };
  await ask(page, `${of}/coupons`, { kind: "cash", amount: "7", ...later });
  const regional = `${words.common.allApis} · cn-north-4`;

  // The overview tells what the balance pays from what coupons pay, and for what.
  await page.reload();
  const money = page.getByRole("region", { name: words.overview.money });
  await expect(money).toContainText(words.overview.availableBeside);
  await expect(money.getByRole("listitem")).toHaveText([
    new RegExp(`100\\.00 · ${words.coupons.all}$`),
    new RegExp(`20\\.00 · ${regional}$`),
  ]);
  await isGood(page, "the overview with coupons");

  await goTo(page, words, isNarrow, words.nav.topUp);
  const rows = page.getByRole("table", { name: words.coupons.title }).getByRole("row");
  await expect(rows).toHaveCount(5);
  await expect(rows.nth(1)).toContainText(words.coupons.all);
  await expect(rows.nth(2)).toContainText(regional);
  await expect(rows.nth(3)).toContainText(words.coupons.off.replace("{{percent}}", "10%"));
  await expect(rows.nth(4)).toContainText(words.couponState.not_yet_valid);
  await isGood(page, "coupons");

  // An order uses up the discount and the coupon for its region, which are put away then.
  await ask(page, `${of}/top-ups`, { amount: "100" });
  await ask(page, `${of}/packages`, { api: "general-text", region: "cn-north-4", calls: 1000 });
  await page.reload();
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: words.coupons.showEnded.replace("{{count, number}}", "2") }).click();
  await expect(rows.filter({ hasText: words.couponState.used_up })).toHaveCount(2);
  await expect(page.getByText(words.coupons.off.replace("{{percent}}", "10%"))).toHaveCount(0);

  await signOut(page, words);
  await signInOperator(page, words);
  await page.goto(`/console/operator/accounts/${name}`);
  const given = page
    .getByRole("table", { name: words.accounts.history })
    .getByRole("row")
    .filter({ hasText: words.event.coupon_given });
  await expect(given.filter({ hasText: regional })).toContainText("20.00");
  await expect(given.filter({ hasText: words.couponKind.discount })).toContainText("10%");
});

test("what a package will last is not told from some hours", async ({ page, words, isNarrow }) => {
  const name = freshName("hours");
  await signUp(page, words, name);
  await signOut(page, words);
  const of = `/v1/admin/accounts/${name}`;
  await ask(page, `${of}/top-ups`, { amount: "100" });
  await ask(page, `${of}/packages`, { api: "general-text", region: "cn-north-4", calls: 1000 });
  let hours = 3;
  await page.route(/\/v1\/account$/, async (route) => {
    const response = await route.fetch();
    const account = (await response.json()) as { now: string; lots: object[] };
    const effective_at = new Date(Date.parse(account.now) - hours * 3_600_000).toISOString();
    const lots = account.lots.map((lot) => ({ ...lot, drawn: 2, remaining: 998, effective_at }));
    await route.fulfill({ response, json: { ...account, lots } });
  });
  await signIn(page, words, name, passwordOf(name));
  await goTo(page, words, isNarrow, words.nav.packages);
  await expect(page.getByText(words.packages.tooEarly)).toBeVisible();
  const [pace = ""] = words.packages.paceLeft.split("{{");
  await expect(page.getByText(new RegExp(`^${pace}`))).toHaveCount(0);
  hours = 25;
  await page.reload();
  await expect(page.getByText(new RegExp(`^${pace}`)).first()).toBeVisible();
  await expect(page.getByText(words.packages.tooEarly)).toHaveCount(0);
});
