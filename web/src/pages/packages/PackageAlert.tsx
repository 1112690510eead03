import { Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { Alerts } from "../../api/notices";
import { useChange, useGet } from "../../api/queries";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { type Entry, useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";

/** What is proposed where nothing is set. */
const USUAL = { percent: "20", calls: "1000", days: "7" };
/** The most that the server takes. */
const MOST = { percent: 99, calls: 1_000_000_000_000, days: 90 };

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
  const part = useLimit(percent, "percent");
  const count = useLimit(calls, "calls");
  const expiry = useLimit(alerts.expiry_days === 0 ? null : alerts.expiry_days, "days");
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
      <Limit of={part} name="percent" />
      <Limit of={count} name="calls" />
      <Limit of={expiry} name="days" />
    </Form>
  );
}

interface LimitState {
  isOn: boolean;
  turn: (on: boolean) => void;
  entry: Entry;
  /** What is to be saved. */
  wanted: number | null;
}

function useLimit(now: number | null, name: keyof typeof MOST): LimitState {
  const [isOn, turn] = useState(now !== null);
  const entry = useEntry(now === null ? USUAL[name] : String(now), { decimals: 0, min: 1, max: MOST[name] });
  return { isOn, turn, entry, wanted: isOn ? Number(entry.value) : null };
}

function Limit({ of, name }: { of: LimitState; name: keyof typeof MOST }) {
  const { t } = useTranslation();
  return (
    <>
      <Switch
        checked={of.isOn}
        onChange={(event) => of.turn(event.currentTarget.checked)}
        label={t(`packageAlert.${name}Switch`)}
        size="md"
      />
      {of.isOn && <EntryInput label={t(`packageAlert.${name}`)} of={of.entry} />}
    </>
  );
}
