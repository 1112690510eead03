/** What a button says is what is paid; what is said of packages, standing, alerts and budgets is true. */
import { readFileSync } from "node:fs";

import type { Page, Route } from "@playwright/test";

import { Format } from "../src/format";
import {
  buyPackage,
  expect,
  freshName,
  goTo,
  isGood,
  operatorToken,
  signUp,
  test,
  topUp,
  turn,
} from "./support";

type Json = Record<string, unknown>;

/** Has the server's answer under a path changed before the page sees it. */
async function changed(page: Page, path: RegExp, change: (body: Json) => Json): Promise<void> {
  await page.route(path, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Json) });
  });
}

/** What the server says itself, whatever the page is shown. */
async function asked(page: Page, path: string): Promise<Json> {
  return (await (await page.request.get(path)).json()) as Json;
}

/** The operator gives a coupon that takes half off. */
async function giveHalf(page: Page, account: string): Promise<void> {
  const headers = { authorization: `Bearer ${operatorToken}` };
  const data = { kind: "discount", percent_off: 50, valid_to: "2099-12-31T23:59:59+08:00" };
  const given = await page.request.post(`/v1/admin/accounts/${account}/coupons`, { headers, data });
  expect(given.ok(), await given.text()).toBe(true);
}

test("a button says what is paid, with coupons and without", async ({ page, words, isNarrow }) => {
  const name = freshName("half");
  await signUp(page, words, name);
  await goTo(page, words, isNarrow, words.nav.topUp);
  await topUp(page, words);
  await giveHalf(page, name);
  await goTo(page, words, isNarrow, words.nav.packages);
  await page.getByRole("button", { name: words.packages.buy }).first().click();
  const dialog = page.getByRole("dialog");
  const forHalf = dialog.getByRole("button", { name: /20\.00/ });
  await expect(forHalf).toBeVisible();
  await expect(dialog.getByText(/#0/)).toBeVisible();
  // It works at once, and this policy gives nothing back then.
  await expect(dialog.getByText(words.terms.noRefund)).toBeVisible();
  await isGood(page, "buying with a coupon");
  await turn(page, words.terms.withCoupons);
  await expect(dialog.getByRole("button", { name: /40\.00/ })).toBeVisible();
  await expect(dialog.getByText(/#0/)).toHaveCount(0);
  await turn(page, words.terms.withCoupons);
  await forHalf.click();
  await expect(page.getByText(words.packages.bought)).toBeVisible();
  expect(Number((await asked(page, "/v1/account")).cash)).toBe(80);

  // The coupon is used up: the renewal costs what the list says today, and what has not begun is given back whole.
  await page.getByRole("button", { name: words.packages.renewal }).click();
  const renew = dialog.getByRole("button", { name: words.renewal.now.replace("{{price}}", "").trim() });
  await expect(renew).toHaveText(/40\.00/);
  await expect(dialog.getByText(words.terms.noRefund)).toHaveCount(0);
  await expect(dialog.getByText(words.terms.refund.split("{{")[0] ?? "")).toContainText("40.00");
  await isGood(page, "renewing");
  await renew.click();
  await expect(page.getByText(words.renewal.renewed)).toBeVisible();
  expect(Number((await asked(page, "/v1/account")).cash)).toBe(40);
  await expect(page.getByText(words.packages.ending.renewed.replace("{{lot}}", "1"))).toBeVisible();
});

test("what a package saves is reckoned with all tiers", async ({ page, words, isNarrow }) => {
  await changed(page, /\/v1\/catalog$/, (catalog) => {
    const tiers = [
      { from_units: 0, unit_price: "0.05" },
      { from_units: 100, unit_price: "0.033" },
    ];
    const prices = [{ version: 1, effective_from: "2020-01-01T00:00:00+08:00", in_force: true, tiers }];
    const offer = { api: "general-text", validity_months: 12 };
    return {
      ...catalog,
      apis: [{ api: "general-text", prices }],
      packages: [
        { ...offer, calls: 1000, price: 31.23 },
        { ...offer, calls: 10000, price: 340 },
      ],
    };
  });
  // These packages are on offer on the page only.
  await page.route(/\/v1\/quotes$/, async (route) => {
    const quote = { list_price: 1, discount: null, cash_coupon: null, to_pay: 1, missing: 0, refund: null };
    const at = "2030-01-01T00:00:00+08:00";
    await route.fulfill({ json: { ...quote, effective_at: at, expires_at: at } });
  });
  await signUp(page, words, freshName("tiers"));
  await goTo(page, words, isNarrow, words.nav.packages);
  await page.getByRole("button", { name: words.packages.buy }).first().click();
  const offers = page.getByRole("dialog").getByRole("radio");
  await expect(offers).toHaveCount(2);
  // 100 at 0.05 and 900 at 0.033 are 34.70: 10 % less, and not the 37 % of the first tier.
  await expect(offers.nth(0)).toContainText(words.packages.savesInMonth.replace("{{share}}", "10%"));
  // 331.70 one by one: the package is dearer.
  await expect(offers.nth(1)).not.toContainText("%");
});

test("a package that is used up can be renewed, and each says what follows it", async ({
  page,
  words,
  isNarrow,
}) => {
  await signUp(page, words, freshName("usedup"));
  await goTo(page, words, isNarrow, words.nav.topUp);
  await topUp(page, words);
  await goTo(page, words, isNarrow, words.nav.packages);
  await buyPackage(page, words);
  await expect(page.getByText(words.packages.ending.pay_per_use)).toBeVisible();
  await changed(page, /\/v1\/account$/, (account) => {
    const lots = account.lots as Json[];
    const used = { state: "used_up", remaining: 0, drawn: 1000 };
    return { ...account, lots: lots.map((lot) => ({ ...lot, ...used })) };
  });
  await page.reload();
  await expect(page.getByText(words.packages.past)).toBeVisible();
  await page.getByRole("button", { name: words.packages.renewal }).click();
  await page.getByRole("radio", { name: words.renewal.modes.auto }).click();
  await page.getByRole("button", { name: words.common.save, exact: true }).click();
  await expect(page.getByText(words.renewal.saved)).toBeVisible();
  const [before = "", after = ""] = words.packages.ending.auto.split("{{at}}");
  await expect(page.getByText(new RegExp(`${before}.*03:00.*${after.replace(".", "\\.")}`))).toBeVisible();
});

test("what ends with a package is said of the one it ends with", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("last"));
  await goTo(page, words, isNarrow, words.nav.topUp);
  await topUp(page, words);
  await goTo(page, words, isNarrow, words.nav.packages);
  await buyPackage(page, words);
  await page.getByRole("button", { name: words.packages.renewal }).click();
  await page.getByRole("radio", { name: words.renewal.modes.none }).click();
  await page.getByRole("button", { name: words.common.save, exact: true }).click();
  await expect(page.getByText(words.packages.ending.none)).toBeVisible();

  // Another one that is left then takes it over, or does not, if something else was said about its end.
  let renewal: Json = { pay_per_use_ends_with: 7, pay_per_use_ends_at: "2031-05-06T23:59:59.999+08:00" };
  await changed(page, /\/v1\/account$/, (account) => {
    const lots = account.lots as { renewal: Json }[];
    return { ...account, lots: lots.map((lot) => ({ ...lot, renewal: { ...lot.renewal, ...renewal } })) };
  });
  await page.reload();
  const [before = "", after = ""] = words.packages.ending.none_with.replace("{{lot}}", "7").split("{{at}}");
  await expect(page.getByText(before).filter({ hasText: after }).filter({ hasText: "2031" })).toBeVisible();
  renewal = { pay_per_use_ends_with: null, pay_per_use_ends_at: null, outlived_by: 7 };
  await page.reload();
  await expect(page.getByText(words.packages.ending.none_goes_on.replace("{{lot}}", "7"))).toBeVisible();
});

test("a released account that has paid is not asked to pay", async ({ page, words }) => {
  await changed(page, /\/v1\/account$/, (account) => ({ ...account, standing: "released", debt: 0 }));
  await signUp(page, words, freshName("paid"));
  await expect(page.getByText(words.overview.standing.releasedPaid)).toBeVisible();
  await expect(page.getByRole("link", { name: words.overview.payNow, exact: true })).toHaveCount(0);
  await page.getByRole("link", { name: words.overview.enableNow, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.services.title })).toBeVisible();
});

test("the two balance alerts are set each by itself", async ({ page, words }) => {
  await signUp(page, words, freshName("alerts"));
  const amount = page.getByRole("switch", { name: words.alert.switch });
  const hours = page.getByRole("switch", { name: words.alert.hoursSwitch });
  const save = async () => {
    await page.getByRole("button", { name: words.alert.save }).click();
    await expect(page.getByText(words.alert.saved).first()).toBeVisible();
    await page.reload();
    await expect(hours).toBeVisible();
    const { balance, time_to_empty } = await asked(page, "/v1/alerts");
    return [(balance as Json).threshold, (time_to_empty as Json).hours];
  };
  await expect(amount).not.toBeChecked();
  await expect(hours).toBeChecked();
  await expect(page.getByLabel(words.alert.hours)).toHaveValue("72");
  await turn(page, words.alert.switch);
  expect(await save()).toEqual([100, 72]);
  await turn(page, words.alert.switch);
  expect(await save()).toEqual([null, 72]);
  await turn(page, words.alert.hoursSwitch);
  expect(await save()).toEqual([null, null]);
  await expect(hours).not.toBeChecked();
});

test("a budget says when it tells, and is changed and not overwritten", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("budget"));
  await goTo(page, words, isNarrow, words.nav.limits);
  const name = page.getByLabel(words.budgets.name, { exact: true });
  const percents = page.getByLabel(words.budgets.percents);
  const set = page.getByRole("button", { name: words.budgets.set });
  await name.fill("ocr");
  await percents.fill("50, 110");
  await set.click();
  await expect(page.getByText(words.budgets.saved)).toBeVisible();
  await expect(page.getByText(/50%.*110%/)).toBeVisible();
  await name.fill("ocr");
  await expect(page.getByText(words.budgets.taken)).toBeVisible();
  await expect(set).toBeDisabled();
  await page.getByRole("button", { name: words.common.changeOf.replace("{{name}}", "ocr") }).click();
  await expect(percents).toHaveValue("50, 110");
  await isGood(page, "changing a budget");
  await page.getByLabel(words.limits.monthly.replace("{{currency}}", "CNY")).last().fill("7");
  await page.getByRole("button", { name: words.budgets.change.replace("{{name}}", "ocr") }).click();
  await expect(set).toBeVisible();
  const [budget] = (await asked(page, "/v1/budgets")) as unknown as Json[];
  expect([budget?.name, budget?.amount, budget?.percents]).toEqual(["ocr", 7, [50, 110]]);
});

