import { Anchor, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { ApiError, session } from "../api/client";
import type { SessionView } from "../api/types";
import { Form } from "../components/Form";
import { Front } from "../shell/Front";

export function SignIn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const known = client.getQueryData<SessionView>(["session", "customer"]);
  const canSignUp = known?.sign_up === true;
  const [isNew, setNew] = useState(false);
  const [account, setAccount] = useState("");
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState("");
  const [mustChoose, setMustChoose] = useState(false);
  const enter = useMutation({
    mutationFn: () =>
      isNew
        ? session.signUp(account, password)
        : session.signIn(account, user, password, mustChoose ? chosen : undefined),
    onError: (error) => {
      if (error instanceof ApiError && error.reason === "password_to_change") setMustChoose(true);
    },
    onSuccess: (view) => client.setQueryData(["session", "customer"], view),
  });
  const turn = () => {
    setNew(!isNew);
    setMustChoose(false);
    enter.reset();
  };
  return (
    <Front
      title={isNew ? t("signIn.newTitle") : t("signIn.title")}
      lead={isNew ? t("signIn.newLead") : t("signIn.lead")}
      below={
        <Stack gap={4} align="center">
          {canSignUp && (
            <Anchor component="button" type="button" onClick={turn} underline="always">
              {isNew ? t("signIn.haveOne") : t("signIn.makeOne")}
            </Anchor>
          )}
          <Anchor component={Link} to="/operator" size="sm" underline="always">
            {t("signIn.operator")}
          </Anchor>
        </Stack>
      }
    >
      <Form
        submit={() => enter.mutate()}
        change={enter}
        label={isNew ? t("signIn.create") : t("signIn.enter")}
        isWide
      >
        <TextInput
          label={t("signIn.account")}
          description={isNew ? t("signIn.accountRule") : undefined}
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
          autoComplete="organization"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        {!isNew && (
          <TextInput
            label={t("signIn.user")}
            description={t("signIn.userRule")}
            value={user}
            onChange={(event) => setUser(event.currentTarget.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        <PasswordInput
          label={t("signIn.password")}
          description={isNew ? t("signIn.passwordRule") : undefined}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? 8 : 1}
          required
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
        />
        {mustChoose && (
          <PasswordInput
            label={t("signIn.newPassword")}
            description={t("signIn.passwordRule")}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
            autoComplete="new-password"
            minLength={8}
            required
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
        )}
      </Form>
      {!isNew && (
        <Text size="sm" c="dimmed" mt="md">
          {canSignUp ? t("signIn.hintSignUp") : t("signIn.hint")}
        </Text>
      )}
    </Front>
  );
}
