import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put, remove } from "../api/client";
import type { Budget, Caps as CapsView } from "../api/features";
import { useAccount, useCatalog, useChange, useGet } from "../api/queries";
import { Empty, Failed, Loaded, Meter, Page, Section } from "../components/basics";
import { useFormat } from "../format";

const ALL = "all";

/** What may be spent at most, and what one wants to be told of. */
export function Limits() {
  const { t } = useTranslation();
  const account = useAccount();
  const catalog = useCatalog();
  return (
    <Page title={t("limits.title")} lead={t("limits.lead")}>
      <Loaded query={account}>
        {(data) => (
          <Loaded query={catalog}>
            {(prices) => (
              <>
                <Caps apis={prices.apis.map(({ api }) => api)} currency={data.currency} />
                <Budgets
                  apis={prices.apis.map(({ api }) => api)}
                  regions={prices.regions}
                  currency={data.currency}
                />
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Caps({ apis, currency }: { apis: string[]; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const caps = useGet<CapsView>("/v1/caps", ["account", "caps"]);
  const [api, setApi] = useState(ALL);
  const [monthly, setMonthly] = useState("500");
  const save = useChange(() => put(`/v1/caps/${api}`, { monthly }), t("caps.saved"));
  const drop = useChange((of: string) => remove(`/v1/caps/${of}`), t("caps.gone"));
  const name = (of: string) => (of === ALL ? t("caps.all") : of);
  const error = save.error ?? drop.error;
  return (
    <Section title={t("caps.title")} lead={t("caps.lead")}>
      <Stack>
        <Loaded query={caps}>
          {(data) =>
            data.caps.length === 0 ? (
              <Empty title={t("caps.none")}>{t("caps.noneWhy")}</Empty>
            ) : (
              <Stack>
                {data.caps.map((cap) => (
                  <Limit
                    key={cap.api}
                    name={name(cap.api)}
                    spent={Number(cap.spent)}
                    whole={Number(cap.monthly)}
                    text={t("caps.of", {
                      spent: format.money(cap.spent, currency),
                      whole: format.money(cap.monthly, currency),
                    })}
                    drop={() => drop.mutate(cap.api)}
                  />
                ))}
              </Stack>
            )
          }
        </Loaded>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(undefined);
          }}
        >
          <Group align="flex-end">
            <Select
              label={t("common.service")}
              data={[{ value: ALL, label: t("caps.all") }, ...apis]}
              value={api}
              onChange={(value) => setApi(value ?? ALL)}
              allowDeselect={false}
            />
            <NumberInput
              label={t("caps.monthly", { currency })}
              value={monthly}
              onChange={(value) => setMonthly(String(value))}
              min={0}
              decimalScale={2}
              hideControls
              required
              withAsterisk={false}
            />
            <Button type="submit" variant="default" loading={save.isPending}>
              {t("caps.set")}
            </Button>
          </Group>
        </form>
        {error !== null && <Failed error={error} />}
      </Stack>
    </Section>
  );
}

function Limit(props: { name: string; spent: number; whole: number; text: string; drop: () => void }) {
  const { t } = useTranslation();
  const share = props.whole === 0 ? 1 : props.spent / props.whole;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <div>
          <Text fw={600}>{props.name}</Text>
          <Text size="sm" c="dimmed">
            {props.text}
          </Text>
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={props.drop}
          aria-label={t("limits.drop", { name: props.name })}
        >
          <IconTrash size={18} />
        </ActionIcon>
      </Group>
      <Meter
        part={props.spent}
        whole={props.whole}
        label={props.name}
        {...(share >= 1 ? { tone: "bad" as const } : share >= 0.8 ? { tone: "watch" as const } : {})}
      />
    </div>
  );
}

function Budgets(props: { apis: string[]; regions: string[]; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { currency } = props;
  const budgets = useGet<Budget[]>("/v1/budgets", ["account", "budgets"]);
  const [name, setName] = useState("");
  const [amount, setAmount] = useState("2000");
  const [api, setApi] = useState<string | null>(null);
  const [region, setRegion] = useState<string | null>(null);
  const [forecast, setForecast] = useState(true);
  const save = useChange(
    () =>
      put(`/v1/budgets/${encodeURIComponent(name)}`, {
        amount,
        percents: [80, 100],
        forecast,
        ...(api === null ? {} : { api }),
        ...(region === null ? {} : { region }),
      }),
    t("budgets.saved"),
    () => setName(""),
  );
  const drop = useChange((of: string) => remove(`/v1/budgets/${encodeURIComponent(of)}`), t("budgets.gone"));
  const error = save.error ?? drop.error;
  return (
    <Section title={t("budgets.title")} lead={t("budgets.lead")}>
      <Stack>
        <Loaded query={budgets}>
          {(data) =>
            data.length === 0 ? (
              <Empty title={t("budgets.none")}>{t("budgets.noneWhy")}</Empty>
            ) : (
              <Stack>
                {data.map((budget) => (
                  <Limit
                    key={budget.name}
                    name={budget.name}
                    spent={Number(budget.spent)}
                    whole={Number(budget.amount)}
                    text={[
                      t("caps.of", {
                        spent: format.money(budget.spent, currency),
                        whole: format.money(budget.amount, currency),
                      }),
                      ...(budget.forecast_amount === null
                        ? []
                        : [
                            t("budgets.expected", { amount: format.money(budget.forecast_amount, currency) }),
                          ]),
                      ...(budget.api === null ? [] : [budget.api]),
                      ...(budget.region === null ? [] : [budget.region]),
                    ].join(" · ")}
                    drop={() => drop.mutate(budget.name)}
                  />
                ))}
              </Stack>
            )
          }
        </Loaded>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(undefined);
          }}
        >
          <Stack>
            <Group align="flex-end">
              <TextInput
                label={t("budgets.name")}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                pattern="[A-Za-z0-9._\-]+"
                title={t("budgets.nameRule")}
                maxLength={64}
                required
                withAsterisk={false}
              />
              <NumberInput
                label={t("budgets.amount", { currency })}
                value={amount}
                onChange={(value) => setAmount(String(value))}
                min={0}
                decimalScale={2}
                hideControls
                required
                withAsterisk={false}
              />
              <Select
                label={t("common.service")}
                placeholder={t("budgets.every")}
                data={props.apis}
                value={api}
                onChange={setApi}
                clearable
                clearButtonProps={{ "aria-label": t("budgets.every") }}
              />
              <Select
                label={t("common.region")}
                placeholder={t("budgets.every")}
                data={props.regions}
                value={region}
                onChange={setRegion}
                clearable
                clearButtonProps={{ "aria-label": t("budgets.every") }}
              />
            </Group>
            <Switch
              label={t("budgets.forecast")}
              checked={forecast}
              onChange={(event) => setForecast(event.currentTarget.checked)}
            />
            <Group>
              <Button type="submit" variant="default" loading={save.isPending}>
                {t("budgets.set")}
              </Button>
            </Group>
          </Stack>
        </form>
        {error !== null && <Failed error={error} />}
      </Stack>
    </Section>
  );
}
