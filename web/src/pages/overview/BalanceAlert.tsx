import { Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { Alerts } from "../../api/notices";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";
import { plain, useFormat } from "../../format";

/** What is proposed where nothing is set. */
const USUAL = { threshold: "100", hours: "72" };
/** What the server takes. */
const HOURS = { decimals: 0, min: 3, max: 8_784 };

/**
 * The two alerts about the balance, where the money is shown ("configure the Balance Alert on the Overview page"): below
 * an amount, and soon empty. Each is on or off by itself.
 */
export function BalanceAlert({ account }: { account: Account }) {
  const { t } = useTranslation();
  const alerts = useGet<Alerts>("/v1/alerts", ["account", "alerts"]);
  return (
    <Section title={t("alert.title")} lead={t("alert.lead")}>
      <Loaded query={alerts}>
        {(data) => (
          <Fields
            key={`${data.balance.threshold} ${data.time_to_empty.hours}`}
            alerts={data}
            account={account}
          />
        )}
      </Loaded>
    </Section>
  );
}

function Fields({ alerts, account }: { alerts: Alerts; account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { threshold: least } = alerts.balance;
  const { hours: within } = alerts.time_to_empty;
  const [hasThreshold, setHasThreshold] = useState(least !== null);
  const threshold = useEntry(least === null ? USUAL.threshold : plain(least));
  const [hasHours, setHasHours] = useState(within !== null);
  const hours = useEntry(within === null ? USUAL.hours : String(within), HOURS);
  // What is not named stays as it is.
  const save = useChange(
    () =>
      put<Alerts>("/v1/alerts", {
        balance: { threshold: hasThreshold ? threshold.value : null },
        time_to_empty: { hours: hasHours ? Number(hours.value) : null },
      }),
    t("alert.saved"),
  );
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("alert.save")} beside={<Who />}>
      <Switch
        checked={hasThreshold}
        onChange={(event) => setHasThreshold(event.currentTarget.checked)}
        label={t("alert.switch")}
        size="md"
      />
      {hasThreshold && (
        <EntryInput
          label={t("alert.threshold", { currency: account.currency })}
          description={t("alert.thresholdNote", {
            available: format.money(account.balance_for_alerts, account.currency),
          })}
          of={threshold}
        />
      )}
      <Switch
        checked={hasHours}
        onChange={(event) => setHasHours(event.currentTarget.checked)}
        label={t("alert.hoursSwitch")}
        size="md"
      />
      {hasHours && <EntryInput label={t("alert.hours")} description={t("alert.hoursNote")} of={hours} />}
    </Form>
  );
}

function Who() {
  const { t } = useTranslation();
  return (
    <Text size="sm">
      <InnerLink to="/recipients">{t("alert.who")}</InnerLink>
    </Text>
  );
}
