import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, put, remove } from "../../api/client";
import type { Member, Members } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Empty, Loaded, Meter, Section, type Tone } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { DeleteButton, Dialog } from "../../components/Dialog";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";
import { plain, useFormat } from "../../format";

interface Props {
  /** Where the API has them: one's own or, for the operator, those of an account. */
  path: string;
  currency: string;
  /** Making and ending a membership is the operator's. */
  isOperator?: boolean;
}

export function MemberSection({ path, currency, isOperator = false }: Props) {
  const { t } = useTranslation();
  const members = useGet<Members>(path, ["account", "members", path]);
  const [isAdding, setAdding] = useState(false);
  return (
    <Section
      title={isOperator ? t("members.title") : t("members.list")}
      actions={
        isOperator && (
          <Button variant="default" onClick={() => setAdding(true)}>
            {t("members.add")}
          </Button>
        )
      }
    >
      <Loaded query={members}>
        {(data) =>
          data.members.length === 0 ? (
            <Empty title={t("members.none")}>
              {isOperator ? t("members.noneOperator") : t("members.noneWhy")}
            </Empty>
          ) : (
            <MemberTable members={data.members} path={path} currency={currency} isOperator={isOperator} />
          )
        }
      </Loaded>
      <Dialog isOpen={isAdding} close={() => setAdding(false)} title={t("members.add")}>
        <AddMember path={path} close={() => setAdding(false)} />
      </Dialog>
    </Section>
  );
}

function MemberTable(props: Required<Props> & { members: Member[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { path, currency, isOperator } = props;
  const money = (value: Member["used"]["amount"]) => format.money(value, currency);
  return (
    <DataTable
      caption={t("members.list")}
      rows={props.members}
      id={(row) => row.account_id}
      columns={[
        { label: t("members.account"), cell: (row) => <strong className="wrap">{row.member}</strong> },
        {
          label: t("members.calls"),
          cell: ({ member, used, quota }) => (
            <Used
              name={`${member}: ${t("members.calls")}`}
              used={[used.calls, format.count(used.calls)]}
              quota={quota.calls === null ? null : [quota.calls, format.count(quota.calls)]}
            />
          ),
        },
        {
          label: t("members.amount"),
          cell: ({ member, used, quota }) => (
            <Used
              name={`${member}: ${t("members.amount")}`}
              used={[Number(used.amount), money(used.amount)]}
              quota={quota.amount === null ? null : [Number(quota.amount), money(quota.amount)]}
            />
          ),
        },
        {
          label: t("users.actions"),
          isAction: true,
          cell: (row) => (
            <div className="row-actions">
              <QuotaButton member={row} path={path} currency={currency} />
              {isOperator && (
                <DeleteButton
                  name={row.member}
                  what={t("members.goneWhat")}
                  gone={t("members.gone")}
                  drop={() => remove(`${path}/${encodeURIComponent(row.member)}`)}
                />
              )}
            </div>
          ),
        },
      ]}
    />
  );
}

/** A quota that is left empty is none. */
const ANY = { isOptional: true };
/** The most calls that stay exact on their way. */
const CALLS = 1_000_000_000_000;

type Measured = [size: number, said: string];

/** What was used of a quota, in words and as a bar. */
function Used({ name, used, quota }: { name: string; used: Measured; quota: Measured | null }) {
  const { t } = useTranslation();
  if (quota === null) return <Text size="sm">{t("members.noLimit", { used: used[1] })}</Text>;
  const share = quota[0] === 0 ? 1 : used[0] / quota[0];
  const tone: Tone = share >= 1 ? "bad" : share >= 0.8 ? "watch" : "accent";
  return (
    <div className="used">
      <Text size="sm">{t("members.of", { used: used[1], quota: quota[1] })}</Text>
      <Meter part={used[0]} whole={quota[0]} label={name} tone={tone} />
    </div>
  );
}

function QuotaButton({ member, path, currency }: { member: Member; path: string; currency: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const title = t("members.quotaOf", { name: member.member });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)} aria-label={title}>
        {t("members.quota")}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={title}>
        <QuotaForm member={member} path={path} currency={currency} close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function QuotaForm(props: { member: Member; path: string; currency: string; close: () => void }) {
  const { t } = useTranslation();
  const { member, path, currency, close } = props;
  const { quota } = member;
  const calls = useEntry(quota.calls === null ? "" : String(quota.calls), {
    ...ANY,
    decimals: 0,
    max: CALLS,
  });
  const amount = useEntry(quota.amount === null ? "" : plain(quota.amount), ANY);
  const body = {
    calls: calls.value === "" ? null : Number(calls.value),
    amount: amount.value === "" ? null : amount.value,
  };
  const save = useChange(
    () => put(`${path}/${encodeURIComponent(member.member)}`, body),
    t("members.saved"),
    close,
  );
  return (
    <Form submit={() => save.mutate(undefined)} change={save} label={t("common.save")}>
      <Text size="sm" c="dimmed">
        {t("members.quotaLead")}
      </Text>
      <EntryInput label={t("members.mostCalls")} of={calls} />
      <EntryInput label={t("members.mostAmount", { currency })} of={amount} />
    </Form>
  );
}

function AddMember({ path, close }: { path: string; close: () => void }) {
  const { t } = useTranslation();
  const [member, setMember] = useState("");
  const add = useChange(() => post(path, { member }), t("members.added"), close);
  return (
    <Form submit={() => add.mutate(undefined)} change={add} label={t("members.add")}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {t("members.addLead")}
        </Text>
        <TextInput
          label={t("members.account")}
          value={member}
          onChange={(event) => setMember(event.currentTarget.value)}
          autoCapitalize="none"
          spellCheck={false}
          required
          data-autofocus
        />
      </Stack>
    </Form>
  );
}
