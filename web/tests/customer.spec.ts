/** A new user, with no documentation: signs in, reads, buys, sets an alert, tops up, finds out why. */
import {
  buyPackage,
  expect,
  freshName,
  goTo,
  isGood,
  passwordOf,
  picture,
  receipt,
  setAlert,
  signUp,
  test,
  topUp,
  turn,
} from "./support";

test("a new user finds the way", async ({ page, words, isNarrow, watch }, info) => {
  const shot = (name: string) => picture(page, `${name}-${info.project.name.replace(" ", "-")}`);
  const to = (label: string) => goTo(page, words, isNarrow, label);
  const name = freshName("ink");

  await page.goto("/console/");
  await expect(page.getByRole("heading", { name: words.signIn.title })).toBeVisible();
  await isGood(page, "sign in");
  await shot("sign-in");
  watch.allow(401);
  await page.getByLabel(words.signIn.account).fill(freshName("nobody"));
  await page.getByLabel(words.signIn.password, { exact: true }).fill("wrong");
  await page.getByRole("button", { name: words.signIn.enter }).click();
  await expect(page.getByRole("alert")).toContainText(words.refusal.wrong_password);

  await signUp(page, words, name);
  await expect(page.getByText(words.overview.first.title)).toBeVisible();
  await isGood(page, "the overview of a new account");

  // Reads a picture: the page says what is missing, and leads there.
  await to(words.nav.playground);
  await page.getByRole("link", { name: words.play.enable }).click();
  await turn(page, words.services.switch.replace("{{name}}", "general-text · cn-north-4"));
  await expect(page.getByText(words.mode.pay_per_use, { exact: true })).toBeVisible();
  await isGood(page, "the APIs in use");
  await to(words.nav.playground);
  await isGood(page, "the playground");
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  const paidFrom = page.getByRole("region", { name: words.play.receipt.title });
  await expect(paidFrom).toContainText(words.pocket.pay_per_use);
  await expect(page.locator(".picture-box")).not.toHaveCount(0);
  await shot("playground");
  await turn(page, words.play.showText);
  await expect(page.locator(".picture-text")).not.toHaveCount(0);
  await isGood(page, "the playground with a page of text");

  // Finds out why it was charged.
  await page.getByRole("link", { name: words.play.receipt.why }).click();
  await expect(page.getByRole("dialog")).toContainText(words.why.pay_per_use);
  await isGood(page, "why a call was charged");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  // Buying needs money: the refusal says so, and what to do.
  await to(words.nav.packages);
  await isGood(page, "no packages");
  await page.getByRole("button", { name: words.packages.buy }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(words.packages.short.split("{{missing}}")[0] ?? "")).toBeVisible();
  await isGood(page, "buying");
  watch.allow(403);
  await dialog
    .getByRole("button", { name: words.packages.buyFor.split("{{price}}")[0]?.trim() ?? "" })
    .click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(dialog.getByRole("alert")).toContainText(words.refusal.insufficient_balance);
  await isGood(page, "too little money");
  await dialog.getByRole("link", { name: words.nav.topUp }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await isGood(page, "topping up");
  await topUp(page, words);

  await to(words.nav.packages);
  await buyPackage(page, words);
  await isGood(page, "a package");
  await page.getByRole("button", { name: words.packages.renewal }).click();
  await isGood(page, "renewal settings");
  await page.getByRole("radio", { name: words.renewal.modes.auto }).click();
  await page.getByRole("button", { name: words.common.save, exact: true }).click();
  await expect(page.getByText(words.renewal.saved)).toBeVisible();

  await to(words.nav.playground);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(paidFrom).toContainText(words.pocket.lot);

  // Sets a balance alert on the overview; it is still set after loading the page again.
  await to(words.nav.overview);
  await setAlert(page, words, "25");
  await isGood(page, "the overview");
  await page.reload();
  await expect(page.getByRole("switch", { name: words.alert.switch })).toBeChecked();
  await expect(page.getByLabel(words.alert.threshold.replace("{{currency}}", "CNY"))).toHaveValue("25");
  await shot("overview");

  await to(words.nav.why);
  await expect(page.getByRole("heading", { level: 1, name: words.why.title })).toBeVisible();
  await expect(page.getByText(words.finding.no_package)).toBeVisible();
  // The evidence and the cure have their figures in every language, and nothing that saves nothing is offered.
  const price = /(¥|CNY\s)0\.05/;
  const finding = page.locator("section", { hasText: words.finding.no_package });
  await expect(finding.getByRole("listitem").filter({ hasText: price })).not.toHaveCount(0);
  await expect(finding.getByRole("listitem").filter({ hasText: "999" })).not.toHaveCount(0);
  await expect(finding.getByRole("link", { name: /0\.00/ })).toHaveCount(0);
  await isGood(page, "the diagnosis");
  await shot("why");

  // What a chart shows is there as a table too: today's two calls, one by a package and one at its price.
  await to(words.nav.usage);
  await page.getByRole("button", { name: words.common.asTable }).first().click();
  const today = page.getByRole("table", { name: words.usage.calls }).getByRole("row").last();
  await expect(today.getByRole("cell").nth(1)).toHaveText("1");
  await expect(today.getByRole("cell").nth(2)).toHaveText("1");
  await isGood(page, "a chart as a table");

  await page.emulateMedia({ colorScheme: "dark" });
  const { nav } = words;
  for (const label of [nav.why, nav.overview, nav.packages, nav.usage, nav.charges, nav.bills, nav.ahead]) {
    await to(label);
    await isGood(page, `${label} of an account in use, in the dark`);
  }
  await page.emulateMedia({ colorScheme: "light" });

  await page.getByRole("button", { name: words.nav.signOut }).click();
  await expect(page.getByRole("heading", { name: words.signIn.title })).toBeVisible();
  await page.goto("/console/packages");
  await page.getByLabel(words.signIn.account).fill(name);
  await page.getByLabel(words.signIn.password, { exact: true }).fill(passwordOf(name));
  await page.getByRole("button", { name: words.signIn.enter }).click();
  await expect(page.getByRole("heading", { level: 1, name: words.packages.title })).toBeVisible();
});

test("every page of a customer is good in light and dark", async ({ page, words, isNarrow }, info) => {
  await signUp(page, words, freshName("tour"));
  const nav = words.nav;
  const pages = [
    nav.usage,
    nav.charges,
    nav.bills,
    nav.ahead,
    nav.notices,
    nav.limits,
    nav.recipients,
    nav.users,
    nav.members,
    nav.keys,
    nav.topUp,
    nav.services,
    nav.packages,
  ];
  for (const label of pages) {
    await goTo(page, words, isNarrow, label);
    await isGood(page, label);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  for (const label of [nav.overview, ...pages]) {
    await goTo(page, words, isNarrow, label);
    await isGood(page, `${label} in the dark`);
  }
  await goTo(page, words, isNarrow, nav.overview);
  await picture(page, `dark-${info.project.name.replace(" ", "-")}`);
});

test("only what can be done is offered, and a cap of all APIs is called so", async ({
  page,
  words,
  isNarrow,
  watch,
}) => {
  await signUp(page, words, freshName("done"));
  await goTo(page, words, isNarrow, words.nav.services);
  const on = words.services.switch.replace("{{name}}", "general-text · cn-north-4");
  await turn(page, on);
  await expect(page.getByText(words.mode.pay_per_use, { exact: true })).toBeVisible();
  await goTo(page, words, isNarrow, words.nav.limits);
  await page.getByLabel(words.limits.monthly.replace("{{currency}}", "CNY")).first().fill("0.05");
  await page.getByRole("button", { name: words.caps.set }).click();
  await expect(page.getByText(words.caps.saved)).toBeVisible();

  await goTo(page, words, isNarrow, words.nav.playground);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  await expect(page.getByRole("region", { name: words.play.receipt.title })).toBeVisible();
  watch.allow(403);
  await page.getByLabel(words.play.choose).setInputFiles(receipt);
  const refused = page.getByRole("alert").filter({ hasText: words.refusal.spend_cap_reached });
  await expect(refused).toBeVisible();
  await goTo(page, words, isNarrow, words.nav.notices);
  const notice = page.getByRole("listitem").filter({ hasText: words.notice.spend_cap_reached });
  await expect(notice).toContainText(words.common.allApis);
  const reached = words.reachedCap.title.replace("{{api}}", words.common.allApis);
  for (const place of [words.nav.why, words.nav.overview]) {
    await goTo(page, words, isNarrow, place);
    await expect(page.getByText(reached), place).toBeVisible();
  }
  await isGood(page, "the overview with a cap that is reached");

  // An API that is on can be switched off; one that is off cannot.
  await goTo(page, words, isNarrow, words.nav.why);
  await page.getByRole("link", { name: words.why.services }).click();
  await turn(page, on);
  await expect(page.getByText(words.mode.pay_per_use, { exact: true })).toHaveCount(0);
  await goTo(page, words, isNarrow, words.nav.why);
  await expect(page.getByText(words.finding.no_package)).toBeVisible();
  await expect(page.getByRole("link", { name: words.why.services })).toHaveCount(0);
});

test("a bill calls a renewal so", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("again"));
  await goTo(page, words, isNarrow, words.nav.topUp);
  await topUp(page, words);
  await goTo(page, words, isNarrow, words.nav.packages);
  await buyPackage(page, words);
  await page.getByRole("button", { name: words.packages.renewal }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /40\.00/ })
    .click();
  await expect(page.getByText(words.renewal.renewed)).toBeVisible();
  await goTo(page, words, isNarrow, words.nav.bills);
  const lines = page.getByRole("table", { name: words.bills.lines });
  // Two lines that name their packages, and one of them the package that it renews.
  const names = lines.getByText(/#\d+/);
  await expect(names).toHaveCount(2);
  const named = await names.allInnerTexts();
  const [bought = "", renewed = ""] = named.toSorted((one, other) => one.length - other.length);
  const lot = /#(\d+)/.exec(bought)?.[1] ?? "";
  const next = /#(\d+)/.exec(renewed)?.[1] ?? "";
  expect(bought).toBe(words.billLine.package.replace("{{lot}}", lot));
  expect(renewed).toBe(words.billLine.renewal.replace("{{lot}}", next).replace("{{renews}}", lot));
  await isGood(page, "a bill with a renewal");
});

