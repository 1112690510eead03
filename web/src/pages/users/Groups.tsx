/** Groups of users, and what each may do in all projects; the group of administrators has the account's id. */
import { Button, Checkbox, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, put, remove } from "../../api/client";
import { grantPath, type Groups as GroupsView, type Ocr, useGroups, type Users } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { DeleteButton, Dialog } from "../../components/Dialog";
import { Form } from "../../components/Form";
import { useFormat } from "../../format";

type Row = GroupsView["groups"][number];

const RIGHTS: Ocr[] = ["full", "read_only", "none"];

export function Groups({ account }: { account: string }) {
  const { t } = useTranslation();
  const groups = useGroups(account);
  const users = useGet<Users>("/v1/users", ["account", "users", "/v1/users"]);
  const [isAdding, setAdding] = useState(false);
  return (
    <Section
      title={t("groups.title")}
      lead={t("groups.lead")}
      actions={
        <Button variant="default" onClick={() => setAdding(true)}>
          {t("groups.add")}
        </Button>
      }
    >
      <Loaded query={groups}>
        {(found) => (
          <Loaded query={users}>
            {(people) => <GroupTable found={found} people={people} account={account} />}
          </Loaded>
        )}
      </Loaded>
      <Dialog isOpen={isAdding} close={() => setAdding(false)} title={t("groups.add")}>
        <NewGroup close={() => setAdding(false)} />
      </Dialog>
    </Section>
  );
}

function GroupTable(props: { found: GroupsView; people: Users; account: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { account, people, found } = props;
  const rows = found.groups.filter((group) => group.id !== account);
  const names = ({ users }: Row) =>
    people.users.filter((one) => users.includes(one.user_id)).map((one) => one.user);
  if (rows.length === 0) return <Empty title={t("groups.none")}>{t("groups.noneWhy")}</Empty>;
  return (
    <DataTable
      caption={t("groups.title")}
      rows={rows}
      id={(group) => group.id}
      columns={[
        { label: t("groups.name"), cell: (group) => <span className="wrap">{group.name}</span> },
        { label: t("users.may"), cell: (group) => t(`right.${group.ocr}`) },
        {
          label: t("groups.people"),
          cell: (group) => {
            const all = names(group);
            return all.length === 0 ? t("groups.nobody") : format.list(all);
          },
        },
        {
          label: t("users.actions"),
          isAction: true,
          cell: (group) => (
            <div className="row-actions">
              <ChangeGroup group={group} people={people} account={account} roles={found.roles} />
              <DeleteButton
                name={group.name}
                what={t("groups.goneWhat")}
                gone={t("groups.gone")}
                drop={() => remove(`/v3/groups/${group.id}`)}
              />
            </div>
          ),
        },
      ]}
    />
  );
}

function NewGroup({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const add = useChange(() => post("/v3/groups", { group: { name } }), t("groups.added"), close);
  return (
    <Form submit={() => add.mutate(undefined)} change={add} label={t("groups.add")}>
      <TextInput
        label={t("groups.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={128}
        required
        data-autofocus
      />
    </Form>
  );
}

interface ChangeProps {
  group: Row;
  people: Users;
  account: string;
  roles: GroupsView["roles"];
}

function ChangeGroup(props: ChangeProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const title = t("users.changeOf", { name: props.group.name });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)} aria-label={title}>
        {t("users.change")}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={title}>
        <GroupForm {...props} close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function GroupForm({ group, people, account, roles, close }: ChangeProps & { close: () => void }) {
  const { t } = useTranslation();
  const [ocr, setOcr] = useState<Ocr>(group.ocr);
  const [chosen, setChosen] = useState(group.users);
  const save = useChange(
    async () => {
      const of = (user: string) => `/v3/groups/${group.id}/users/${user}`;
      for (const user of chosen) if (!group.users.includes(user)) await put(of(user), undefined);
      for (const user of group.users) if (!chosen.includes(user)) await remove(of(user));
      if (ocr === group.ocr) return;
      // What is given comes before what is taken, so that nobody is without in between.
      if (ocr !== "none") await put(grantPath(account, group.id, roles[ocr]), undefined);
      if (group.ocr !== "none") await remove(grantPath(account, group.id, roles[group.ocr]));
    },
    t("groups.changed"),
    close,
  );
  const others = people.users.filter((one) => !one.owner);
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("common.save")}>
      <Select
        label={t("users.may")}
        data={RIGHTS.map((value) => ({ value, label: t(`right.${value}`) }))}
        value={ocr}
        onChange={(value) => setOcr(value ?? ocr)}
        allowDeselect={false}
      />
      <Checkbox.Group
        label={t("groups.people")}
        value={chosen}
        onChange={setChosen}
        description={others.length === 0 ? t("groups.nobodyThere") : undefined}
      >
        <Stack gap="xs" mt="xs">
          {others.map((one) => (
            <Checkbox key={one.user_id} value={one.user_id} label={one.user} />
          ))}
        </Stack>
      </Checkbox.Group>
    </Form>
  );
}
