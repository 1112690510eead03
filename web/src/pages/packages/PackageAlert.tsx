import { NumberInput, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { Alerts } from "../../api/notices";
import { useChange, useGet } from "../../api/queries";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { Form } from "../../components/Form";

/** What is proposed where nothing is set. */
const USUAL = { percent: "20", calls: "1000", days: "7" };

/** When to be told of a package: little is left in it, or it expires with calls left. Each is on or off by itself. */
export function PackageAlert() {
  const { t } = useTranslation();
  const alerts = useGet<Alerts>("/v1/alerts", ["account", "alerts"]);
  return (
    <Section title={t("packageAlert.title")} lead={t("packageAlert.lead")}>
      <Loaded query={alerts}>
        {(data) => (
          <Fields key={`${data.packages.percent} ${data.packages.calls} ${data.expiry_days}`} alerts={data} />
        )}
      </Loaded>
    </Section>
  );
}

function Fields({ alerts }: { alerts: Alerts }) {
  const { t } = useTranslation();
  const { percent, calls } = alerts.packages;
  const part = useLimit(percent, USUAL.percent);
  const count = useLimit(calls, USUAL.calls);
  const expiry = useLimit(alerts.expiry_days === 0 ? null : alerts.expiry_days, USUAL.days);
  // What is not named stays as it is.
  const save = useChange(
    () =>
      put<Alerts>("/v1/alerts", {
        packages: { percent: part.wanted, calls: count.wanted },
        expiry_days: expiry.wanted ?? 0,
      }),
    t("packageAlert.saved"),
  );
  return (
    <Form
      submit={() => save.mutate(undefined)}
      change={save}
      label={t("packageAlert.save")}
      beside={
        <Text size="sm">
          <InnerLink to="/recipients">{t("alert.who")}</InnerLink>
        </Text>
      }
    >
      <Limit of={part} name="percent" max={99} />
      <Limit of={count} name="calls" max={1_000_000_000_000} />
      <Limit of={expiry} name="days" max={90} />
    </Form>
  );
}

interface LimitState {
  isOn: boolean;
  turn: (on: boolean) => void;
  value: string;
  set: (value: string) => void;
  /** What is to be saved. */
  wanted: number | null;
}

function useLimit(now: number | null, usual: string): LimitState {
  const [isOn, turn] = useState(now !== null);
  const [value, set] = useState(now === null ? usual : String(now));
  return { isOn, turn, value, set, wanted: isOn ? Number(value) : null };
}

function Limit({ of, name, max }: { of: LimitState; name: "percent" | "calls" | "days"; max: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Switch
        checked={of.isOn}
        onChange={(event) => of.turn(event.currentTarget.checked)}
        label={t(`packageAlert.${name}Switch`)}
        size="md"
      />
      {of.isOn && (
        <NumberInput
          label={t(`packageAlert.${name}`)}
          value={of.value}
          onChange={(value) => of.set(String(value))}
          min={1}
          max={max}
          allowDecimal={false}
          required
        />
      )}
    </>
  );
}
