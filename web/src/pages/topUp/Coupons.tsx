import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import type { Coupon } from "../../api/limits";
import { useGet } from "../../api/queries";
import { Badge, Empty, Loaded, Section, type Tone } from "../../components/basics";
import { useScope } from "../../components/coupons";
import { DataTable } from "../../components/DataTable";
import { useWord } from "../../components/names";
import { useFormat } from "../../format";

const TONES: Record<Coupon["state"], Tone> = {
  usable: "good",
  not_yet_valid: "watch",
  used_up: "plain",
  expired: "plain",
};

const isOver = ({ state }: Coupon) => state === "used_up" || state === "expired";

export function Coupons({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const coupons = useGet<Coupon[]>("/v1/coupons", ["account", "coupons"]);
  const [showsOver, { toggle }] = useDisclosure(false);
  return (
    <Section title={t("coupons.title")} lead={t("coupons.lead")}>
      <Loaded query={coupons}>
        {(data) => {
          const over = data.filter(isOver);
          const shown = showsOver ? data : data.filter((one) => !isOver(one));
          return (
            <Stack>
              {shown.length === 0 ? (
                <Empty title={t("coupons.none")} />
              ) : (
                <CouponTable coupons={shown} currency={currency} />
              )}
              {over.length > 0 && (
                <Group justify="center">
                  <Button variant="default" size="xs" onClick={toggle} aria-expanded={showsOver}>
                    {showsOver ? t("coupons.hideEnded") : t("coupons.showEnded", { count: over.length })}
                  </Button>
                </Group>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function CouponTable({ coupons, currency }: { coupons: Coupon[]; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const scope = useScope();
  const format = useFormat();
  const left = (one: Coupon) => {
    if (one.percent_off === null) return format.money(one.left ?? 0, currency);
    return isOver(one) ? "–" : t("coupons.off", { percent: format.percent(one.percent_off / 100) });
  };
  return (
    <DataTable
      caption={t("coupons.title")}
      rows={coupons}
      id={(one) => String(one.coupon)}
      columns={[
        { label: t("coupons.kind"), cell: (one) => `#${one.coupon} ${word("couponKind", one.kind)}` },
        { label: t("coupons.scope"), cell: scope },
        { label: t("coupons.left"), isNumber: true, cell: left },
        {
          label: t("coupons.state"),
          cell: (one) => (
            <Stack gap={2} align="flex-start">
              <Badge tone={TONES[one.state]}>{word("couponState", one.state)}</Badge>
              {one.state === "not_yet_valid" && (
                <Text size="sm" c="dimmed">
                  {t("coupons.from", { at: format.instant(one.valid_from) })}
                </Text>
              )}
            </Stack>
          ),
        },
        { label: t("coupons.ends"), cell: (one) => format.instant(one.valid_to) },
      ]}
    />
  );
}
