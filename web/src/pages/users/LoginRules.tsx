import { SimpleGrid, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { LoginPolicy } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Loaded, Section } from "../../components/basics";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";

/** How the users of the account sign in, and what stops those who guess. */
export function LoginRules({ account }: { account: string }) {
  const { t } = useTranslation();
  const path = `/v3.0/OS-SECURITYPOLICY/domains/${account}/login-policy`;
  const policy = useGet<{ login_policy: LoginPolicy }>(path);
  return (
    <Section title={t("login.title")} lead={t("login.lead")}>
      <Loaded query={policy}>{(data) => <Rules path={path} policy={data.login_policy} />}</Loaded>
    </Section>
  );
}

const useWhole = (now: number, [min, max]: [number, number]) =>
  useEntry(String(now), { decimals: 0, min, max });

function Rules({ path, policy }: { path: string; policy: LoginPolicy }) {
  const { t } = useTranslation();
  const [rules, setRules] = useState(policy);
  const failures = useWhole(policy.login_failed_times, [3, 10]);
  const window = useWhole(policy.period_with_login_failures, [15, 60]);
  const lock = useWhole(policy.lockout_duration, [15, 30]);
  const session = useWhole(policy.session_timeout, [15, 1_440]);
  const idle = useWhole(policy.account_validity_period, [0, 240]);
  const wanted: LoginPolicy = {
    ...rules,
    login_failed_times: Number(failures.value),
    period_with_login_failures: Number(window.value),
    lockout_duration: Number(lock.value),
    session_timeout: Number(session.value),
    account_validity_period: Number(idle.value),
  };
  const save = useChange(() => put(path, { login_policy: wanted }), t("login.saved"));
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("common.save")} isQuiet>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <EntryInput label={t("login.failures")} description={t("login.failuresNote")} of={failures} />
        <EntryInput label={t("login.window")} description={t("login.windowNote")} of={window} />
        <EntryInput label={t("login.lock")} description={t("login.lockNote")} of={lock} />
        <EntryInput label={t("login.session")} description={t("login.sessionNote")} of={session} />
        <EntryInput label={t("login.idle")} description={t("login.idleNote")} of={idle} />
        <TextInput
          label={t("login.message")}
          description={t("login.messageNote")}
          value={rules.custom_info_for_login}
          onChange={(event) => setRules({ ...rules, custom_info_for_login: event.currentTarget.value })}
          maxLength={64}
        />
      </SimpleGrid>
      <Switch
        label={t("login.showsLast")}
        checked={rules.show_recent_login_info}
        onChange={(event) => setRules({ ...rules, show_recent_login_info: event.currentTarget.checked })}
      />
    </Form>
  );
}