test("a package that begins later is said to be bought now", async ({ page, words }) => {
  await changed(page, /\/v1\/forecast/, (forecast) => {
    const money = { amount: 40, cash: 0, debt: 0, standing: "good", notice: null };
    const step = (kind: string, figures: Json) => ({
      at: "2030-02-08T03:00:00+08:00",
      kind,
      figures,
      ...money,
    });
    const begins = { effective_at: "2030-02-16T00:00:00+08:00" };
    return { ...forecast, steps: [step("lot_granted", begins), step("renewal_attempted", {})] };
  });
  await signUp(page, words, freshName("later"));
  const [before = ""] = words.ahead.boughtAhead.split("{{at}}");
  await expect(
    page.getByRole("listitem").filter({ hasText: before }).filter({ hasText: "16" }),
  ).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: words.step.renewal_attempted })).toBeVisible();
});

test("every kind of event has words", ({ words }) => {
  const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")) as {
    components: { schemas: { EventKind: { enum: string[] } } };
  };
  const kinds = document.components.schemas.EventKind.enum;
  const known = { ...words.event, ...words.step };
  expect(kinds.filter((kind) => !(kind in known))).toEqual([]);
  expect(Object.keys(known).filter((kind) => !kinds.includes(kind))).toEqual([]);
});

test("days ahead are those of the calendar, as on the command line", () => {
  const evening = "2026-01-30T20:00:00+08:00";
  const format = new Format("en");
  expect(format.away("2026-03-27T02:00:00+08:00", evening)).toBe("in 56 days");
  expect(format.away("2026-02-01T01:00:00+08:00", evening)).toBe("in 2 days");
  expect(format.away("2026-01-31T02:00:00+08:00", evening)).toBe("in 6 hours");
});
