import { useTranslation } from "react-i18next";

import type { Coupon } from "../../api/limits";
import { useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { useWord } from "../../components/names";
import { useFormat } from "../../format";

export function Coupons({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const coupons = useGet<Coupon[]>("/v1/coupons", ["account", "coupons"]);
  return (
    <Section title={t("coupons.title")} lead={t("coupons.lead")}>
      <Loaded query={coupons}>
        {(data) =>
          data.length === 0 ? (
            <Empty title={t("coupons.none")} />
          ) : (
            <DataTable
              caption={t("coupons.title")}
              rows={data}
              id={(one) => String(one.coupon)}
              columns={[
                { label: t("coupons.kind"), cell: (one) => word("couponKind", one.kind) },
                {
                  label: t("coupons.scope"),
                  cell: (one) => (one.apis.length === 0 ? t("coupons.all") : one.apis.join(", ")),
                },
                {
                  label: t("coupons.left"),
                  isNumber: true,
                  cell: (one) =>
                    one.percent_off === null
                      ? format.money(one.left ?? 0, currency)
                      : format.percent(one.percent_off / 100),
                },
                { label: t("coupons.ends"), cell: (one) => format.instant(one.valid_to) },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
