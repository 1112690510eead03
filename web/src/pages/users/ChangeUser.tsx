import { Button, Divider, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { patch } from "../../api/client";
import type { User, UserWithPassword } from "../../api/people";
import { useChange } from "../../api/queries";
import { Note } from "../../components/basics";
import { Dialog } from "../../components/Dialog";
import { Form } from "../../components/Form";
import { Secrets } from "../../components/keys";
import { UserForm } from "./UserForm";

interface Props {
  user: User;
  path: string;
  account: string;
}

/** What a user may do, and a new password. Of the account's own user only the password can be another. */
export function ChangeUser({ user, path, account }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const one = `${path}/${encodeURIComponent(user.user)}`;
  const change = useChange(
    (fields: object) => patch(one, fields),
    t("users.changed"),
    () => setOpen(false),
  );
  const renew = useChange(() => patch<UserWithPassword>(one, { new_password: true }));
  const close = () => {
    setOpen(false);
    renew.reset();
  };
  const title = t("users.changeOf", { name: user.user });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)} aria-label={title}>
        {t("users.change")}
      </Button>
      <Dialog isOpen={isOpen} close={close} title={title}>
        {renew.data !== undefined ? (
          <HandOver account={account} user={renew.data} close={close} />
        ) : (
          <Stack>
            {!user.owner && (
              <>
                <UserForm of={user} submit={change.mutate} change={change} label={t("common.save")} />
                <Divider />
              </>
            )}
            <Text size="sm" c="dimmed">
              {t("users.newPasswordWhat")}
            </Text>
            <Form
              submit={() => renew.mutate(undefined)}
              change={renew}
              label={t("users.newPassword")}
              name={t("users.newPasswordOf", { name: user.user })}
              isQuiet
            />
          </Stack>
        )}
      </Dialog>
    </>
  );
}

/** What somebody signs in with, shown this once. */
export function HandOver(props: { account: string; user: UserWithPassword; close: () => void }) {
  const { t } = useTranslation();
  const { user } = props;
  return (
    <Stack>
      <Note tone="watch" title={t("users.once")} />
      <Secrets
        rows={[
          [t("signIn.account"), props.account],
          [t("signIn.user"), user.user],
          [t("signIn.password"), user.password ?? ""],
        ]}
      />
      <Button onClick={props.close}>{t("keys.kept")}</Button>
    </Stack>
  );
}
