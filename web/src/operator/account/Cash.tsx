/** The operator's two ways to move an account's cash: money that arrived, and a correction with its reason. */
import { TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { newKey, post } from "../../api/client";
import { useChange } from "../../api/queries";
import { Section } from "../../components/basics";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";

interface Props {
  currency: string;
  base: string;
}

/** The least that is paid in. */
const CENT = 0.01;

/** Sends under a key that makes a repeated request harmless, until it is done. */
function useOnce<V extends object>(path: string, done: string, then: () => void) {
  const key = useRef(newKey());
  return useChange(
    (body: V) => post(path, { ...body, key: key.current }),
    done,
    () => {
      key.current = newKey();
      then();
    },
  );
}

export function TopUp({ currency, base }: Props) {
  const { t } = useTranslation();
  const amount = useEntry("", { min: CENT });
  const pay = useOnce<{ amount: string }>(`${base}/top-ups`, t("accounts.toppedUp"), () => amount.set(""));
  return (
    <Section title={t("accounts.topUp")} lead={t("accounts.topUpLead")}>
      <Form submit={() => pay.mutate({ amount: amount.value })} change={pay} label={t("accounts.topUp")}>
        <EntryInput label={t("topUp.amount", { currency })} of={amount} />
      </Form>
    </Section>
  );
}

export function Adjustment({ currency, base }: Props) {
  const { t } = useTranslation();
  const amount = useEntry("", { isSigned: true });
  const [reason, setReason] = useState("");
  const path = `${base}/adjustments`;
  const adjust = useOnce<{ amount: string; reason: string }>(path, t("accounts.adjusted"), () => {
    amount.set("");
    setReason("");
  });
  return (
    <Section title={t("accounts.adjust")} lead={t("accounts.adjustLead")}>
      <Form
        submit={() => adjust.mutate({ amount: amount.value, reason })}
        change={adjust}
        label={t("accounts.adjust")}
        isQuiet
      >
        <EntryInput
          label={t("accounts.adjustAmount", { currency })}
          description={t("accounts.adjustNote")}
          of={amount}
        />
        <TextInput
          label={t("accounts.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={200}
          required
        />
      </Form>
    </Section>
  );
}
