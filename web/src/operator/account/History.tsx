import { Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { get } from "../../api/client";
import type { Coupon } from "../../api/limits";
import { useGet } from "../../api/queries";
import type { HistoryRow } from "../../api/types";
import { Loaded, Section } from "../../components/basics";
import { useScope } from "../../components/coupons";
import { DataTable } from "../../components/DataTable";
import { MoreButton } from "../../components/MoreButton";
import { useText, useWord } from "../../components/names";
import { useFormat } from "../../format";

const PAGE = 20;
/** Where the word for what something became is found. */
const GROUPS = ["standing", "mode", "renewal.modes"];

/** Everything that was done to the account, and by what reason: nothing in it is ever changed. */
export function History({ base, currency }: { base: string; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const text = useText();
  const scope = useScope();
  const format = useFormat();
  const history = useInfiniteQuery({
    queryKey: [`${base}/history`],
    queryFn: ({ pageParam }) => get<HistoryRow[]>(`${base}/history?limit=${PAGE}${pageParam}`),
    initialPageParam: "",
    getNextPageParam: (page) => {
      const last = page.at(-1);
      return last === undefined || page.length < PAGE ? undefined : `&before=${last.number}`;
    },
  });
  const coupons = useGet<Coupon[]>(`${base}/coupons`);
  const couponText = (no: number) => {
    const coupon = coupons.data?.find((one) => one.coupon === no);
    if (coupon === undefined) return `#${no}`;
    const { percent_off: off } = coupon;
    return [
      `#${no} ${word("couponKind", coupon.kind)}`,
      ...(off === null ? [] : [t("coupons.off", { percent: format.percent(off / 100) })]),
      scope(coupon),
    ].join(" · ");
  };
  const remark = ({ reason, to, api, region, coupon }: HistoryRow) => {
    const became = to === null ? null : (GROUPS.map((group) => text(`${group}.${to}`)).find(Boolean) ?? to);
    const place = api === null ? null : `${api} · ${region ?? ""}`;
    const said = [reason, became, place, coupon === null ? null : couponText(coupon)].filter(
      (part) => part !== null,
    );
    return said.length === 0 ? "–" : said.join(" · ");
  };
  return (
    <Section title={t("accounts.history")} lead={t("accounts.historyLead")}>
      <Loaded query={history}>
        {({ pages }) => (
          <Stack>
            <DataTable
              caption={t("accounts.history")}
              rows={pages.flat()}
              id={(row) => String(row.number)}
              columns={[
                { label: t("charges.at"), cell: (row) => format.instant(row.at) },
                { label: t("accounts.event"), cell: (row) => word("event", row.kind) },
                {
                  label: t("charges.amount"),
                  isNumber: true,
                  cell: (row) => (row.amount === null ? "–" : format.money(row.amount, currency)),
                },
                { label: t("accounts.remark"), cell: (row) => remark(row) },
              ]}
            />
            <MoreButton of={history} />
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
