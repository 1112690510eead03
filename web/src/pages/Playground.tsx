import { Button, Card, Grid, Group, Select, Stack, Switch, Text, VisuallyHidden } from "@mantine/core";
import { IconPhotoUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { send } from "../api/client";
import { useCatalog, useGet } from "../api/queries";
import type { Catalog, GeneralText, Lot, Session, Subscription } from "../api/types";
import { Empty, Failed, InnerLink, Loaded, Page, Section } from "../components/basics";
import { useSession } from "../components/session";
import { useMembership } from "./members/PaidBy";
import { Overlay } from "./playground/Overlay";
import { openPicture, type Picture } from "./playground/picture";
import { receiptOf } from "./playground/receipt";
import { ReceiptCard } from "./playground/ReceiptCard";
import { Words } from "./playground/Words";

const API = "general-text";
const LARGEST_BYTES = 7 * 1024 * 1024;

/** Reads a picture of the visitor's, by a call like any other, and shows what it cost. */
export function Playground() {
  const { t } = useTranslation();
  const session = useSession();
  const catalog = useCatalog();
  if (session === null) return null;
  return (
    <Page title={t("play.title")} lead={t("play.lead")}>
      <Loaded query={catalog} height={240}>
        {(known) => <Where session={session} catalog={known} />}
      </Loaded>
    </Page>
  );
}

/** Where pictures can be read: where it is enabled or paid in advance; of a member, wherever its master has it. */
function Where({ session, catalog }: { session: Session; catalog: Catalog }) {
  const { t } = useTranslation();
  const membership = useMembership();
  const subscriptions = useGet<Subscription[]>("/v1/subscriptions", ["account", "subscriptions"]);
  const packages = useGet<Lot[]>("/v1/packages", ["account", "packages"]);
  const isMember = typeof membership.data?.master === "string";
  const reader = (regions: string[]) => (
    <Reader
      session={session}
      regions={regions}
      currency={catalog.currency}
      canAskWhy={session.administrator && !isMember}
    />
  );
  if (isMember) return reader(catalog.regions);
  return (
    <Loaded query={subscriptions} height={240}>
      {(enabled) => (
        <Loaded query={packages} height={240}>
          {(lots) => {
            const usable = [...enabled, ...lots].filter((one) => one.api === API);
            const regions = [...new Set(usable.map((one) => one.region))];
            if (regions.length > 0) return reader(regions);
            return (
              <Card>
                <Empty
                  title={t("play.notEnabled")}
                  action={session.administrator && <InnerLink to="/services">{t("play.enable")}</InnerLink>}
                >
                  {session.administrator ? t("play.notEnabledWhy") : t("play.askAdministrator")}
                </Empty>
              </Card>
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

interface ReaderProps {
  session: Session;
  regions: string[];
  currency: string;
  canAskWhy: boolean;
}

function Reader(props: ReaderProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [region, setRegion] = useState(props.regions[0] ?? "");
  const [picture, setPicture] = useState<Picture | null>(null);
  const [hot, setHot] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [withText, setWithText] = useState(false);
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
      };
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
      const opened = await openPicture(file);
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
  const chooser = (
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
  );
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
              w={170}
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
          <div {...dropping}>
            {picture === null ? (
              <label className="drop" data-over={isOver || undefined}>
                {chooser}
                <IconPhotoUp size={40} stroke={1.4} aria-hidden />
                <Text fw={600}>{t("play.drop")}</Text>
                <Text size="sm" c="dimmed">
                  {t("play.dropNote")}
                </Text>
              </label>
            ) : (
              <>
                {chooser}
                <Overlay
                  picture={picture}
                  blocks={read.data?.blocks ?? []}
                  hot={hot}
                  setHot={setHot}
                  withText={withText}
                />
              </>
            )}
          </div>
          {picture !== null && (
            <Switch
              mt="md"
              label={t("play.showText")}
              checked={withText}
              onChange={(event) => setWithText(event.currentTarget.checked)}
            />
          )}
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Stack gap="lg">
          <VisuallyHidden role="status">
            {read.isPending && t("play.reading")}
            {read.isSuccess && t("play.wordsLead", { count: read.data.blocks.length })}
          </VisuallyHidden>
          {read.error !== null && <Failed error={read.error} />}
          {read.isSuccess && (
            <>
              <ReceiptCard
                receipt={read.data.receipt}
                ms={read.data.ms}
                currency={props.currency}
                canAskWhy={props.canAskWhy}
              />
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
