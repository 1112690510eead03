import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** The text of a key that is only known at run time; `undefined` if there is none. */
export function useText(): (key: string, figures?: Record<string, string | number>) => string | undefined {
  const { i18n } = useTranslation();
  return useCallback(
    (key, figures = {}) => {
      const isKnown: boolean = i18n.exists(key);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- keys are typed, this one is not
      const text: unknown = isKnown ? i18n.t(key as never, figures as never) : undefined;
      return typeof text === "string" ? text : undefined;
    },
    [i18n],
  );
}

/** The name of something the server says in one word; the word itself, if it is not known here. */
export function useWord(): (group: string, word: string) => string {
  const text = useText();
  return (group, word) => text(`${group}.${word}`) ?? word.replaceAll("_", " ");
}
