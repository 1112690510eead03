import { Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Delivery, Notice } from "../api/notices";
import { useFormat } from "../format";
import { InnerLink } from "./basics";
import { Delivered } from "./Delivered";
import { useWord } from "./names";
import { useNoticeText } from "./notice";
import { useNoticeReasons } from "./noticeReasons";

/** Notices as they were given, each with the messages that were sent about it. */
export function NoticeList(props: {
  notices: Notice[];
  deliveries: Delivery[];
  currency: string;
  /** Whether they are told to who looks at them, and not shown to the operator. */
  isOwn: boolean;
}) {
  const { t } = useTranslation();
  const word = useWord();
  const text = useNoticeText(props.currency);
  const reasons = useNoticeReasons(props.currency);
  const format = useFormat();
  const sent = Map.groupBy(props.deliveries, (delivery) => delivery.notice);
  return (
    <ol className="timeline">
      {props.notices.map((notice) => (
        <li key={notice.no} data-when="past" data-tone={notice.urgent ? "bad" : undefined}>
          <Text fw={600}>{word("notice", notice.kind)}</Text>
          <Text size="sm">{text(notice)}</Text>
          <Why reasons={reasons(notice)} isOwn={props.isOwn} />
          <Text size="sm" c="dimmed">
            {format.instant(notice.at)} · {word("category", notice.category)}
          </Text>
          {sent.has(notice.no) && (
            <Stack component="ul" gap={4} mt={6} p={0} className="bare" aria-label={t("notices.sent")}>
              {sent.get(notice.no)?.map((delivery) => (
                <Group component="li" key={delivery.number} gap="xs" align="flex-start">
                  <Text size="sm" className="wrap">
                    {word("channel", delivery.channel)} · {delivery.address}
                  </Text>
                  <Delivered delivery={delivery} />
                </Group>
              ))}
            </Stack>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Why something is owed, and where it is shown with its evidence. */
function Why({ reasons, isOwn }: { reasons: string[]; isOwn: boolean }) {
  const { t } = useTranslation();
  if (reasons.length === 0) return null;
  return (
    <>
      <ul className="plain-list" aria-label={t("noticeWhy.label")}>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {isOwn && (
        <Text size="sm">
          <InnerLink to="/why">{t("noticeWhy.more")}</InnerLink>
        </Text>
      )}
    </>
  );
}