test("settings are kept, and keys are shown once", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("keys"));
  await goTo(page, words, isNarrow, words.nav.keys);
  await page.getByRole("button", { name: words.keys.make }).click();
  await expect(page.getByRole("dialog")).toContainText(words.keys.once);
  await isGood(page, "a new key");
  const secret = await page.getByRole("dialog").locator("code").nth(1).innerText();
  expect(secret).toHaveLength(40);
  await page.getByRole("button", { name: words.keys.kept }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: words.keys.list })).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  await expect(page.getByRole("button", { name: words.keys.make })).toBeDisabled();
  await page.getByRole("button", { name: words.common.delete }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(page.getByText(words.keys.gone)).toBeVisible();

  await goTo(page, words, isNarrow, words.nav.limits);
  await page.getByRole("button", { name: words.caps.set }).click();
  await expect(page.getByText(words.caps.saved)).toBeVisible();
  await page.getByLabel(words.budgets.name, { exact: true }).fill("ocr");
  await page.getByRole("button", { name: words.budgets.set }).click();
  await expect(page.getByText(words.budgets.saved)).toBeVisible();
  await isGood(page, "caps and budgets");
  await page.getByRole("button", { name: words.common.deleteOf.replace("{{name}}", "ocr") }).click();
  await isGood(page, "before a budget is deleted");
  await page.getByRole("dialog").getByRole("button", { name: words.common.delete, exact: true }).click();
  await expect(page.getByText(words.budgets.none)).toBeVisible();
  await expect(page.locator("#main")).toBeFocused();
});

