import { PasswordInput, SimpleGrid } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post } from "../../api/client";
import { useChange } from "../../api/queries";
import { Section } from "../../components/basics";
import { Form } from "../../components/Form";

/** Another password for whoever is signed in; it takes the old one, and ends the session. */
export function OwnPassword({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const [original, setOriginal] = useState("");
  const [password, setPassword] = useState("");
  const change = useChange(
    () => post(`/v3/users/${userId}/password`, { user: { original_password: original, password } }),
    t("password.changed"),
  );
  return (
    <Section title={t("password.title")} lead={t("password.lead")}>
      <Form submit={() => change.mutate(undefined)} change={change} label={t("password.change")} isQuiet>
        <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: "start" }}>
          <PasswordInput
            label={t("password.old")}
            value={original}
            onChange={(event) => setOriginal(event.currentTarget.value)}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
          <PasswordInput
            label={t("password.new")}
            description={t("signIn.passwordRule")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="new-password"
            minLength={8}
            inputWrapperOrder={["label", "input", "description", "error"]}
            required
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
        </SimpleGrid>
      </Form>
    </Section>
  );
}
