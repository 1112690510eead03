import { Button, Group, Modal, Radio, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { newKey, post } from "../api/client";
import { useAccount, useCatalog, useChange } from "../api/queries";
import type { Account, Catalog, Lot, Offer } from "../api/types";
import {
  Badge,
  Empty,
  Failed,
  InnerLink,
  Loaded,
  Meter,
  Page,
  Section,
  type Tone,
} from "../components/basics";
import { useFormat } from "../format";
import { RenewalDialog } from "./packages/RenewalDialog";

const STATES: Record<Lot["state"], Tone> = {
  in_effect: "good",
  used_up: "plain",
  expired: "plain",
  not_yet_effective: "accent",
};

export function Packages() {
  const { t } = useTranslation();
  const account = useAccount();
  const catalog = useCatalog();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <Page
      title={t("packages.title")}
      lead={t("packages.lead")}
      actions={<Button onClick={open}>{t("packages.buy")}</Button>}
    >
      <Loaded query={account} height={220}>
        {(data) => <List account={data} buy={open} />}
      </Loaded>
      <Modal
        opened={opened}
        onClose={close}
        title={t("packages.buyTitle")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Loaded query={catalog}>
          {(prices) => (
            <Loaded query={account}>{(data) => <Buy catalog={prices} account={data} done={close} />}</Loaded>
          )}
        </Loaded>
      </Modal>
    </Page>
  );
}

function List({ account, buy }: { account: Account; buy: () => void }) {
  const { t } = useTranslation();
  const [renewing, setRenewing] = useState<Lot | null>(null);
  const isOver = (lot: Lot) => lot.state === "expired" || lot.state === "used_up";
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
              <LotCard key={lot.lot} lot={lot} account={account} />
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

function LotCard({ lot, account, renew }: { lot: Lot; account: Account; renew?: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = lot.granted === 0 ? 0 : lot.remaining / lot.granted;
  return (
    <Section
      title={t("packages.of", { calls: format.count(lot.granted) })}
      lead={`${lot.api} · ${lot.region}`}
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
        <BurnDown lot={lot} account={account} />
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t(`source.${lot.source}`)} ·{" "}
            {lot.state === "not_yet_effective"
              ? t("packages.from", { at: format.instant(lot.effective_at) })
              : t("packages.until", { at: format.instant(lot.expires_at) })}
          </Text>
          {renew !== undefined && lot.source === "package" && (
            <Button size="compact-sm" variant="default" onClick={renew}>
              {t("packages.renewal")}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}

/** When it will be empty at the pace so far, against when it ends anyway. */
function BurnDown({ lot, account }: { lot: Lot; account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = new Date(account.now).getTime();
  const since = now - new Date(lot.effective_at).getTime();
  if (lot.state !== "in_effect" || lot.drawn === 0 || since < 3_600_000) return null;
  const perMs = lot.drawn / since;
  const emptyMs = now + lot.remaining / perMs;
  const ends = new Date(lot.expires_at).getTime();
  const perDay = Math.max(1, Math.round(perMs * 86_400_000));
  const offset = account.now.slice(19);
  const emptyAt = `${new Date(Math.min(emptyMs, ends)).toISOString().slice(0, 19)}${offset === "Z" ? "Z" : "+00:00"}`;
  return (
    <Text size="sm" c="dimmed">
      {emptyMs < ends
        ? t("packages.paceEmpty", { perDay: format.count(perDay), at: format.day(emptyAt) })
        : t("packages.paceLeft", {
            perDay: format.count(perDay),
            left: format.count(Math.max(0, Math.round(lot.remaining - perMs * (ends - now)))),
          })}
    </Text>
  );
}

function Buy({ catalog, account, done }: { catalog: Catalog; account: Account; done: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const apis = catalog.apis.map(({ api }) => api);
  const [api, setApi] = useState(apis[0] ?? "");
  const [region, setRegion] = useState(account.subscriptions[0]?.region ?? catalog.regions[0] ?? "");
  const offers = catalog.packages.filter((offer) => offer.api === api);
  const [calls, setCalls] = useState(String(offers[0]?.calls ?? ""));
  // One key for this order: pressed twice, it is bought once.
  const key = useRef(newKey());
  const chosen = offers.find((offer) => String(offer.calls) === calls);
  const buy = useChange(
    (offer: Offer) => post("/v1/packages", { api: offer.api, region, calls: offer.calls, key: key.current }),
    t("packages.bought"),
    done,
  );
  const single = catalog.apis.find((one) => one.api === api)?.prices.find((version) => version.in_force)
    ?.tiers[0];
  const perCall = (offer: Offer) =>
    format.money((Number(offer.price) / offer.calls).toFixed(4), catalog.currency);
  const saves = (offer: Offer) =>
    single === undefined ? 0 : 1 - Number(offer.price) / (offer.calls * Number(single.unit_price));
  const isElsewhere = !account.subscriptions.some((one) => one.api === api && one.region === region);
  const isShort = chosen !== undefined && Number(account.available) < Number(chosen.price);
  return (
    <Stack>
      <Select
        label={t("common.service")}
        data={apis}
        value={api}
        onChange={(value) => setApi(value ?? api)}
        allowDeselect={false}
      />
      <Select
        label={t("common.region")}
        description={t("packages.regionNote")}
        data={catalog.regions}
        value={region}
        onChange={(value) => setRegion(value ?? region)}
        allowDeselect={false}
      />
      {isElsewhere && (
        <Text size="sm" c="var(--inkmeter-watch)">
          {t("packages.elsewhere", { region })}
        </Text>
      )}
      <Radio.Group label={t("packages.size")} value={calls} onChange={setCalls}>
        <Stack gap="xs" mt="xs">
          {offers.map((offer) => (
            <Radio.Card
              key={offer.calls}
              value={String(offer.calls)}
              p="sm"
              radius="md"
              aria-label={t("packages.of", { calls: format.count(offer.calls) })}
            >
              <Group wrap="nowrap" justify="space-between">
                <Group wrap="nowrap" gap="sm">
                  <Radio.Indicator />
                  <div>
                    <Text fw={600}>{t("packages.of", { calls: format.count(offer.calls) })}</Text>
                    <Text size="sm" c="dimmed">
                      {t("packages.perCall", { price: perCall(offer) })}
                      {saves(offer) > 0 &&
                        ` · ${t("packages.saves", { share: format.percent(saves(offer)) })}`}
                    </Text>
                  </div>
                </Group>
                <Text fw={600} style={{ whiteSpace: "nowrap" }}>
                  {format.money(offer.price, catalog.currency)}
                </Text>
              </Group>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      {chosen !== undefined && (
        <Text size="sm" c="dimmed">
          {t("packages.validity", { count: chosen.validity_months })}{" "}
          {t("packages.fromBalance", { available: format.money(account.available, account.currency) })}
        </Text>
      )}
      {isShort && (
        <Text size="sm" c="var(--inkmeter-watch)">
          {t("packages.short")} <InnerLink to="/top-up">{t("nav.topUp")}</InnerLink>
        </Text>
      )}
      {buy.error !== null && <Failed error={buy.error} />}
      <Button
        size="md"
        disabled={chosen === undefined}
        loading={buy.isPending}
        onClick={() => chosen !== undefined && buy.mutate(chosen)}
      >
        {chosen === undefined
          ? t("packages.buy")
          : t("packages.buyFor", { price: format.money(chosen.price, catalog.currency) })}
      </Button>
    </Stack>
  );
}
