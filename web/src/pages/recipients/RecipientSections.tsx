import { useTranslation } from "react-i18next";

import { post } from "../../api/client";
import type { Recipient } from "../../api/notices";
import { tell, useChange, useGet } from "../../api/queries";
import { Copyable, Loaded, Note, Section } from "../../components/basics";
import { type NewRecipient, RecipientForm } from "./RecipientForm";
import { RecipientList } from "./RecipientList";

/** The recipients under one path of the API: one's own or, for the operator, those of an account. */
export function RecipientSections({ path, isOwn = false }: { path: string; isOwn?: boolean }) {
  const recipients = useGet<Recipient[]>(path, ["account", "recipients", path]);
  return (
    <Loaded query={recipients}>
      {(data) => (
        <>
          <RecipientList recipients={data} path={path} isOwn={isOwn} />
          <Add count={data.length} path={path} />
        </>
      )}
    </Loaded>
  );
}

function Add({ count, path }: { count: number; path: string }) {
  const { t } = useTranslation();
  const add = useChange(
    (fields: NewRecipient) => post<Recipient>(path, fields),
    undefined,
    ({ confirmed, address }) =>
      tell(confirmed ? t("recipients.added") : t("recipients.codeSent", { address })),
  );
  const secret = add.data?.secret;
  return (
    <Section title={t("recipients.add")} lead={t("recipients.addLead")}>
      {secret !== undefined && (
        <Note tone="watch" title={t("recipients.secret")}>
          <Copyable text={secret} label={t("recipients.secret")} />
        </Note>
      )}
      <RecipientForm key={count} submit={add.mutate} change={add} label={t("recipients.add")} />
    </Section>
  );
}
