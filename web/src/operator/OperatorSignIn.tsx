import { Anchor, Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { operatorSession } from "../api/client";
import { Failed } from "../components/basics";
import { Front } from "../components/Front";

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
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <Stack>
          {enter.error !== null && <Failed error={enter.error} />}
          <PasswordInput
            label={t("operator.token")}
            description={t("operator.tokenRule")}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
          <Button type="submit" size="md" loading={enter.isPending}>
            {t("signIn.enter")}
          </Button>
        </Stack>
      </form>
    </Front>
  );
}
