import { useTranslation } from "react-i18next";

import type { WordsBlock } from "../../api/types";
import type { Picture } from "./picture";

interface Props {
  picture: Picture;
  blocks: WordsBlock[];
  hot: number | null;
  setHot: (index: number | null) => void;
  /** Whether the text stands in the boxes. */
  withText: boolean;
}

/** A picture with a box around each line that was read in it, and the text where it stands. */
export function Overlay({ picture, blocks, hot, setHot, withText }: Props) {
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
        <g
          key={index}
          className="picture-line"
          data-hot={hot === index || undefined}
          data-text={withText || undefined}
          onMouseEnter={() => setHot(index)}
          onMouseLeave={() => setHot(null)}
        >
          <polygon className="picture-box" points={block.location.map(([x, y]) => `${x},${y}`).join(" ")} />
          {withText && <Line block={block} />}
          <title>{block.words}</title>
        </g>
      ))}
    </svg>
  );
}

/** The words of a line, as long and as tall as its box and as steep. */
function Line({ block }: { block: WordsBlock }) {
  const [topLeft, topRight, , bottomLeft] = block.location;
  if (topLeft === undefined || topRight === undefined || bottomLeft === undefined) return null;
  const along = [topRight[0] - topLeft[0], topRight[1] - topLeft[1]] as const;
  const width = Math.hypot(...along);
  const height = Math.hypot(bottomLeft[0] - topLeft[0], bottomLeft[1] - topLeft[1]);
  const angle = (Math.atan2(along[1], along[0]) * 180) / Math.PI;
  return (
    <text
      className="picture-text"
      transform={`translate(${topLeft[0]} ${topLeft[1]}) rotate(${angle})`}
      x={width * 0.01}
      y={height * 0.77}
      fontSize={height * 0.78}
      textLength={width * 0.98}
      lengthAdjust="spacingAndGlyphs"
    >
      {block.words}
    </text>
  );
}
