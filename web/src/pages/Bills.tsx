import { Anchor, Button, Group, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGet } from "../api/queries";
import type { Bill, BillLine, BillMonth, BillState } from "../api/usage";
import { AccountPage } from "../components/AccountPage";
import { Empty, Figure, Loaded, Money, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useProjectName } from "../components/projects";
import { dayOf, isPositive, useFormat } from "../format";

const SHOWN = 200;
/** Billing Center's code. */
const AUTO_RENEWAL = 8;

export function Bills() {
  const { t } = useTranslation();
  const months = useGet<BillMonth[]>("/v1/bills", ["account", "bills"]);
  return (
    <AccountPage title={t("bills.title")} lead={t("bills.lead")}>
      {(account) => (
        <Loaded query={months}>
          {(list) => {
            const running = dayOf(account.now).slice(0, 7);
            const states = new Map<string, BillState>([[running, "running"]]);
            for (const one of list) states.set(one.month, one.state);
            return <Month states={states} running={running} />;
          }}
        </Loaded>
      )}
    </AccountPage>
  );
}

function Month({ states, running }: { states: Map<string, BillState>; running: string }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const months = [...states].sort(([one], [other]) => other.localeCompare(one));
  const [month, setMonth] = useState(months[0]?.[0] ?? running);
  const path = `/v1/bills/${month}`;
  const bill = useGet<Bill>(path, ["account", path]);
  const language = i18n.language === "zh-CN" ? "zh-CN" : "en";
  const exports = [
    { label: "PDF", query: `format=pdf&language=${language}` },
    { label: "Excel", query: `format=xlsx&rows=hours&language=${language}` },
    { label: t("bills.csvHours"), query: `format=csv&rows=hours&language=${language}` },
    { label: t("bills.csvTransactions"), query: `format=csv&rows=transactions&language=${language}` },
    { label: t("bills.csvCharges"), query: `format=csv&rows=charges&language=${language}` },
    { label: "FOCUS", query: "format=focus" },
  ];
  return (
    <>
      <Group align="flex-end" justify="space-between">
        <Select
          label={t("bills.month")}
          data={months.map(([value, state]) => ({
            value,
            label:
              state === "final" ? format.month(value) : `${format.month(value)} · ${t(`bills.${state}`)}`,
          }))}
          value={month}
          onChange={(value) => setMonth(value ?? month)}
          w={240}
        />
        <Group gap="xs" role="group" aria-label={t("bills.export")}>
          {exports.map((one) => (
            <Button
              key={one.query}
              component="a"
              href={`${path}/export?${one.query}`}
              download
              size="sm"
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {one.label}
            </Button>
          ))}
        </Group>
      </Group>
      <Loaded query={bill} height={260}>
        {(data) => <Shown bill={data} exportHref={`${path}/export?format=csv&rows=hours`} />}
      </Loaded>
    </>
  );
}

/** Where something was used, and for which project, if for one. */
const placed = (...where: (string | null)[]) => where.filter((one) => one !== null).join(" · ");

function Shown({ bill, exportHref }: { bill: Bill; exportHref: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value: Bill["total"]) => <Money value={value} currency={bill.currency} />;
  const project = useProjectName();
  const rows = bill.lines.slice(0, SHOWN);
  const at = (line: BillLine) => line.hour ?? line.at ?? bill.from;
  const period = { from: format.instant(bill.from), to: format.instant(bill.to) };
  const lead =
    bill.state === "running"
      ? t("bills.periodRunning", { ...period, now: format.instant(bill.as_of) })
      : t(bill.state === "over" ? "bills.periodOver" : "bills.period", period);
  const what = ({ kind, bill_type: type, lot = 0, renews }: BillLine) =>
    kind !== "package_refund" && typeof renews === "number"
      ? t(type === AUTO_RENEWAL ? "billLine.auto_renewal" : "billLine.renewal", { lot, renews })
      : t(`billLine.${kind}`, { lot });
  return (
    <Stack gap="lg">
      <Section title={t("bills.sum")} lead={lead}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
          <Figure
            label={t("bills.total")}
            value={money(bill.stated)}
            note={t("bills.exact", { amount: format.money(bill.total, bill.currency) })}
          />
          <Figure small label={t("bills.usage")} value={money(bill.usage_total)} />
          <Figure small label={t("bills.packages")} value={money(bill.packages_total)} />
          <Figure
            small
            label={t("bills.outstanding")}
            value={money(bill.outstanding ?? bill.debt)}
            note={t(isPositive(bill.debt_paid) ? "bills.paidLater" : "bills.paid", {
              amount: format.money(bill.paid, bill.currency),
              later: format.money(bill.debt_paid, bill.currency),
            })}
          />
        </SimpleGrid>
        {Number(bill.unsettled_total) > 0 && (
          <Text c="dimmed" size="sm" mt="md">
            {t("bills.unsettled", { amount: format.money(bill.unsettled_total, bill.currency) })}
          </Text>
        )}
      </Section>
      <Section title={t("bills.lines")}>
        {rows.length === 0 ? (
          <Empty title={t("bills.none")}>{t("bills.noneWhy")}</Empty>
        ) : (
          <>
            <DataTable
              caption={t("bills.lines")}
              rows={rows}
              id={(line) =>
                `${line.kind} ${at(line)} ${line.api} ${line.region} ${line.lot ?? ""} ${line.enterprise_project ?? ""} ${line.units} ${line.amount}`
              }
              columns={[
                { label: t("bills.at"), cell: (line) => format.exact(at(line)) },
                { label: t("bills.what"), cell: (line) => what(line) },
                {
                  label: t("common.service"),
                  cell: (line) => placed(line.api, line.region, project(line.enterprise_project)),
                },
                { label: t("bills.calls"), isNumber: true, cell: (line) => format.count(line.units) },
                {
                  label: t("charges.amount"),
                  isNumber: true,
                  cell: (line) => format.money(line.amount, bill.currency),
                },
                ...(rows.some((line) => isPositive(line.outstanding ?? 0))
                  ? [
                      {
                        label: t("bills.outstanding"),
                        isNumber: true,
                        cell: (line: BillLine) => format.money(line.outstanding ?? 0, bill.currency),
                      },
                    ]
                  : []),
              ]}
            />
            {bill.lines.length > SHOWN && (
              <Text c="dimmed" size="sm" mt="md">
                {t("bills.cut", { shown: format.count(SHOWN), all: format.count(bill.lines.length) })}{" "}
                <Anchor href={exportHref} download underline="always">
                  CSV
                </Anchor>
              </Text>
            )}
          </>
        )}
      </Section>
      {bill.adjustments.length > 0 && (
        <Section title={t("bills.adjustments")} lead={t("bills.adjustmentsLead")}>
          <DataTable
            caption={t("bills.adjustments")}
            rows={bill.adjustments}
            id={(row) => String(row.transaction)}
            columns={[
              { label: t("bills.at"), cell: (row) => format.exact(row.at) },
              { label: t("accounts.reason"), cell: (row) => row.reason },
              { label: t("charges.amount"), isNumber: true, cell: (row) => money(row.amount) },
            ]}
          />
        </Section>
      )}
    </Stack>
  );
}
