import { Group, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { useGet } from "../api/queries";
import type { Account } from "../api/types";
import { Figure, InnerLink, Loaded, Money, Page, Section, StandingBadge } from "../components/basics";
import { KeySection } from "../components/keys";
import { ReachedCaps } from "../components/ReachedCaps";
import { useFormat } from "../format";
import { MemberSection } from "../pages/members/MemberSection";
import { RecipientSections } from "../pages/recipients/RecipientSections";
import { UserSection } from "../pages/users/UserSection";
import { Adjustment, TopUp } from "./account/Cash";
import { History } from "./account/History";
import { Packages, Subscriptions } from "./account/Holdings";
import { Outlook } from "./account/Outlook";
import { Told } from "./account/Told";

/** One account as its operator sees it; `base` is where the API has it. */
export function AccountDetail() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const base = `/v1/admin/accounts/${encodeURIComponent(name)}`;
  const account = useGet<Account>(base);
  return (
    <Page title={name} lead={<InnerLink to="/operator/accounts">{t("accounts.back")}</InnerLink>}>
      <Loaded query={account} height={240}>
        {(data) => (
          <>
            <State account={data} />
            <ReachedCaps account={data} isOwn={false} />
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
              <TopUp currency={data.currency} base={base} />
              <Adjustment currency={data.currency} base={base} />
            </SimpleGrid>
            <Packages account={data} />
            <Subscriptions account={data} />
            <KeySection path={`${base}/access-keys`} />
            <UserSection path={`${base}/users`} account={name} />
            <MemberSection path={`${base}/members`} currency={data.currency} isOperator />
            <Outlook currency={data.currency} base={base} />
            <RecipientSections path={`${base}/recipients`} />
            <Told currency={data.currency} base={base} />
            <History currency={data.currency} base={base} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function State({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value: Account["cash"]) => <Money value={value} currency={account.currency} />;
  const { tier, policy, grace_until: until, release_at: release } = account;
  return (
    <Section
      title={t("accounts.state")}
      lead={t("accounts.rules", { tier, policy, at: format.instant(account.opened_at) })}
      actions={<StandingBadge standing={account.standing} />}
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
        <Figure label={t("overview.available")} value={money(account.available)} />
        <Figure label={t("overview.outstanding")} value={money(account.debt)} />
        <Figure small label={t("overview.balance")} value={money(account.cash)} />
        <Figure small label={t("overview.unsettled")} value={money(account.unsettled)} />
      </SimpleGrid>
      {release !== null && (
        <Group gap="xl" mt="md">
          {until !== null && <Text size="sm">{t("accounts.graceUntil", { at: format.instant(until) })}</Text>}
          <Text size="sm">{t("accounts.releaseAt", { at: format.instant(release) })}</Text>
        </Group>
      )}
    </Section>
  );
}