test("the language is chosen, and kept", async ({ page, words }) => {
  await page.goto("/console/");
  const other = words.signIn.enter === "Sign in" ? "简体中文" : "English";
  await page.getByRole("button", { name: new RegExp(words.nav.language) }).click();
  await page.getByRole("menuitem", { name: other }).click();
  const title = other === "English" ? "Sign in" : "登录";
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  expect(await page.locator("html").getAttribute("lang")).toBe(other === "English" ? "en" : "zh-CN");
});

test("everything can be done with the keyboard", async ({ page, words, isNarrow }) => {
  await signUp(page, words, freshName("kbd"));
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: words.overview.title })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: words.nav.skip })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await goTo(page, words, isNarrow, words.nav.services);
  await expect(page.locator("#main")).toBeFocused();
  const first = page.getByRole("switch").first();
  await first.focus();
  await page.keyboard.press("Space");
  await expect(first).toBeChecked();
  // A dialog takes the focus, keeps it, and gives it back.
  await goTo(page, words, isNarrow, words.nav.packages);
  const buy = page.getByRole("button", { name: words.packages.buy }).first();
  await buy.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("radio").first()).toBeVisible();
  for (let press = 0; press < 12; press += 1) {
    await page.keyboard.press("Tab");
    await expect(dialog.locator(":focus")).toHaveCount(1);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(buy).toBeFocused();
});
