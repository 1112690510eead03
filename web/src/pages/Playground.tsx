import { Button, Card, Grid, Group, Select, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconPhotoUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { send } from "../api/client";
import { useAccount } from "../api/queries";
import type { GeneralText, Session, SessionView, WordsBlock } from "../api/types";
import { Badge, Empty, Failed, InnerLink, Loaded, Page, Section } from "../components/basics";
import { useFormat } from "../format";

const API = "general-text";
const LARGEST_BYTES = 7 * 1024 * 1024;

interface Receipt {
  charge: string;
  pocket: "lot" | "pay_per_use";
  units: number;
  amount: string;
  left: string;
  available: string;
}

interface Reading {
  blocks: WordsBlock[];
  receipt: Receipt;
  ms: number;
}

interface Picture {
  url: string;
  name: string;
  base64: string;
  width: number;
  height: number;
}

export function Playground() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const session = client.getQueryData<SessionView>(["session", "customer"])?.session ?? null;
  const account = useAccount();
  return (
    <Page title={t("play.title")} lead={t("play.lead")}>
      <Loaded query={account} height={300}>
        {(data) => {
          const regions = data.subscriptions.filter((one) => one.api === API).map((one) => one.region);
          const packages = data.lots.filter((lot) => lot.api === API).map((lot) => lot.region);
          const usable = [...new Set([...regions, ...packages])];
          if (session === null) return null;
          if (usable.length === 0) {
            return (
              <Card>
                <Empty
                  title={t("play.notEnabled")}
                  action={<InnerLink to="/services">{t("play.enable")}</InnerLink>}
                >
                  {t("play.notEnabledWhy")}
                </Empty>
              </Card>
            );
          }
          return <Reader session={session} regions={usable} currency={data.currency} />;
        }}
      </Loaded>
    </Page>
  );
}

function Reader(props: { session: Session; regions: string[]; currency: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [region, setRegion] = useState(props.regions[0] ?? "");
  const [picture, setPicture] = useState<Picture | null>(null);
  const [hot, setHot] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const read = useMutation({
    mutationFn: async ({ of, where }: { of: Picture; where: string }) => {
      const project = props.session.projects[where] ?? "";
      const began = performance.now();
      const response = await send("POST", `/v2/${project}/ocr/${API}`, { image: of.base64 });
      const body = (await response.json()) as GeneralText;
      return {
        blocks: body.result.words_block_list,
        receipt: receiptOf(response.headers),
        ms: performance.now() - began,
      } satisfies Reading;
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["account"] }),
  });
  useEffect(
    () => () => {
      if (picture !== null) URL.revokeObjectURL(picture.url);
    },
    [picture],
  );
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setProblem(null);
    const wrong = !file.type.startsWith("image/") ? t("play.notAPicture") : t("play.tooLarge");
    if (!file.type.startsWith("image/") || file.size > LARGEST_BYTES) {
      setProblem(wrong);
      return;
    }
    try {
      const opened = await open(file);
      setPicture(opened);
      setHot(null);
      read.mutate({ of: opened, where: region });
    } catch {
      setProblem(t("play.notAPicture"));
    }
  };
  const dropping = {
    onDragOver: (event: React.DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: React.DragEvent) => {
      event.preventDefault();
      setOver(false);
      void take(event.dataTransfer.files[0]);
    },
  };
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Card>
          <Group justify="space-between" align="flex-end" mb="md">
            <Select
              label={t("play.region")}
              data={props.regions}
              value={region}
              onChange={(value) => setRegion(value ?? region)}
              allowDeselect={false}
            />
            {picture !== null && (
              <Group gap="sm">
                <Button variant="default" onClick={() => input.current?.click()}>
                  {t("play.another")}
                </Button>
                <Button onClick={() => read.mutate({ of: picture, where: region })} loading={read.isPending}>
                  {t("play.again")}
                </Button>
              </Group>
            )}
          </Group>
          {problem !== null && (
            <Text role="alert" c="var(--mantine-color-error)" size="sm" mb="sm">
              {problem}
            </Text>
          )}
          <label className={picture === null ? "drop" : ""} data-over={isOver || undefined} {...dropping}>
            <VisuallyHidden>
              <input
                ref={input}
                type="file"
                accept="image/*"
                aria-label={t("play.choose")}
                onChange={(event) => {
                  void take(event.currentTarget.files?.[0]);
                  event.currentTarget.value = "";
                }}
              />
            </VisuallyHidden>
            {picture === null ? (
              <>
                <IconPhotoUp size={40} stroke={1.4} aria-hidden />
                <Text fw={600}>{t("play.drop")}</Text>
                <Text size="sm" c="dimmed">
                  {t("play.dropNote")}
                </Text>
              </>
            ) : (
              <Overlay picture={picture} blocks={read.data?.blocks ?? []} hot={hot} />
            )}
          </label>
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Stack gap="lg">
          {read.error !== null && <Failed error={read.error} />}
          {read.isSuccess && (
            <>
              <ReceiptCard reading={read.data} currency={props.currency} />
              <Words blocks={read.data.blocks} hot={hot} setHot={setHot} />
            </>
          )}
          {!read.isSuccess && !read.isError && (
            <Section title={t("play.nothingYet")}>
              <Text c="dimmed">{read.isPending ? t("play.reading") : t("play.nothingYetText")}</Text>
            </Section>
          )}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Overlay(props: { picture: Picture; blocks: WordsBlock[]; hot: number | null }) {
  const { picture, blocks, hot } = props;
  const { t } = useTranslation();
  return (
    <svg
      className="picture"
      viewBox={`0 0 ${picture.width} ${picture.height}`}
      role="img"
      aria-label={t("play.pictureWith", { name: picture.name, count: blocks.length })}
    >
      <image href={picture.url} width={picture.width} height={picture.height} />
      {blocks.map((block, index) => (
        <polygon
          key={index}
          className="picture-box"
          data-hot={hot === index || undefined}
          points={block.location.map(([x, y]) => `${x},${y}`).join(" ")}
        >
          <title>{block.words}</title>
        </polygon>
      ))}
    </svg>
  );
}

