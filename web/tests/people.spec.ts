/** Who may use an account: its users and their groups, and the accounts that it pays for. */
import type { Page } from "@playwright/test";

import {
  expect,
  freshName,
  goTo,
  isGood,
  receipt,
  settle,
  signIn,
  signInOperator,
  signOut,
  signUp,
  test,
  topUp,
  turn,
  type Words,
} from "./support";

/** Chooses one of a list by its name. */
async function choose(page: Page, list: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name: list }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

/** Presses the button of a row that leads to a dialog. */
async function open(page: Page, words: string, name: string): Promise<void> {
  await page.getByRole("button", { name: words.replace("{{name}}", name) }).click();
}

async function enableFirst(page: Page, words: Words, isNarrow: boolean): Promise<void> {
  await goTo(page, words, isNarrow, words.nav.services);
  await turn(page, words.services.switch.replace("{{name}}", "general-text · cn-north-4"));
  await expect(page.getByText(words.mode.pay_per_use, { exact: true })).toBeVisible();
}

async function goToCostsByProject(page: Page, words: Words, isNarrow: boolean): Promise<void> {
  await goTo(page, words, isNarrow, words.nav.usage);
  await page
    .getByRole("radiogroup", { name: words.cost.byLabel })
    .getByText(words.cost.by.enterprise_project)
    .click();
}

test("users come, get rights by a group, and go", async ({
  page,
  words,
  isNarrow,
  browser,
  baseURL,
  locale,
  viewport,
}) => {
  const account = freshName("firm");
  await signUp(page, words, account);
  await goTo(page, words, isNarrow, words.nav.users);
  await isGood(page, "the users of a new account");
  await page.getByRole("button", { name: words.users.add, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.users.name, { exact: true }).fill("clerk");
  await choose(page, words.users.may, words.right.none);
  await isGood(page, "adding a user");
  await dialog.getByRole("button", { name: words.users.add, exact: true }).click();
  await expect(dialog).toContainText(words.users.once);
  await isGood(page, "a user is handed over");
  const password = await dialog.locator("code").nth(2).innerText();
  await dialog.getByRole("button", { name: words.keys.kept }).click();
  const row = page.getByRole("table", { name: words.users.list }).getByRole("row", { name: "clerk" });
  await expect(row).toContainText(words.right.none);

  // The new user comes in with a password of its own, may do nothing yet, and changes it once more.
  const elsewhere = await browser.newContext({ baseURL: baseURL ?? "", locale: locale ?? "", viewport });
  const theirs = await elsewhere.newPage();
  await theirs.goto("/console/");
  await theirs.getByLabel(words.signIn.account).fill(account);
  await theirs.getByLabel(words.signIn.user).fill("clerk");
  await theirs.getByLabel(words.signIn.password, { exact: true }).fill(password);
  await theirs.getByRole("button", { name: words.signIn.enter, exact: true }).click();
  await expect(theirs.getByRole("alert")).toContainText(words.refusal.password_to_change);
  await theirs.getByLabel(words.signIn.newPassword, { exact: true }).fill("First-Passw0rd");
  await isGood(theirs, "signing in with a given password");
  await theirs.getByRole("button", { name: words.signIn.enter, exact: true }).click();
  await expect(theirs.getByRole("heading", { level: 1, name: words.play.title })).toBeVisible();
  await expect(theirs.getByText(words.refusal.no_permission)).toBeVisible();
  await isGood(theirs, "the playground of a user without rights");
  await goTo(theirs, words, isNarrow, words.nav.keys);
  await isGood(theirs, "the keys of a user");
  await theirs.getByLabel(words.password.old, { exact: true }).fill("First-Passw0rd");
  await theirs.getByLabel(words.password.new, { exact: true }).fill("Another-Passw0rd");
  await theirs.getByRole("button", { name: words.password.change }).click();
  await expect(theirs.getByRole("heading", { name: words.signIn.title })).toBeVisible();

  // A group gives it rights, at once.
  await page.getByRole("button", { name: words.groups.add }).click();
  await dialog.getByLabel(words.groups.name, { exact: true }).fill("readers");
  await dialog.getByRole("button", { name: words.groups.add }).click();
  await expect(dialog).toHaveCount(0);
  await open(page, words.users.changeOf, "readers");
  await choose(page, words.users.may, words.right.full);
  await dialog.getByLabel("clerk").check();
  await isGood(page, "changing a group");
  await dialog.getByRole("button", { name: words.common.save }).click();
  await expect(page.getByText(words.groups.changed)).toBeVisible();
  const groups = page.getByRole("table", { name: words.groups.title });
  await expect(groups.getByRole("row", { name: "readers" })).toContainText(words.right.full);
  await expect(groups.getByRole("row", { name: "readers" })).toContainText("clerk");
  await expect(row).toContainText(words.right.full);
  await isGood(page, "users and groups");
  await enableFirst(page, words, isNarrow);
  await signIn(theirs, words, account, "Another-Passw0rd", "clerk");
  await theirs.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(theirs.getByRole("region", { name: words.play.receipt.title })).toContainText(
    words.pocket.pay_per_use,
  );

  // Keys are made for it, shown once; then it is shut out, and deleted.
  await goTo(page, words, isNarrow, words.nav.users);
  await open(page, words.users.keysOf, "clerk");
  await dialog.getByRole("button", { name: words.keys.make }).click();
  await expect(page.getByText(words.keys.once)).toBeVisible();
  await page.getByRole("button", { name: words.keys.kept }).click();
  await expect(dialog.getByRole("table", { name: words.keys.title }).getByRole("row")).toHaveCount(2);
  await isGood(page, "the keys of another user");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await open(page, words.users.changeOf, "clerk");
  await turn(page, words.users.isEnabled);
  await isGood(page, "changing a user");
  await dialog.getByRole("button", { name: words.common.save }).click();
  await expect(row).toContainText(words.users.disabled);
  await theirs.reload();
  await expect(theirs.getByRole("heading", { name: words.signIn.title })).toBeVisible();
  await elsewhere.close();

  await page.getByLabel(words.login.failures).fill("3");
  await page.getByLabel(words.login.message).fill("Lock your screen.");
  await turn(page, words.login.showsLast);
  await page.getByRole("button", { name: words.common.save }).click();
  await expect(page.getByText(words.login.saved)).toBeVisible();
  await page.reload();
  await expect(page.getByLabel(words.login.failures)).toHaveValue("3");

  for (const name of ["readers", "clerk"]) {
    await open(page, words.common.deleteOf, name);
    await dialog.getByRole("button", { name: words.common.delete, exact: true }).click();
    await expect(dialog).toHaveCount(0);
  }
  await expect(page.getByText(words.groups.none)).toBeVisible();
  await expect(row).toHaveCount(0);

  // What the rules have shown stands above the pages after signing in, until it is put away.
  for (const last of [words.welcome.first, words.welcome.last.split("{{at}}")[0] ?? ""]) {
    await signOut(page, words);
    await signIn(page, words, account);
    await expect(page.getByText("Lock your screen.", { exact: true })).toBeVisible();
    await expect(page.getByText(last)).toBeVisible();
    await expect(page.getByRole("heading", { level: 1, name: words.overview.title })).toBeVisible();
  }
  await isGood(page, "what is shown after signing in");
  await page.getByRole("button", { name: words.welcome.putAway }).click();
  await expect(page.getByText("Lock your screen.", { exact: true })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: words.overview.title })).toBeVisible();
  await expect(page.getByText("Lock your screen.", { exact: true })).toHaveCount(0);
});

