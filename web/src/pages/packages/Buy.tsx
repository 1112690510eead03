import { Button, Group, Radio, Select, Stack, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { newKey, post } from "../../api/client";
import { useChange } from "../../api/queries";
import type { Account, Catalog, Offer } from "../../api/types";
import { Failed } from "../../components/basics";
import { useFormat } from "../../format";
import { savedShare } from "./savings";
import { useTerms } from "./terms";
import { TermsNote } from "./TermsNote";

/** Choosing a package, with what it saves and where it works, and buying it. */
export function Buy({ catalog, account, done }: { catalog: Catalog; account: Account; done: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const apis = catalog.apis.map(({ api }) => api);
  const usual = apis.includes("general-text") ? "general-text" : (apis[0] ?? "");
  const [api, setApi] = useState(account.subscriptions[0]?.api ?? usual);
  const [region, setRegion] = useState(account.subscriptions[0]?.region ?? catalog.regions[0] ?? "");
  const offers = catalog.packages.filter((offer) => offer.api === api);
  const [calls, setCalls] = useState(String(offers[0]?.calls ?? ""));
  // One key for this order: pressed twice, it is bought once.
  const key = useRef(newKey());
  const chosen = offers.find((offer) => String(offer.calls) === calls);
  const terms = useTerms(chosen === undefined ? null : { api: chosen.api, region, calls: chosen.calls });
  const { quote, coupons } = terms;
  const buy = useChange(
    (offer: Offer) =>
      post("/v1/packages", { api: offer.api, region, calls: offer.calls, coupons, key: key.current }),
    t("packages.bought"),
    done,
  );
  const tiers = catalog.apis.find((one) => one.api === api)?.prices.find((one) => one.in_force)?.tiers ?? [];
  const perCall = (offer: Offer) =>
    format.money((Number(offer.price) / offer.calls).toFixed(4), catalog.currency);
  const saves = (offer: Offer) => {
    const share = savedShare(tiers, offer);
    if (share === 0) return "";
    const figures = { share: format.percent(share) };
    return ` · ${tiers.length > 1 ? t("packages.savesInMonth", figures) : t("packages.saves", figures)}`;
  };
  const isElsewhere = !account.subscriptions.some((one) => one.api === api && one.region === region);
  return (
    <Stack>
      <Select
        label={t("common.service")}
        data={apis}
        value={api}
        onChange={(value) => setApi(value ?? api)}
      />
      <Select
        label={t("common.region")}
        description={t("packages.regionNote")}
        data={catalog.regions}
        value={region}
        onChange={(value) => setRegion(value ?? region)}
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
                      {saves(offer)}
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
          {t("packages.fromBalance", { balance: format.money(account.cash, account.currency) })}
        </Text>
      )}
      <TermsNote terms={terms} currency={catalog.currency} />
      {buy.error !== null && <Failed error={buy.error} />}
      <Button
        size="md"
        disabled={chosen === undefined || terms.error !== null}
        loading={buy.isPending || terms.isLoading}
        onClick={() => chosen !== undefined && buy.mutate(chosen)}
      >
        {quote === undefined
          ? t("packages.buy")
          : t("packages.buyFor", { price: format.money(quote.to_pay, catalog.currency) })}
      </Button>
    </Stack>
  );
}
