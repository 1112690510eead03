import { useTranslation } from "react-i18next";

import { post } from "../api/client";
import type { Recipient } from "../api/notices";
import { tell, useChange, useGet } from "../api/queries";
import { Copyable, Loaded, Note, Page, Section } from "../components/basics";
import { type NewRecipient, RecipientForm } from "./recipients/RecipientForm";
import { RecipientList } from "./recipients/RecipientList";

/** Who is told, how, and of what. */
export function Recipients() {
  const { t } = useTranslation();
  const recipients = useGet<Recipient[]>("/v1/recipients", ["account", "recipients"]);
  return (
    <Page title={t("recipients.title")} lead={t("recipients.lead")}>
      <Loaded query={recipients}>
        {(data) => (
          <>
            <RecipientList recipients={data} />
            <Add count={data.length} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Add({ count }: { count: number }) {
  const { t } = useTranslation();
  const add = useChange(
    (fields: NewRecipient) => post<Recipient>("/v1/recipients", fields),
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
