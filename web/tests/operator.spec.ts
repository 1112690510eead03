/** The operator: makes an account, moves money with a reason, and plays time forward until it shows. */
import { expect, freshName, goTo, isGood, operatorToken, picture, test, turn } from "./support";

test("the operator runs the house", async ({ page, words, isNarrow, watch }, info) => {
  const shot = (name: string) => picture(page, `${name}-${info.project.name.replace(" ", "-")}`);
  const to = (label: string) => goTo(page, words, isNarrow, label);
  const name = freshName("acme");

  await page.goto("/console/operator");
  await isGood(page, "the operator's sign in");
  watch.allow(401);
  await page.getByLabel(words.operator.token, { exact: true }).fill("wrong");
  await page.getByRole("button", { name: words.signIn.enter }).click();
  await expect(page.getByRole("alert")).toContainText(words.refusal.wrong_token);
  await page.getByLabel(words.operator.token, { exact: true }).fill(operatorToken);
  await page.getByRole("button", { name: words.signIn.enter }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.accounts.title })).toBeVisible();
  await isGood(page, "the accounts");

  await page.getByRole("button", { name: words.accounts.make }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.accounts.name, { exact: true }).fill(name);
  await isGood(page, "making an account");
  await dialog.getByRole("button", { name: words.accounts.make }).click();
  await expect(dialog).toContainText(words.accounts.once);
  await isGood(page, "a new account's secrets");
  await dialog.getByRole("link", { name: words.accounts.open }).click();

  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await page.getByLabel(words.topUp.amount.replace("{{currency}}", "CNY"), { exact: true }).fill("100");
  await page.getByRole("button", { name: words.accounts.topUp }).click();
  await expect(page.getByText(words.accounts.toppedUp)).toBeVisible();
  await page.getByLabel(words.accounts.adjustAmount.replace("{{currency}}", "CNY")).fill("-5");
  await page.getByLabel(words.accounts.reason).fill("Goodwill, taken back");
  await page.getByRole("button", { name: words.accounts.adjust }).click();
  await expect(page.getByText(words.accounts.adjusted)).toBeVisible();
  await expect(page.getByText(/95\.00/).first()).toBeVisible();
  const history = page.getByRole("table", { name: words.accounts.history });
  await expect(history.getByRole("row").nth(1)).toContainText("Goodwill, taken back");
  await expect(history.getByRole("row").nth(2)).toContainText(words.event.topped_up);
  await isGood(page, "an account");

  // A second key for whoever lost the first: shown once, and deleted again.
  const keys = page.getByRole("table", { name: words.keys.title });
  await expect(keys.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: words.keys.make }).click();
  await expect(page.getByRole("dialog")).toContainText(words.keys.once);
  const made = await page.getByRole("dialog").locator("code").first().innerText();
  await page.getByRole("button", { name: words.keys.kept }).click();
  await expect(keys.getByRole("row").filter({ hasText: made })).toBeVisible();
  await expect(page.getByRole("button", { name: words.keys.make })).toBeDisabled();
  await page.getByRole("button", { name: words.common.deleteOf.replace("{{name}}", made) }).click();
  await page.getByRole("dialog").getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(keys.getByRole("row")).toHaveCount(2);
  await shot("operator-account");

  // Whom the account's notices go to: the operator adds a number, which needs no code and has the usual cap, pauses it,
  // and takes it away.
  const bell = `+86139${Date.now().toString().slice(-8)}`;
  const of = (text: string) => text.replace("{{address}}", bell);
  await page.getByRole("combobox", { name: words.recipients.channel }).click();
  await page.getByRole("option", { name: words.channel.sms }).click();
  await page.getByLabel(words.recipients.address, { exact: true }).fill(bell);
  await page.getByRole("button", { name: words.recipients.add }).click();
  await expect(page.getByText(words.recipients.added)).toBeVisible();
  await expect(page.getByText(words.recipients.atMost.replace("{{count, number}}", "20"))).toBeVisible();
  await expect(page.getByRole("button", { name: of(words.recipients.tryOf) })).toBeVisible();
  await page.getByRole("button", { name: of(words.recipients.changeOf) }).click();
  await turn(page, words.recipients.enabled);
  await page.getByRole("dialog").getByRole("button", { name: words.common.save }).click();
  await expect(page.getByRole("listitem").filter({ hasText: bell })).toContainText(words.recipients.paused);
  await isGood(page, "an account with a recipient");
  await page.getByRole("button", { name: words.common.deleteOf.replace("{{name}}", bell) }).click();
  await page.getByRole("dialog").getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(page.getByText(words.recipients.none)).toBeVisible();

  await to(words.nav.accounts);
  await page.getByLabel(words.accounts.search).fill(name);
  await expect(page.getByRole("link", { name })).toBeVisible();
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByLabel(words.accounts.search).fill("no such account");
  await expect(page.getByText(words.accounts.none)).toBeVisible();

  // The price list and the policies, with the dates and terms that are in force.
  await to(words.nav.catalog);
  const ofGeneralText = (table: string) =>
    page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: "general-text" });
  const prices = ofGeneralText(words.catalog.prices);
  await expect(prices).toHaveCount(1);
  await expect(prices).toContainText("2020");
  await expect(prices).toContainText("0.05");
  await expect(prices).toContainText(words.catalog.inForce);
  await expect(ofGeneralText(words.catalog.packages)).toHaveCount(3);
  const days = (count: number) => words.catalog.days_other.replace("{{count, number}}", String(count));
  const top = page.getByRole("table", { name: "cn", exact: true }).getByRole("row").last();
  await expect(top.getByRole("cell")).toHaveText(["V5", days(7), days(15)]);

  // A program that may charge: its token is shown once, another one takes its place, and it is removed again.
  await to(words.nav.gateways);
  const gateway = freshName("maps");
  await page.getByRole("button", { name: words.gateways.make }).click();
  await dialog.getByLabel(words.gateways.name, { exact: true }).fill(gateway);
  await dialog.getByRole("combobox", { name: words.gateways.apis }).click();
  await page.getByRole("option", { name: "general-text", exact: true }).click();
  await dialog.getByLabel(words.gateways.name, { exact: true }).click();
  await isGood(page, "making a gateway");
  await dialog.getByRole("button", { name: words.gateways.make }).click();
  await expect(dialog).toContainText(words.gateways.once);
  const token = await dialog.locator("code").first().innerText();
  const charge = (of: string) =>
    page.request.post("/v1/charges/charge", {
      headers: { authorization: `Bearer ${of}` },
      data: { account: name, key: gateway, api: "general-text", region: "cn-north-4" },
    });
  expect((await charge(token)).status(), "the token is that of a gateway").not.toBe(401);
  await isGood(page, "a gateway's token");
  await dialog.getByRole("button", { name: words.common.close }).click();
  const row = page
    .getByRole("table", { name: words.gateways.list })
    .getByRole("row")
    .filter({ hasText: gateway });
  await expect(row).toContainText("general-text");
  await row.getByRole("button", { name: words.gateways.newTokenOf.replace("{{name}}", gateway) }).click();
  await dialog.getByRole("button", { name: words.gateways.newToken, exact: true }).click();
  await expect(dialog).toContainText(words.gateways.once);
  expect((await charge(token)).status(), "the old token is refused").toBe(401);
  expect((await charge(await dialog.locator("code").first().innerText())).status()).not.toBe(401);
  await dialog.getByRole("button", { name: words.common.close }).click();
  await shot("operator-gateways");
  await row.getByRole("button", { name: words.common.deleteOf.replace("{{name}}", gateway) }).click();
  await dialog.getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(row).toHaveCount(0);

  // All of it is kept, and can be narrowed down to one account.
  await to(words.nav.audit);
  const actions = page.getByRole("table", { name: words.audit.list }).getByRole("row");
  await expect(actions.nth(1)).toContainText(`DELETE /v1/admin/gateways/${gateway}`);
  await expect(actions.nth(2)).toContainText(`POST /v1/admin/gateways/${gateway}/token`);
  await page.getByLabel(words.audit.account).fill(name);
  await page.getByRole("button", { name: words.audit.show, exact: true }).click();
  await expect(actions.filter({ hasText: "/adjustments" })).toHaveCount(1);
  await expect(actions.filter({ hasText: gateway })).toHaveCount(0);
  await expect(actions.filter({ hasText: name })).not.toHaveCount(0);
  await shot("operator-audit");

  for (const label of [
    words.nav.catalog,
    words.nav.outbox,
    words.nav.gateways,
    words.nav.audit,
    words.nav.clock,
  ]) {
    await to(label);
    await isGood(page, label);
  }
  await page.getByRole("button", { name: words.clock.hour }).click();
  await expect(page.getByText(words.clock.moved)).toBeVisible();
  await isGood(page, "the clock");
  await shot("operator-clock");
  // To the next event: the instant that was next is over.
  const instants = page.locator(".figure, .figure-small");
  const next = await instants.nth(1).innerText();
  await page.getByRole("button", { name: words.clock.toNext }).click();
  await expect(instants.nth(0)).toHaveText(next);
  await expect(instants.nth(1)).not.toHaveText(next);

  await page.emulateMedia({ colorScheme: "dark" });
  for (const label of [
    words.nav.accounts,
    words.nav.catalog,
    words.nav.outbox,
    words.nav.gateways,
    words.nav.audit,
    words.nav.clock,
  ]) {
    await to(label);
    await isGood(page, `${label} in the dark`);
  }

  await page.getByRole("button", { name: words.nav.signOut }).click();
  await expect(page.getByLabel(words.operator.token, { exact: true })).toBeVisible();
});
