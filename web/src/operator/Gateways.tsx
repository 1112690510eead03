import { Button, Group, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, remove } from "../api/client";
import type { Gateway, GatewayWithToken } from "../api/operator";
import { useChange, useGet } from "../api/queries";
import type { AdminCatalog } from "../api/types";
import { Empty, Failed, Loaded, Note, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { DeleteButton, Dialog } from "../components/Dialog";
import { Form } from "../components/Form";
import { Secrets } from "../components/keys";
import { useFormat } from "../format";

const PATH = "/v1/admin/gateways";
const at = (name: string) => `${PATH}/${encodeURIComponent(name)}`;

/** The operator's own programs that charge accounts for what they served. */
export function Gateways() {
  const { t } = useTranslation();
  const gateways = useGet<{ gateways: Gateway[] }>(PATH);
  const [isMaking, setMaking] = useState(false);
  const [shown, setShown] = useState<GatewayWithToken | null>(null);
  return (
    <Page
      title={t("gateways.title")}
      lead={t("gateways.lead")}
      actions={<Button onClick={() => setMaking(true)}>{t("gateways.make")}</Button>}
    >
      <Loaded query={gateways}>{(data) => <List gateways={data.gateways} changed={setShown} />}</Loaded>
      <Dialog
        isOpen={isMaking || shown !== null}
        close={() => {
          setMaking(false);
          setShown(null);
        }}
        title={shown === null ? t("gateways.make") : t("gateways.tokenOf", { name: shown.name })}
      >
        {shown === null ? <Make done={setShown} /> : <ShownOnce gateway={shown} />}
      </Dialog>
    </Page>
  );
}

function List(props: { gateways: Gateway[]; changed: (gateway: GatewayWithToken) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t("gateways.list")}>
      {props.gateways.length === 0 ? (
        <Empty title={t("gateways.none")}>{t("gateways.noneWhy")}</Empty>
      ) : (
        <DataTable
          caption={t("gateways.list")}
          rows={props.gateways}
          id={(row) => row.name}
          columns={[
            { label: t("gateways.name"), cell: (row) => row.name },
            {
              label: t("gateways.apis"),
              cell: (row) => (row.apis.length === 0 ? t("common.allApis") : row.apis.join(", ")),
            },
            { label: t("gateways.made"), cell: (row) => format.instant(row.created_at) },
            {
              label: t("common.change"),
              isAction: true,
              cell: (row) => (
                <Group gap="sm" wrap="nowrap">
                  <NewToken of={row.name} done={props.changed} />
                  <DeleteButton
                    name={row.name}
                    what={t("gateways.goneWhat")}
                    gone={t("gateways.gone")}
                    drop={() => remove(at(row.name))}
                  />
                </Group>
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}

/** Gives a gateway another token, but asks first: what has the old one is refused from then on. */
function NewToken({ of: name, done }: { of: string; done: (gateway: GatewayWithToken) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const change = useChange(
    () => post<GatewayWithToken>(`${at(name)}/token`, undefined),
    undefined,
    (made) => {
      close();
      done(made);
    },
  );
  const title = t("gateways.newTokenOf", { name });
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)} aria-label={title}>
        {t("gateways.newToken")}
      </Button>
      <Dialog isOpen={isOpen} close={close} title={title}>
        <Form submit={() => change.mutate(undefined)} change={change} label={t("gateways.newToken")}>
          <Text>{t("gateways.newTokenWhat")}</Text>
        </Form>
      </Dialog>
    </>
  );
}

function Make({ done }: { done: (made: GatewayWithToken) => void }) {
  const { t } = useTranslation();
  const catalog = useGet<AdminCatalog>("/v1/admin/catalog");
  const [name, setName] = useState("");
  const [apis, setApis] = useState<string[]>([]);
  const make = useChange(() => post<GatewayWithToken>(PATH, { name, apis }), undefined, done);
  return (
    <Form submit={() => make.mutate(undefined)} change={make} label={t("gateways.make")}>
      <TextInput
        label={t("gateways.name")}
        description={t("signIn.accountRule")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <MultiSelect
        label={t("gateways.apis")}
        description={t("gateways.apisRule")}
        data={catalog.data?.apis.map((one) => one.api) ?? []}
        value={apis}
        onChange={setApis}
        searchable
      />
      {catalog.error !== null && <Failed error={catalog.error} />}
    </Form>
  );
}

function ShownOnce({ gateway }: { gateway: GatewayWithToken }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Note tone="watch" title={t("gateways.once")} />
      <Secrets rows={[[t("gateways.token"), gateway.token]]} />
      <Text size="sm">{t("gateways.how")}</Text>
    </Stack>
  );
}
