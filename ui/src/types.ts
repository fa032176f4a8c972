// Written from the agent's own types by `cargo test -p kyso-screens`; KYSO_WRITE=1 writes it anew.

export type Shown = { 
/**
 * Counts what this agent has shown, from 1; an act on an older one is dropped. Below 2^53.
 */
number: number, 
/**
 * The language of its sentences.
 */
language: Language, 
/**
 * The screen.
 */
screen: Screen, };
export type Screen = { "screen": "welcome" } & Welcome | { "screen": "consent" } & Consent | { "screen": "choose" } & Choose | { "screen": "pin" } & Pin | { "screen": "waiting" } & Waiting | { "screen": "done" } & Done | { "screen": "failed" } & Failed | { "screen": "identities" } & Identities | { "screen": "history" } & History | { "screen": "sites" } & Sites | { "screen": "settings" } & Settings | { "screen": "check" } & Check | { "screen": "about" } & About;
export type Language = "vi" | "en";
export type Purpose = "login" | "register" | "add-method" | "confirm" | "unknown" | "self-test";
export type Subject = "citizen" | "business" | "agency";
export type OriginShown = { 
/**
 * `https://` and the labels before the registrable domain, with their dot.
 */
before: string, 
/**
 * The registrable domain, or the whole host where it has none.
 */
domain: string, 
/**
 * The port with its colon, where it isn't 443; else empty.
 */
after: string, };
export type TextShown = { 
/**
 * `vi` or `en`.
 */
language: Language, 
/**
 * At most 12 lines and 600 characters.
 */
value: string, };
export type Row = { 
/**
 * Whom it names; empty where it can't be read or shows only after the PIN.
 */
name: string, 
/**
 * The organisation, where it names a person in one.
 */
organisation: string | null, 
/**
 * The number by which it names them, as it may be shown: `CCCD …1234`, `MST 0101234567`.
 */
id: string | null, 
/**
 * Who issued it.
 */
ca: string, 
/**
 * `dd/mm/yyyy`, or empty.
 */
validFrom: string, 
/**
 * `dd/mm/yyyy`, or empty.
 */
validTo: string, 
/**
 * The device that it is on.
 */
device: string, 
/**
 * Why it can't be chosen, a sentence.
 */
unfit: string | null, 
/**
 * That it ends soon, a sentence.
 */
expires: string | null, 
/**
 * This portal took it last.
 */
usual: boolean, 
/**
 * It stands for all certificates of its device: they show after the PIN.
 */
afterPin: boolean, };
export type Tries = "untold" | "few" | "last";
export type Consent = { 
/**
 * Who asks, as the channel saw it.
 */
origin: OriginShown, 
/**
 * Its name in the agent's own list.
 */
name: string | null, 
/**
 * Never used here before.
 */
newSite: boolean, 
/**
 * The host as it would be read, where it has letters that look like others.
 */
lookAlike: string | null, 
/**
 * That it is easily mistaken for a portal that is known here: a sentence that names that one.
 */
resembles: string | null, 
/**
 * What for.
 */
purpose: Purpose, 
/**
 * For which kind of account.
 */
subject: Subject | null, 
/**
 * The four digits that the waiting page shows too.
 */
matchingCode: string, 
/**
 * A text to confirm.
 */
text: TextShown | null, 
/**
 * The certificate that this portal took last: with it this is the only screen.
 */
remembered: Remembered | null, 
/**
 * What is asked or said of remembering this computer, where that is open: it has no keychain.
 */
noKeychain: NoKeychain | null, };
export type NoKeychain = "asked" | "remembered" | "not-remembered";
export type Remembered = { 
/**
 * The certificate.
 */
row: Row, 
/**
 * The PIN is typed on the device, not here.
 */
keypad: boolean, };
export type Choose = { 
/**
 * What for.
 */
purpose: Purpose, 
/**
 * Drivers are still listing.
 */
searching: boolean, 
/**
 * In the order in which they were found; an act names one by its place, from 0.
 */
rows: Array<Row>, 
/**
 * Why the remembered certificate, to which the person agreed, does not sign. Its PIN was not used.
 */
problem: Problem | null, };
export type Pin = { 
/**
 * What for; names the button.
 */
purpose: Purpose, 
/**
 * The device.
 */
device: string, 
/**
 * Whom the certificate names; empty where it shows only after the PIN.
 */
certificate: string, 
/**
 * Tries that are left.
 */
tries: Tries, 
/**
 * What was wrong with the PIN before this one.
 */
last: Problem | null, };
export type Waiting = { "for": "ask", 
/**
 * From here.
 */
origin: string, } | { "for": "searching" } | { "for": "unlocking" } | { "for": "keypad" } | { "for": "signing" } | { "for": "phone", 
/**
 * The four digits that the telephone shows too.
 */
code: string, } | { "for": "answer", 
/**
 * To here.
 */
origin: string, };
export type Done = { 
/**
 * Where the browser goes on; none for a signature that was only tried.
 */
origin: string | null, 
/**
 * No browser could be opened: a sentence that says what to do.
 */
noBrowser: string | null, };
export type Problem = { 
/**
 * Short, stable, the same in every language.
 */
code: string, 
/**
 * What happened.
 */
happened: string, 
/**
 * What to do; may be empty.
 */
remedy: string, };
export type Failed = { 
/**
 * Why.
 */
problem: Problem, 
/**
 * What support needs to know, without names, numbers and secrets; for the clipboard.
 */
report: string, 
/**
 * The same request can be tried again.
 */
again: boolean, };
export type Page = "welcome" | "identities" | "history" | "sites" | "check" | "settings" | "about";
export type Welcome = { 
/**
 * What is here.
 */
found: Found, 
/**
 * What came of a signature that was tried.
 */
test: SelfTest | null, 
/**
 * Whether the agent starts at log-in, as the desktop has it; none while nobody was asked.
 */
autostart: boolean | null, 
/**
 * The administrator decides that.
 */
autostartLocked: boolean, 
/**
 * The administrator decides about the language.
 */
languageLocked: boolean, 
/**
 * Why the last answer wasn't kept: a sentence.
 */
problem: string | null, };
export type Found = { 
/**
 * Drivers are still listing.
 */
searching: boolean, 
/**
 * In the order in which they were found.
 */
tokens: Array<Token>, 
/**
 * What is missing or wrong, where nothing better was found.
 */
missing: Array<Problem>, };
export type Token = { 
/**
 * Its name.
 */
device: string, 
/**
 * The driver by which it is seen.
 */
driver: string, 
/**
 * Tries that are left, where it says so.
 */
tries: Tries, 
/**
 * The PIN is typed on the device.
 */
keypad: boolean, 
/**
 * It can't be used as it is.
 */
problem: Problem | null, 
/**
 * Its certificates; an act names one by its place among all rows of the screen, from 0.
 */
rows: Array<Row>, };
export type SelfTest = { "outcome": "right" } | { "outcome": "wrong" } & Problem;
export type Identities = { 
/**
 * What is here.
 */
found: Found, };
export type Intact = { "state": "yes" } | { "state": "unfinished" } | { "state": "broken", 
/**
 * From 1.
 */
line: number, } | { "state": "unreadable" } | { "state": "unread" };
export type History = { 
/**
 * The newest first; at most the last 500.
 */
rows: Array<HistoryRow>, 
/**
 * How many there are in all.
 */
total: number, 
/**
 * Whether they are what was written.
 */
intact: Intact, 
/**
 * Where the export went.
 */
exported: string | null, 
/**
 * Why it went nowhere.
 */
problem: string | null, };
export type HistoryRow = { 
/**
 * `dd/mm/yyyy HH:mm:ss`.
 */
time: string, 
/**
 * Origin.
 */
portal: string, 
/**
 * In words.
 */
purpose: string, 
/**
 * In words.
 */
method: string, 
/**
 * Serial number of the certificate in hex, or empty.
 */
certificate: string, 
/**
 * In words, or the problem's code.
 */
result: string, 
/**
 * The portal accepted.
 */
accepted: boolean, };
export type Sites = { 
/**
 * By origin.
 */
rows: Array<Site>, 
/**
 * What was wrong with the last change: a sentence.
 */
problem: string | null, };
export type Site = { 
/**
 * Origin.
 */
origin: string, 
/**
 * Its name in the agent's own list.
 */
name: string | null, 
/**
 * What it may.
 */
permission: Permission, 
/**
 * It was used here.
 */
used: boolean, 
/**
 * The administrator decides about it.
 */
locked: boolean, };
export type Fact<T> = { 
/**
 * What holds.
 */
value: T, 
/**
 * The administrator set it.
 */
locked: boolean, };
export type Settings = { 
/**
 * The language.
 */
language: Fact<Language>, 
/**
 * Whether the agent starts at log-in, as the desktop has it.
 */
autostart: Fact<boolean>, 
/**
 * Whether this computer is remembered until the agent quits, where there is no keychain.
 */
remember: Fact<boolean>, 
/**
 * `http://host:port`, or empty for the system's.
 */
proxy: Fact<string>, 
/**
 * What opens the return page, a browser's value or a program; empty for the browser that asked, else the system's.
 */
browser: Fact<string>, 
/**
 * Browsers that were found here.
 */
browsers: Array<InstalledBrowser>, 
/**
 * Modules beside those that are found.
 */
drivers: Array<Driver>, 
/**
 * Whether modules may be added here.
 */
driversLocked: boolean, 
/**
 * What was wrong with the last change: a sentence.
 */
problem: string | null, };
export type InstalledBrowser = { 
/**
 * What is set.
 */
value: string, 
/**
 * What it is called; no two are called the same.
 */
name: string, };
export type Driver = { 
/**
 * Its name.
 */
name: string, 
/**
 * The library.
 */
path: string, 
/**
 * It was found, not set.
 */
found: boolean, 
/**
 * The administrator set it.
 */
locked: boolean, };
export type Level = "ok" | "warning" | "error" | "unchecked";
export type Check = { 
/**
 * It is still looked at.
 */
running: boolean, 
/**
 * In the order of the way.
 */
findings: Array<Finding>, 
/**
 * Whether a sign-in would work; none while it is looked at.
 */
works: boolean | null, 
/**
 * Where the report for support went.
 */
report: string | null, 
/**
 * Why it went nowhere.
 */
problem: string | null, };
export type Finding = { 
/**
 * What was looked at.
 */
step: string, 
/**
 * How it went.
 */
level: Level, 
/**
 * What was found.
 */
found: string, 
/**
 * What to do; may be empty.
 */
remedy: string, };
export type About = { 
/**
 * Its version.
 */
version: string, 
/**
 * A newer one that a signed feed named.
 */
newer: string | null, 
/**
 * The administrator's file, where there is one.
 */
policy: string | null, 
/**
 * The user's settings file.
 */
settings: string | null, };
export type Act = { "act": "agree" } | { "act": "agree-remembered" } | { "act": "refuse" } | { "act": "choose", 
/**
 * The place.
 */
row: number, } | { "act": "give-up" } | { "act": "again" } | { "act": "open", 
/**
 * Which.
 */
page: Page, } | { "act": "refresh" } | { "act": "try-out", 
/**
 * The place, from 0.
 */
row: number, } | { "act": "set" } & Setting | { "act": "permit", 
/**
 * The portal.
 */
origin: string, 
/**
 * What it may.
 */
permission: Permission, } | { "act": "forget", 
/**
 * The portal.
 */
origin: string, } | { "act": "export" } | { "act": "report" } | { "act": "not-in-front" } | { "act": "close" };
export type Setting = { "setting": "language", 
/**
 * The new one.
 */
value: Language, } | { "setting": "autostart", 
/**
 * Whether.
 */
value: boolean, } | { "setting": "remember", 
/**
 * Whether.
 */
value: boolean, } | { "setting": "proxy", 
/**
 * `http://host:port`.
 */
value: string, } | { "setting": "browser", 
/**
 * A path.
 */
value: string, } | { "setting": "add-driver", 
/**
 * The library.
 */
value: string, } | { "setting": "remove-driver", 
/**
 * The library.
 */
value: string, };
export type Permission = "allowed" | "blocked";
