import { Button, Group, SimpleGrid, Text } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { ApiError, newKey, post, put, remove } from "../api/client";
import type { TopUpRule } from "../api/limits";
import { useAutoTopUp, useChange } from "../api/queries";
import type { Account } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Badge, Figure, Loaded, Money, Note, Section } from "../components/basics";
import { useEntry } from "../components/entry";
import { EntryInput } from "../components/EntryInput";
import { Form } from "../components/Form";
import { isPositive, plain, upToCents, useFormat } from "../format";
import { Coupons } from "./topUp/Coupons";

export function TopUp() {
  const { t } = useTranslation();
  return (
    <AccountPage title={t("topUp.title")} lead={t("topUp.lead")}>
      {(account) => (
        <>
          <NoProvider />
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <Once account={account} />
            <Rule account={account} />
          </SimpleGrid>
          <Coupons currency={account.currency} />
        </>
      )}
    </AccountPage>
  );
}

function NoProvider() {
  const { t } = useTranslation();
  const view = useAutoTopUp();
  if (view.data?.provider !== "none") return null;
  return (
    <Note tone="watch" title={t("topUp.noProvider")}>
      {t("topUp.noProviderText")}
    </Note>
  );
}

const AMOUNTS = ["50", "100", "500"];
/** What the payment provider is asked for is whole cents. */
const PAID = { decimals: 2, min: 0.01 };

/** Asks the payment provider for money, under a key that makes a repeated request harmless. */
function usePayment(done: string) {
  const key = useRef(newKey());
  return useChange(
    async (amount: string) => {
      const asked = post<{ status: string }>("/v1/top-ups", { amount, key: key.current });
      const { status } = await asked.catch((problem: unknown) => {
        // A "no" is final for its key; a request that was not answered is repeated with the same.
        if (problem instanceof ApiError && problem.reason === "payment_declined") key.current = newKey();
        throw problem;
      });
      if (status !== "paid") throw new ApiError(200, "", status, "top_up_under_way", undefined);
    },
    done,
    () => {
      key.current = newKey();
    },
  );
}

function Once({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { cash, debt, currency } = account;
  const amount = useEntry(isPositive(debt) ? upToCents(debt) : "100", PAID);
  const pay = usePayment(t("topUp.done"));
  return (
    <Section title={t("topUp.once")} lead={t("topUp.onceLead")}>
      <Form
        submit={() => pay.mutate(amount.value)}
        change={pay}
        label={
          amount.problem === null
            ? t("topUp.pay", { amount: format.money(amount.value, currency) })
            : t("topUp.title")
        }
        isWide
      >
        <Group gap="xl">
          <Figure small label={t("overview.balance")} value={<Money value={cash} currency={currency} />} />
          <Figure
            small
            label={t("overview.outstanding")}
            value={<Money value={debt} currency={currency} />}
          />
        </Group>
        {isPositive(debt) && (
          <Text size="sm" c="dimmed">
            {t("topUp.debtFirst")}
          </Text>
        )}
        <Group gap="xs" role="group" aria-label={t("topUp.suggested")}>
          {AMOUNTS.map((one) => (
            <Button
              key={one}
              variant={amount.value === one ? "light" : "default"}
              aria-pressed={amount.value === one}
              onClick={() => amount.set(one)}
            >
              {format.money(one, currency)}
            </Button>
          ))}
        </Group>
        <EntryInput label={t("topUp.amount", { currency })} of={amount} />
      </Form>
    </Section>
  );
}

function Rule({ account }: { account: Account }) {
  const { t } = useTranslation();
  const view = useAutoTopUp();
  return (
    <Section title={t("topUp.rule")} lead={t("topUp.ruleLead")}>
      <Loaded query={view}>
        {(data) => <RuleForm key={JSON.stringify(data.rule)} rule={data.rule} currency={account.currency} />}
      </Loaded>
    </Section>
  );
}

function RuleForm({ rule, currency }: { rule: TopUpRule | null; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const below = useEntry(plain(rule?.below ?? 20));
  const leastAmount = Math.max(Number(below.value), PAID.min);
  const amount = useEntry(plain(rule?.amount ?? 100), { ...PAID, min: leastAmount });
  const leastLimit = Math.max(Number(amount.value), leastAmount);
  const limit = useEntry(plain(rule?.monthly_limit ?? 500), { min: leastLimit });
  const save = useChange(
    () => put("/v1/auto-top-up", { below: below.value, amount: amount.value, monthly_limit: limit.value }),
    t("topUp.ruleSaved"),
  );
  const drop = useChange(() => remove("/v1/auto-top-up"), t("topUp.ruleGone"));
  return (
    <Form
      submit={() => save.mutate(undefined)}
      change={{ isPending: save.isPending, error: save.error ?? drop.error }}
      label={rule === null ? t("topUp.ruleStart") : t("common.save")}
      isQuiet
      beside={
        rule !== null && (
          <Button variant="default" onClick={() => drop.mutate(undefined)} loading={drop.isPending}>
            {t("topUp.ruleStop")}
          </Button>
        )
      }
    >
      <Badge tone={rule === null ? "plain" : "good"}>
        {rule === null ? t("topUp.ruleOff") : t("topUp.ruleOn")}
      </Badge>
      <EntryInput label={t("topUp.below", { currency })} of={below} />
      <EntryInput
        label={t("topUp.add", { currency })}
        description={t("topUp.addNote", { least: format.money(leastAmount, currency) })}
        of={amount}
      />
      <EntryInput
        label={t("topUp.limit", { currency })}
        description={t("topUp.limitNote", { amount: format.money(leastLimit, currency) })}
        of={limit}
      />
    </Form>
  );
}
