import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, remove } from "../../api/client";
import type { User, Users, UserWithPassword } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Badge, Loaded, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { DeleteButton, Dialog } from "../../components/Dialog";
import { UserKeys } from "../../components/keys";
import { useFormat } from "../../format";
import { ChangeUser, HandOver } from "./ChangeUser";
import { rightsOf, UserForm } from "./UserForm";

interface Props {
  /** Where the API has them: one's own account's or, for the operator, those of an account. */
  path: string;
  account: string;
  /** The id of whoever looks, if it is one of them. */
  self?: string;
}

/** The users of an account: who they are, what they may do, and a new one. */
export function UserSection({ path, account, self }: Props) {
  const { t } = useTranslation();
  const users = useGet<Users>(path, ["account", "users", path]);
  const [isAdding, setAdding] = useState(false);
  const add = useChange((fields: object) => post<UserWithPassword>(path, fields));
  const close = () => {
    setAdding(false);
    add.reset();
  };
  const made = add.data;
  return (
    <Loaded query={users}>
      {({ limit, users: all }) => (
        <Section
          title={self === undefined ? t("users.title") : t("users.list")}
          lead={t("users.limit", { count: limit })}
          actions={
            <Button onClick={() => setAdding(true)} disabled={all.length >= limit}>
              {t("users.add")}
            </Button>
          }
        >
          <UserTable users={all} path={path} account={account} self={self} />
          <Dialog
            isOpen={isAdding}
            close={close}
            title={made === undefined ? t("users.add") : t("users.addedTitle", { name: made.user })}
          >
            {made === undefined ? (
              <UserForm change={add} submit={add.mutate} label={t("users.add")} />
            ) : (
              <HandOver account={account} user={made} close={close} />
            )}
          </Dialog>
        </Section>
      )}
    </Loaded>
  );
}

function UserTable(props: { users: User[]; path: string; account: string; self: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { path, account, self } = props;
  // Who looks does not lock themselves out; the operator gives the owner a new password, and nothing else.
  const canChange = (user: User) => user.user_id !== self && (!user.owner || self === undefined);
  // Who signed up has not signed in yet.
  const never = (user: User) => (user.user_id === self ? "–" : t("users.never"));
  return (
    <DataTable
      caption={t("users.list")}
      rows={props.users}
      id={(user) => user.user_id}
      columns={[
        {
          label: t("users.name"),
          cell: (user) => (
            <Group gap="xs">
              <Text fw={600} className="wrap">
                {user.user}
              </Text>
              {user.owner && <Badge tone="accent">{t("users.owner")}</Badge>}
              {user.user_id === self && <Badge tone="plain">{t("users.you")}</Badge>}
            </Group>
          ),
        },
        { label: t("users.may"), cell: (user) => t(`right.${rightsOf(user)}`) },
        { label: t("users.access"), cell: (user) => t(`access.${user.access}`) },
        {
          label: t("users.state"),
          cell: (user) => (
            <Badge tone={user.enabled ? "good" : "plain"}>
              {user.enabled ? t("users.enabled") : t("users.disabled")}
            </Badge>
          ),
        },
        {
          label: t("users.signedIn"),
          cell: (user) => (user.signed_in_at === null ? never(user) : format.instant(user.signed_in_at)),
        },
        {
          label: t("users.actions"),
          isAction: true,
          cell: (user) =>
            canChange(user) && (
              <Group gap="xs" wrap="nowrap">
                {self !== undefined && user.access !== "console" && <KeysButton user={user} />}
                <ChangeUser user={user} path={path} account={account} />
                {!user.owner && (
                  <DeleteButton
                    name={user.user}
                    what={t("users.goneWhat")}
                    gone={t("users.gone")}
                    drop={() => remove(`${path}/${encodeURIComponent(user.user)}`)}
                  />
                )}
              </Group>
            ),
        },
      ]}
    />
  );
}

function KeysButton({ user }: { user: User }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const title = t("users.keysOf", { name: user.user });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)} aria-label={title}>
        {t("users.keysButton")}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={title}>
        <Stack>
          <UserKeys user={user.user} userId={user.user_id} />
        </Stack>
      </Dialog>
    </>
  );
}
