import { useTranslation } from "react-i18next";

import type { Delivery } from "../../api/notices";
import { useGet, useNotices } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { NoticeList } from "../../components/NoticeList";

const SHOWN = 20;

/** What the account was told last, and what was sent of it to whom. */
export function Told({ base, currency }: { base: string; currency: string }) {
  const { t } = useTranslation();
  const notices = useNotices(base);
  const deliveries = useGet<Delivery[]>(`${base}/deliveries?limit=200`);
  return (
    <Section title={t("notices.title")}>
      <Loaded query={notices}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={t("notices.none")} />
          ) : (
            <NoticeList
              notices={all.toReversed().slice(0, SHOWN)}
              deliveries={deliveries.data ?? []}
              currency={currency}
              isOwn={false}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
