/** Every word of the console in English, by the part of the console it stands in. */
import { failures } from "./failures";
import { foresight } from "./foresight";
import { frame } from "./frame";
import { keys } from "./keys";
import { money } from "./money";
import { notices } from "./notices";
import { operator } from "./operator";
import { overview } from "./overview";
import { people } from "./people";
import { service } from "./service";
import { words } from "./words";

export const en = {
  ...frame,
  ...words,
  ...overview,
  ...service,
  ...money,
  ...foresight,
  ...notices,
  ...operator,
  ...keys,
  ...people,
  ...failures,
};
