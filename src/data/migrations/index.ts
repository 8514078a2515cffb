/** Every migration in its order. A released one is never changed; what comes later is a new one at the end. */
import { Anonymizations } from "./anonymizations.js";
import { CallerFunctions } from "./caller-functions.js";
import { CardFunctions } from "./card-functions.js";
import { ConnectionBrowsers } from "./connection-browsers.js";
import { ConnectionSteps } from "./connection-steps.js";
import { IdempotencySubjects } from "./idempotency-subjects.js";
import { ImpersonationHolders } from "./impersonation-holders.js";
import { Impersonations } from "./impersonations.js";
import { KeyNotices } from "./key-notices.js";
import { LeftContexts } from "./left-contexts.js";
import { OperatorLogins } from "./operator-logins.js";
import { PageFunctions } from "./page-functions.js";
import { ProfileChanges } from "./profile-changes.js";
import { ProfileFunctions } from "./profile-functions.js";
import { ReadingFunctions } from "./reading-functions.js";
import { RecognitionFunctions } from "./recognition-functions.js";
import { RecognitionTables } from "./recognition-tables.js";
import { RowSecurity } from "./row-security.js";
import { StoreAccounts } from "./store-accounts.js";
import { StoreMemory } from "./store-memory.js";
import { Tables } from "./tables.js";
import { TokenIssuers } from "./token-issuers.js";

export const migrations = [
  { name: "0001-tables", class: Tables },
  { name: "0002-row-security", class: RowSecurity },
  { name: "0003-key-notices", class: KeyNotices },
  { name: "0004-caller-functions", class: CallerFunctions },
  { name: "0005-card-functions", class: CardFunctions },
  { name: "0006-page-functions", class: PageFunctions },
  { name: "0007-profile-functions", class: ProfileFunctions },
  { name: "0008-connection-steps", class: ConnectionSteps },
  { name: "0009-connection-browsers", class: ConnectionBrowsers },
  { name: "0010-recognition-tables", class: RecognitionTables },
  { name: "0011-recognition-functions", class: RecognitionFunctions },
  { name: "0012-anonymizations", class: Anonymizations },
  { name: "0013-impersonations", class: Impersonations },
  { name: "0014-reading-functions", class: ReadingFunctions },
  { name: "0015-profile-changes", class: ProfileChanges },
  { name: "0016-token-issuers", class: TokenIssuers },
  { name: "0017-left-contexts", class: LeftContexts },
  { name: "0018-operator-logins", class: OperatorLogins },
  { name: "0019-impersonation-holders", class: ImpersonationHolders },
  { name: "0020-idempotency-subjects", class: IdempotencySubjects },
  { name: "0021-store-accounts", class: StoreAccounts },
  { name: "0022-store-memory", class: StoreMemory },
];
