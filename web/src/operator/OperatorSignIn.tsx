import { Anchor, Group, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { operatorSession } from "../api/client";
import { Form } from "../components/Form";
import { Front } from "../shell/Front";

export function OperatorSignIn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const enter = useMutation({
    mutationFn: () => operatorSession.signIn(token),
    onSuccess: (session) => client.setQueryData(["session", "operator"], session),
  });
  return (
    <Front
      title={t("operator.signIn")}
      lead={t("operator.signInLead")}
      below={
        <Group justify="center">
          <Anchor component={Link} to="/" size="sm" underline="always">
            {t("operator.customer")}
          </Anchor>
        </Group>
      }
    >
      <Form submit={() => enter.mutate()} change={enter} label={t("signIn.enter")} isWide>
        <PasswordInput
          label={t("operator.token")}
          description={t("operator.tokenRule")}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
        />
      </Form>
    </Front>
  );
}
