import { NumberInput, SimpleGrid, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put } from "../../api/client";
import type { LoginPolicy } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Loaded, Section } from "../../components/basics";
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

function Rules({ path, policy }: { path: string; policy: LoginPolicy }) {
  const { t } = useTranslation();
  const [rules, setRules] = useState(policy);
  const save = useChange(() => put(path, { login_policy: rules }), t("login.saved"));
  type Field = Exclude<keyof LoginPolicy, "custom_info_for_login" | "show_recent_login_info">;
  const field = (name: Field, label: string, description: string, [min, max]: [number, number]) => (
    <NumberInput
      label={label}
      description={description}
      value={rules[name]}
      onChange={(value) => setRules({ ...rules, [name]: Number(value) })}
      min={min}
      max={max}
      allowDecimal={false}
      required
    />
  );
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("common.save")} isQuiet>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {field("login_failed_times", t("login.failures"), t("login.failuresNote"), [3, 10])}
        {field("period_with_login_failures", t("login.window"), t("login.windowNote"), [15, 60])}
        {field("lockout_duration", t("login.lock"), t("login.lockNote"), [15, 30])}
        {field("session_timeout", t("login.session"), t("login.sessionNote"), [15, 1_440])}
        {field("account_validity_period", t("login.idle"), t("login.idleNote"), [0, 240])}
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