function Words(props: { blocks: WordsBlock[]; hot: number | null; setHot: (index: number | null) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { blocks, hot, setHot } = props;
  return (
    <Section title={t("play.words")} lead={t("play.wordsLead", { count: blocks.length })}>
      {blocks.length === 0 ? (
        <Empty title={t("play.noWords")} />
      ) : (
        <ul className="words">
          {blocks.map((block, index) => (
            <li key={index} data-hot={hot === index || undefined}>
              <button
                type="button"
                onMouseEnter={() => setHot(index)}
                onMouseLeave={() => setHot(null)}
                onFocus={() => setHot(index)}
                onBlur={() => setHot(null)}
              >
                <span>{block.words}</span>
                <Text span c="dimmed" size="sm" title={t("play.confidence")}>
                  {format.percent(block.confidence)}
                </Text>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function ReceiptCard({ reading, currency }: { reading: Reading; currency: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { receipt } = reading;
  const rows: [string, React.ReactNode][] = [
    [
      t("play.receipt.paidFrom"),
      <Badge key="p" tone="accent">
        {t(`pocket.${receipt.pocket}`)}
      </Badge>,
    ],
    [t("play.receipt.amount"), format.money(receipt.amount, currency)],
    [t("play.receipt.left"), t("common.calls", { count: Number(receipt.left) })],
    [t("play.receipt.available"), format.money(receipt.available, currency)],
    [t("play.receipt.took"), t("play.receipt.ms", { ms: format.count(Math.round(reading.ms)) })],
  ];
  return (
    <Card component="section" aria-label={t("play.receipt.title")}>
      <Group justify="space-between" mb="sm">
        <Title order={2} fz="1.1rem">
          {t("play.receipt.title")}
        </Title>
        <InnerLink to={`/charges?why=${receipt.charge}`}>{t("play.receipt.why")}</InnerLink>
      </Group>
      <Stack component="dl" gap={6} m={0}>
        {rows.map(([label, value]) => (
          <Group key={label} justify="space-between" wrap="nowrap">
            <Text component="dt" c="dimmed" size="sm">
              {label}
            </Text>
            <Text component="dd" m={0} ta="end">
              {value}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}

function receiptOf(headers: Headers): Receipt {
  const text = (name: string) => headers.get(`x-inkmeter-${name}`) ?? "";
  return {
    charge: text("charge-id"),
    pocket: text("pocket") === "lot" ? "lot" : "pay_per_use",
    units: Number(text("units")),
    amount: text("amount"),
    left: text("package-left"),
    available: text("available"),
  };
}

async function open(file: File): Promise<Picture> {
  const url = URL.createObjectURL(file);
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return { url, name: file.name, base64: btoa(binary), width, height };
}
