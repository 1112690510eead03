import { Stack, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Quote } from "../../api/types";
import { Failed, InnerLink } from "../../components/basics";
import { isPositive, useFormat } from "../../format";
import type { Terms } from "./terms";

/** What is paid by what, whether coupons are used, and what giving it back would bring. */
export function TermsNote({ terms, currency }: { terms: Terms; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { quote, error, withCoupons } = terms;
  if (error !== null) return <Failed error={error} />;
  if (quote === undefined) return null;
  const money = (amount: Quote["to_pay"]) => format.money(amount, currency);
  const { discount, cash_coupon: cash } = quote;
  const usesCoupons = discount !== null || cash !== null;
  return (
    <Stack gap="xs">
      {(usesCoupons || !withCoupons) && (
        <Switch
          label={t("terms.withCoupons")}
          checked={withCoupons}
          onChange={(event) => terms.setWithCoupons(event.currentTarget.checked)}
        />
      )}
      {usesCoupons && (
        <Text size="sm">
          {format.text([
            t("terms.listPrice", { price: money(quote.list_price) }),
            discount === null
              ? undefined
              : t("terms.discount", {
                  coupon: discount.coupon,
                  percent: format.percent((discount.percent_off ?? 0) / 100),
                  amount: money(discount.amount),
                }),
            cash === null ? undefined : t("terms.cash", { coupon: cash.coupon, amount: money(cash.amount) }),
            t("terms.rest", { amount: money(quote.to_pay) }),
          ])}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        {quote.refund === null ? t("terms.noRefund") : t("terms.refund", { amount: money(quote.refund) })}
      </Text>
      {isPositive(quote.missing) && (
        <Text size="sm" c="var(--inkmeter-watch)">
          {t("packages.short", { missing: money(quote.missing) })}{" "}
          <InnerLink to="/top-up">{t("nav.topUp")}</InnerLink>
        </Text>
      )}
    </Stack>
  );
}
