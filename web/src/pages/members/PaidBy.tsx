import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Membership } from "../../api/people";
import { useGet } from "../../api/queries";
import { Note } from "../../components/basics";
import { useFormat } from "../../format";

export const useMembership = () => useGet<Membership>("/v1/membership", ["account", "membership"]);

/** Tells a member who pays for its calls, what it used in the month, and how far it may go. */
export function PaidBy({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const membership = useMembership();
  const { master, membership: own } = membership.data ?? { master: null, membership: null };
  if (master === null || own === null) return null;
  const { used, quota } = own;
  const calls = (count: number) => t("common.calls", { count });
  const said = [
    t("members.paidByWhat", { calls: calls(used.calls), amount: format.money(used.amount, currency) }),
    quota.calls === null ? undefined : t("members.quotaCalls", { calls: calls(quota.calls) }),
    quota.amount === null
      ? undefined
      : t("members.quotaAmount", { amount: format.money(quota.amount, currency) }),
  ];
  return (
    <Note tone="accent" title={t("members.paidBy", { master })}>
      <Text size="sm">{format.text(said)}</Text>
    </Note>
  );
}
