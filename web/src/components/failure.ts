import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import { useText } from "./names";

/** A refusal in the words of the language, where its reason is known; else in the server's. */
export function useFailureText(error: Error | null): { title: string; cure: string | undefined } {
  const { t } = useTranslation();
  const text = useText();
  if (error === null) return { title: "", cure: undefined };
  if (!(error instanceof ApiError)) return { title: t("refusal.unexpected"), cure: undefined };
  const { reason = "", message, cure } = error;
  const title = text(`refusal.${reason}`) ?? message;
  return { title: title === "" ? t("refusal.unexpected") : title, cure: text(`cure.${reason}`) ?? cure };
}
