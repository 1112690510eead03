import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Account } from "../api/types";
import { useFormat } from "../format";
import { Note } from "./basics";
import { ALL_APIS } from "./figures";

/** The caps that refuse every further call at a price, and what to do about it. */
export function ReachedCaps({ account, isOwn = true }: { account: Account; isOwn?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return account.reached_caps.map((cap) => (
    <Note
      key={cap.api}
      tone="watch"
      title={t("reachedCap.title", { api: cap.api === ALL_APIS ? t("common.allApis") : cap.api })}
      action={
        isOwn ? (
          <Button component={Link} to="/limits" size="sm" variant="default">
            {t("reachedCap.change")}
          </Button>
        ) : undefined
      }
    >
      <Text size="sm">
        {t("reachedCap.what", {
          apis: format.list(cap.apis),
          spent: format.money(cap.spent, account.currency),
          monthly: format.money(cap.monthly, account.currency),
          at: format.instant(cap.renews_at),
        })}
      </Text>
    </Note>
  ));
}
