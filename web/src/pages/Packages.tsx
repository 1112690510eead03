import { Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useCatalog } from "../api/queries";
import type { Account, Lot } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Badge, Empty, Loaded, Meter, Section, type Tone } from "../components/basics";
import { Dialog } from "../components/Dialog";
import { useProjectName } from "../components/projects";
import { useFormat } from "../format";
import { BurnDown } from "./packages/BurnDown";
import { Buy } from "./packages/Buy";
import { PackageAlert } from "./packages/PackageAlert";
import { Pace } from "./packages/Pace";
import { RenewalDialog } from "./packages/RenewalDialog";

const STATES: Record<Lot["state"], Tone> = {
  in_effect: "good",
  used_up: "plain",
  expired: "plain",
  not_yet_effective: "accent",
  unsubscribed: "plain",
};

export function Packages() {
  const { t } = useTranslation();
  const catalog = useCatalog();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <AccountPage
      title={t("packages.title")}
      lead={t("packages.lead")}
      actions={<Button onClick={open}>{t("packages.buy")}</Button>}
    >
      {(account) => (
        <>
          <List account={account} buy={open} />
          <BurnDown account={account} />
          <PackageAlert />
          <Dialog isOpen={opened} close={close} title={t("packages.buyTitle")}>
            <Loaded query={catalog}>
              {(prices) => <Buy catalog={prices} account={account} done={close} />}
            </Loaded>
          </Dialog>
        </>
      )}
    </AccountPage>
  );
}

function List({ account, buy }: { account: Account; buy: () => void }) {
  const { t } = useTranslation();
  const [renewing, setRenewing] = useState<Lot | null>(null);
  const isOver = (lot: Lot) =>
    lot.state === "expired" || lot.state === "used_up" || lot.state === "unsubscribed";
  const current = account.lots.filter((lot) => !isOver(lot));
  const past = account.lots.filter(isOver);
  if (account.lots.length === 0) {
    return (
      <Section title={t("packages.yours")}>
        <Empty title={t("packages.none")} action={<Button onClick={buy}>{t("packages.buy")}</Button>}>
          {t("packages.noneWhy")}
        </Empty>
      </Section>
    );
  }
  return (
    <>
      {current.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          {current.map((lot) => (
            <LotCard key={lot.lot} lot={lot} account={account} renew={() => setRenewing(lot)} />
          ))}
        </SimpleGrid>
      )}
      {past.length > 0 && (
        <Section title={t("packages.past")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            {past.map((lot) => (
              <LotCard key={lot.lot} lot={lot} account={account} renew={() => setRenewing(lot)} />
            ))}
          </SimpleGrid>
        </Section>
      )}
      {renewing !== null && (
        <RenewalDialog lot={renewing} currency={account.currency} close={() => setRenewing(null)} />
      )}
    </>
  );
}

/** True of a package that has not ended and has no period after it: of its end something can be said. */
function hasOpenEnd(lot: Lot, account: Account): boolean {
  const hasEnded = lot.state === "expired" || lot.state === "unsubscribed";
  const isOver = hasEnded || new Date(lot.expires_at) < new Date(account.now);
  return !isOver && typeof lot.renewal?.renewed_by !== "number";
}

/** What can be renewed was bought; of a gift something is said only where pay-per-use is to end with it. */
function hasSettings(lot: Lot, account: Account): boolean {
  const isSaid = lot.source === "package" || lot.renewal?.mode === "none";
  return isSaid && hasOpenEnd(lot, account);
}

/** What happens when a package ends. */
function useEnding(): (lot: Lot, account: Account) => string | null {
  const { t } = useTranslation();
  const format = useFormat();
  // Pay-per-use ends with the last package of its region that is left, if that one is not to be followed by it.
  const none = (lot: Lot, renewal: Lot["renewal"]) => {
    const last = renewal?.pay_per_use_ends_with ?? null;
    const figures = {
      lot: last ?? renewal?.outlived_by ?? lot.lot,
      at: format.instant(renewal?.pay_per_use_ends_at ?? lot.expires_at),
    };
    if (last === null) return t("packages.ending.none_goes_on", figures);
    return t(last === lot.lot ? "packages.ending.none" : "packages.ending.none_with", figures);
  };
  return (lot, account) => {
    if (typeof lot.renewal?.renewed_by === "number") {
      return t("packages.ending.renewed", { lot: lot.renewal.renewed_by });
    }
    if (!hasSettings(lot, account)) return null;
    const mode = lot.renewal?.mode ?? "pay_per_use";
    if (mode === "none") return none(lot, lot.renewal);
    if (mode !== "auto") return t(`packages.ending.${mode}`);
    const at = lot.renewal?.next_attempt_at ?? null;
    return at === null ? t("packages.ending.failed") : t("packages.ending.auto", { at: format.instant(at) });
  };
}

function LotCard({ lot, account, renew }: { lot: Lot; account: Account; renew: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const project = useProjectName()(lot.enterprise_project);
  const ending = useEnding()(lot, account);
  const share = lot.granted === 0 ? 0 : lot.remaining / lot.granted;
  return (
    <Section
      title={t("packages.of", { calls: format.count(lot.granted) })}
      lead={`${lot.api} · ${lot.region}${project === null ? "" : ` · ${project}`}`}
      actions={<Badge tone={STATES[lot.state]}>{t(`lotState.${lot.state}`)}</Badge>}
    >
      <Stack gap="sm">
        <div>
          <Group justify="space-between" mb={6}>
            <Text fw={600}>{t("packages.left", { left: format.count(lot.remaining) })}</Text>
            <Text c="dimmed" size="sm">
              {t("packages.used", { used: format.count(lot.drawn) })}
            </Text>
          </Group>
          <Meter
            part={lot.remaining}
            whole={lot.granted}
            label={t("packages.left", { left: format.count(lot.remaining) })}
            {...(share < 0.2 ? { tone: "watch" as const } : {})}
          />
        </div>
        {lot.expired > 0 && <Text size="sm">{t("packages.lost", { lost: format.count(lot.expired) })}</Text>}
        <Pace lot={lot} account={account} />
        <Group justify="space-between">
          <div>
            <Text size="sm" c="dimmed">
              {t(`source.${lot.source}`)} ·{" "}
              {lot.state === "not_yet_effective"
                ? t("packages.from", { at: format.instant(lot.effective_at) })
                : t("packages.until", { at: format.instant(lot.expires_at) })}
            </Text>
            {ending !== null && <Text size="sm">{ending}</Text>}
          </div>
          {hasSettings(lot, account) && (
            <Button size="compact-sm" variant="default" onClick={renew}>
              {t("packages.renewal")}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}
