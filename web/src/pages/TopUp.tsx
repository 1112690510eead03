import { Button, Group, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError, newKey, post, put, remove } from "../api/client";
import type { Coupon, TopUpRule } from "../api/features";
import { useAccount, useAutoTopUp, useChange, useGet } from "../api/queries";
import type { Account } from "../api/types";
import { Badge, Empty, Failed, Figure, Loaded, Money, Note, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useWord } from "../components/names";
import { isPositive, plain, useFormat } from "../format";

export function TopUp() {
  const { t } = useTranslation();
  const account = useAccount();
  return (
    <Page title={t("topUp.title")} lead={t("topUp.lead")}>
      <Loaded query={account} height={220}>
        {(data) => (
          <>
            <NoProvider />
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
              <Once account={data} />
              <Rule account={data} />
            </SimpleGrid>
            <Coupons currency={data.currency} />
          </>
        )}
      </Loaded>
    </Page>
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

const AMOUNTS = [50, 100, 500];

function Once({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [amount, setAmount] = useState<string>(
    isPositive(account.debt) ? String(Math.ceil(Number(account.debt))) : "100",
  );
  const key = useRef(newKey());
  const pay = useChange(
    async () => {
      const { status } = await post<{ status: string }>("/v1/top-ups", { amount, key: key.current }).catch(
        (problem: unknown) => {
          // A "no" is final for its key; a request that was not answered is repeated with the same.
          if (problem instanceof ApiError && problem.reason === "payment_declined") key.current = newKey();
          throw problem;
        },
      );
      if (status !== "paid") throw new ApiError(200, "", status, "top_up_under_way", undefined);
    },
    t("topUp.done"),
    () => {
      key.current = newKey();
    },
  );
  return (
    <Section title={t("topUp.once")} lead={t("topUp.onceLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          pay.mutate(undefined);
        }}
      >
        <Stack>
          <Group gap="xl">
            <Figure
              small
              label={t("overview.balance")}
              value={<Money value={account.cash} currency={account.currency} />}
            />
            <Figure
              small
              label={t("overview.outstanding")}
              value={<Money value={account.debt} currency={account.currency} />}
            />
          </Group>
          {isPositive(account.debt) && (
            <Text size="sm" c="dimmed">
              {t("topUp.debtFirst")}
            </Text>
          )}
          <Group gap="xs" role="group" aria-label={t("topUp.suggested")}>
            {AMOUNTS.map((one) => (
              <Button
                key={one}
                size="sm"
                variant={amount === String(one) ? "light" : "default"}
                aria-pressed={amount === String(one)}
                onClick={() => setAmount(String(one))}
              >
                {format.money(one, account.currency)}
              </Button>
            ))}
          </Group>
          <NumberInput
            label={t("topUp.amount", { currency: account.currency })}
            value={amount}
            onChange={(value) => setAmount(String(value))}
            min={0.01}
            decimalScale={2}
            allowNegative={false}
            hideControls
            required
            withAsterisk={false}
          />
          {pay.error !== null && <Failed error={pay.error} />}
          <Button type="submit" size="md" loading={pay.isPending} disabled={!(Number(amount) > 0)}>
            {t("topUp.pay", { amount: format.money(amount === "" ? 0 : amount, account.currency) })}
          </Button>
        </Stack>
      </form>
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
  const [below, setBelow] = useState(plain(rule?.below ?? 20));
  const [amount, setAmount] = useState(plain(rule?.amount ?? 100));
  const [limit, setLimit] = useState(plain(rule?.monthly_limit ?? 500));
  const save = useChange(
    () => put("/v1/auto-top-up", { below, amount, monthly_limit: limit }),
    t("topUp.ruleSaved"),
  );
  const drop = useChange(() => remove("/v1/auto-top-up"), t("topUp.ruleGone"));
  const field = (label: string, value: string, set: (value: string) => void) => (
    <NumberInput
      label={label}
      value={value}
      onChange={(next) => set(String(next))}
      min={0}
      decimalScale={2}
      hideControls
      required
      withAsterisk={false}
    />
  );
  const error = save.error ?? drop.error;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined);
      }}
    >
      <Stack>
        <div>
          <Badge tone={rule === null ? "plain" : "good"}>
            {rule === null ? t("topUp.ruleOff") : t("topUp.ruleOn")}
          </Badge>
        </div>
        {field(t("topUp.below", { currency }), below, setBelow)}
        {field(t("topUp.add", { currency }), amount, setAmount)}
        {field(t("topUp.limit", { currency }), limit, setLimit)}
        {error !== null && <Failed error={error} />}
        <Group justify="space-between">
          <Button type="submit" variant="default" loading={save.isPending}>
            {rule === null ? t("topUp.ruleStart") : t("common.save")}
          </Button>
          {rule !== null && (
            <Button
              variant="subtle"
              color="red.8"
              onClick={() => drop.mutate(undefined)}
              loading={drop.isPending}
            >
              {t("topUp.ruleStop")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Coupons({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const coupons = useGet<Coupon[]>("/v1/coupons", ["account", "coupons"]);
  return (
    <Section title={t("coupons.title")} lead={t("coupons.lead")}>
      <Loaded query={coupons}>
        {(data) =>
          data.length === 0 ? (
            <Empty title={t("coupons.none")} />
          ) : (
            <DataTable
              caption={t("coupons.title")}
              rows={data}
              id={(one) => String(one.coupon)}
              columns={[
                { label: t("coupons.kind"), cell: (one) => word("couponKind", one.kind) },
                {
                  label: t("coupons.scope"),
                  cell: (one) => (one.apis.length === 0 ? t("coupons.all") : one.apis.join(", ")),
                },
                {
                  label: t("coupons.left"),
                  isNumber: true,
                  cell: (one) =>
                    one.percent_off === null
                      ? format.money(one.left ?? 0, currency)
                      : format.percent(one.percent_off / 100),
                },
                { label: t("coupons.ends"), cell: (one) => format.instant(one.valid_to) },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
