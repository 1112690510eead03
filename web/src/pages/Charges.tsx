import { Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { lines } from "../api/client";
import { useExplanation } from "../api/queries";
import type { Charge, Explanation } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Badge, Empty, Figure, InnerLink, Loaded, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { MoreButton } from "../components/MoreButton";
import { useWord } from "../components/names";
import { useProjectName } from "../components/projects";
import { dayOf, useFormat } from "../format";

const PAGE = 50;

/** Each call that was charged, newest first, and why it was charged so. */
export function Charges() {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const why = search.get("why");
  const exportOf = (now: string) =>
    `/v1/bills/${dayOf(now).slice(0, 7)}/export?format=csv&rows=charges&language=${i18n.language === "zh-CN" ? "zh-CN" : "en"}`;
  return (
    <AccountPage title={t("charges.title")} lead={t("charges.lead")}>
      {({ currency, now }) => (
        <>
          <Group>
            <Button
              component="a"
              href={exportOf(now)}
              download
              size="sm"
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {t("charges.export")}
            </Button>
          </Group>
          <List currency={currency} open={(charge) => setSearch({ why: charge })} />
          <Drawer
            opened={why !== null}
            onClose={() => setSearch({})}
            position="right"
            size="lg"
            title={t("why.charge")}
            closeButtonProps={{ "aria-label": t("common.close") }}
          >
            <WhyCharge charge={why} currency={currency} />
          </Drawer>
        </>
      )}
    </AccountPage>
  );
}

function List({ currency, open }: { currency: string; open: (charge: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const charges = useInfiniteQuery({
    queryKey: ["account", "charges", "newest"],
    queryFn: ({ pageParam }) =>
      lines<Charge>(`/v1/charges?newest=true&limit=${PAGE}${pageParam === "" ? "" : `&after=${pageParam}`}`),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.charge_id),
  });
  const rows = charges.data?.pages.flat() ?? [];
  return (
    <Section title={t("charges.list")}>
      <Loaded query={charges} height={240}>
        {() =>
          rows.length === 0 ? (
            <Empty
              title={t("charges.none")}
              action={<InnerLink to="/playground">{t("overview.tryIt")}</InnerLink>}
            />
          ) : (
            <Stack>
              <DataTable
                caption={t("charges.list")}
                rows={rows}
                id={(row) => row.charge_id}
                columns={[
                  { label: t("charges.at"), cell: (row) => format.exact(row.at) },
                  { label: t("common.service"), cell: (row) => `${row.api} · ${row.region}` },
                  {
                    label: t("charges.pocket"),
                    cell: (row) => (
                      <Badge tone={row.pocket === "lot" ? "accent" : "plain"}>
                        {t(`pocket.${row.pocket}`)}
                      </Badge>
                    ),
                  },
                  {
                    label: t("charges.amount"),
                    isNumber: true,
                    cell: (row) => format.money(row.amount, currency),
                  },
                  {
                    label: t("charges.why"),
                    isAction: true,
                    cell: (row) => (
                      <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => open(row.charge_id)}
                        aria-label={t("charges.whyOf", { at: format.exact(row.at) })}
                      >
                        {t("charges.why")}
                      </Button>
                    ),
                  },
                ]}
              />
              <MoreButton of={charges} />
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

function WhyCharge(props: { charge: string | null; currency: string }) {
  const explanation = useExplanation(props.charge);
  return (
    <Loaded query={explanation} height={240}>
      {(data) => <Explained data={data} currency={props.currency} />}
    </Loaded>
  );
}

function Explained({ data, currency }: { data: Explanation; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const { charge } = data;
  const project = useProjectName()(charge.enterprise_project);
  return (
    <Stack gap="lg">
      <Text fz="lg" fw={600}>
        {t(`why.${charge.pocket}`)}
      </Text>
      <Group gap="xl">
        <Figure small label={t("charges.amount")} value={format.money(data.amount, currency)} />
        {data.unit_price !== null && (
          <Figure small label={t("why.unitPrice")} value={format.unitPrice(data.unit_price, currency)} />
        )}
        <Figure
          small
          label={t("charges.at")}
          value={format.exact(charge.at)}
          note={`${charge.api} · ${charge.region}`}
        />
        {project !== null && <Figure small label={t("cost.by.enterprise_project")} value={project} />}
      </Group>
      <div>
        <Text fw={600} mb="xs">
          {t("why.looked")}
        </Text>
        {data.lots_looked_at.length === 0 ? (
          <Text c="dimmed">{t("why.noLots")}</Text>
        ) : (
          <ol className="timeline">
            {data.lots_looked_at.map((lot) => (
              <li key={lot.lot} data-when={lot.verdict === "drawn" ? "now" : "past"}>
                <Text>
                  {word("source", lot.source)} · {lot.api} · {lot.region}
                </Text>
                <Text size="sm" c="dimmed">
                  {word("verdict", lot.verdict)} {t("why.left", { left: format.count(lot.left_before) })}
                </Text>
              </li>
            ))}
          </ol>
        )}
      </div>
      <div>
        <Text size="sm" c="dimmed">
          {t("why.id")}
        </Text>
        <code className="mono">{charge.charge_id}</code>
      </div>
    </Stack>
  );
}
