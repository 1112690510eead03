import { Button, Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put, remove } from "../../api/client";
import type { Budget } from "../../api/limits";
import { useChange, useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";
import { useProjectChoice, useProjectName } from "../../components/projects";
import { plain, useFormat } from "../../format";
import { Limit } from "./Limit";

/** The shares at which one is told of a new budget, in percent. */
const PERCENTS = "80, 100";

const pathOf = (name: string) => `/v1/budgets/${encodeURIComponent(name)}`;

export function Budgets(props: { apis: string[]; regions: string[]; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { currency } = props;
  const budgets = useGet<Budget[]>("/v1/budgets", ["account", "budgets"]);
  const project = useProjectName();
  const [changed, change] = useState<Budget | null>(null);
  const shares = (percents: number[]) =>
    format.list(percents.map((percent) => format.percent(percent / 100)));
  const also = ({ forecast_amount: expected, percents, forecast, ...of }: Budget) => [
    ...(expected === null ? [] : [t("budgets.expected", { amount: format.about(expected, currency) })]),
    ...(percents.length === 0 ? [] : [t("budgets.toldAt", { shares: shares(percents) })]),
    ...(forecast ? [t("budgets.toldForecast")] : []),
    ...[of.api, of.region, project(of.enterprise_project)].filter((one) => one !== null),
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
                  change={() => change(budget)}
                />
              ))
            )
          }
        </Loaded>
        <BudgetForm
          key={changed?.name ?? ""}
          {...props}
          changed={changed}
          names={(budgets.data ?? []).map((budget) => budget.name)}
          done={() => change(null)}
        />
      </Stack>
    </Section>
  );
}

interface FormProps {
  apis: string[];
  regions: string[];
  currency: string;
  /** The budget that is changed; a new one is set if there is none. */
  changed: Budget | null;
  /** The budgets there are. */
  names: string[];
  done: () => void;
}

function BudgetForm({ changed, names, done, ...props }: FormProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(changed?.name ?? "");
  const amount = useEntry(changed === null ? "2000" : plain(changed.amount));
  const [api, setApi] = useState<string | null>(changed?.api ?? null);
  const [region, setRegion] = useState<string | null>(changed?.region ?? null);
  const [project, setProject] = useState<string | null>(changed?.enterprise_project ?? null);
  const projects = useProjectChoice();
  const projectName = useProjectName();
  // One that was disabled since stays what the budget is for.
  const isListed = project === null || projects.some((one) => one.value === project);
  const choice = isListed
    ? projects
    : [...projects, { value: project, label: projectName(project) ?? project }];
  const [percents, setPercents] = useState(changed?.percents.join(", ") ?? PERCENTS);
  const [forecast, setForecast] = useState(changed?.forecast ?? true);
  const isTaken = changed === null && names.includes(name);
  const body = {
    amount: amount.value,
    percents: percents
      .split(/[,，]/)
      .filter((part) => part.trim() !== "")
      .map(Number),
    forecast,
    api: api ?? undefined,
    region: region ?? undefined,
    enterprise_project: project ?? undefined,
  };
  const save = useChange(
    () => put(pathOf(name), body),
    t("budgets.saved"),
    () => {
      setName("");
      done();
    },
  );
  const scope = (
    label: string,
    data: string[] | { value: string; label: string }[],
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
    <Form
      submit={() => save.mutate(undefined)}
      change={save}
      label={changed === null ? t("budgets.set") : t("budgets.change", { name })}
      isDisabled={isTaken}
      isQuiet
      beside={
        changed !== null && (
          <Button variant="subtle" onClick={done}>
            {t("common.cancel")}
          </Button>
        )
      }
    >
      <Group align="flex-start">
        <TextInput
          label={t("budgets.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          pattern="[A-Za-z0-9._\-]+"
          title={t("budgets.nameRule")}
          description={t("budgets.nameRule")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          maw={240}
          maxLength={64}
          readOnly={changed !== null}
          required
          {...(isTaken ? { error: t("budgets.taken") } : {})}
        />
        <EntryInput label={t("limits.monthly", { currency: props.currency })} of={amount} />
        {scope(t("common.service"), props.apis, api, setApi)}
        {scope(t("common.region"), props.regions, region, setRegion)}
        {choice.length > 0 && scope(t("budgets.project"), choice, project, setProject)}
        <TextInput
          label={t("budgets.percents")}
          value={percents}
          onChange={(event) => setPercents(event.currentTarget.value)}
          pattern="\s*(\d+(\s*[,，]\s*\d+)*)?\s*"
          title={t("budgets.percentsRule")}
        />
      </Group>
      <Switch
        label={t("budgets.forecast")}
        checked={forecast}
        onChange={(event) => setForecast(event.currentTarget.checked)}
      />
    </Form>
  );
}
