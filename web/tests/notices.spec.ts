/** Who is told: recipients are added, confirmed and tried, an alert arrives, and both sides see what became of it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import {
  buyPackage,
  expect,
  freshName,
  goTo,
  isGood,
  phones,
  picture,
  receipt,
  setAlert,
  setPackageAlert,
  settle,
  signInOperator,
  signUp,
  stayInOneMonth,
  test,
  topUp,
  turn,
} from "./support";

test("a notice of arrears says why, and the bill how far it goes", async ({ page, words, isNarrow }) => {
  await stayInOneMonth(page, 4);
  await signUp(page, words, freshName("owes"));
  await goTo(page, words, isNarrow, words.nav.services);
  await turn(page, words.services.switch.replace("{{name}}", "general-text · cn-north-4"));
  await expect(page.getByText(words.mode.pay_per_use, { exact: true })).toBeVisible();
  await goTo(page, words, isNarrow, words.nav.playground);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(page.getByRole("region", { name: words.play.receipt.title })).toBeVisible();
  await settle(page);
  await settle(page);

  const notice = page.getByRole("listitem").filter({ hasText: words.notice.arrears_entered }).first();
  await expect(async () => {
    await page.goto("/console/notices");
    await expect(notice.getByRole("list", { name: words.noticeWhy.label })).toContainText(
      words.finding.no_package,
    );
  }).toPass();
  await isGood(page, "a notice with its reason");
  await notice.getByRole("link", { name: words.noticeWhy.more }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.why.title })).toBeVisible();

  await goTo(page, words, isNarrow, words.nav.bills);
  const [before = ""] = words.bills.periodRunning.split("{{now}}")[0]?.split("{{to}}").slice(1) ?? [];
  await expect(page.getByText(before.trim())).toBeVisible();
  await expect(page.getByRole("columnheader", { name: words.bills.outstanding })).toBeVisible();
});

/** A receiver of webhooks on this machine, and the kinds of notices it was told of. */
async function receiver() {
  const told: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      told.push((JSON.parse(body) as { kind: string }).kind);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/inkmeter`, told, close: () => server.close() };
}

test("an alert arrives, and one sees that it did", async ({ page, words, isNarrow }, info) => {
  const to = (label: string) => goTo(page, words, isNarrow, label);
  const hook = await receiver();
  const name = freshName("bell");
  await signUp(page, words, name);

  await to(words.nav.recipients);
  await page.getByRole("combobox", { name: words.recipients.channel }).click();
  await page.getByRole("option", { name: words.channel.webhook }).click();
  await page.getByLabel(words.recipients.address, { exact: true }).fill(hook.url);
  await page.getByLabel(words.category.bill, { exact: true }).uncheck();
  await turn(page, words.recipients.quietSwitch);
  await page.getByRole("button", { name: words.recipients.add }).click();
  await expect(page.getByText(words.recipients.secret)).toBeVisible();
  await isGood(page, "a recipient");
  await page.getByRole("button", { name: words.recipients.tryOf.replace("{{address}}", hook.url) }).click();
  await expect(page.getByText(words.recipients.accepted, { exact: true })).toBeVisible();
  expect(hook.told).toEqual(["probe"]);

  await to(words.nav.topUp);
  await topUp(page, words);
  await to(words.nav.overview);
  await setAlert(page, words, "70");
  await to(words.nav.packages);
  await setPackageAlert(page, words, "30");
  await buyPackage(page, words);
  await expect.poll(() => hook.told).toEqual(["probe", "balance_low"]);

  const notice = page.getByRole("listitem").filter({ hasText: words.notice.balance_low }).first();
  await expect(async () => {
    await page.goto("/console/notices");
    await expect(notice).toContainText(words.delivery.sent);
  }).toPass();
  await expect(notice).toContainText("60.00");
  await expect(notice).toContainText(hook.url);
  await isGood(page, "the notices");
  await picture(page, `notices-${info.project.name.replace(" ", "-")}`);

  // The recipient is changed, and what was changed is kept.
  await to(words.nav.recipients);
  await page
    .getByRole("button", { name: words.recipients.changeOf.replace("{{address}}", hook.url) })
    .click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel(words.category.bill, { exact: true })).not.toBeChecked();
  await dialog.getByLabel(words.recipients.cap).fill("3");
  await isGood(page, "changing a recipient");
  await dialog.getByRole("button", { name: words.common.save }).click();
  await expect(page.getByText(words.recipients.changed)).toBeVisible();
  await page.reload();
  await expect(page.getByText(words.recipients.atMost.replace("{{count, number}}", "3"))).toBeVisible();
  await page.getByRole("button", { name: words.common.deleteOf.replace("{{name}}", hook.url) }).click();
  await page.getByRole("dialog").getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(page.getByText(words.recipients.none)).toBeVisible();

  await signInOperator(page, words);
  await to(words.nav.outbox);
  const sent = page.getByRole("row").filter({ hasText: hook.url });
  await expect(sent.first()).toContainText(words.notice.balance_low);
  await expect(sent.first()).toContainText(words.delivery.sent);
  await expect(sent.first().getByRole("link", { name, exact: true })).toBeVisible();
  await isGood(page, "the outbox with messages");
  hook.close();
});

/** The codes that a phone got, oldest first. */
async function codesOf(phone: string): Promise<string[]> {
  const texts = (await (await fetch(`${phones}/${encodeURIComponent(phone)}`)).json()) as string[];
  return texts.flatMap((text) => text.match(/\b\d{6}\b/) ?? []);
}

test("a number says by its code that it wants to be told", async ({ page, words, isNarrow, watch }, info) => {
  const phone = `+86138${Date.now().toString().slice(-8)}`;
  const of = (text: string) => text.replace("{{address}}", phone);
  await signUp(page, words, freshName("code"));
  await goTo(page, words, isNarrow, words.nav.recipients);
  await page.getByRole("combobox", { name: words.recipients.channel }).click();
  await page.getByRole("option", { name: words.channel.sms }).click();
  await page.getByLabel(words.recipients.address, { exact: true }).fill(phone);
  await page.getByRole("button", { name: words.recipients.add }).click();
  await expect(page.getByText(of(words.recipients.codeSent))).toBeVisible();
  await expect(page.getByText(words.recipients.waits, { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: of(words.recipients.tryOf) })).toHaveCount(0);
  await isGood(page, "a recipient that waits for its code");
  await picture(page, `code-${info.project.name.replace(" ", "-")}`);
  await expect.poll(() => codesOf(phone)).toHaveLength(1);

  // A wrong code is refused in the words of the language; what is no code is not even sent.
  watch.allow(400);
  const [first = ""] = await codesOf(phone);
  const field = page.getByLabel(of(words.recipients.codeOf));
  await field.fill(first === "000000" ? "000001" : "000000");
  await field.press("Enter");
  const wrong = page.getByRole("alert").filter({ hasText: words.refusal.wrong_code });
  await expect(wrong).toBeVisible();
  await isGood(page, "a wrong code");
  await field.fill("12 and 3");
  await expect(field).toHaveValue("123");

  // A new code takes its place, and the keyboard alone is enough to give it back.
  await page.getByRole("button", { name: of(words.recipients.againTo) }).click();
  await expect.poll(() => codesOf(phone)).toHaveLength(2);
  await expect(wrong).toHaveCount(0);
  await expect(field).toHaveValue("");
  await field.focus();
  await page.keyboard.type((await codesOf(phone)).at(-1) ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByText(words.recipients.confirmed)).toBeVisible();
  await expect(field).toHaveCount(0);
  await expect(page.locator("#main")).toBeFocused();
  await page.getByRole("button", { name: of(words.recipients.tryOf) }).click();
  await expect(page.getByText(words.recipients.accepted, { exact: true })).toBeVisible();
});

test("why a message did not arrive is said in the language of the page", async ({
  page,
  words,
  isNarrow,
}) => {
  await signUp(page, words, freshName("deaf"));
  await goTo(page, words, isNarrow, words.nav.recipients);
  await page.getByRole("combobox", { name: words.recipients.channel }).click();
  await page.getByRole("option", { name: words.channel.webhook }).click();
  const nobody = "http://127.0.0.1:9/inkmeter";
  await page.getByLabel(words.recipients.address, { exact: true }).fill(nobody);
  await page.getByRole("button", { name: words.recipients.add }).click();
  await page.getByRole("button", { name: words.recipients.tryOf.replace("{{address}}", nobody) }).click();
  await expect(page.getByText(words.answer.refused)).toBeVisible();
  await goTo(page, words, isNarrow, words.nav.notices);
  await expect(page.getByText(words.answer.refused)).toBeVisible();
});
