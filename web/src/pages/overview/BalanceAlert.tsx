import { NumberInput, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { Alerts } from "../../api/notices";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { AmountInput, Form } from "../../components/Form";
import { plain, useFormat } from "../../format";

/** The switch and the threshold, where the money is shown ("configure the Balance Alert on the Overview page"). */
export function BalanceAlert({ account }: { account: Account }) {
  const { t } = useTranslation();
  const alerts = useGet<Alerts>("/v1/alerts", ["account", "alerts"]);
  return (
    <Section title={t("alert.title")} lead={t("alert.lead")}>
      <Loaded query={alerts}>
        {(data) => <Fields key={String(data.balance.threshold)} alerts={data} account={account} />}
      </Loaded>
    </Section>
  );
}

function Fields({ alerts, account }: { alerts: Alerts; account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = alerts.balance.threshold;
  const [isOn, setOn] = useState(set !== null);
  const [threshold, setThreshold] = useState<string>(set === null ? "100" : plain(set));
  const [hours, setHours] = useState<string>(String(alerts.time_to_empty.hours ?? ""));
  const save = useChange(
    (on: boolean) =>
      put<Alerts>("/v1/alerts", {
        ...alerts,
        balance: { threshold: on ? threshold : null },
        time_to_empty: { hours: on && hours !== "" ? Number(hours) : null },
      }),
    t("alert.saved"),
  );
  const turn = (on: boolean) => {
    setOn(on);
    if (!on && set !== null) save.mutate(false);
  };
  return (
    <Form
      submit={() => save.mutate(isOn)}
      change={save}
      label={t("alert.save")}
      beside={<Who />}
      isHidden={!isOn}
    >
      <Switch
        checked={isOn}
        onChange={(event) => turn(event.currentTarget.checked)}
        label={t("alert.switch")}
        size="md"
      />
      {isOn && (
        <>
          <AmountInput
            label={t("alert.threshold", { currency: account.currency })}
            description={t("alert.thresholdNote", {
              available: format.money(account.balance_for_alerts, account.currency),
            })}
            value={threshold}
            onChange={setThreshold}
            min={0}
            decimals={8}
          />
          <NumberInput
            label={t("alert.hours")}
            description={t("alert.hoursNote")}
            value={hours}
            onChange={(value) => setHours(String(value))}
            min={3}
            max={8784}
            allowDecimal={false}
          />
        </>
      )}
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
