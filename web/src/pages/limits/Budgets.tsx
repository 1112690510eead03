import { Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put, remove } from "../../api/client";
import type { Budget } from "../../api/limits";
import { useChange, useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { AmountInput, Form } from "../../components/Form";
import { useProjectName } from "../../components/projects";
import { useFormat } from "../../format";
import { Limit } from "./Limit";

/** The shares of a budget at which one is told, in percent. */
const PERCENTS = [80, 100];

const pathOf = (name: string) => `/v1/budgets/${encodeURIComponent(name)}`;

export function Budgets(props: { apis: string[]; regions: string[]; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { currency } = props;
  const budgets = useGet<Budget[]>("/v1/budgets", ["account", "budgets"]);
  const project = useProjectName();
  const also = ({ forecast_amount: expected, api, region, enterprise_project }: Budget) => [
    ...(expected === null ? [] : [t("budgets.expected", { amount: format.about(expected, currency) })]),
    ...[api, region, project(enterprise_project)].filter((one) => one !== null),
  ];
  return (
    <Section title={t("budgets.title")} lead={t("budgets.lead")}>
      <Stack gap="lg">
        <Loaded query={budgets}>
          {(data) =>
            data.length === 0 ? (
              <Empty title={t("budgets.none")}>{t("budgets.noneWhy")}</Empty>
            ) : (
              data.map((budget) => (
                <Limit
                  key={budget.name}
                  name={budget.name}
                  spent={budget.spent}
                  whole={budget.amount}
                  currency={currency}
                  also={also(budget)}
                  what={t("budgets.goneWhat")}
                  gone={t("budgets.gone")}
                  drop={() => remove(pathOf(budget.name))}
                />
              ))
            )
          }
        </Loaded>
        <NewBudget {...props} />
      </Stack>
    </Section>
  );
}

function NewBudget(props: { apis: string[]; regions: string[]; currency: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [amount, setAmount] = useState("2000");
  const [api, setApi] = useState<string | null>(null);
  const [region, setRegion] = useState<string | null>(null);
  const [forecast, setForecast] = useState(true);
  const body = { amount, percents: PERCENTS, forecast, api: api ?? undefined, region: region ?? undefined };
  const save = useChange(
    () => put(pathOf(name), body),
    t("budgets.saved"),
    () => setName(""),
  );
  const scope = (
    label: string,
    data: string[],
    value: string | null,
    set: (value: string | null) => void,
  ) => (
    <Select
      label={label}
      placeholder={t("common.all")}
      data={data}
      value={value}
      onChange={set}
      clearable
      clearButtonProps={{ "aria-label": t("common.all") }}
    />
  );
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("budgets.set")} isQuiet>
      <Group align="flex-end">
        <TextInput
          label={t("budgets.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          pattern="[A-Za-z0-9._\-]+"
          title={t("budgets.nameRule")}
          maxLength={64}
          required
        />
        <AmountInput
          label={t("limits.monthly", { currency: props.currency })}
          value={amount}
          onChange={setAmount}
          min={0}
        />
        {scope(t("common.service"), props.apis, api, setApi)}
        {scope(t("common.region"), props.regions, region, setRegion)}
      </Group>
      <Switch
        label={t("budgets.forecast")}
        checked={forecast}
        onChange={(event) => setForecast(event.currentTarget.checked)}
      />
    </Form>
  );
}
