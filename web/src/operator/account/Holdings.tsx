/** What an account has: its packages, and the APIs that are on. */
import { useTranslation } from "react-i18next";

import type { Account } from "../../api/types";
import { Badge, Empty, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { useFormat } from "../../format";

export function Packages({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t("packages.title")}>
      {account.lots.length === 0 ? (
        <Empty title={t("accounts.noPackages")} />
      ) : (
        <DataTable
          caption={t("packages.title")}
          rows={account.lots}
          id={(lot) => String(lot.lot)}
          columns={[
            { label: t("common.service"), cell: (lot) => `${lot.api} · ${lot.region}` },
            { label: t("accounts.source"), cell: (lot) => t(`source.${lot.source}`) },
            {
              label: t("packages.leftLabel"),
              isNumber: true,
              cell: (lot) => `${format.count(lot.remaining)} / ${format.count(lot.granted)}`,
            },
            {
              label: t("services.state"),
              cell: (lot) => (
                <Badge tone={lot.state === "in_effect" ? "good" : "plain"}>
                  {t(`lotState.${lot.state}`)}
                </Badge>
              ),
            },
            { label: t("coupons.ends"), cell: (lot) => format.instant(lot.expires_at) },
          ]}
        />
      )}
    </Section>
  );
}

export function Subscriptions({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t("services.title")}>
      {account.subscriptions.length === 0 ? (
        <Empty title={t("accounts.nothingOn")} />
      ) : (
        <DataTable
          caption={t("services.title")}
          rows={account.subscriptions}
          id={(one) => `${one.api} ${one.region}`}
          columns={[
            { label: t("common.service"), cell: (one) => `${one.api} · ${one.region}` },
            { label: t("services.state"), cell: (one) => t(`mode.${one.mode}`) },
            { label: t("accounts.since"), cell: (one) => format.instant(one.since) },
          ]}
        />
      )}
    </Section>
  );
}