test("a member's calls are paid for, up to its quota, and stand under its name", async ({
  page,
  words,
  isNarrow,
  watch,
}) => {
  const [member, master] = [freshName("branch"), freshName("house")];
  await signUp(page, words, member);
  await signOut(page, words);
  await signUp(page, words, master);
  await enableFirst(page, words, isNarrow);
  await goTo(page, words, isNarrow, words.nav.topUp);
  await topUp(page, words);

  await signInOperator(page, words);
  await page.goto(`/console/operator/accounts/${master}`);
  await page.getByRole("button", { name: words.members.add }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.members.account, { exact: true }).fill(member);
  await isGood(page, "adding a member");
  await dialog.getByRole("button", { name: words.members.add }).click();
  await expect(page.getByRole("table", { name: words.members.list })).toContainText(member);
  await isGood(page, "an account with a member, for the operator");

  await page.goto("/console/members");
  await open(page, words.members.quotaOf, member);
  await dialog.getByLabel(words.members.mostCalls).fill("1");
  await isGood(page, "a member's quota");
  await dialog.getByRole("button", { name: words.common.save }).click();
  await expect(page.getByText(words.members.saved)).toBeVisible();
  await isGood(page, "members");

  await signOut(page, words);
  await signIn(page, words, member);
  await expect(page.getByText(words.members.paidBy.replace("{{master}}", master))).toBeVisible();
  await isGood(page, "the overview of a member");
  await goTo(page, words, isNarrow, words.nav.playground);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(page.getByRole("region", { name: words.play.receipt.title })).toBeVisible();
  watch.allow(403);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(page.getByRole("alert").filter({ hasText: words.refusal.member_quota_reached })).toBeVisible();

  await signOut(page, words);
  await signIn(page, words, master);
  await goTo(page, words, isNarrow, words.nav.members);
  const used = words.members.of.replace("{{used}}", "1").replace("{{quota}}", "1");
  await expect(page.getByRole("table", { name: words.members.list })).toContainText(used);
  await settle(page);
  await goToCostsByProject(page, words, isNarrow);
  await expect(page.getByRole("table", { name: words.cost.title })).toContainText(
    words.members.named.replace("{{name}}", member),
  );
  await isGood(page, "costs by enterprise project");
});

test("an enterprise project is called by its name", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("shop"));
  await enableFirst(page, words, isNarrow);
  await goTo(page, words, isNarrow, words.nav.keys);
  await page.getByLabel(words.enterprise.name, { exact: true }).fill("Web shop");
  await page.getByRole("button", { name: words.enterprise.add }).click();
  const made = page
    .getByRole("table", { name: words.enterprise.title })
    .getByRole("row", { name: "Web shop" });
  const id = await made.locator("code").innerText();
  const status = await page.evaluate(async (project) => {
    interface Session {
      session: { csrf_token: string; projects: Record<string, string> };
    }
    const { session } = (await (await fetch("/v1/session")).json()) as Session;
    const pixel =
      "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJklEQVR4nO3NMQ0AAAwDoPo33arYsQQMkB6LQCAQCAQCgUAg+BIMi1X0pjxKe0gAAAAASUVORK5CYII=";
    const answer = await fetch(`/v2/${session.projects["cn-north-4"] ?? ""}/ocr/general-text`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "enterprise-project-id": project,
        "x-csrf-token": session.csrf_token,
      },
      body: JSON.stringify({ image: pixel }),
    });
    return answer.status;
  }, id);
  expect(status).toBe(200);
  await settle(page);
  await goToCostsByProject(page, words, isNarrow);
  await expect(page.getByRole("table", { name: words.cost.title })).toContainText("Web shop");
  await goTo(page, words, isNarrow, words.nav.charges);
  await page.getByRole("button", { name: new RegExp(words.charges.why.replace("?", "\\?")) }).click();
  await expect(page.getByRole("dialog")).toContainText("Web shop");
});
