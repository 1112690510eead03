import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { WordsBlock } from "../../api/types";
import { Empty, Section } from "../../components/basics";
import { useFormat } from "../../format";

interface Props {
  blocks: WordsBlock[];
  /** The line that is pointed at, here or in the picture. */
  hot: number | null;
  setHot: (index: number | null) => void;
}

/** The text, line by line; the line that is pointed at shows in the picture. */
export function Words(props: Props) {
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
